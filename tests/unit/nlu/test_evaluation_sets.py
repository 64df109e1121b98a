"""What is reported as unseen is unseen: no message of those sets stands among the examples."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

import pytest
import yaml

from bot.settings import PROJECT_ROOT
from nlu.vietnamese import expand_teencode, normalise, unaccent

SETS = PROJECT_ROOT / "tests" / "data" / "eval"
# docs/chat-luong.md reports these as never learned from, and says which of them were looked at.
UNSEEN = (
    *("messages-equality-bot", "messages-need-c", "messages-f", "messages-g", "messages-h"),
    *("messages-i", "danger-k", "danger-q", "danger-u", "danger-v", "danger-aa", "danger-cc"),
    *("danger-dd", "danger-ff"),
    *("questions-b", "questions-d", "questions-e", "questions-f", "questions-g", "questions-h"),
    *("outside-c", "outside-e", "outside-f", "outside-g", "outside-i"),
)


def bare(text: str) -> str:
    """A message without accents, chat spellings and signs."""
    return re.sub(r"\W+", " ", unaccent(expand_teencode(normalise(text)))).strip().lower()


def taught() -> Iterator[str]:
    """Every message that the models learn from."""
    for path in (PROJECT_ROOT / "nlu" / "data").glob("*.yml"):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            yield from (line[2:] for line in block["examples"].splitlines())
    for folder in ("danger", "outside"):
        for path in (PROJECT_ROOT / "nlu" / folder).rglob("*.txt"):
            yield from path.read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def known() -> frozenset[str]:
    return frozenset(map(bare, taught()))


@pytest.mark.parametrize("name", UNSEEN)
def test_no_message_was_taught(name: str, known: frozenset[str]) -> None:
    with (SETS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        messages = [row["text"] for row in csv.DictReader(file)]
    assert len(messages) >= 90
    assert [m for m in messages if bare(m) in known] == []
