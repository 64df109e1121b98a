"""Campaigns as content: what is shipped, what is refused, next year's, the calendar."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from icalendar import Calendar

from bot.campaigns.calendar import as_ics, moments
from bot.campaigns.clock import HOURS
from content.campaign import ZONE, is_quiet, new_from
from content.campaign_check import EVENING
from content.check import check
from content.library import CONTENT_DIR, Library, load

DAY = date(2026, 11, 25)
MONTH = "thang-hanh-dong"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy of the content that may be spoilt."""
    copy = tmp_path / "content"
    shutil.copytree(CONTENT_DIR, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return copy


def test_the_action_month_has_a_message_for_every_day(library: Library) -> None:
    month = library.campaigns.by_id[MONTH]
    days = [m.day for m in month.messages]
    assert len(days) == len(set(days)) == 31
    assert (days[0], days[-1]) == ("15/11", "15/12")
    assert month.needs_theme
    assert {"ngay-8-3", "ngay-28-6", "ngay-20-10", "ngay-25-11", "ngay-10-12"} <= set(
        library.campaigns.by_id
    )


def spoil(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (spoil("Chào bạn. Hôm nay", "Bị đánh thì gọi công an. Hôm nay"), "a locked phone shows"),
        (spoil("    day: 16/11\n", '    day: 16/11\n    hour: "06:30"\n'), "quiet hours"),
        (spoil("    day: 16/11\n", "    day: 16/10\n"), "outside the period"),
        (spoil("    day: 16/11\n", "    day: 31/11\n"), "a day that the year does not have"),
        (spoil("Chào bạn. Hôm nay", "Chào bạn. " + "dài lắm " * 85), "800"),
        (spoil("card: am-what", "card: no-such-card"), "no-such-card"),
        (spoil("picture: mo-dau.png", "picture: gone.png"), "gone.png"),
        (spoil("key: d02", "key: d01"), "stands twice"),
        (spoil('last_hour: "20:30"', 'last_hour: "22:00"'), "last_hour is in the quiet hours"),
        (spoil('last_hour: "20:30"', 'last_hour: "18:30"'), "whoever chose the evening"),
        (spoil("article: 10, clause: 3", "article: 999"), "999"),
    ],
)
def test_a_fault_names_its_file_and_line(
    root: Path, change: Callable[[str], str], said: str
) -> None:
    path = root / "campaigns" / f"{MONTH}.yml"
    before = path.read_text(encoding="utf-8")
    path.write_text(change(before), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != before, "nothing was spoilt"
    faults = [f for f in check(root, DAY) if said in f.what]
    assert faults
    assert all(f.file.endswith(f"{MONTH}.yml") and f.line >= 1 and f.do for f in faults)


def test_the_check_knows_the_latest_hour_that_people_may_choose() -> None:
    assert max(HOURS.values()) == EVENING


@pytest.mark.parametrize("year", [2027, 2028])
def test_next_years_month_is_made_from_the_template(root: Path, year: int) -> None:
    shipped = load(root)
    name, text = new_from(shipped.campaigns, MONTH, year)
    (root / "campaigns" / f"{name}.yml").write_text(text, encoding="utf-8")
    day = max(card.checked_on for card in shipped.cards.values())  # a card may be newer than DAY
    assert [str(f) for f in check(root, day)] == []
    campaigns = load(root).campaigns
    made = campaigns.by_id[name]
    assert (made.id, made.year, len(made.messages)) == (f"{MONTH}-{year}", year, 31)
    assert campaigns.theme(made) is None, "nobody knows it yet"
    with pytest.raises(ValueError, match="not a template"):
        new_from(campaigns, name, year + 1)


def test_the_calendar_opens_elsewhere(library: Library) -> None:
    plan = moments(library.campaigns, 2027)
    assert [m.begins for m in plan] == sorted(m.begins for m in plan)
    assert not any(is_quiet(m.begins) for m in plan)
    november = moments(library.campaigns, 2027, 11)
    assert {m.begins.month for m in november} == {11}
    file = as_ics(plan, library.campaigns, datetime(2026, 11, 25, tzinfo=ZONE))
    events = Calendar.from_ical(file).walk("VEVENT")
    assert len(events) == len(plan)
    assert len({str(e["uid"]) for e in events}) == len(plan)
    first = next(e for e in events if str(e["uid"]) == f"{MONTH}-2027-d01@antam")
    assert first.decoded("dtstart") == datetime(2027, 11, 15, 1, 0, tzinfo=UTC), "08:00 here"
