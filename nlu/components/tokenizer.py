"""Rasa's tokenizer for Vietnamese: normalise, write out chat spellings, cut into words."""

from __future__ import annotations

from typing import Any, Dict, List

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu.components.topic_model import prepare
from nlu.components.words import segment


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class VietnameseTokenizer(Tokenizer):
    """Tokens are words by underthesea over the normalised text; offsets count in that text."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """The keys that Rasa's base class reads must be there."""
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
        }

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the examples as they are.

        The classifier behind it parts them and their copies itself, in several processes; with
        tokens Rasa would take as long again to copy and fingerprint them.
        """
        return training_data

    def tokenize(self, message: Message, attribute: str) -> List[Token]:
        """The words of the message; every one of them is found in the prepared text."""
        text = prepare(message.get(attribute))
        tokens, offset = [], 0
        for word in segment(text):
            # underthesea joins the syllables of a word with one space, as the text has them.
            shown = word.replace("_", " ") if word.replace("_", " ") in text[offset:] else word
            start = text.find(shown, offset)
            if start < 0:
                start = offset
            tokens.append(Token(shown, start))
            offset = start + len(shown)
        return tokens
