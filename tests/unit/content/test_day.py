"""The day in Viet Nam decides, whatever the zone of the machine."""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest

from bot.settings import PROJECT_ROOT
from content.day import ZONE, today
from content.library import Library
from content.search import CardSearch

# Twenty-six hours apart: on one of both it is never the day of Viet Nam.
FAR_ZONES = ["Etc/GMT+12", "Etc/GMT-14"]


@pytest.fixture(params=FAR_ZONES)
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The machine's own zone, for one test."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def test_today_is_the_day_in_viet_nam(zone: str) -> None:
    assert today() == datetime.now(ZONE).date()


def test_the_law_of_today_is_that_of_viet_nam(zone: str, library: Library) -> None:
    here = datetime.now(ZONE).date()
    law = next(iter(library.laws.values()))
    begins = law.model_copy(update={"status": "in_force", "effective": here, "expires": None})
    tomorrow = begins.model_copy(update={"effective": here + timedelta(days=1)})
    own = dataclasses.replace(library, laws={"now": begins, "then": tomorrow})
    assert own.may_cite("now")
    assert not own.may_cite("then")


def test_nobody_asks_the_machine_for_the_day() -> None:
    files = [*(PROJECT_ROOT / "content").glob("*.py"), *(PROJECT_ROOT / "bot/store").glob("*.py")]
    files += (PROJECT_ROOT / "bot" / "dialogue").rglob("*.py")
    asking = [
        p.name for p in files if re.search(r"date\.today\(\)|now\(UTC\)\.date", p.read_text())
    ]
    assert asking in ([], ["check.py"])  # `content.check` is a command of the office


def test_cards_are_found_from_their_first_day_to_their_last(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One index, made once, follows the days."""
    card = next(iter(library.cards.values()))
    until, since = date(2027, 5, 31), date(2027, 6, 1)
    old = card.model_copy(update={"id": "old", "valid_until": until, "citations": []})
    new = card.model_copy(update={"id": "new", "valid_from": since, "citations": []})
    own = dataclasses.replace(library, cards={"old": old, "new": new})
    search = CardSearch(own)
    for day, found in ((until, ["old"]), (since, ["new"]), (until, ["old"])):
        monkeypatch.setattr("content.search.today", lambda day=day: day)
        assert [h.card for h in search.rank(card.title)] == found
        assert [h.card for h in search.rank(card.title, card.topic)] == found
