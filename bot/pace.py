"""How much of a platform's second this process has used: so that it never asks for too much.

The platform counts a message somewhere between its leaving and its answer. A message is therefore
held against its second from the moment it leaves until a second after the answer came: however
long the way, no second of the platform's own holds more than was let go here.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator

# What a platform counts together, in seconds.
SECOND = 1.0
# How soon to look again while all that is counted is still on its way.
LOOK = 0.01


class Pace:
    """The messages that are out and those that ended in the last second, by channel."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._out: Counter[str] = Counter()
        self._ended: defaultdict[str, deque[float]] = defaultdict(deque)
        self._bulk: dict[str, float] = {}

    @contextlib.contextmanager
    def call(self, channel: str, *, bulk: bool = False) -> Iterator[None]:
        """Around a call that sends one message; `bulk` for one that nobody waits for."""
        self._out[channel] += 1
        if bulk:
            self._bulk[channel] = self._clock()
        try:
            yield
        finally:
            self._out[channel] -= 1
            self._recent(channel).append(self._clock())

    def wait(self, channel: str, most: int) -> float:
        """The seconds until the platform surely counts fewer than `most` messages; 0 for now."""
        ended = self._recent(channel)
        beyond = self._out[channel] + len(ended) - most
        if beyond < 0:
            return 0.0
        if beyond >= len(ended):
            return LOOK
        return max(ended[beyond] + SECOND - self._clock(), LOOK)

    def beside_bulk(self, channel: str) -> bool:
        """Whether a bulk message left in the last second; else nothing fills it but answers."""
        return self._bulk.get(channel, -SECOND) > self._clock() - SECOND

    async def turn(self, channel: str, most: int, patience: float) -> bool:
        """Wait until fewer than `most` are counted, at most `patience` seconds.

        Returns whether the turn came. Begin the `call` at once, without waiting in between.
        """
        until = self._clock() + patience
        while (wait := self.wait(channel, most)) > 0:
            if self._clock() >= until:
                return False
            await asyncio.sleep(wait)
        return True

    def _recent(self, channel: str) -> deque[float]:
        ended, before = self._ended[channel], self._clock() - SECOND
        while ended and ended[0] <= before:
            ended.popleft()  # or answers would pile up where nobody ever waits
        return ended


__all__ = ["Pace"]
