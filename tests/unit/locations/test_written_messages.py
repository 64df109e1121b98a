"""Messages that people wrote who had not seen the finder: where they are, and where nobody is.

`units` names any one right answer: a code of today's unit, or ``district:`` or ``province:`` with
an old name.
"""

from __future__ import annotations

import csv

import pytest

from bot.settings import PROJECT_ROOT
from locations.gazetteer import Located, gazetteer
from locations.units import Unit

SETS = PROJECT_ROOT / "tests" / "data" / "eval"
LEVELS = {"district": "old_district", "province": "old_province"}
Rows = list[dict[str, str]]


def rows(name: str, placed: bool) -> Rows:
    with (SETS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if bool(row["units"]) == placed]


def answers(unit: Unit, wanted: str) -> bool:
    kind, _, name = wanted.rpartition(":")
    if kind:
        return unit.level == LEVELS[kind] and unit.name == name
    return wanted in unit.now and len(unit.now) <= 3


def is_right(found: Located, units: str) -> bool:
    """The best, or one of the choices offered where the name has several places."""
    offered = [m.unit for m in found.matches] if found.ambiguous else [found.best]
    return any(answers(u, w) for u in offered if u is not None for w in units.split(";"))


@pytest.mark.parametrize("name", ["places-a", "places-b", "places-c"])
def test_where_somebody_is(name: str) -> None:
    said = rows(name, placed=True)
    missed = [r["text"] for r in said if not is_right(gazetteer().locate(r["text"]), r["units"])]
    assert len(said) >= 200
    assert len(missed) <= 0.05 * len(said), missed


@pytest.mark.parametrize(
    ("name", "most"), [("places-a", 0.07), ("places-b", 0.02), ("places-c", 0.02)]
)
def test_where_nobody_is(name: str, most: float) -> None:
    """places-a is full of names hidden in other words on purpose: «dieu tri ton bao nhieu»."""
    said = rows(name, placed=False)
    wrong = [r["text"] for r in said if gazetteer().locate(r["text"]).matches]
    assert len(said) >= 150
    assert len(wrong) <= most * len(said), wrong
