"""An office over a real database, with a carrier in memory and a clock that can be set."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.campaigns.clock import ms
from bot.campaigns.office import Office
from bot.store import database
from bot.store.campaign_models import OutboxRow
from bot.store.subscriptions import Subscriptions
from bot.store.vault import Vault, open_vault
from content.campaign import Campaigns
from content.library import Library
from tests.campaigns import FakeCarrier, SetClock, moment

SECRET = b"0123456789abcdef0123456789abcdef"


@dataclass
class Desktop:
    """Everything a campaign test needs."""

    engine: AsyncEngine
    vault: Vault
    people: Subscriptions
    office: Office
    clock: SetClock
    carrier: FakeCarrier

    @property
    def now(self) -> int:
        """What the clock shows, in milliseconds."""
        return ms(self.clock.moment)

    async def states(self) -> Counter[str]:
        """How many outbox rows are in which state."""
        query = select(OutboxRow.state, func.count()).group_by(OutboxRow.state)
        async with self.engine.connect() as connection:
            return Counter({s: n for s, n in (await connection.execute(query)).all()})

    async def again(self) -> int:
        """How many rows say that they may have gone out twice."""
        query = select(func.count()).select_from(OutboxRow).where(OutboxRow.again.is_(True))
        async with self.engine.connect() as connection:
            return int(await connection.scalar(query) or 0)

    async def send(self, true: Callable[[Counter[str]], bool] | None = None) -> Counter[str]:
        """Run a sender until nothing waits (or `true` of the states), moving the clock on."""
        sender = self.office.sender(self.carrier)
        running = asyncio.create_task(sender.run())
        done = true or (lambda s: not s["waiting"] and not s["sending"])
        try:
            for _ in range(600):
                states = await self.states()
                if done(states):
                    return states
                await asyncio.sleep(0.05)
                if not states["sending"]:  # a lease is never let run out by the test itself
                    self.clock.moment += timedelta(seconds=2)
            raise AssertionError(f"the outbox does not empty: {states}")
        finally:
            sender.stop()
            await running


@pytest.fixture
async def desk(url: str, library: Library) -> AsyncIterator[Desktop]:
    """An empty office on the morning of 25/11/2027."""
    await database.migrate_async(url)
    engine = database.open_engine(url)
    vault = await open_vault(engine, SECRET)
    people = Subscriptions(engine, vault, {"telegram"})
    clock = SetClock(moment("2027-11-25 08:00"))
    own = dataclasses.replace(library, campaigns=Campaigns({}, {}, dict(library.campaigns.themes)))
    office = Office(engine, own, people, clock)
    yield Desktop(engine, vault, people, office, clock, FakeCarrier())
    await engine.dispose()
    await asyncio.to_thread(database.migrate, url, "base")
