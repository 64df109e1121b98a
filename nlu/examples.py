"""Reading the training examples: one YAML file per topic, in Rasa's format."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import yaml

DATA = Path(__file__).resolve().parent / "data"


class Example(NamedTuple):
    """One written example."""

    text: str
    topic: str
    style: str = ""


class ExamplesError(ValueError):
    """An examples file that cannot be used; names the file and what to do."""


def load_examples(folder: Path = DATA) -> list[Example]:
    """Every written example. Raises `ExamplesError` for bad files and doubled examples."""
    found: list[Example] = []
    seen: dict = {}
    for path in sorted(folder.glob("*.yml")):
        for example in _read(path):
            key = example.text.lower()
            if key in seen and seen[key] != example.topic:
                raise ExamplesError(
                    f"{path.name}: “{example.text}” also stands under {seen[key]}: keep one"
                )
            if key not in seen:
                seen[key] = example.topic
                found.append(example)
    if not found:
        raise ExamplesError(f"no examples in {folder.name}/")
    return found


def _read(path: Path) -> list[Example]:
    try:
        blocks = yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
        return [
            Example(line.strip()[2:].strip(), block["intent"])
            for block in blocks
            for line in block["examples"].splitlines()
            if line.strip().startswith("- ") and line.strip()[2:].strip()
        ]
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise ExamplesError(f"{path.name}: not in Rasa's format ({type(error).__name__})") from None


def load_csv(path: Path) -> list[Example]:
    """Messages to score: columns text, topic and (if there) style."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or "text" not in rows[0] or "topic" not in rows[0]:
        raise ExamplesError(f"{path.name}: expected the columns text, topic and perhaps style")
    return [Example(r["text"], r["topic"], r.get("style") or "") for r in rows]
