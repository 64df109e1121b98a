"""Cross-validate the topic model, or score messages of a CSV file with one trained on all examples.

Runs in the Rasa environment: ``python -m nlu.evaluate FOLDS [CSV]``. Copies of a test example are
never in training: the folds are made of written examples, the copies inside the model's `fit`.
"""

from __future__ import annotations

import itertools
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import f1_score, precision_recall_fscore_support
from sklearn.model_selection import StratifiedKFold

from nlu.components.topic_model import TopicModel
from nlu.examples import Example, ExamplesError, load_csv, load_examples
from nlu.report import report
from nlu.vietnamese import to_teencode, unaccent

BINS = (0.0, 0.2, 0.3, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0001)


def forms(text: str) -> dict[str, str]:
    """The forms in which each test example is asked: as written, unaccented, in teencode."""
    seed = zlib.crc32(text.encode("utf-8")) + 7_919  # not a seed of the training copies
    return {"accented": text, "unaccented": unaccent(text), "teencode": to_teencode(text, seed)}


def cross_validate(examples: Sequence[Example], folds: int) -> dict[str, Any]:
    """Accuracy, macro-F1, tables; by form."""
    texts = np.array([e.text for e in examples], dtype=object)
    topics = np.array([e.topic for e in examples], dtype=object)
    said: dict[str, list[tuple]] = defaultdict(list)
    splitter = StratifiedKFold(n_splits=folds, shuffle=True, random_state=20)
    for number, (learn, ask) in enumerate(splitter.split(texts, topics), 1):
        report(step="fold", number=number, of=folds)
        model = TopicModel().fit(list(texts[learn]), list(topics[learn]))
        for form in ("accented", "unaccented", "teencode"):
            asked = [forms(t)[form] for t in texts[ask]]
            said[form] += _answers(model, asked, list(topics[ask]))
    return {
        "examples": len(examples),
        "topics": len(set(topics)),
        "folds": folds,
        "forms": {form: _figures(answers) for form, answers in said.items()},
        "per_topic": _per_topic(said),
        "confusions": _confusions(said["accented"]),
        "reliability": _reliability([a for form in said.values() for a in form]),
    }


def score(examples: Sequence[Example], asked: Sequence[Example]) -> dict[str, Any]:
    """Figures for messages that are not training data, by style."""
    report(step="fold", number=1, of=1)
    model = TopicModel().fit([e.text for e in examples], [e.topic for e in examples])
    by_style: dict[str, list[Example]] = defaultdict(list)
    for example in asked:
        by_style[example.style or "all"].append(example)
    said = {
        style: _answers(model, [e.text for e in es], [e.topic for e in es])
        for style, es in by_style.items()
    }
    everything = [a for answers in said.values() for a in answers]
    misses = [
        {"text": e.text, "topic": e.topic, "said": a[1], "confidence": round(a[2], 2)}
        for style, es in by_style.items()
        for e, a in zip(es, said[style], strict=False)
        if a[1] != e.topic
    ]
    return {
        "messages": len(asked),
        "forms": {"all": _figures(everything), **{s: _figures(a) for s, a in said.items()}},
        "per_topic": _per_topic({"accented": everything}),
        "confusions": _confusions(everything),
        "reliability": _reliability(everything),
        "misses": misses,
    }


def _answers(model: TopicModel, texts: list[str], topics: list[str]) -> list[tuple]:
    """``(true topic, said topic, belief, whether the true one is in the first three)``."""
    names = np.array(model.topics)
    out = []
    for row, topic in zip(model.probabilities(texts), topics, strict=False):
        best = np.argsort(-row)[:3]
        out.append((topic, str(names[best[0]]), float(row[best[0]]), topic in names[best]))
    return out


def _figures(answers: list[tuple]) -> dict[str, float]:
    true, said = [a[0] for a in answers], [a[1] for a in answers]
    return {
        "messages": len(answers),
        "accuracy": float(np.mean([t == s for t, s in zip(true, said, strict=False)])),
        "macro_f1": float(f1_score(true, said, average="macro", zero_division=0)),
        "first_three": float(np.mean([a[3] for a in answers])),
    }


def _per_topic(said: dict[str, list[tuple]]) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for form, answers in said.items():
        true, guess = [a[0] for a in answers], [a[1] for a in answers]
        names = sorted(set(true))
        p, r, f, n = precision_recall_fscore_support(true, guess, labels=names, zero_division=0)
        for i, name in enumerate(names):
            row = rows.setdefault(name, {"topic": name, "messages": int(n[i])})
            row[form] = {"precision": float(p[i]), "recall": float(r[i]), "f1": float(f[i])}
    return [rows[name] for name in sorted(rows)]


def _confusions(answers: list[tuple], most: int = 25) -> list[dict[str, Any]]:
    pairs = Counter((t, s) for t, s, _, _ in answers if t != s)
    return [{"topic": t, "said": s, "count": n} for (t, s), n in pairs.most_common(most)]


def _reliability(answers: list[tuple]) -> list[dict[str, Any]]:
    """How often a belief of this height is right: the threshold is chosen on this table."""
    rows = []
    for low, high in itertools.pairwise(BINS):
        inside = [a for a in answers if low <= a[2] < high]
        if inside:
            right = float(np.mean([a[0] == a[1] for a in inside]))
            belief = float(np.mean([a[2] for a in inside]))
            rows.append({"from": low, "messages": len(inside), "belief": belief, "right": right})
    return rows


def main(folds: str, csv: str = "") -> int:
    """Entry of the command. Returns the exit code."""
    try:
        examples = load_examples()
        report(step="load", examples=len(examples))
        asked = load_csv(Path(csv)) if csv else None
    except (ExamplesError, OSError) as error:
        report(error=str(error))
        return 2
    result = score(examples, asked) if asked else cross_validate(examples, int(folds))
    report(result=result)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
