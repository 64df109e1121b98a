"""Counts of useful answers on both databases, also from many at once."""

from __future__ import annotations

import asyncio
from datetime import date

from bot.store import database
from bot.store.usefulness import Usefulness

DAY = date(2026, 11, 23)


async def test_counts_add_up(url: str) -> None:
    await database.migrate_async(url)
    engine = database.open_engine(url)
    try:
        useful = Usefulness(engine)
        await asyncio.gather(*(useful.add("a-card", i % 3 != 0, DAY) for i in range(30)))
        await useful.add("b-card", False, date(2026, 11, 24))
        assert await useful.counts(DAY, DAY) == {"a-card": (20, 10)}
        assert (await useful.counts(DAY, date(2026, 12, 1)))["b-card"] == (0, 1)
    finally:
        await engine.dispose()
