"""Rasa's intent classifier on the topic model."""

from __future__ import annotations

from typing import Any, Dict, List, Type

import joblib
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.beliefs import load_labelled
from nlu.components.topic_model import DEFAULTS, Reading, TopicModel

FILE = "topic_model.joblib"
SHOWN = 10
NOTHING = Reading([("unclear", 0.0)], 0.0, 0.0, "")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TopicClassifier(IntentClassifier, GraphComponent):
    """Names the topic of a message with calibrated belief; learns from copies it makes itself."""

    @classmethod
    def required_components(cls) -> List[Type]:
        """A tokenizer stands before it in the pipeline."""
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """Settings of the topic model."""
        return dict(DEFAULTS)

    def __init__(
        self,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: TopicModel,
    ) -> None:
        self._config, self._storage, self._resource = config, model_storage, resource
        self._model = model

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TopicClassifier:
        """An untrained classifier."""
        settings = {k: config[k] for k in DEFAULTS if k in config}
        return cls(config, model_storage, resource, TopicModel(**settings))

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples and persist."""
        examples = [e for e in training_data.intent_examples if e.get(INTENT) and e.get(TEXT)]
        self._model.fit(
            [e.get(TEXT) for e in examples], [e.get(INTENT) for e in examples], load_labelled()
        )
        with self._storage.write_to(self._resource) as folder:
            joblib.dump(self._model, folder / FILE, compress=1)
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> TopicClassifier:
        """The trained classifier of a model archive made by `antam nlu train`."""
        with model_storage.read_from(resource) as folder:
            model = joblib.load(folder / FILE)
        return cls(config, model_storage, resource, model)

    def process(self, messages: List[Message]) -> List[Message]:
        """Set intent, ranking and the beliefs beside it; an empty message is ``unclear`` with 0."""
        for message in messages:
            text = message.get(TEXT) or ""
            read = self._model.read(text) if text.strip() else NOTHING
            ranking = [{"name": name, "confidence": p} for name, p in read.ranking[:SHOWN]]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
            message.set("danger", read.danger, add_to_output=True)
            message.set("outside", read.outside, add_to_output=True)
            message.set("danger_kind", read.kind, add_to_output=True)
        return messages
