"""What is asked of every message beside its topic: is it danger, of which kind, is it ours.

Linear classifiers on the topic model's features. They learn from the messages under `nlu/danger/`
(danger in indirect words, and harmless uses of the same words) and `nlu/outside/` (what An Tâm
knows nothing of), and from the topics' examples. Those of `emergency` are danger; of topics in
which a message often carries danger only the plain questions count as harmless, for nobody has
labelled the rest. The kind of a danger (what the reply advises) is learnt from `nlu/danger/kinds/`,
a file for each kind, and asked only of messages in which danger is heard.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import List, NamedTuple, Sequence

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

NLU = Path(__file__).resolve().parents[1]
EMERGENCY = "emergency"
OUTSIDE = frozenset({"out_of_scope", "abuse_spam"})
# Stories of violence: what is told may be going on.
MIXED = frozenset(
    {"child_abuse", "sexual_violence", "trafficking_forced_labour", "bystander_help"}
    | {"male_victim", "elder_abuse", "online_violence", "find_shelter", "what_is_violence"}
    | {"counselling", "lgbt", "property_economic", "protection_order", "report_violence"}
)
QUESTION = re.compile(
    r"là gì|bao nhiêu|mấy (?:ngày|tháng|năm|tuổi)|luật|điều \d|nghị định|có phải|có tính"
    r"|thủ tục|mẫu đơn|quyền|tội gì|bị phạt|quy định|định nghĩa|khái niệm|ví dụ|dấu hiệu"
    r"|phòng tránh"
)
WRITTEN_WEIGHT = 3.0
# How a belief is learnt: cost of an error; yes and no count alike, however many there are.
BELIEF = (0.3, "balanced")
KINDS = (0.1, "balanced")
# Below this score the likeliest kind is a guess, and words name it better.
GUESS = -0.3
# A machine that learns stops when it gets so little better; a hundredth of it changes no answer.
TOLERANCE = 5e-2


class Label(NamedTuple):
    """A yes or no, and how much it counts; weight 0 for what nobody has labelled."""

    yes: bool
    weight: float = 1.0


class Labelled(NamedTuple):
    """A message with whether it tells of danger now, of which kind, and whether it lies outside.

    `kind`: one of `content/danger.yml`, or empty where nobody has named it.
    """

    text: str
    danger: Label
    outside: Label
    kind: str = ""


UNKNOWN = Label(False, 0.0)


def load_labelled(folder: Path = NLU) -> List[Labelled]:
    """The messages of `danger/` and `outside/`, a line each; ``#`` begins a comment."""
    harmless, present = Label(False, WRITTEN_WEIGHT), Label(True, WRITTEN_WEIGHT)
    danger, outside = folder / "danger", sorted((folder / "outside").glob("*.txt"))
    files = [(path, harmless, Label(True), "") for path in outside]
    files += [(danger / "present.txt", present, Label(False), "")]
    kinds = sorted((danger / "kinds").glob("*.txt"))
    files += [(path, present, Label(False), path.stem) for path in kinds]
    files += [(danger / "harmless.txt", harmless, UNKNOWN, "")]
    return [
        Labelled(line.strip(), danger, outside, kind)
        for path, danger, outside, kind in files
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.startswith("#")
    ]


def from_topics(texts: Sequence[str], topics: Sequence[str]) -> List[Labelled]:
    """The topics' examples with both labels."""
    return [
        Labelled(
            text,
            Label(topic == EMERGENCY, float(topic not in MIXED or bool(QUESTION.search(text)))),
            Label(topic in OUTSIDE),
        )
        for text, topic in zip(texts, topics, strict=True)
    ]


def learner(c: float, class_weight: str | None = None) -> LinearSVC:
    """The machine that all of it is learnt by."""
    return LinearSVC(C=c, tol=TOLERANCE, random_state=7, class_weight=class_weight)


class Belief:
    """Features in, belief in a yes out."""

    def __init__(self) -> None:
        self._weights = np.zeros(0, dtype=np.float32)
        self._line = (0.0, 1.0, 0.0)  # offset of the classifier; slope and offset of the belief

    def fit(self, features: csr_matrix, yes: np.ndarray, weights: np.ndarray) -> Belief:
        """Learn from rows of features with their answers and weights, and return itself.

        The belief is fitted on every fifth example, left out of a first model.
        Copies of one example stand on both sides, so that the belief is bolder than true shares;
        the thresholds are chosen on messages of other writers.
        """
        counts = weights > 0
        features, yes, weights = features[counts], yes[counts], weights[counts]
        asked = np.arange(len(yes)) % 5 == 0
        first = learner(*BELIEF).fit(features[~asked], yes[~asked], sample_weight=weights[~asked])
        scores = first.decision_function(features[asked]).reshape(-1, 1)
        belief = LogisticRegression(C=1e3).fit(scores, yes[asked], sample_weight=weights[asked])
        machine = learner(*BELIEF).fit(features, yes, sample_weight=weights)
        self._weights = machine.coef_[0].astype(np.float32)
        self._line = (
            float(machine.intercept_[0]),
            float(belief.coef_[0, 0]),
            float(belief.intercept_[0]),
        )
        return self

    def of(self, at: np.ndarray, values: np.ndarray) -> float:
        """Belief in a yes, in 0..1, of one message: its features `at` these columns."""
        offset, slope, shift = self._line
        score = float(values @ self._weights[at]) + offset
        return float(1.0 / (1.0 + np.exp(-(score * slope + shift))))


class Kinds:
    """Features of a message in which danger is heard in, the kind of that danger out."""

    def __init__(self) -> None:
        self._names: List[str] = []
        self._weights = np.zeros((0, 0), dtype=np.float16)  # a row for each feature
        self._offsets = np.zeros(0, dtype=np.float32)

    def fit(self, features: csr_matrix, names: np.ndarray, weights: np.ndarray) -> Kinds:
        """Learn from rows of features with the names of their kinds, and return itself."""
        machine = learner(*KINDS).fit(features, names, sample_weight=weights)
        self._names = [str(name) for name in machine.classes_]
        self._weights = np.ascontiguousarray(machine.coef_.T, dtype=np.float16)
        self._offsets = machine.intercept_.astype(np.float32)
        return self

    def of(self, at: np.ndarray, values: np.ndarray) -> str:
        """The kind of one message: its features `at` these columns. Empty where it would guess."""
        if not self._names:
            return ""
        scores = values @ self._weights[at].astype(np.float32) + self._offsets
        best = int(scores.argmax())
        return self._names[best] if scores[best] >= GUESS else ""
