"""Each rule of `content check`: a fault planted in a copy of the content is named by its line."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from content.check import check
from content.library import CONTENT_DIR

TODAY = date.today()
CARD = """id: penalties-planted
topic: penalties
title: Một thẻ để thử
label: Thẻ thử
questions:
  - câu hỏi để thử
body: |
  Người đánh người trong nhà có thể bị phạt.
citations:
  - {law: 282/2025/NĐ-CP, article: 37, clause: 1}
contacts: [police]
related: []
checked_on: 2026-11-23
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the content with one sound card added."""
    copy = tmp_path / "content"
    shutil.copytree(CONTENT_DIR, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (copy / "cards/penalties/penalties-planted.yml").write_text(CARD, encoding="utf-8")
    return copy


def test_the_shipped_content_is_sound() -> None:
    assert [str(f) for f in check()] == []


def test_the_planted_card_is_sound(root: Path) -> None:
    assert [str(f) for f in check(root, TODAY)] == []


FAULTS: list[tuple[str, str, str, int, str]] = [
    ("unknown law", "282/2025/NĐ-CP", "999/2025/NĐ-CP", 10, "unknown law 999/2025/NĐ-CP"),
    ("unknown article", "article: 37", "article: 370", 10, "has no article 370"),
    ("replaced law", "282/2025/NĐ-CP, article: 37", "144/2021/NĐ-CP, article: 37", 10, "144/2021"),
    ("no citation", "  - {law: 282/2025/NĐ-CP, article: 37, clause: 1}\n", "", 7, "states law"),
    ("too long", "có thể bị phạt.", "có thể bị phạt. " * 70, 7, "at most 900"),
    ("dead link", "related: []", "related: [no-such-card]", 12, "no card no-such-card"),
    ("dead contact", "[police]", "[nobody]", 11, "no contact nobody"),
    ("unknown topic", "topic: penalties", "topic: nonsense", 2, "unknown topic nonsense"),
    ("wrong id", "id: penalties-planted", "id: Penalties Planted", 1, "id: "),
    ("unknown field", "related: []", "related: []\ncolour: red", 13, "colour"),
    ("number in words", "có thể bị phạt.", "gọi 113 nghe.", 7, "a phone number in the words"),
    ("future check", "2026-11-23", "2027-11-23", 13, "in the future"),
    ("bad yaml", "related: []", "related: [", 13, "not readable as YAML"),
    ("long label", "label: Thẻ thử", f"label: {'a' * 33}", 4, "at most 32"),
    ("itself", "related: []", "related: [penalties-planted]", 12, "links to itself"),
]


@pytest.mark.parametrize(("name", "old", "new", "line", "said"), FAULTS, ids=[f[0] for f in FAULTS])
def test_a_fault_is_named(root: Path, name: str, old: str, new: str, line: int, said: str) -> None:
    card = root / "cards/penalties/penalties-planted.yml"
    text = card.read_text(encoding="utf-8").replace(old, new, 1)
    if name == "no citation":
        text = text.replace("citations:\n", "")
    card.write_text(text, encoding="utf-8")
    faults = [f for f in check(root, TODAY) if "penalties-planted" in f.file]
    assert faults, name
    assert any(said in f.what and f.do for f in faults), [str(f) for f in faults]
    assert any(abs(f.line - line) <= 1 for f in faults), [str(f) for f in faults]


def test_two_cards_of_one_id(root: Path) -> None:
    (root / "cards/penalties/penalties-twin.yml").write_text(CARD, encoding="utf-8")
    assert any("is also in" in f.what for f in check(root, TODAY))


def test_a_topic_without_a_card(root: Path) -> None:
    shutil.rmtree(root / "cards/penalties")
    assert any(f.what == "topic penalties has no card" for f in check(root, TODAY))


def _contact_without_source(root: Path) -> None:
    path = root / "contacts.yml"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines.remove(next(line for line in lines if line.startswith("  source:")))
    path.write_text("\n".join(lines), encoding="utf-8")


def _replaced_by_nothing(root: Path) -> None:
    path = root / "laws.yml"
    text = path.read_text(encoding="utf-8").replace("  replaced_by: 13/2022/QH15\n", "")
    path.write_text(text, encoding="utf-8")


def _danger_without_card(root: Path) -> None:
    path = root / "danger.yml"
    text = path.read_text(encoding="utf-8").replace("card: emergency-child", "card: nowhere")
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("plant", "said"),
    [
        (_contact_without_source, "source"),
        (_replaced_by_nothing, "replaced by nothing"),
        (_danger_without_card, "child_danger: no card nowhere"),
    ],
)
def test_registers_are_checked(root: Path, plant: Callable[[Path], None], said: str) -> None:
    plant(root)
    assert any(said in f.what for f in check(root, TODAY))


def test_a_missing_file_is_named(root: Path) -> None:
    (root / "contacts.yml").unlink()
    assert any(f.file == "contacts.yml" and "missing" in f.what for f in check(root, TODAY))
