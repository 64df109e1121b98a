"""How many people found a card useful: counts per card and day, nothing about anybody."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.counting import count
from bot.store.dialect import insert_for
from bot.store.models import CardUseful
from content.day import today


class Usefulness:
    """Counts of "Đúng ý mình" and "Chưa đúng ý"."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._insert = insert_for(engine)

    async def add(self, card: str, useful: bool, day: date | None = None) -> None:
        """Count one answer; safe from many processes at once. Never raises."""
        first = {
            "day": day or today(),
            "card": card,
            "yes": int(useful),
            "no": int(not useful),
        }
        counted = self._insert(CardUseful).values(first)
        counted = counted.on_conflict_do_update(
            index_elements=["day", "card"],
            set_={"yes": CardUseful.yes + int(useful), "no": CardUseful.no + int(not useful)},
        )
        await count(self._engine, counted)

    async def counts(self, since: date, until: date) -> dict[str, tuple[int, int]]:
        """Card id to (useful, not useful) from `since` to `until`, both included."""
        query = select(CardUseful).where(CardUseful.day >= since, CardUseful.day <= until)
        totals: dict[str, tuple[int, int]] = {}
        async with self._engine.connect() as connection:
            for row in await connection.execute(query):
                yes, no = totals.get(row.card, (0, 0))
                totals[row.card] = (yes + row.yes, no + row.no)
        return totals
