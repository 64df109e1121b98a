"""Senders and schedulers as processes: killed, many at once, the database away, bad weather.

What went out is counted by the local Bot API server, not by the code under test.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.store.campaign_models import Opening, OutboxRow
from tests.campaign_process import PATIENCE, FastClock, work
from tests.campaigns import approve, moment, one_day, subscribe
from tests.fakes.bot_api import BotApi, Fault
from tests.integration.campaigns.conftest import Desktop

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.campaign_process"])
START = moment("2027-11-25 08:00").timestamp()
SPEED = 20.0  # a lease of a minute is over in three seconds
RATE = 160.0  # messages a second: 64 rows at once
COUNT, KILLS = 5_000, 30
only_postgres = pytest.mark.parametrize(
    "url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
FIRST = 10_001  # the first chat


@dataclass
class Processes:
    """Processes of one test, sharing a simulated clock."""

    url: str
    api: BotApi
    speed: float = SPEED
    patience: float = PATIENCE
    began: float = field(default_factory=time.time)
    alive: list[ForkServerProcess] = field(default_factory=list)

    def start(self, role: str = "sender", rate: float = 0.0) -> ForkServerProcess:
        """One more process."""
        clock = FastClock(START, self.began, self.speed)
        process = FORKS.Process(
            target=work,
            args=(role, self.url, self.api.url, rate, clock, self.patience),
            daemon=True,
        )
        process.start()
        self.alive.append(process)
        return process

    def kill(self, process: ForkServerProcess) -> None:
        """End it as a power cut would."""
        self.alive.remove(process)
        process.kill()
        process.join()


@contextmanager
def processes(
    url: str, api: BotApi, speed: float = SPEED, patience: float = PATIENCE
) -> Iterator[Processes]:
    """Processes that are gone at the end, whatever happened."""
    found = Processes(url, api, speed, patience)
    try:
        yield found
    finally:
        for process in list(found.alive):
            found.kill(process)


def bad_weather(seed: int) -> Any:
    """20 % server errors, 5 % answers that never come, 3 % blocked, storms of 429."""
    chance = random.Random(seed)
    storm = 0.0

    def weather(method: str, parameters: dict[str, Any]) -> Fault | None:
        nonlocal storm
        if int(parameters["chat_id"]) % 33 == 0:
            return Fault(403, "Forbidden: bot was blocked by the user")
        if time.monotonic() < storm:
            return Fault(429, "Too Many Requests: retry after 1", retry_after=1)
        dice = chance.random()
        if dice < 0.20:
            return Fault(502, "Bad Gateway")
        if dice < 0.25:
            return Fault(hang=3.0, done=dice < 0.225)  # half of them arrived
        if dice < 0.2505:
            storm = time.monotonic() + 0.3
            return Fault(429, "Too Many Requests: retry after 1", retry_after=1)
        return None

    return weather


async def emptied(desk: Desktop, seconds: float) -> Counter[str]:
    """Wait until no row is on its way."""
    end = time.monotonic() + seconds
    while True:
        states = await desk.states()
        if states and not states["waiting"] and not states["sending"]:
            return states
        assert time.monotonic() < end, f"the outbox does not empty: {states}"
        await asyncio.sleep(0.1)


async def doubtful(desk: Desktop) -> set[int]:
    """The chats of rows that say they may have gone out twice."""
    query = select(OutboxRow.subscription).where(OutboxRow.again.is_(True))
    async with desk.engine.connect() as connection:
        return {FIRST - 1 + n for n in (await connection.execute(query)).scalars()}


def twice(api: BotApi) -> set[int]:
    """The chats that got it more than once."""
    return {chat for chat, messages in api.messages.items() if len(messages) > 1}


async def ready(desk: Desktop, count: int) -> None:
    """`count` subscribers, an approved campaign, opened."""
    await subscribe(desk.engine, desk.vault, count, first=FIRST)
    await approve(desk.office.desk, one_day())
    await desk.office.schedule.look()


async def only_sent(desk: Desktop, api: BotApi, seconds: float = 300) -> None:
    """Wait until every row is sent; one that ended otherwise is named with its error."""
    states = await emptied(desk, seconds)
    query = select(OutboxRow.state, OutboxRow.error, func.count()).where(OutboxRow.state != "sent")
    async with desk.engine.connect() as connection:
        others = await connection.execute(query.group_by(OutboxRow.state, OutboxRow.error))
        assert [tuple(row) for row in others] == []
    assert states == {"sent": COUNT}
    assert len(api.messages) == COUNT


async def few_and_known_duplicates(desk: Desktop, api: BotApi, in_flight: int) -> None:
    """What went out twice was in flight at a kill, and its row says so."""
    extra = sum(len(messages) - 1 for messages in api.messages.values())
    assert extra <= in_flight
    assert twice(api) <= await doubtful(desk)


async def kill_again_and_again(desk: Desktop, running: Processes, kills: int) -> int:
    """Kill the sender at random instants. Returns how many rows it had in flight, in all."""
    chance, seen, in_flight = random.Random(7), set[str](), 0
    for _ in range(kills):
        process, before = running.start(rate=RATE), len(running.api.stamps)
        while len(running.api.stamps) == before:
            assert (await desk.states())["waiting"] or (await desk.states())["sending"]
            await asyncio.sleep(0.02)
        await asyncio.sleep(chance.uniform(0.0, 1.2))
        assert process.pid is not None  # 0 would be this very process and all beside it
        os.kill(process.pid, signal.SIGSTOP)
        held = select(OutboxRow.lease, func.count()).where(OutboxRow.state == "sending")
        async with desk.engine.connect() as connection:
            rows = (await connection.execute(held.group_by(OutboxRow.lease))).all()
        in_flight += sum(count for lease, count in rows if lease not in seen)
        seen |= {lease for lease, _ in rows}
        running.kill(process)
    return in_flight


async def test_a_killed_sender_loses_nothing(desk: Desktop, url: str, telegram_api: BotApi) -> None:
    await ready(desk, COUNT)
    with processes(url, telegram_api) as running:
        in_flight = await kill_again_and_again(desk, running, KILLS)
        running.start(rate=RATE)
        await only_sent(desk, telegram_api)
    await few_and_known_duplicates(desk, telegram_api, in_flight)


@only_postgres
async def test_killed_in_bad_weather_every_row_has_a_true_end(
    desk: Desktop, url: str, telegram_api: BotApi
) -> None:
    await ready(desk, COUNT)
    telegram_api.weather = bad_weather(3)
    # The server's silences are short ones, so that they need not be waited for as real ones.
    with processes(url, telegram_api, patience=2.0) as running:
        in_flight = await kill_again_and_again(desk, running, KILLS)
        running.start(rate=RATE)
        states = await emptied(desk, 300)
    assert sum(states.values()) == COUNT
    assert set(states) <= {"sent", "unreachable", "stopped", "unknown", "failed"}
    blocked = sum(1 for chat in range(FIRST, FIRST + COUNT) if chat % 33 == 0)
    assert states["unreachable"] + states["stopped"] == blocked
    assert states["failed"] < COUNT / 100
    at_most = states["sent"] + states["unknown"] + states["failed"]
    assert states["sent"] <= len(telegram_api.messages) <= at_most
    await few_and_known_duplicates(desk, telegram_api, in_flight)


@only_postgres
async def test_the_database_goes_and_comes_back(
    desk: Desktop, url: str, telegram_api: BotApi, cluster: Any
) -> None:
    await ready(desk, COUNT)
    with processes(url, telegram_api) as running:
        running.start(rate=RATE)
        for _ in range(5):
            before = len(telegram_api.stamps)
            while len(telegram_api.stamps) < before + 300:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            await asyncio.to_thread(cluster.stop)
            await asyncio.sleep(1.0)
            await asyncio.to_thread(cluster.start)
        await only_sent(desk, telegram_api)
    assert twice(telegram_api) <= await doubtful(desk)


@only_postgres
async def test_two_schedulers_and_three_senders_as_processes(
    desk: Desktop, url: str, telegram_api: BotApi
) -> None:
    await subscribe(desk.engine, desk.vault, COUNT, first=FIRST)
    await approve(desk.office.desk, one_day())
    # At the true speed: a machine that is busy for three seconds is no dead sender.
    with processes(url, telegram_api, speed=1.0) as running:
        for role in ("scheduler", "scheduler", "sender", "sender", "sender"):
            running.start(role, 2 * RATE)
        states = await emptied(desk, 300)
    assert states == {"sent": COUNT}
    async with desk.engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(Opening)) == 1
    assert set(map(len, telegram_api.messages.values())) == {1}
    assert len(telegram_api.messages) == COUNT
    assert await doubtful(desk) == set()
