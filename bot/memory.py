"""What a channel leaves behind and can ask for: numbers of messages, the subscription, the rate."""

from __future__ import annotations

from collections import Counter
from typing import Protocol

from bot.pace import Pace
from bot.subscribing import Kept, NotYetErased


class Numbers(Protocol):
    """`bot.store.traces.Traces`, or the same in memory while the database is away."""

    async def first_time(self, channel: str, delivery: str) -> bool: ...
    async def remember(self, channel: str, chat: str, *messages: int) -> None: ...
    async def messages(self, channel: str, chat: str) -> list[int]: ...
    async def forget(self, channel: str, chat: str) -> int: ...


class ChatMemory:
    """Everything kept about a chat outside its dialogue."""

    def __init__(self, numbers: Numbers, people: Kept | None = None) -> None:
        self._numbers, self._people = numbers, people
        self._spent: Counter[str] = Counter()
        self.pace = Pace()

    async def is_open(self, channel: str, delivery: str) -> bool:
        """Whether a delivery still wants its answer, in any process on this database.

        True for one that was never taken, and for one that a process took and ended before it
        said `answered`; the latter once, so that nothing ends one process after the other.
        """
        if await self._numbers.first_time(channel, delivery):
            return True
        return await self._numbers.first_time(channel, _answered(delivery))

    async def answered(self, channel: str, delivery: str) -> None:
        """The answer is out: the delivery is not `is_open` any more."""
        await self._numbers.first_time(channel, _answered(delivery))

    async def remember(self, channel: str, chat: str, *messages: int) -> None:
        """Keep the numbers of messages for a later deletion."""
        await self._numbers.remember(channel, chat, *messages)

    async def messages(self, channel: str, chat: str) -> list[int]:
        """The numbers of messages young enough to be deleted."""
        return await self._numbers.messages(channel, chat)

    async def erase(self, channel: str, chat: str) -> bool:
        """Erase all of it on request. Returns whether the chat was subscribed.

        Raises `NotYetErased` when a part could not be: the rest is erased, and that part will be
        as soon as the database is back.
        """
        signed = False
        failed: Exception | None = None
        try:
            signed = await self._people.forget(channel, chat) if self._people else False
        except Exception as error:
            failed = error
        try:
            await self._numbers.forget(channel, chat)
        except Exception as error:
            failed = error
        if failed is not None:
            raise NotYetErased(signed) from failed
        return signed

    async def close(self, channel: str, chat: str) -> None:
        """The person blocked us: end the subscription; a quiet chat stays quiet."""
        if self._people is not None:
            await self._people.stop(channel, chat)
        await self._numbers.forget(channel, chat)

    def spent(self, channel: str) -> None:
        """A message goes out to answer somebody; campaigns get that much less."""
        self._spent[channel] += 1

    def take_spent(self) -> dict[str, int]:
        """Channel to messages since the last call."""
        taken, self._spent = dict(self._spent), Counter()
        return taken


def _answered(delivery: str) -> str:
    return f"{delivery} answered"
