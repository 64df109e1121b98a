"""What must outlive a restart, written down behind the replies: none of them waits for it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from bot import logs
from bot.channels.telegram.aside import Aside
from bot.channels.telegram.translate import CHANNEL
from bot.pace import Pace
from bot.subscribing import NotYetErased

log = logs.get("telegram")
T = TypeVar("T")
# Seconds: before a reply, how long a database that was slower is not asked again, behind one.
CHECK, AWAY, WRITE = 0.3, 5.0, 10.0
BEGUN = 6.0  # seconds; SQLite waits 5 for its lock, and a statement called off twice never ends
ERASE = 5.0  # seconds for each thing that somebody who erases waits for
MOST, MOST_OF_A_CHAT = 10_000, 1_000  # what may wait to be written


class Memory(Protocol):
    """What must outlive a restart, and the pace."""

    pace: Pace

    async def is_open(self, channel: str, delivery: str) -> bool: ...
    async def answered(self, channel: str, delivery: str) -> None: ...
    async def remember(self, channel: str, chat: str, *messages: int) -> None: ...
    async def messages(self, channel: str, chat: str) -> list[int]: ...
    async def close(self, channel: str, chat: str) -> None: ...
    async def erase(self, channel: str, chat: str) -> bool: ...
    def spent(self, channel: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Erased:
    """Whether the chat was subscribed to the messages, and whether some of it is erased later."""

    signed: bool = False
    later: bool = False


class Keeping:
    """The memory as a channel may use it: bounded where it is waited for, and never raising."""

    def __init__(self, memory: Memory) -> None:
        self._memory, self._aside = memory, Aside()
        self._away_until = 0.0
        self._answered: deque[str] = deque(maxlen=MOST)
        self._numbers: dict[int, list[int]] = {}
        self._erasing: set[int] = set()
        self._writing: tuple[int, list[int]] | None = None
        self._written = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None

    async def is_new(self, delivery: str) -> bool:
        """Whether nobody has answered this yet; yes, too, when the database does not say so."""
        if time.monotonic() < self._away_until:
            return True
        said = "deliveries cannot be looked up"
        found = await self._ask(CHECK, self._memory.is_open(CHANNEL, delivery), said)
        if found is None:
            self._away_until = time.monotonic() + AWAY
        return found is not False

    def answered(self, delivery: str) -> None:
        """Its answer is out; written down in a moment."""
        self._answered.append(delivery)
        self._wake()

    def keep(self, chat: int, number: int) -> None:
        """Remember a message for `/xoa`, in a moment; a database that is away costs only that."""
        numbers = self._numbers.setdefault(chat, [])
        numbers.append(number)
        del numbers[:-MOST_OF_A_CHAT]
        if len(self._numbers) > MOST:
            del self._numbers[next(iter(self._numbers))]
        self._wake()

    @contextlib.asynccontextmanager
    async def withdrawn(self, chat: int) -> AsyncIterator[list[int]]:
        """All numbers of a chat, written or not; nothing more is written in this block."""
        self._erasing.add(chat)
        try:
            numbers = self._numbers.pop(chat, [])
            if self._writing is not None and self._writing[0] == chat:
                numbers += self._writing[1]
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._written.wait(), ERASE)
            said = "message numbers cannot be read"
            kept = await self._ask(ERASE, self._memory.messages(CHANNEL, str(chat)), said)
            yield sorted({*numbers, *(kept or ())})
        finally:
            self._erasing.discard(chat)
            self._wake()

    async def erase(self, chat: int) -> Erased:
        """Erase what is kept of a chat, now or when the database is back."""
        erasing = self._memory.erase(CHANNEL, str(chat))
        try:
            return Erased(await self._aside.within(ERASE, erasing, goes_on=True))
        except NotYetErased as error:
            return Erased(error.signed, later=True)
        except Exception as error:
            log.warning("a chat's message numbers stay until they expire", **logs.describe(error))
            return Erased(later=True)

    async def close(self, chat: int) -> None:
        """Nobody is there any more: drop the numbers and the subscription."""
        self._numbers.pop(chat, None)
        said = "a chat's message numbers stay until they expire"
        await self._ask(ERASE, self._memory.close(CHANNEL, str(chat)), said, goes_on=True)

    async def settle(self, seconds: float) -> None:
        """Write what waits, so many seconds at most; then see what was begun to its end."""
        if self._writer is not None:
            await asyncio.wait({self._writer}, timeout=seconds)
            self._writer.cancel()
        await self._aside.settle(BEGUN)

    async def _ask(
        self, seconds: float, work: Coroutine[Any, Any, T], said: str, *, goes_on: bool = False
    ) -> T | None:
        """What the memory answers; None, and a line in the log, when it does not."""
        try:
            return await self._aside.within(seconds, work, goes_on=goes_on)
        except Exception as error:
            log.warning(said, **logs.describe(error))
            return None

    def _wake(self) -> None:
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())

    async def _write(self) -> None:
        """One thing after the other: a slow database gets no crowd of writers at its door."""
        while True:
            chat = next((c for c in self._numbers if c not in self._erasing), None)
            if self._answered:
                work = self._memory.answered(CHANNEL, self._answered.popleft())
                await self._ask(WRITE, work, "an answered delivery was not kept")
            elif chat is not None:
                self._writing = chat, self._numbers.pop(chat)
                self._written.clear()
                work = self._memory.remember(CHANNEL, str(chat), *self._writing[1])
                await self._ask(WRITE, work, "message numbers were not kept")
                self._writing = None
                self._written.set()
            else:
                return
