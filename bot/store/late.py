"""`Traces` before, at and after the moment the database is reached."""

from __future__ import annotations

from bot import logs
from bot.store.memory import MOST, MemoryTraces
from bot.store.traces import Traces

log = logs.get("traces")


class LateTraces(MemoryTraces):
    """In memory until `open`, then in the database; a `forget` that failed is owed until `pay`."""

    def __init__(self) -> None:
        super().__init__()
        self._table: Traces | None = None
        self._owed: dict[tuple[str, str], object] = {}

    async def open(self, table: Traces) -> None:
        """Go on in the database, with what was kept in memory so far. Never raises."""
        self._table = table
        await self.pay()

    async def first_time(self, channel: str, delivery: str) -> bool:
        """Whether this delivery was not seen before."""
        if self._table is None:
            return await super().first_time(channel, delivery)
        # What came before the database did is known here alone.
        if (channel, delivery) in self._seen:
            return False
        return await self._table.first_time(channel, delivery)

    async def remember(self, channel: str, chat: str, *messages: int) -> None:
        """Keep the numbers of messages for a later deletion."""
        if self._table is None:
            return await super().remember(channel, chat, *messages)
        return await self._table.remember(channel, chat, *messages)

    async def messages(self, channel: str, chat: str) -> list[int]:
        """The numbers of messages that may be deleted."""
        here = await super().messages(channel, chat)
        if self._table is None:
            return here
        return sorted({*here, *await self._table.messages(channel, chat)})

    async def forget(self, channel: str, chat: str) -> int:
        """Drop what is kept for a chat. Returns how many numbers were dropped.

        Raises what the database raises; then it is done as soon as the database is back.
        """
        dropped = await super().forget(channel, chat)
        who = (channel, chat)
        self._owed[who] = mark = object()
        if len(self._owed) > MOST:
            del self._owed[next(iter(self._owed))]  # swept after 48 hours whatever happens
        if self._table is None:
            return dropped  # what an earlier process wrote is dropped when the database is there
        dropped += await self._table.forget(channel, chat)
        if self._owed.get(who) is mark:
            del self._owed[who]
        return dropped

    async def pay(self) -> None:
        """Forget what could not be forgotten, write what stands in memory. Never raises."""
        if self._table is None:
            return
        try:
            for who, mark in list(self._owed.items()):
                await self._table.forget(*who)
                if self._owed.get(who) is mark:
                    del self._owed[who]
            for who in list(self._messages):
                await self._table.remember(*who, *self._messages[who])
                self._messages.pop(who, None)
        except Exception as error:
            log.warning("message numbers are seen to later", **logs.describe(error))
