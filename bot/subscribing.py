"""Subscriptions as the dialogue sees them, kept in the database.

When the database does not answer at once, or was never reached yet, a danger reply does not wait
for it: the chat is kept in mind and quietened as soon as the database is there. Erasing is owed in
the same way. What is owed is kept in this process, and as one-way keys in a file for the next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from bot import logs
from bot.dialogue.subscribing import Signed
from bot.store.owed import Debt, OwedFile
from bot.store.subscriptions import PAUSED, Subscriptions

log = logs.get("subscriptions")
MOST_OWED = 100_000
PROMPT = 0.25  # seconds within which a database in order answers
Who = tuple[str, str]  # channel, person


class StoreAway(Exception):
    """The database has not been reached yet, or more is owed to it than can be kept in mind."""


class NotYetErased(Exception):
    """Something of a chat could not be erased now; it will be when the database is back.

    The person is told so with the fixed text `word`. `signed` says whether a subscription was
    erased all the same.
    """

    word = "erase.later"

    def __init__(self, signed: bool) -> None:
        super().__init__("the database is away")
        self.signed = signed


class Kept:
    """`bot.dialogue.subscribing.Subscribing` over the table.

    Without a table it knows which `channels` can be written to, owes what must not be lost, and
    raises `StoreAway` for the rest until `open`.
    """

    def __init__(
        self,
        table: Subscriptions | None = None,
        channels: Collection[str] = frozenset(),
        file: OwedFile | None = None,
    ) -> None:
        self._opened, self._file = table, file
        self._channels = frozenset(channels)
        self._owed: dict[Who, Debt] = {}
        self._written: dict[Who, Debt] = {}
        self._settling: set[Who] = set()
        self._failing = False

    @property
    def owed(self) -> int:
        """To how many chats something is owed."""
        return len(self._owed)

    async def open(self, table: Subscriptions) -> None:
        """The database was reached: first of all, what is owed is done.

        Raises what the database raises. What an ended process owed to chats without a
        subscription cannot be done: nobody knows them by their one-way key.
        """
        if self._file:
            await _pay_left(table, self._file)
        self._opened = table
        await self.pay()

    def reaches(self, channel: str) -> bool:
        """Whether people of this channel can be written to."""
        return self._opened.reaches(channel) if self._opened else channel in self._channels

    async def of(self, channel: str, person: str) -> Signed | None:
        """The person's subscription, or None."""
        await self._settle((channel, person))
        row = await self._table.row(channel, person)
        if row is None:
            return None
        topics = frozenset(t for t in row.topics.split(",") if t)
        return Signed(row.state == PAUSED, row.unit, topics, row.hour)

    async def is_quiet(self, channel: str, person: str) -> bool:
        """Whether nothing is offered in this chat."""
        debt = self._owed.get((channel, person))
        if debt is not None and debt.quieten:
            return True
        return await self._table.is_quiet(channel, person)

    async def start(self, channel: str, person: str) -> bool:
        """Subscribe. False in a quiet chat."""
        await self._settle((channel, person))
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
        """Go on after a pause, also one that was still owed."""
        await self._settle((channel, person))
        return await self._table.resume(channel, person)

    async def quieten(self, channel: str, person: str) -> bool:
        """Pause what is active, now or when the database is back. True when it was paused now."""
        if not self.reaches(channel):
            return False
        before = self._owed.get((channel, person), Debt())
        self._owe((channel, person), Debt(before.forget, True))
        return (await self._settle((channel, person)))[1]

    async def forget(self, channel: str, person: str) -> bool:
        """Erase all of it. True when there was a subscription.

        Raises what the database raises, or `StoreAway`; then it is erased as soon as the database
        is there. A quietening that was owed goes with it: nobody without a subscription is written
        to.
        """
        self._owe((channel, person), Debt(forget=True))
        return (await self._settle((channel, person)))[0]

    async def pay(self) -> int:
        """Do what could not be done in time. Returns for how many chats it was. Never raises.

        What somebody waits for just now is left to them: they tell what was erased or paused, and
        would hear that there was nothing if it were done beside them.
        """
        done = 0
        for who in [w for w in self._owed if w not in self._settling] if self._opened else ():
            try:
                await self._settle(who)
            except Exception as error:
                if not self._failing:
                    action = "check that the database runs; tried again until it is done"
                    log.warning("chats are quietened or erased later", action=action,
                                count=self.owed, **logs.describe(error))  # fmt: skip
                self._failing = True
                return done
            done += 1
        self._failing = False
        return done

    @property
    def _table(self) -> Subscriptions:
        if self._opened is None:
            raise StoreAway
        return self._opened

    def _owe(self, who: Who, debt: Debt) -> None:
        if who not in self._owed and len(self._owed) >= MOST_OWED:
            raise StoreAway
        self._owed[who] = debt

    async def _settle(self, who: Who) -> tuple[bool, bool]:
        """Do what is owed to a chat. Returns whether it was subscribed, and whether paused."""
        self._settling.add(who)
        try:
            return await self._do_owed(who)
        finally:
            self._settling.discard(who)

    async def _do_owed(self, who: Who) -> tuple[bool, bool]:
        signed = paused = False
        while (debt := self._owed.get(who)) is not None:
            # A database that hangs says nothing: it is on paper before anybody has to wait for it.
            late = asyncio.get_running_loop().call_later(PROMPT, self._write_down, who, debt)
            try:
                done = await _do(self._table, who, debt)
            except BaseException:  # given up by one who would not wait longer, too
                self._write_down(who, debt)
                raise
            finally:
                late.cancel()
            signed, paused = signed or done[0], paused or done[1]
            # Not what was owed anew meanwhile: that is another object.
            if self._owed.get(who) is debt:
                del self._owed[who]
                self._written.pop(who, None)
                if self._file and not self._owed:
                    self._file.clear()
        return signed, paused

    def _write_down(self, who: Who, debt: Debt) -> None:
        """For the next process, once: a debt is tried again every few seconds."""
        if self._file and self._written.get(who) is not debt:
            self._written[who] = debt
            self._file.add(*who, debt)


async def _pay_left(table: Subscriptions, file: OwedFile) -> None:
    """Do what processes that have ended owed, and drop their files."""
    files, owed = file.left()
    if not owed:
        return
    async for who in table.everybody():
        if debt := owed.get(file.mark(*who)):
            await _do(table, who, debt)
    file.drop(files)


async def _do(table: Subscriptions, who: Who, debt: Debt) -> tuple[bool, bool]:
    signed = await table.forget(*who) if debt.forget else False
    return signed, await table.quieten(*who) if debt.quieten else False
