"""How much of a platform's second this process has used: so that campaigns give way at once."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable

# What a platform counts together, in seconds.
SECOND = 1.0


class Pace:
    """The moments of the messages sent in the last second, by channel."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sent: defaultdict[str, deque[float]] = defaultdict(deque)
        self._bulk: dict[str, float] = {}

    def sent(self, channel: str, *, bulk: bool = False) -> None:
        """A message leaves now; `bulk` for one that nobody waits for."""
        now, sent = self._clock(), self._sent[channel]
        while sent and sent[0] <= now - SECOND:
            sent.popleft()  # or answers would pile up where nobody ever waits
        sent.append(now)
        if bulk:
            self._bulk[channel] = now

    def beside_bulk(self, channel: str, most: int) -> float:
        """As `wait`, for an answer: 0 too when no bulk message left in the last second."""
        if self._bulk.get(channel, -SECOND) <= self._clock() - SECOND:
            return 0.0
        return self.wait(channel, most)

    def wait(self, channel: str, most: int) -> float:
        """The seconds until fewer than `most` messages left in the last second; 0 for now."""
        sent, now = self._sent[channel], self._clock()
        while sent and sent[0] <= now - SECOND:
            sent.popleft()
        return sent[len(sent) - most] + SECOND - now if len(sent) >= most else 0.0


__all__ = ["Pace"]
