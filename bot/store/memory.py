"""`Traces` in memory: for tests, the terminal, and while the database is away."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot.store.traces import DELIVERY_LIFE, MESSAGE_LIFE

MOST = 50_000  # deliveries, and chats with numbers of messages
MOST_OF_A_CHAT = 1_000  # numbers, the newest
SWEEP_EVERY = timedelta(hours=1)


def _now() -> datetime:
    return datetime.now(UTC)


class MemoryTraces:
    """The same promises as `bot.store.traces.Traces`, for as long as the process lives.

    Nobody else sweeps here: what has outlived its time goes with the next call, once an hour.
    """

    def __init__(self, clock: Callable[[], datetime] = _now) -> None:
        self._clock = clock
        self._swept = clock()
        self._seen: OrderedDict[tuple[str, str], datetime] = OrderedDict()
        # Of a chat, the number of each message and when it was sent; the chat last heard of last.
        self._messages: OrderedDict[tuple[str, str], dict[int, datetime]] = OrderedDict()

    async def first_time(self, channel: str, delivery: str) -> bool:
        """Whether this delivery was not seen before."""
        self._sweep_sometimes()
        key = (channel, delivery)
        if key in self._seen:
            return False
        self._seen[key] = self._clock()
        if len(self._seen) > MOST:
            self._seen.popitem(last=False)
        return True

    async def remember(self, channel: str, chat: str, *messages: int) -> None:
        """Keep the numbers of messages for a later deletion."""
        self._sweep_sometimes()
        if not messages:
            return
        sent, now = self._messages.setdefault((channel, chat), {}), self._clock()
        self._messages.move_to_end((channel, chat))
        for message in messages:
            sent.setdefault(message, now)
        while len(sent) > MOST_OF_A_CHAT:
            del sent[next(iter(sent))]
        if len(self._messages) > MOST:
            self._messages.popitem(last=False)

    async def messages(self, channel: str, chat: str) -> list[int]:
        """The numbers of messages young enough to be deleted."""
        since = self._clock() - MESSAGE_LIFE
        sent = self._messages.get((channel, chat), {})
        return sorted(number for number, moment in sent.items() if moment >= since)

    async def forget(self, channel: str, chat: str) -> int:
        """Drop what is kept for a chat. Returns how many numbers were dropped."""
        return len(self._messages.pop((channel, chat), {}))

    def _sweep_sometimes(self) -> None:
        now = self._clock()
        if now - self._swept < SWEEP_EVERY:
            return
        self._swept = now
        while self._seen and next(iter(self._seen.values())) < now - DELIVERY_LIFE:
            self._seen.popitem(last=False)
        for key, sent in list(self._messages.items()):
            young = {n: moment for n, moment in sent.items() if moment >= now - MESSAGE_LIFE}
            if young:
                self._messages[key] = young
            else:
                del self._messages[key]
