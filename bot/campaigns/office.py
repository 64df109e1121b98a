"""All parts of the campaigns over one database, put together."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, exists, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.campaigns.budget import RateBudget
from bot.campaigns.clock import Clock, WallClock, ms
from bot.campaigns.desk import Desk
from bot.campaigns.figures import ON_THE_WAY
from bot.campaigns.notices import Approved
from bot.campaigns.outbox import Outbox
from bot.campaigns.schedule import Schedule
from bot.campaigns.sender import People, Sender
from bot.delivery import Carrier
from bot.store.campaign_models import Opening, OutboxRow, Tally
from content.library import Library

PERSONAL = timedelta(days=30)  # then a row per person becomes a count


class Office:
    """What a process needs to plan, open and send. Starts nothing by itself."""

    def __init__(
        self, engine: AsyncEngine, library: Library, people: People, clock: Clock | None = None
    ) -> None:
        self.engine, self.clock = engine, clock or WallClock()
        self.people = people
        self.desk = Desk(engine, library.campaigns, self.clock)
        self.outbox = Outbox(engine)
        self.budget = RateBudget(engine)
        self.approved = Approved(engine, library)
        self.schedule = Schedule(engine, self.desk, self.clock)

    def sender(self, carrier: Carrier) -> Sender:
        """A sender for one channel."""
        return Sender(self.outbox, self.budget, carrier, self.people, self.approved, self.clock)

    async def sweep(self) -> int:
        """Turn the rows of messages opened 30 days ago into counts. Returns rows dropped.

        Whether a sender closed them or not: without one for a channel, what waited has expired.
        """
        before = ms(self.clock.now() - PERSONAL)
        old = select(Opening.id).where(Opening.opened_ms < before, Opening.last_ms < before)
        old = old.where(exists().where(OutboxRow.opening == Opening.id))
        async with self.engine.connect() as connection:
            openings = list((await connection.execute(old)).scalars())
        dropped = 0
        for opening in openings:
            async with self.engine.begin() as connection:
                mine = OutboxRow.opening == opening
                late = update(OutboxRow).where(mine, OutboxRow.state.in_(ON_THE_WAY))
                await connection.execute(late.values(state="expired"))
                over = update(Opening).where(Opening.id == opening, Opening.state == "open")
                await connection.execute(over.values(state="done"))
                kind = (OutboxRow.channel, OutboxRow.state, OutboxRow.again)
                counts = select(literal(opening), *kind, func.count()).where(mine).group_by(*kind)
                columns = ["opening", "channel", "outcome", "again", "count"]
                await connection.execute(insert(Tally).from_select(columns, counts))
                dropped += (await connection.execute(delete(OutboxRow).where(mine))).rowcount
        return dropped
