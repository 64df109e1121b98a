"""The topic model: linear, on words, syllables and characters, with and without accents.

Knows nothing of Rasa, so that cross-validation and the served component run the very same code.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import train_test_split

from nlu.components.beliefs import Belief, Kinds, Labelled, from_topics, learner
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
    """What was typed as each vectorizer looks at it, in the order of `PARTS`.

    Where a message begins and ends tells "thôi" (nothing) from "thôi gửi tin" (stop).
    """

    words: str
    syllables: str
    plain: str  # unaccented, for runs of letters over word ends
    text: str

    @property
    def count(self) -> int:
        """The number of syllables."""
        return self.syllables.count(" ") - 1  # without the two edges


def read_words(text: str) -> Typed:
    """Prepare a message and part it into words and syllables: half of the work of all features."""
    text = prepare(text)
    plain = unaccent(text)
    return Typed(_edged(segment(text)), _edged(_SYLLABLE.findall(plain)), f"^ {plain} $", text)


def read_copies(text: str) -> List[Tuple[Typed, int]]:
    """How a training example and its copies read, and how many of them read so.

    Chat spellings that are written out again read like the example itself: learnt from once with
    twice the weight, which saves a fifth of the time.
    """
    return list(Counter(map(read_words, copies(text))).items())


class Reading(NamedTuple):
    """All topics with their probability, best first; the beliefs in danger and in outside.

    `kind`: which danger, if it is one.
    """

    ranking: List[Tuple[str, float]]
    danger: float
    outside: float
    kind: str


class TopicModel:
    """Text in, probabilities of topics out."""

    def __init__(self, **settings: Any) -> None:
        self.settings = {**DEFAULTS, **settings}
        # What stands in the copies of one example alone is left out: fewer features, a model
        # smaller by 45 MB, the same figures.
        whole = {"analyzer": "word", "token_pattern": r"\S+", "min_df": 5}
        self._vectorizers: Tuple[TfidfVectorizer, ...] = (
            _vectorizer(**whole, ngram_range=(1, 2)),  # words
            _vectorizer(**whole, ngram_range=(1, 3)),  # syllables
            # Runs of letters over word ends: unaccented and misspelt words keep their neighbours.
            _vectorizer(analyzer="char", ngram_range=(3, 6), min_df=8),
            _vectorizer(analyzer="char_wb", ngram_range=(2, 4), min_df=4),
        )
        self._rarity: List[np.ndarray] = []  # how rare each feature is, part by part
        self._weights = np.zeros((0, 0), dtype=np.float16)
        self._offsets = np.zeros(0, dtype=np.float32)
        self._slope = 1.0
        self._danger, self._outside, self._kinds = Belief(), Belief(), Kinds()
        self.topics: List[str] = []

    def fit(
        self, texts: Sequence[str], topics: Sequence[str], labelled: Sequence[Labelled] = ()
    ) -> TopicModel:
        """Learn from examples and their copies; under three minutes for 58,000 on two cores.

        The slope of the beliefs is found on examples held out, while all are learned from. With
        `labelled` messages the beliefs beside the topics are learnt too.
        """
        # In processes: in threads two machines that learn would share one dice.
        with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as beside:
            everything = [*texts, *(each.text for each in labelled)]
            sets = list(beside.map(read_copies, everything, chunksize=500))
            self._learn(sets, texts, topics, labelled, beside)
        return self

    def _learn(
        self,
        sets: List[List[Tuple[Typed, int]]],
        texts: Sequence[str],
        topics: Sequence[str],
        labelled: Sequence[Labelled],
        beside: ProcessPoolExecutor,
    ) -> None:
        """From the copies of all examples and, behind them, of all labelled messages."""
        sizes = [len(each) for each in sets]
        times = np.array([n for each in sets for _, n in each], dtype=float)
        features = self._fit_features([typed for each in sets for typed, _ in each], beside)
        names = np.repeat(topics, sizes[: len(topics)])
        mine, often = features[: len(names)], times[: len(names)]
        asked = np.repeat(_held_out(len(topics), self.settings["held_out"]), sizes[: len(topics)])
        slope = beside.submit(_slope, self.settings["C"], mine, names, often, asked)
        beliefs: Dict[str, Future] = {}
        if labelled:
            said = [*from_topics(texts, topics), *labelled]
            beliefs = _learn_beside(features, said, sizes, times, beside)
        machine = learner(self.settings["C"]).fit(mine, names, sample_weight=_balance(names, often))
        self.topics = [str(topic) for topic in machine.classes_]
        # The weights lie as a message needs them, a row for each feature; in half precision, which
        # changes no answer and saves thirty megabytes.
        self._weights = np.ascontiguousarray(machine.coef_.T, dtype=np.float16)
        self._offsets = machine.intercept_.astype(np.float32)
        self._rarity = [v.idf_.astype(np.float32) for v in self._vectorizers]
        self._slope = slope.result()
        for name, belief in beliefs.items():
            setattr(self, name, belief.result())

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
        danger, outside = self._danger.of(at, values), self._outside.of(at, values)
        return Reading(ranking, danger, outside, self._kinds.of(at, values))

    def _fit_features(self, typed: List[Typed], beside: ProcessPoolExecutor) -> csr_matrix:
        """Let every vectorizer learn its features, side by side, and return those of all texts."""
        columns = list(zip(*typed, strict=True))
        # The longest work first, so that the processes end together.
        jobs = {i: beside.submit(_fit_part, self._vectorizers[i], columns[i]) for i in (2, 3, 0, 1)}
        self._vectorizers, made = zip(*(jobs[i].result() for i in range(len(jobs))), strict=True)
        return _joined(made, typed)

    def _features(self, typed: List[Typed]) -> csr_matrix:
        columns = zip(self._vectorizers, zip(*typed, strict=True), strict=True)
        return _joined([v.transform(texts) for v, texts in columns], typed)

    def _row(self, typed: Typed) -> Tuple[np.ndarray, np.ndarray]:
        """The row of `_features` for one message: where it is not zero, and its values there.

        Without the machinery of sparse matrices, which takes longer than all the rest.
        """
        columns, values, first = [], [], 0
        parts = zip(self._vectorizers, self._rarity, typed, PARTS, strict=True)
        for vectorizer, rarity, text, weight in parts:
            known = vectorizer.vocabulary_
            found = Counter(known[g] for g in vectorizer.build_analyzer()(text) if g in known)
            at = np.fromiter(found, dtype=np.intp, count=len(found))
            often = np.fromiter(found.values(), dtype=np.float32, count=len(found))
            value = (1.0 + np.log(often)) * rarity[at]
            columns.append(at + first)
            values.append(value * (weight / (np.linalg.norm(value) or 1.0)))
            first += len(rarity)
        columns.append(np.array([first + np.digitize(typed.count, SIZES)]))
        values.append(np.array([LENGTH], dtype=np.float32))
        return np.concatenate(columns), np.concatenate(values)


def _fit_part(
    vectorizer: TfidfVectorizer, texts: Sequence[str]
) -> Tuple[TfidfVectorizer, csr_matrix]:
    features = vectorizer.fit_transform(texts)
    vectorizer.stop_words_ = None  # every rare feature left out: half the memory, of no use
    return vectorizer, features


def _joined(parts: Sequence[csr_matrix], typed: List[Typed]) -> csr_matrix:
    weighed = [features * weight for features, weight in zip(parts, PARTS, strict=True)]
    return hstack([*weighed, _lengths([each.count for each in typed])], format="csr")


def _learn_beside(
    features: csr_matrix,
    said: Sequence[Labelled],
    sizes: List[int],
    times: np.ndarray,
    beside: ProcessPoolExecutor,
) -> Dict[str, Future]:
    """What is learnt beside the topics, by the attribute of the model that it becomes.

    Of `said`, each with as many rows of `features` as `sizes` tells, each row told so many `times`.
    """
    jobs: Dict[str, Future] = {}
    for name, labels in (
        ("_danger", [s.danger for s in said]),
        ("_outside", [s.outside for s in said]),
    ):
        yes = np.repeat([label.yes for label in labels], sizes)
        weights = np.repeat([label.weight for label in labels], sizes) * times
        jobs[name] = beside.submit(Belief().fit, features, yes, weights)
    kinds = np.repeat([each.kind for each in said], sizes)
    named = kinds != ""
    if named.any():
        jobs["_kinds"] = beside.submit(Kinds().fit, features[named], kinds[named], times[named])
    return jobs


def _held_out(count: int, share: float) -> np.ndarray:
    """Which of so many examples are left out of a first model; the same ones each time."""
    asked = np.zeros(count, dtype=bool)
    asked[train_test_split(np.arange(count), test_size=share, random_state=7)[1]] = True
    return asked


def _slope(
    c: float, features: csr_matrix, names: np.ndarray, times: np.ndarray, asked: np.ndarray
) -> float:
    """The slope with the least surprise at the true topics (negative log-likelihood).

    Of those `asked`, which a first model has not seen; that its features know which words there
    are in them saves a minute and moves no border.
    """
    learnt = names[~asked]
    weights = _balance(learnt, times[~asked])
    machine = learner(c).fit(features[~asked], learnt, sample_weight=weights)
    known = asked & np.isin(names, machine.classes_)
    if not known.any():
        return 1.0
    scores = machine.decision_function(features[known])
    true = np.searchsorted(machine.classes_, names[known])

    def surprise(slope: float) -> float:
        beliefs = _softmax(scores * slope)[np.arange(len(true)), true]
        return -float(np.average(np.log(beliefs), weights=times[known]))

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


def _balance(names: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Weights that let a rare topic count, without letting it count as much as a broad one."""
    _, places = np.unique(names, return_inverse=True)
    counts = np.bincount(places, weights=times)
    return times * ((counts.mean() / counts) ** 0.5)[places]
