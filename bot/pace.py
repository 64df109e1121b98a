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

    def sent(self, channel: str) -> None:
        """A message leaves now."""
        self._sent[channel].append(self._clock())

    def wait(self, channel: str, most: int) -> float:
        """The seconds until fewer than `most` messages left in the last second; 0 for now."""
        sent, now = self._sent[channel], self._clock()
        while sent and sent[0] <= now - SECOND:
            sent.popleft()
        return sent[len(sent) - most] + SECOND - now if len(sent) >= most else 0.0


__all__ = ["Pace"]
