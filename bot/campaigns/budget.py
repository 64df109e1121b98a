"""One rate per channel over all processes: the platform counts per token, not per process."""

from __future__ import annotations

from sqlalchemy import case, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.campaign_models import Budget
from bot.store.dialect import insert_for

# Seconds for which a channel is held at most; a platform that wants more is asked again then.
LONGEST = 600.0
# What is spent further ahead than this was spent by a clock that has been set back since.
FARTHEST_MS = 2 * LONGEST * 1000


class RateBudget:
    """Time slots of each channel, handed out from one row of the database.

    The row says up to when the rate is spent. Taking slots moves it on; so do replies to people,
    which wait for nobody, and a platform's request to slow down. It is never believed when it says
    so for longer than `FARTHEST_MS`.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._insert = insert_for(engine)

    async def take(self, channel: str, count: int, rate: float, now_ms: float) -> float:
        """Reserve `count` slots of 1/`rate` seconds; the seconds until the first of them."""
        if rate <= 0 or count <= 0:
            return 0.0
        cost = count * 1000.0 / rate
        return max(0.0, await self._move(channel, cost, now_ms) - cost - now_ms) / 1000

    async def peek(self, channel: str, now_ms: float) -> float:
        """The seconds until the next free slot; 0 when there is one now."""
        query = select(Budget.next_ms).where(Budget.channel == channel)
        async with self._engine.connect() as connection:
            ahead = (await connection.scalar(query) or 0.0) - now_ms
        return max(0.0, ahead) / 1000 if ahead <= FARTHEST_MS else 0.0

    async def spend(self, channel: str, count: float, rate: float, now_ms: float) -> None:
        """Count `count` replies that went out without asking."""
        if rate > 0 and count > 0:
            await self._move(channel, count * 1000.0 / rate, now_ms)

    async def hold(self, channel: str, seconds: float, now_ms: float) -> None:
        """Nothing more before `seconds` have passed (`LONGEST` at most): the platform said so."""
        until = now_ms + min(seconds, LONGEST) * 1000
        await self._begin(channel)
        async with self._engine.begin() as connection:
            sooner = or_(Budget.next_ms < until, Budget.next_ms > now_ms + FARTHEST_MS)
            later = update(Budget).where(Budget.channel == channel, sooner)
            await connection.execute(later.values(next_ms=until))

    async def _move(self, channel: str, cost: float, now_ms: float) -> float:
        ahead = Budget.next_ms.between(now_ms, now_ms + FARTHEST_MS)
        base = case((ahead, Budget.next_ms), else_=now_ms)
        move = update(Budget).where(Budget.channel == channel).values(next_ms=base + cost)
        async with self._engine.begin() as connection:
            moved = await connection.scalar(move.returning(Budget.next_ms))
        if moved is None:
            await self._begin(channel)
            return await self._move(channel, cost, now_ms)
        return float(moved)

    async def _begin(self, channel: str) -> None:
        row = {"channel": channel, "next_ms": 0.0}
        async with self._engine.begin() as connection:
            await connection.execute(self._insert(Budget).values(row).on_conflict_do_nothing())
