"""Whether somebody is in danger now: asked of every message, whatever its topic.

A linear classifier beside the topic model, on the same features. It learns from the messages under
`nlu/danger/` (danger in indirect words, and harmless uses of the same words) and from the topics'
examples: those of `emergency` are danger. Of topics in which a message often carries danger only
the plain questions count as harmless, for nobody has labelled the rest.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import List, NamedTuple, Sequence

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

FOLDER = Path(__file__).resolve().parents[1] / "danger"
EMERGENCY = "emergency"
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


class Labelled(NamedTuple):
    """A message with whether it tells of present danger, and how much it counts."""

    text: str
    danger: bool
    weight: float


def load_labelled(folder: Path = FOLDER) -> List[Labelled]:
    """The messages of `present.txt` and `harmless.txt`, a line each; ``#`` begins a comment."""
    found = []
    for name, danger in (("present", True), ("harmless", False)):
        for line in (folder / f"{name}.txt").read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("#"):
                found.append(Labelled(line.strip(), danger, WRITTEN_WEIGHT))
    return found


def from_topics(texts: Sequence[str], topics: Sequence[str]) -> List[Labelled]:
    """The topics' examples as messages with and without danger; the doubtful ones weigh nothing."""
    return [
        Labelled(text, topic == EMERGENCY, float(topic not in MIXED or bool(QUESTION.search(text))))
        for text, topic in zip(texts, topics, strict=True)
    ]


class DangerModel:
    """Features in, belief in danger out."""

    def __init__(self) -> None:
        self._weights = np.zeros(0, dtype=np.float32)
        self._line = (0.0, 1.0, 0.0)  # offset of the classifier; slope and offset of the belief

    def fit(self, features: csr_matrix, labels: np.ndarray, weights: np.ndarray) -> None:
        """Learn; the belief is fitted on every fifth example, which a first model has not seen."""
        asked = np.arange(len(labels)) % 5 == 0
        first = _machine().fit(features[~asked], labels[~asked], sample_weight=weights[~asked])
        scores = first.decision_function(features[asked]).reshape(-1, 1)
        belief = LogisticRegression(C=1e3).fit(scores, labels[asked], sample_weight=weights[asked])
        machine = _machine().fit(features, labels, sample_weight=weights)
        self._weights = machine.coef_[0].astype(np.float32)
        self._line = (
            float(machine.intercept_[0]),
            float(belief.coef_[0, 0]),
            float(belief.intercept_[0]),
        )

    def belief(self, features: csr_matrix) -> np.ndarray:
        """Belief in danger, in 0..1, for each row."""
        offset, slope, shift = self._line
        scores = features @ self._weights + offset
        return 1.0 / (1.0 + np.exp(-(scores * slope + shift)))


def _machine() -> LinearSVC:
    return LinearSVC(C=0.3, random_state=7, class_weight="balanced")
