"""Reading and writing the table of places."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from locations.models import place, place_revision
from locations.place import Place

if TYPE_CHECKING:  # a running An Tâm reads no workbooks
    from locations.importing import Plan


class Places:
    """The table of places in a database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def all(self) -> list[Place]:
        """Every place, by id; detached from the database."""
        async with AsyncSession(self._engine, expire_on_commit=False) as session:
            return list(await session.scalars(select(Place).order_by(place.c.id)))

    async def count(self) -> int:
        """How many places there are."""
        async with AsyncSession(self._engine) as session:
            return (await session.scalar(select(func.count()).select_from(place))) or 0

    async def revision(self) -> int:
        """A number that grows with every write."""
        async with AsyncSession(self._engine) as session:
            return (await session.scalar(select(place_revision.c.number))) or 0

    async def apply(self, plan: Plan) -> None:
        """Write what a plan found, in one transaction: all of it or nothing."""
        async with AsyncSession(self._engine) as session, session.begin():
            session.add_all(plan.created)
            for change in plan.changed:
                row = await session.get(Place, change.place.id)
                for field, (_, after) in change.differs.items():
                    setattr(row, field, after)
            await _raise(session)

    async def put(self, places: Iterable[Place]) -> int:
        """Create or replace places by id; returns how many."""
        count = 0
        async with AsyncSession(self._engine) as session, session.begin():
            for one in places:
                await session.merge(one)
                count += 1
            await _raise(session)
        return count


async def _raise(session: AsyncSession) -> None:
    raised = await session.execute(
        update(place_revision).values(number=place_revision.c.number + 1)
    )
    if raised.rowcount == 0:  # type: ignore[attr-defined]
        await session.execute(insert(place_revision).values(id=1, number=1))
