"""Senders and schedulers as processes: killed, many at once, the database away, bad weather.

What went out is counted by the local Bot API server, not by the code under test.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.settings import PROJECT_ROOT
from bot.store.campaign_models import Opening, OutboxRow
from tests.campaigns import approve, moment, one_day, subscribe
from tests.fakes.bot_api import BotApi, Fault
from tests.integration.campaigns.conftest import Desktop

START = moment("2027-11-25 08:00").timestamp()
SPEED = 20.0  # a lease of a minute is over in three seconds
FIRST = 10_001  # the first chat


@dataclass
class Processes:
    """Processes of one test, sharing a simulated clock."""

    url: str
    api: BotApi
    began: float = field(default_factory=time.time)
    alive: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, role: str = "sender", rate: float = 0.0) -> subprocess.Popen[bytes]:
        """One more process."""
        numbers = [str(n) for n in (rate, START, self.began, SPEED)]
        command = [sys.executable, "-m", "tests.campaign_process", role, self.url, self.api.url]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("ANTAM_")}
        process = subprocess.Popen(
            [*command, *numbers], cwd=PROJECT_ROOT, env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.alive.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """End it as a power cut would."""
        self.alive.remove(process)
        process.send_signal(signal.SIGKILL)
        process.wait()


@contextmanager
def processes(url: str, api: BotApi) -> Iterator[Processes]:
    """Processes that are gone at the end, whatever happened."""
    found = Processes(url, api)
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
            return Fault(hang=1.0, done=dice < 0.225)  # half of them arrived
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


async def kill_again_and_again(desk: Desktop, running: Processes, kills: int) -> int:
    """Kill the sender at random instants. Returns how many rows it had in flight, in all."""
    chance, in_flight = random.Random(7), 0
    for _ in range(kills):
        process, before = running.start(), len(running.api.stamps)
        while len(running.api.stamps) == before and (await desk.states())["waiting"]:
            await asyncio.sleep(0.02)
        await asyncio.sleep(chance.uniform(0.0, 0.3))
        process.send_signal(signal.SIGSTOP)
        lease = select(func.count()).where(OutboxRow.state == "sending", OutboxRow.lease != "")
        async with desk.engine.connect() as connection:
            in_flight += int(await connection.scalar(lease) or 0)
        running.kill(process)
    return in_flight


@pytest.mark.parametrize("stormy", [False, True], ids=["calm", "bad weather"])
async def test_a_killed_sender_loses_nothing(
    desk: Desktop, url: str, telegram_api: BotApi, stormy: bool
) -> None:
    count, kills = 5_000, 30
    await ready(desk, count)
    telegram_api.weather = bad_weather(3) if stormy else telegram_api.weather
    with processes(url, telegram_api) as running:
        in_flight = await kill_again_and_again(desk, running, kills)
        running.start()
        states = await emptied(desk, 120)
    assert sum(states.values()) == count
    got, more = set(telegram_api.messages), twice(telegram_api)
    extra = sum(len(m) - 1 for m in telegram_api.messages.values())
    print(f"\n{states}, in flight {in_flight}, extra {extra}, in doubt {len(await doubtful(desk))}")
    assert extra <= in_flight
    assert more <= await doubtful(desk)
    if stormy:
        blocked = sum(1 for chat in range(FIRST, FIRST + count) if chat % 33 == 0)
        assert states["unreachable"] == blocked
        assert set(states) <= {"sent", "unreachable", "unknown", "failed"}
        assert states["sent"] <= len(got) <= states["sent"] + states["unknown"] + states["failed"]
    else:
        assert states == {"sent": count}
        assert len(got) == count
