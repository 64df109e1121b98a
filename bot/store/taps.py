"""How often what stands under a campaign's messages is tapped: counts a day, nobody's name."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.campaign_models import Tap
from bot.store.counting import count
from bot.store.dialect import insert_for
from content.day import today


class Taps:
    """Counts of taps on cards, answers and stops."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._insert = insert_for(engine)

    async def add(self, campaign: str, message: str, what: str, day: date | None = None) -> None:
        """Count one tap; safe from many processes at once. Never raises."""
        row = {"day": day or today(), "campaign": campaign, "message": message, "what": what}
        counted = self._insert(Tap).values(count=1, **row)
        counted = counted.on_conflict_do_update(
            index_elements=list(row), set_={"count": Tap.count + 1}
        )
        await count(self._engine, counted)

    async def of(self, campaign: str) -> dict[str, dict[str, int]]:
        """Message key to what was tapped how often."""
        query = select(Tap.message, Tap.what, func.sum(Tap.count)).where(Tap.campaign == campaign)
        found: dict[str, dict[str, int]] = defaultdict(dict)
        async with self._engine.connect() as connection:
            for key, what, number in await connection.execute(
                query.group_by(Tap.message, Tap.what)
            ):
                found[key][what] = int(number)
        return dict(found)
