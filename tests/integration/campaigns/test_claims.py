"""Between taking a row and closing it: lost answers, waits, second thoughts, a changed key."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.campaigns.outbox import LEASE_MS, Claimed, Closing, Outbox
from bot.delivery import Delivered, Outcome
from bot.store.campaign_models import Opening, OutboxRow, Subscription
from bot.store.vault import rotate
from tests.campaigns import approve, one_day, subscribe
from tests.integration.campaigns.conftest import SECRET, Desktop


async def ready(desk: Desktop, count: int) -> None:
    """`count` subscribers, their rows waiting."""
    await subscribe(desk.engine, desk.vault, count)
    await approve(desk.office.desk, one_day())
    await desk.office.schedule.look()


def logged(path: Path, what: str) -> list[str]:
    """The lines of a log with these words."""
    return [line for line in path.read_text().splitlines() if what in line]


async def column(desk: Desktop, what: Any) -> list[Any]:
    """One column of the outbox."""
    async with desk.engine.connect() as connection:
        return list(await connection.scalars(select(what)))


async def test_a_claim_whose_answer_is_lost_comes_back(desk: Desktop) -> None:
    await ready(desk, 5)
    claim, outbox, lost = desk.office.outbox.claim, desk.office.outbox, Outbox(desk.engine)

    async def reset(channel: str, most: int, now_ms: int) -> list[Claimed]:
        outbox.claim = claim  # type: ignore[method-assign]
        assert len(await lost.claim(channel, most, now_ms)) == 5
        raise ConnectionResetError

    outbox.claim = reset  # type: ignore[method-assign]
    outbox.overdue = 0.0
    sender = desk.office.sender(desk.carrier)
    running = asyncio.create_task(sender.run())
    while not (await desk.states())["sending"]:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    desk.clock.moment += timedelta(milliseconds=LEASE_MS + 1000)
    async with asyncio.timeout(60):
        while (await desk.states())["sent"] < 5:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    sender.stop()
    await running
    assert set(desk.carrier.got.values()) == {1}
    assert await desk.again() == 5


async def test_an_old_claim_puts_no_row_of_a_new_one_back(desk: Desktop) -> None:
    await ready(desk, 1)
    mine, other, late = desk.office.outbox, Outbox(desk.engine), desk.now + LEASE_MS + 1
    other.overdue = 0.0
    (first,) = await mine.claim("telegram", 1, desk.now)
    assert (await other.tidy(late))["again"] == 1
    (second,) = await mine.claim("telegram", 1, late)
    assert await mine.close([Closing(first.id, first.lease, "waiting", "HeldUp", late)]) == 0
    assert await desk.states() == {"sending": 1}
    assert await mine.close([Closing(second.id, second.lease, "sent")]) == 1


async def test_only_what_was_asked_counts_as_a_try(desk: Desktop) -> None:
    await ready(desk, 1)

    def mood(person: str, tries: int) -> Delivered | None:
        if tries <= 10:
            kind = Outcome.THROTTLED if tries % 2 else Outcome.NOT_TRIED
            return Delivered(kind, "Waits", retry_after=0.01)
        return Delivered(Outcome.TRANSIENT, "NetworkError") if tries == 11 else None

    desk.carrier.mood = mood
    assert await desk.send() == {"sent": 1}
    assert await column(desk, OutboxRow.tries) == [1]
    assert await desk.again() == 0


async def test_one_without_a_turn_holds_nobody_else(desk: Desktop) -> None:
    await ready(desk, 3)
    desk.carrier.rate = 100.0
    desk.carrier.mood = lambda person, tries: (
        Delivered(Outcome.NOT_TRIED, "GaveWay", retry_after=3600.0) if person == "1" else None
    )
    assert await desk.send(lambda states: states["sent"] == 2) == {"sent": 2, "waiting": 1}
    assert await desk.office.budget.peek("telegram", desk.now) < 1.0


async def test_a_repeat_in_doubt_is_counted(desk: Desktop) -> None:
    await ready(desk, 2)
    desk.carrier.mood = lambda person, tries: (
        Delivered(Outcome.TRANSIENT, "Gateway502", doubt=True) if (person, tries) == ("1", 1)
        else None
    )  # fmt: skip
    assert await desk.send() == {"sent": 2}
    assert await desk.again() == 1


async def test_second_thoughts_after_the_claim_are_heard(
    desk: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ready(desk, 3)
    desk.carrier.rate = 25.0

    async def far_ahead(channel: str, count: int, rate: float, now_ms: float) -> float:
        return 4.0

    monkeypatch.setattr(desk.office.budget, "take", far_ahead)
    sender = desk.office.sender(desk.carrier)
    running = asyncio.create_task(sender.run())
    while (await desk.states())["sending"] < 3:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    await desk.people.quieten("telegram", "1")  # danger
    await desk.people.stop("telegram", "2")
    while (await desk.states())["sending"]:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    sender.stop()
    await running
    assert await desk.states() == {"withheld": 1, "stopped": 1, "sent": 1}
    assert [person for person, _ in desk.carrier.got] == ["3"]


async def test_what_is_to_be_closed_does_not_stop_the_heart_beat(desk: Desktop) -> None:
    await ready(desk, 3)

    async def away(closings: Iterable[Closing]) -> int:
        raise ConnectionError

    close, desk.office.outbox.close = desk.office.outbox.close, away  # type: ignore[method-assign]
    sender = desk.office.sender(desk.carrier)
    running = asyncio.create_task(sender.run())
    while len(desk.carrier.got) < 3:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    desk.clock.moment += timedelta(minutes=30)
    async with asyncio.timeout(60), desk.engine.connect() as connection:
        while await connection.scalar(select(Opening.beat_ms)) != desk.now:
            await connection.rollback()
            await asyncio.sleep(0.05)
    desk.office.outbox.close = close  # type: ignore[method-assign]
    sender.stop()
    await running
    assert await desk.states() == {"sent": 3}


async def test_a_changed_key_stops_the_sender_and_fails_nothing(
    desk: Desktop, quiet_logs: Path
) -> None:
    await ready(desk, 4)
    sender = desk.office.sender(desk.carrier)
    desk.clock.moment -= timedelta(hours=1)  # nothing is due yet
    running = asyncio.create_task(sender.run())
    await asyncio.sleep(0.5)
    await rotate(desk.engine, SECRET, b"another secret, thirty-two bytes")
    desk.clock.moment += timedelta(hours=1)
    async with asyncio.timeout(60):
        await running
    assert await desk.states() == {"waiting": 4}
    assert not desk.carrier.tries
    (said,) = logged(quiet_logs, "level=error")
    assert "ANTAM_SECRET_KEY" in said


async def test_one_damaged_id_stops_nobody_else(desk: Desktop) -> None:
    await ready(desk, 4)
    async with desk.engine.begin() as connection:
        damaged = update(Subscription).where(Subscription.id == 1)
        await connection.execute(damaged.values(sealed=b"0" * 40))
    assert await desk.send() == {"failed": 1, "sent": 3}
