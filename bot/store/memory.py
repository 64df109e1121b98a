"""`Traces` in memory: for tests, the terminal, and while the database is away."""

from __future__ import annotations

from collections import OrderedDict

MOST = 50_000


class MemoryTraces:
    """The same promises as `bot.store.traces.Traces`, for as long as the process lives."""

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._messages: dict[tuple[str, str], set[int]] = {}

    async def first_time(self, channel: str, delivery: str) -> bool:
        """Whether this delivery was not seen before."""
        key = (channel, delivery)
        if key in self._seen:
            return False
        self._seen[key] = None
        if len(self._seen) > MOST:
            self._seen.popitem(last=False)
        return True

    async def remember(self, channel: str, chat: str, *messages: int) -> None:
        """Keep the numbers of messages for a later deletion."""
        self._messages.setdefault((channel, chat), set()).update(messages)

    async def messages(self, channel: str, chat: str) -> list[int]:
        """The numbers kept for a chat."""
        return sorted(self._messages.get((channel, chat), set()))

    async def forget(self, channel: str, chat: str) -> int:
        """Drop what is kept for a chat. Returns how many numbers were dropped."""
        return len(self._messages.pop((channel, chat), set()))
