"""The topic model: linear, on words, syllables and characters, with and without accents.

Knows nothing of Rasa, so that cross-validation and the served component run the very same code.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import train_test_split
from sklearn.svm import LinearSVC

from nlu.components.beliefs import TOLERANCE, Belief, Labelled, from_topics
from nlu.components.words import segment
from nlu.vietnamese import expand_teencode, normalise, to_teencode, unaccent

DEFAULTS: Dict[str, Any] = {"C": 0.3, "held_out": 0.15}
# Slopes tried when scores are turned into beliefs; the one that lies least is taken.
SLOPES = np.geomspace(0.5, 16.0, 31)
# What words, syllables, runs of letters and letters count: words more than letters.
PARTS = (1.4, 1.4, 1.0, 1.0)
LENGTH = 0.5
# Numbers of syllables at which a message counts as a longer kind.
SIZES = (2, 3, 4, 5, 8, 13, 25)
_SYLLABLE = re.compile(r"\w+")


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


class Typed(NamedTuple):
    """What was typed, prepared, and its words: what the features are made of."""

    text: str
    words: str


def read_words(text: str) -> Typed:
    """Prepare a message and part it into words: half of the work of all features."""
    prepared = prepare(text)
    return Typed(prepared, _edged(segment(prepared)))


class Reading(NamedTuple):
    """All topics with their probability, best first; the beliefs in danger and in outside."""

    ranking: List[Tuple[str, float]]
    danger: float
    outside: float


class TopicModel:
    """Text in, probabilities of topics out."""

    def __init__(self, **settings: Any) -> None:
        self.settings = {**DEFAULTS, **settings}
        # What stands in the four copies of one example alone is left out: fewer features, a model
        # smaller by 45 MB, the same figures.
        whole = {"analyzer": "word", "token_pattern": r"\S+", "min_df": 5}
        self._words = _vectorizer(**whole, ngram_range=(1, 2))
        self._syllables = _vectorizer(**whole, ngram_range=(1, 3))
        # Runs of letters over word ends: unaccented and misspelt words keep their neighbours.
        self._plain = _vectorizer(analyzer="char", ngram_range=(3, 6), min_df=8)
        self._chars = _vectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=4)
        self._rarity: List[np.ndarray] = []  # how rare each feature is, part by part
        self._weights = np.zeros((0, 0), dtype=np.float16)
        self._offsets = np.zeros(0, dtype=np.float32)
        self._slope = 1.0
        self._danger, self._outside = Belief(), Belief()
        self.topics: List[str] = []

    def fit(
        self, texts: Sequence[str], topics: Sequence[str], labelled: Sequence[Labelled] = ()
    ) -> TopicModel:
        """Learn from examples and their copies; four and a half minutes for 58,000 on two cores.

        The slope of the beliefs is found on examples held out, while all are learned from. With
        `labelled` messages the beliefs beside the topics are learnt too.
        """
        # In processes: in threads two machines that learn would share one dice.
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as beside:
            known = _read_all(beside, [*texts, *(each.text for each in labelled)])
            self._learn(known, texts, topics, labelled, beside)
        return self

    def _learn(
        self,
        known: Dict[str, Typed],
        texts: Sequence[str],
        topics: Sequence[str],
        labelled: Sequence[Labelled],
        beside: ProcessPoolExecutor,
    ) -> None:
        sets = [copies(text) for text in texts]
        pairs = [(copy, topic) for each, topic in zip(sets, topics, strict=True) for copy in each]
        extra = [(copy, each) for each in labelled for copy in copies(each.text)]
        features = self._features([known[t] for t, _ in [*pairs, *extra]], fit=True)
        labels = [topic for _, topic in pairs]
        mine = features[: len(pairs)]
        asked = np.repeat(_held_out(len(texts), self.settings["held_out"]), [len(s) for s in sets])
        slope = beside.submit(_slope, self.settings["C"], mine, labels, asked)
        beliefs = []
        if labelled:
            said = [*from_topics([t for t, _ in pairs], labels), *(each for _, each in extra)]
            for question in ([s.danger for s in said], [s.outside for s in said]):
                beliefs.append(beside.submit(Belief().fit, features, question))
        machine = _machine(self.settings["C"]).fit(mine, labels, sample_weight=_balance(labels))
        self.topics = [str(topic) for topic in machine.classes_]
        # The weights lie as a message needs them, a row for each feature; in half precision, which
        # changes no answer and saves thirty megabytes.
        self._weights = np.ascontiguousarray(machine.coef_.T, dtype=np.float16)
        self._offsets = machine.intercept_.astype(np.float32)
        self._rarity = [v.idf_.astype(np.float32) for v in self._vectorizers]
        self._slope = slope.result()
        if beliefs:
            self._danger, self._outside = (belief.result() for belief in beliefs)

    def probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """An array of shape (texts, topics); each row sums to 1."""
        return _softmax(self._scores(texts) * self._slope)

    def _scores(self, texts: Sequence[str]) -> np.ndarray:
        return self._weigh(self._features([read_words(t) for t in texts]))

    def _weigh(self, features: csr_matrix) -> np.ndarray:
        """Scores of shape (texts, topics). Only the weights a message needs are made exact."""
        rows = [slice(*ends) for ends in zip(features.indptr, features.indptr[1:], strict=False)]
        scores = [
            features.data[r] @ self._weights[features.indices[r]].astype(np.float32) for r in rows
        ]
        return np.array(scores).reshape(len(rows), len(self._offsets)) + self._offsets

    def read(self, text: str) -> Reading:
        """What there is to say of a message."""
        at, values = self._row(read_words(text))
        scores = values @ self._weights[at].astype(np.float32) + self._offsets
        row = _softmax(scores[np.newaxis] * self._slope)[0]
        order = np.argsort(-row)
        ranking = [(self.topics[i], float(row[i])) for i in order]
        return Reading(ranking, self._danger.of(at, values), self._outside.of(at, values))

    @property
    def _vectorizers(self) -> Tuple[TfidfVectorizer, ...]:
        return self._words, self._syllables, self._plain, self._chars

    def _features(self, typed: List[Typed], fit: bool = False) -> csr_matrix:
        parts = zip(self._vectorizers, zip(*map(_parts, typed), strict=True), PARTS, strict=True)
        made = [(v.fit_transform(ts) if fit else v.transform(ts)) * q for v, ts, q in parts]
        for vectorizer in self._vectorizers if fit else ():
            vectorizer.stop_words_ = None  # every rare feature left out: half the memory, of no use
        return hstack([*made, _lengths([_count(t) for t in typed])], format="csr")

    def _row(self, typed: Typed) -> Tuple[np.ndarray, np.ndarray]:
        """The row of `_features` for one message: where it is not zero, and its values there.

        Without the machinery of sparse matrices, which takes longer than all the rest.
        """
        columns, values, first = [], [], 0
        parts = zip(self._vectorizers, self._rarity, _parts(typed), PARTS, strict=True)
        for vectorizer, rarity, text, weight in parts:
            known = vectorizer.vocabulary_
            found = Counter(known[g] for g in vectorizer.build_analyzer()(text) if g in known)
            at = np.fromiter(found, dtype=np.intp, count=len(found))
            often = np.fromiter(found.values(), dtype=np.float32, count=len(found))
            value = (1.0 + np.log(often)) * rarity[at]
            columns.append(at + first)
            values.append(value * (weight / (np.linalg.norm(value) or 1.0)))
            first += len(rarity)
        columns.append(np.array([first + np.digitize(_count(typed), SIZES)]))
        values.append(np.array([LENGTH], dtype=np.float32))
        return np.concatenate(columns), np.concatenate(values)


def _read_all(processes: ProcessPoolExecutor, texts: List[str]) -> Dict[str, Typed]:
    """Every copy of these texts with its words, found side by side."""
    typed = list(dict.fromkeys(copy for text in texts for copy in copies(text)))
    return dict(zip(typed, processes.map(read_words, typed, chunksize=2_000), strict=True))


def _parts(typed: Typed) -> Tuple[str, str, str, str]:
    """What each vectorizer looks at: words, syllables, runs of letters over word ends, letters.

    Where a message begins and ends tells "thôi" (nothing) from "thôi gửi tin" (stop).
    """
    plain = unaccent(typed.text)
    return typed.words, _edged(_SYLLABLE.findall(plain)), f"^ {plain} $", typed.text


def _count(typed: Typed) -> int:
    return len(_SYLLABLE.findall(unaccent(typed.text)))


def _held_out(count: int, share: float) -> np.ndarray:
    """Which of so many examples are left out of a first model; the same ones each time."""
    asked = np.zeros(count, dtype=bool)
    asked[train_test_split(np.arange(count), test_size=share, random_state=7)[1]] = True
    return asked


def _machine(c: float) -> LinearSVC:
    return LinearSVC(C=c, tol=TOLERANCE, random_state=7)


def _slope(c: float, features: csr_matrix, labels: Sequence[str], asked: np.ndarray) -> float:
    """The slope with the least surprise at the true topics (negative log-likelihood).

    Of those `asked`, which a first model has not seen; that its features know which words there
    are in them saves a minute and moves no border.
    """
    names = np.array(labels)
    learnt = names[~asked]
    machine = _machine(c).fit(features[~asked], learnt, sample_weight=_balance(list(learnt)))
    known = asked & np.isin(names, machine.classes_)
    if not known.any():
        return 1.0
    scores = machine.decision_function(features[known])
    true = np.searchsorted(machine.classes_, names[known])

    def surprise(slope: float) -> float:
        return -float(np.log(_softmax(scores * slope)[np.arange(len(true)), true]).mean())

    return float(min(SLOPES, key=surprise))


def _edged(words: Sequence[str]) -> str:
    return " ".join(["<s>", *words, "</s>"])


def _lengths(counts: List[int]) -> csr_matrix:
    """One column for each size of message, of shape (texts, sizes); short ones differ in kind."""
    sizes = np.zeros((len(counts), len(SIZES) + 1), dtype=np.float32)
    sizes[np.arange(len(counts)), np.digitize(counts, SIZES)] = LENGTH
    return csr_matrix(sizes)


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _vectorizer(**how: Any) -> TfidfVectorizer:
    return TfidfVectorizer(lowercase=False, sublinear_tf=True, dtype=np.float32, **how)


def _balance(topics: List[str]) -> np.ndarray:
    """Weights that let a rare topic count, without letting it count as much as a broad one."""
    names, counts = np.unique(topics, return_counts=True)
    weight = dict(zip(names, (counts.mean() / counts) ** 0.5, strict=True))
    return np.array([weight[t] for t in topics])
