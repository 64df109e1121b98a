"""What is remembered of a conversation: names of topics and cards, for thirty minutes."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

LIFETIME = 30 * 60.0  # seconds; promise 5 of the design
MAX_PEOPLE = 100_000


@dataclass(slots=True)
class State:
    """Never holds what was written, where somebody is, or who it is.

    `groups` are those a place must take in (men, elders, children), as the words named them;
    `pause_unsaid` is set while a pause of the daily messages is not known to be told.
    """

    topic: str | None = None
    card: str | None = None
    law: str | None = None
    groups: frozenset[str] = frozenset()
    awaits_place: bool = False
    awaits_unit: bool = False
    danger: bool = False
    pause_unsaid: bool = False
    greeted: bool = False
    insults: int = 0
    expires: float = 0.0


@dataclass(slots=True)
class _Seat:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    state: State | None = None
    waiting: int = 0


class States:
    """In-memory states, one seat per person; a seat serves one message at a time, in order."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seats: OrderedDict[tuple[str, str], _Seat] = OrderedDict()

    @asynccontextmanager
    async def hold(self, channel: str, person: str) -> AsyncIterator[State]:
        """The person's state, held until the block ends; later messages wait their turn."""
        key = (channel, person)
        seat = self._seats.setdefault(key, _Seat())
        seat.waiting += 1
        try:
            async with seat.lock:
                now = self._clock()
                if seat.state is None or seat.state.expires <= now:
                    seat.state = State()
                seat.state.expires = now + LIFETIME
                self._seats.move_to_end(key)
                yield seat.state
        finally:
            seat.waiting -= 1
            self._sweep()

    def forget(self, channel: str, person: str) -> bool:
        """Drop the person's state. Returns whether there was anything to drop.

        May be called while the state is held: what the holder writes afterwards is lost with it.
        """
        seat = self._seats.get((channel, person))
        if seat is None or seat.state is None:
            return False
        had = seat.state != State(expires=seat.state.expires)
        seat.state = None
        return had

    def __len__(self) -> int:
        return len(self._seats)

    def _sweep(self) -> None:
        """Drop what has died, oldest first; only idle seats."""
        now = self._clock()
        for key, seat in list(self._oldest(8)):
            dead = seat.state is None or seat.state.expires <= now
            if seat.waiting == 0 and (dead or len(self._seats) > MAX_PEOPLE):
                del self._seats[key]

    def _oldest(self, count: int) -> list[tuple[tuple[str, str], _Seat]]:
        found = []
        for i, item in enumerate(self._seats.items()):
            if i >= count:
                break
            found.append(item)
        return found
