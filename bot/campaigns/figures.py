"""What became of a campaign, by count: for the live view and for the closing summary."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.campaign_models import Opening, OutboxRow, Tally

ON_THE_WAY = ("waiting", "sending")


@dataclass
class Reached:
    """Rows of one message by (channel, how they ended); `again` may have gone out twice."""

    message: str
    state: str
    opened_ms: int
    last_ms: int
    total: int
    ends: Counter[tuple[str, str]] = field(default_factory=Counter)
    again: int = 0
    errors: Counter[str] = field(default_factory=Counter)

    @property
    def left(self) -> int:
        """How many are still on their way."""
        return sum(n for (_, end), n in self.ends.items() if end in ON_THE_WAY)

    def of(self, end: str) -> int:
        """How many ended so, over all channels."""
        return sum(n for (_, e), n in self.ends.items() if e == end)


async def reached(engine: AsyncEngine, campaign: str) -> list[Reached]:
    """Every opened message of a campaign, oldest first, whether its rows are still there or not."""
    async with engine.connect() as connection:
        query = select(Opening).where(Opening.campaign == campaign).order_by(Opening.id)
        found = {o.id: _blank(o) for o in (await connection.execute(query)).all()}
        kind = (OutboxRow.opening, OutboxRow.channel, OutboxRow.state)
        counts = select(*kind, func.count()).where(OutboxRow.opening.in_(found)).group_by(*kind)
        for opening, channel, end, count in await connection.execute(counts):
            found[opening].ends[channel, end] += count
        doubt = select(OutboxRow.opening, func.count()).where(
            OutboxRow.opening.in_(found), OutboxRow.again.is_(True)
        )
        for opening, count in await connection.execute(doubt.group_by(OutboxRow.opening)):
            found[opening].again += count
        why = select(OutboxRow.opening, OutboxRow.error, func.count()).where(
            OutboxRow.opening.in_(found), OutboxRow.error != ""
        )
        group = (OutboxRow.opening, OutboxRow.error)
        for opening, error, count in await connection.execute(why.group_by(*group)):
            found[opening].errors[error] += count
        named = (Tally.opening, Tally.channel, Tally.outcome, Tally.again)
        kept = select(*named, Tally.count.label("how_many")).where(Tally.opening.in_(found))
        for row in await connection.execute(kept):
            count = int(row.how_many)
            found[row.opening].ends[row.channel, row.outcome] += count
            found[row.opening].again += count if row.again else 0
    return list(found.values())


def _blank(opening: Any) -> Reached:
    return Reached(
        opening.message, opening.state, opening.opened_ms, opening.last_ms, opening.total
    )
