"""Opening once, sending once, every outcome closed: on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable

from bot.campaigns.budget import LONGEST
from bot.campaigns.outbox import LEASE_MS, Closing, Outbox
from bot.delivery import Delivered, Outcome
from tests.campaigns import FakeCarrier, approve, moment, moody, one_day, subscribe
from tests.integration.campaigns.conftest import Desktop


async def test_everybody_gets_it_once(desk: Desktop) -> None:
    await subscribe(desk.engine, desk.vault, 300)
    await approve(desk.office.desk, one_day())
    opened = await desk.office.schedule.look()
    assert [o.total for o in opened] == [300]
    assert await desk.office.schedule.look() == []
    assert await desk.send() == {"sent": 300}
    assert len(desk.carrier.got) == 300
    assert set(desk.carrier.got.values()) == {1}
    text = desk.carrier.when[0][1]
    assert text.startswith("An Tâm: tin hôm nay\n")
    assert "«dừng»" in text.splitlines()[-1]
    assert await desk.again() == 0


async def test_two_schedulers_and_three_senders_send_each_row_once(desk: Desktop) -> None:
    await subscribe(desk.engine, desk.vault, 900)
    await approve(desk.office.desk, one_day())
    looks = await asyncio.gather(*(desk.office.schedule.look() for _ in range(2)))
    assert sum(len(found) for found in looks) == 1
    senders = [desk.office.sender(desk.carrier) for _ in range(3)]
    desk.carrier.delay = 0.002
    running = [asyncio.create_task(sender.run()) for sender in senders]
    while (await desk.states())["sent"] < 900:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    for sender in senders:
        sender.stop()
    await asyncio.gather(*running)
    assert len(desk.carrier.got) == 900
    assert set(desk.carrier.got.values()) == {1}


async def test_bad_weather_closes_every_row(desk: Desktop) -> None:
    await subscribe(desk.engine, desk.vault, 500)
    await approve(desk.office.desk, one_day())
    await desk.office.schedule.look()
    desk.carrier.mood = moody()
    states = await desk.send()
    assert sum(states.values()) == 500
    assert set(states) <= {"sent", "unreachable", "unknown", "failed"}
    assert states["unreachable"] == 15  # every 33rd has blocked us
    assert states["sent"] > 400
    assert set(desk.carrier.got.values()) == {1}
    assert sum((await desk.people.count()).values()) == 485
    assert await desk.again() == 0


async def test_a_time_out_is_not_repeated(desk: Desktop) -> None:
    await subscribe(desk.engine, desk.vault, 20)
    await approve(desk.office.desk, one_day())
    await desk.office.schedule.look()
    desk.carrier.mood = lambda person, tries: Delivered(Outcome.UNKNOWN, "TimedOut")
    assert await desk.send() == {"unknown": 20}
    assert set(desk.carrier.tries.values()) == {1}


async def test_server_errors_are_repeated_and_given_up(desk: Desktop) -> None:
    await subscribe(desk.engine, desk.vault, 3)
    await approve(desk.office.desk, one_day())
    await desk.office.schedule.look()
    desk.carrier.mood = lambda person, tries: Delivered(Outcome.TRANSIENT, "NetworkError")
    assert await desk.send() == {"failed": 3}
    assert set(desk.carrier.tries.values()) == {6}


async def test_a_moved_chat_gets_it_at_its_new_id(desk: Desktop) -> None:
    await subscribe(desk.engine, desk.vault, 1)
    await approve(desk.office.desk, one_day())
    await desk.office.schedule.look()

    def mood(person: str, tries: int) -> Delivered | None:
        moved = Delivered(Outcome.TRANSIENT, "ChatMigrated", moved_to="-1001")
        return moved if person == "1" else None

    desk.carrier.mood = mood
    assert await desk.send() == {"sent": 1}
    assert [person for person, _ in desk.carrier.got] == ["-1001"]
    assert await desk.people.row("telegram", "-1001") is not None


async def test_a_pause_holds_and_a_resume_goes_on(desk: Desktop) -> None:
    await subscribe(desk.engine, desk.vault, 200)
    await approve(desk.office.desk, one_day())
    await desk.office.schedule.look()
    desk.carrier.rate = 20.0
    sender = desk.office.sender(desk.carrier)
    running = asyncio.create_task(sender.run())
    while sum(desk.carrier.got.values()) < 5:
        await asyncio.sleep(0.01)
        desk.clock.moment = moment("2027-11-25 08:01")
    await desk.office.desk.step("thu", "pause", "Lan")
    await asyncio.sleep(2.0)
    held = sum(desk.carrier.got.values())
    await asyncio.sleep(0.5)
    assert sum(desk.carrier.got.values()) == held < 200
    sender.stop()
    await running
    # Longer than the grace: a pause is no outage.
    desk.clock.moment = moment("2027-11-25 10:30")
    await desk.office.outbox.tidy(int(desk.clock.moment.timestamp() * 1000))
    await desk.office.desk.step("thu", "resume", "Lan")
    desk.carrier.rate = 0.0
    states = await desk.send()
    assert states == {"sent": 200}
    assert set(desk.carrier.got.values()) == {1}


async def test_cancel_ends_what_waits(desk: Desktop) -> None:
    await subscribe(desk.engine, desk.vault, 10)
    await approve(desk.office.desk, one_day())
    await desk.office.schedule.look()
    await desk.office.desk.step("thu", "cancel", "Lan")
    assert await desk.states() == {"cancelled": 10}
    assert await desk.send() == {"cancelled": 10}
    assert not desk.carrier.got


async def test_too_late_is_dropped_and_said(desk: Desktop) -> None:
    await subscribe(desk.engine, desk.vault, 10)
    await approve(desk.office.desk, one_day())
    desk.clock.moment = moment("2027-11-25 09:01")
    opened = await desk.office.schedule.look()
    assert [(o.total, o.late) for o in opened] == [(10, 10)]
    assert await desk.send() == {"late": 10}


async def test_an_outage_longer_than_the_grace_drops_what_was_due(desk: Desktop) -> None:
    await subscribe(desk.engine, desk.vault, 10)
    await approve(desk.office.desk, one_day())
    await desk.office.schedule.look()
    desk.clock.moment = moment("2027-11-25 13:00")
    assert await desk.send() == {"late": 10}
    assert not desk.carrier.got


async def test_nothing_goes_out_after_the_last_hour(desk: Desktop) -> None:
    await subscribe(desk.engine, desk.vault, 10)
    await approve(desk.office.desk, one_day())
    await desk.office.schedule.look()
    desk.carrier.mood = lambda person, tries: Delivered(
        Outcome.THROTTLED, "RetryAfter", retry_after=50_000
    )
    states = await desk.send(lambda s: not s["waiting"] and not s["sending"])
    assert states == {"expired": 10}


async def test_a_missed_day_opens_nothing(desk: Desktop) -> None:
    await subscribe(desk.engine, desk.vault, 10)
    await approve(desk.office.desk, one_day())
    desk.clock.moment = moment("2027-11-26 08:00")
    opened = await desk.office.schedule.look()
    assert [(o.total, o.late) for o in opened] == [(0, 0)]
    assert await desk.states() == Counter()
    assert await desk.office.desk.state("thu") == "done"


async def test_a_request_to_wait_holds_the_whole_channel(desk: Desktop) -> None:
    carrier = FakeCarrier(rate=25.0)
    budget, now = desk.office.budget, 1_000_000.0
    assert await budget.take(carrier.channel, 5, 25.0, now) == 0.0
    assert await budget.peek(carrier.channel, now) == 0.2
    await budget.hold(carrier.channel, 3.0, now)
    assert await budget.peek(carrier.channel, now) == 3.0
    await budget.spend(carrier.channel, 25, 25.0, now)
    assert await budget.take(carrier.channel, 1, 25.0, now) == 4.0


async def test_a_clock_that_was_set_back_holds_a_channel_for_minutes_at_most(
    desk: Desktop,
) -> None:
    budget, now, back = desk.office.budget, 10_000_000_000.0, 5_000_000_000.0
    await budget.hold("telegram", 50_000.0, now)
    assert await budget.peek("telegram", now) == LONGEST, "then the platform is asked again"
    assert await budget.peek("telegram", back) == 0.0
    assert await budget.take("telegram", 5, 25.0, back) == 0.0
    assert await budget.peek("telegram", back) == 0.2
    await budget.hold("telegram", 1.0, now)
    await budget.hold("telegram", 2.0, back)
    assert await budget.peek("telegram", back) == 2.0


async def test_a_clock_that_jumps_while_calls_are_out_sends_nothing_twice(desk: Desktop) -> None:
    await subscribe(desk.engine, desk.vault, 40)
    await approve(desk.office.desk, one_day())
    await desk.office.schedule.look()
    desk.carrier.delay = 1.5
    sender = desk.office.sender(desk.carrier)
    running = asyncio.create_task(sender.run())
    while sum(desk.carrier.tries.values()) < 40:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    desk.clock.moment = moment("2027-11-25 08:05")  # every lease is over, no call is
    while (await desk.states())["sent"] < 40:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    sender.stop()
    await running
    assert set(desk.carrier.tries.values()) == {1}
    assert await desk.again() == 0


async def test_rows_of_a_dead_sender_come_back_when_it_was_overdue_for_a_while(
    desk: Desktop,
) -> None:
    await subscribe(desk.engine, desk.vault, 5)
    await approve(desk.office.desk, one_day())
    await desk.office.schedule.look()
    dead, other, now = Outbox(desk.engine), Outbox(desk.engine), desk.now
    rows = await dead.claim("telegram", 5, now)
    late = now + LEASE_MS + 1
    dead.overdue = 0.0
    assert (await dead.tidy(late))["again"] == 0, "its own rows are not lost"
    assert (await other.tidy(late))["again"] == 0, "seen overdue for the first time"
    other.overdue = 0.0
    assert (await other.tidy(late))["again"] == 5
    # It was not dead after all: how its calls ended counts, and they are not sent again.
    ends = ("sent", "unknown", "unreachable", "rejected")
    ended = [Closing(row.id, row.lease, end) for row, end in zip(rows, ends, strict=False)]
    put_back = Closing(rows[4].id, rows[4].lease, "waiting", "HeldUp", late)
    assert await dead.close([*ended, put_back]) == 4
    assert await desk.states() == {**dict.fromkeys(ends, 1), "waiting": 1}
    assert [row.id for row in await other.claim("telegram", 5, late)] == [rows[4].id]
    held = Closing(rows[4].id, rows[4].lease, "sent")
    assert await dead.close([held]) == 0, "held by another now"


async def test_stopping_loses_no_closing_that_is_being_written(desk: Desktop) -> None:
    await subscribe(desk.engine, desk.vault, 30)
    await approve(desk.office.desk, one_day())
    await desk.office.schedule.look()
    close, begun = desk.office.outbox.close, asyncio.Event()

    async def slowly(closings: Iterable[Closing]) -> int:
        held = list(closings)
        begun.set()
        await asyncio.sleep(0.5)
        return await close(held)

    desk.office.outbox.close = slowly  # type: ignore[method-assign]
    sender = desk.office.sender(desk.carrier)
    running = asyncio.create_task(sender.run())
    await begun.wait()
    sender.stop()
    await running
    states = await desk.states()
    assert states["sent"] == sum(desk.carrier.got.values()) > 0
    assert states["sending"] == 0
