"""Whole campaigns under a clock that is moved: every message at its hour, none in quiet hours."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import and_, or_, select

from bot.campaigns import sender as sender_module
from bot.campaigns.outbox import SENDING_STATES
from bot.delivery import Delivered, Notice
from bot.store.campaign_models import CampaignState, Opening, OutboxRow
from content.campaign import Campaign, Theme, at, clock, is_quiet, on_day
from content.library import Library
from tests.campaigns import FakeCarrier, SetClock, approve, moment, one_day, subscribe
from tests.integration.campaigns.conftest import Desktop

STEP = timedelta(minutes=10)
YEAR = 2028  # a leap year
PEOPLE = 20


class Diary(FakeCarrier):
    """A platform that writes down when each person got what."""

    def __init__(self, set_clock: SetClock) -> None:
        super().__init__()
        self._clock = set_clock
        self.diary: dict[str, list[tuple[datetime, str]]] = defaultdict(list)

    async def deliver(self, person: str, notice: Notice) -> Delivered:
        self.diary[person].append((self._clock.now(), notice.text))
        return await super().deliver(person, notice)


async def live_through(
    desk: Desktop, carrier: FakeCarrier, first: datetime, last: datetime
) -> None:
    """Move the clock from one moment to another; the sender gets to everything that is due."""
    sender = desk.office.sender(carrier)
    running = asyncio.create_task(sender.run())
    desk.clock.moment = first
    try:
        while desk.clock.moment < last:
            await desk.office.schedule.look()
            while await _due(desk, carrier.channel):  # noqa: ASYNC110
                await asyncio.sleep(0.002)
            desk.clock.moment += STEP
        # A sender tidies once a second of the machine's, which may be hours of this clock.
        await desk.office.outbox.tidy(desk.now)
        await desk.office.schedule.look()
    finally:
        sender.stop()
        await running


async def _due(desk: Desktop, channel: str) -> bool:
    """Whether anything is out or due, in one look: a row may be taken between two."""
    due = and_(OutboxRow.state == "waiting", OutboxRow.due_ms <= desk.now)
    live = select(OutboxRow.id).join(Opening, Opening.id == OutboxRow.opening)
    live = live.join(CampaignState, CampaignState.id == Opening.campaign).where(
        OutboxRow.channel == channel, or_(due, OutboxRow.state == "sending"),
        Opening.state == "open", CampaignState.state.in_(SENDING_STATES),
    )  # fmt: skip
    async with desk.engine.connect() as connection:
        return (await connection.execute(live.limit(1))).first() is not None


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sender that looks at once, so that a month is over in seconds."""
    monkeypatch.setattr(sender_module, "IDLE", 0.02)


@pytest.fixture
def month(library: Library, desk: Desktop) -> Campaign:
    """The Action Month of a leap year, with a theme that was found."""
    theme = "Một chủ đề để thử"
    desk.office.desk.campaigns.themes[YEAR] = Theme(year=YEAR, theme=theme, source="bài thử")
    template = library.campaigns.by_id["thang-hanh-dong"]
    return template.model_copy(update={"id": f"thang-hanh-dong-{YEAR}", "year": YEAR})


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_the_whole_action_month(desk: Desktop, month: Campaign) -> None:
    await subscribe(desk.engine, desk.vault, PEOPLE)
    wishes = {"1": "morning", "2": "noon", "3": "evening"}
    for person, hour in wishes.items():
        await desk.people.change("telegram", person, hour=hour)
    await approve(desk.office.desk, month)
    carrier = Diary(desk.clock)
    begin, end = moment(f"{YEAR}-11-14 22:00"), moment(f"{YEAR}-12-16 08:00")
    await live_through(desk, carrier, begin, end)
    assert await desk.states() == {"sent": 31 * PEOPLE}
    assert await desk.office.desk.state(month.id) == "done"
    for person, got in carrier.diary.items():
        assert [when for when, _ in got] == sorted(when for when, _ in got)
        for (when, text), message in zip(got, month.messages, strict=True):
            body = month.text_of(message, "Một chủ đề để thử").strip()
            assert body in text, (person, message.key)
            assert not is_quiet(when), (person, when)
            hour = {"morning": "07:30", "noon": "11:30", "evening": "18:30"}.get(
                wishes.get(person, ""), message.hour
            )
            planned = at(on_day(YEAR, message.day), clock(hour))
            window = timedelta(minutes=month.spread) + STEP
            assert planned <= when <= planned + window, (person, message.key, when)
        assert all(a.date() < b.date() for (a, _), (b, _) in pairwise(got))
    assert "Một chủ đề để thử" in carrier.diary["9"][0][1]
    assert str(YEAR) in carrier.diary["9"][0][1]


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_a_leap_day(desk: Desktop) -> None:
    await subscribe(desk.engine, desk.vault, 3)
    await approve(desk.office.desk, one_day(day="29/02", year=2028))
    carrier = Diary(desk.clock)
    await live_through(desk, carrier, moment("2028-02-28 06:00"), moment("2028-03-01 08:00"))
    days = {when.date() for got in carrier.diary.values() for when, _ in got}
    assert days == {date(2028, 2, 29)}
    with pytest.raises(ValueError, match="day is out of range"):
        on_day(2027, "29/02")


async def test_a_clock_that_jumps_back_opens_nothing_twice(desk: Desktop) -> None:
    await subscribe(desk.engine, desk.vault, 50)
    await approve(desk.office.desk, one_day())
    assert [o.total for o in await desk.office.schedule.look()] == [50]
    desk.clock.moment -= timedelta(hours=2)
    assert await desk.office.schedule.look() == []
    desk.clock.moment += timedelta(hours=2, minutes=1)
    assert await desk.office.schedule.look() == []
    assert await desk.send() == {"sent": 50}
    assert set(desk.carrier.got.values()) == {1}


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
async def test_a_machine_in_another_zone_keeps_the_hour_of_an_giang(
    desk: Desktop, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Daylight shift elsewhere (New York goes back on 7/11/2027) moves nothing here."""
    import time as machine

    monkeypatch.setenv("TZ", zone)
    machine.tzset()
    try:
        await subscribe(desk.engine, desk.vault, 2)
        await approve(desk.office.desk, one_day(day="07/11"))
        desk.clock.moment = moment("2027-11-07 07:29")
        assert await desk.office.schedule.look() == []
        following = await desk.office.schedule.next()
        assert following is not None
        assert following.timetz() == time(7, 30, tzinfo=following.tzinfo)
        desk.clock.moment = moment("2027-11-07 07:30")
        assert [o.total for o in await desk.office.schedule.look()] == [2]
    finally:
        monkeypatch.undo()
        machine.tzset()
