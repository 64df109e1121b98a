"""Subscriptions as the dialogue sees them, kept in the database.

When the database does not answer at once, a danger reply does not wait for it: the chat is kept in
mind and quietened as soon as the database is back.
"""

from __future__ import annotations

from bot import logs
from bot.dialogue.subscribing import Signed
from bot.store.subscriptions import PAUSED, Subscriptions

log = logs.get("subscriptions")
MOST_OWED = 100_000


class Kept:
    """`bot.dialogue.subscribing.Subscribing` over the table."""

    def __init__(self, table: Subscriptions) -> None:
        self._table = table
        self._owed: dict[tuple[str, str], None] = {}

    def reaches(self, channel: str) -> bool:
        """Whether people of this channel can be written to."""
        return self._table.reaches(channel)

    async def of(self, channel: str, person: str) -> Signed | None:
        """The person's subscription, or None."""
        row = await self._table.row(channel, person)
        if row is None:
            return None
        topics = frozenset(t for t in row.topics.split(",") if t)
        return Signed(row.state == PAUSED, row.unit, topics, row.hour)

    async def is_quiet(self, channel: str, person: str) -> bool:
        """Whether nothing is offered in this chat."""
        return (channel, person) in self._owed or await self._table.is_quiet(channel, person)

    async def start(self, channel: str, person: str) -> bool:
        """Subscribe. False in a quiet chat."""
        if (channel, person) in self._owed:
            return False
        return await self._table.start(channel, person)

    async def wish(
        self,
        channel: str,
        person: str,
        *,
        unit: str | None = None,
        topics: frozenset[str] | None = None,
        hour: str | None = None,
    ) -> bool:
        """Change what is given. False when there is no subscription."""
        given = {"unit": unit, "hour": hour}
        if topics is not None:
            given["topics"] = f",{','.join(sorted(topics))}," if topics else ""
        wishes = {name: value for name, value in given.items() if value is not None}
        return await self._table.change(channel, person, **wishes)

    async def stop(self, channel: str, person: str) -> bool:
        """End it, with everything still waiting."""
        return await self._table.stop(channel, person)

    async def resume(self, channel: str, person: str) -> bool:
        """Go on after a pause."""
        return await self._table.resume(channel, person)

    async def quieten(self, channel: str, person: str) -> bool:
        """Pause what is active, now or when the database is back. True when it was paused now."""
        if not self._table.reaches(channel):
            return False
        if len(self._owed) < MOST_OWED:
            self._owed[channel, person] = None
        paused = await self._table.quieten(channel, person)
        self._owed.pop((channel, person), None)
        return paused

    async def forget(self, channel: str, person: str) -> bool:
        """Erase all of it. True when there was a subscription."""
        self._owed.pop((channel, person), None)
        return await self._table.forget(channel, person)

    async def pay(self) -> int:
        """Quieten the chats that the database could not be told of. Returns how many were."""
        done = 0
        for channel, person in list(self._owed):
            try:
                await self._table.quieten(channel, person)
            except Exception as error:
                log.warning("a chat is quietened later", **logs.describe(error))
                break
            self._owed.pop((channel, person), None)
            done += 1
        return done
