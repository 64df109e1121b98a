"""The topic model: linear, on words, syllables and characters, with and without accents.

Knows nothing of Rasa, so that cross-validation and the served component run the very same code.
"""

from __future__ import annotations

import zlib
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from nlu.components.words import segment
from nlu.vietnamese import expand_teencode, normalise, to_teencode, unaccent

DEFAULTS: Dict[str, Any] = {"C": 8.0, "max_iter": 150, "temperature": 1.0}


def prepare(text: str) -> str:
    """What is typed, as the features see it: one form, chat spellings written out, lower case."""
    return expand_teencode(normalise(text)).lower()


def copies(text: str) -> List[str]:
    """A training example and the copies a phone would make of it: unaccented, two in teencode.

    Seeds come from the text, so that training twice gives the same model.
    """
    seed = zlib.crc32(text.encode("utf-8"))
    return list(
        dict.fromkeys([text, unaccent(text), to_teencode(text, seed), to_teencode(text, seed + 1)])
    )


class TopicModel:
    """Text in, probabilities of topics out."""

    def __init__(self, **settings: Any) -> None:
        self.settings = {**DEFAULTS, **settings}
        self._words = _vectorizer(analyzer="word", token_pattern=r"\S+", ngram_range=(1, 2))  # noqa: S106
        self._syllables = _vectorizer(analyzer="word", token_pattern=r"\w+", ngram_range=(1, 3))  # noqa: S106
        self._plain = _vectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=2)
        self._chars = _vectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=2)
        self._weights = np.zeros((0, 0), dtype=np.float32)
        self._classifier = LogisticRegression(
            C=self.settings["C"], max_iter=self.settings["max_iter"], solver="lbfgs", tol=1e-3
        )

    @property
    def topics(self) -> List[str]:
        """The topics known, in the order of the probabilities."""
        return [str(t) for t in self._classifier.classes_]

    def fit(self, texts: Sequence[str], topics: Sequence[str]) -> TopicModel:
        """Learn from examples and their copies. Slow part: about a minute for 4,000 examples."""
        pairs = [
            (copy, topic)
            for text, topic in zip(texts, topics, strict=False)
            for copy in copies(text)
        ]
        prepared = [prepare(text) for text, _ in pairs]
        features = self._features(prepared, fit=True)
        weights = _balance([topic for _, topic in pairs])
        self._classifier.fit(features, [topic for _, topic in pairs], sample_weight=weights)
        # The weights lie as a message needs them; scikit-learn would turn them at each message.
        self._weights = np.ascontiguousarray(self._classifier.coef_.T, dtype=np.float32)
        self._classifier.coef_ = np.zeros((0, 0))  # held once, not twice
        return self

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """An array of shape (texts, topics); each row sums to 1."""
        features = self._features([prepare(t) for t in texts])
        scores = features @ self._weights + self._classifier.intercept_
        scores = scores / self.settings["temperature"]
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        return scores / scores.sum(axis=1, keepdims=True)

    def rank(self, text: str) -> List[Tuple[str, float]]:
        """All topics with their probability, best first."""
        row = self.probabilities([text])[0]
        order = np.argsort(-row)
        return [(self.topics[i], float(row[i])) for i in order]

    def _features(self, prepared: List[str], fit: bool = False) -> csr_matrix:
        plain = [unaccent(t) for t in prepared]
        parts = [
            (self._words, [" ".join(segment(t)) for t in prepared]),
            (self._syllables, plain),
            (self._plain, plain),
            (self._chars, prepared),
        ]
        made = [v.fit_transform(ts) if fit else v.transform(ts) for v, ts in parts]
        return hstack(made, format="csr")


def _vectorizer(**how: Any) -> TfidfVectorizer:
    return TfidfVectorizer(lowercase=False, sublinear_tf=True, dtype=np.float32, **how)


def _balance(topics: List[str]) -> np.ndarray:
    """Weights that let a rare topic count, without letting it count as much as a broad one."""
    names, counts = np.unique(topics, return_counts=True)
    weight = dict(zip(names, (counts.mean() / counts) ** 0.5, strict=False))
    return np.array([weight[t] for t in topics])
