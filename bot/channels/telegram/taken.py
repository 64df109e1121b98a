"""Which updates were taken, and from where on Telegram is to keep them."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict

KNOWN = 20_000
# Telegram keeps what was not confirmed, gives it out again, and gives out 100 at a time: so many
# of them may be held back without hiding what is new.
HELD_BACK = 50


class Taken:
    """An update is confirmed to Telegram only when its answer went out.

    What a process was answering when it ended is given to the next one.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[int, None] = OrderedDict()
        self._open: set[int] = set()
        self._last: int | None = None
        self._change = asyncio.Event()

    def take(self, update: int) -> bool:
        """Take an update. False when it was taken before."""
        if update in self._known:
            return False
        self._known[update] = None
        while len(self._known) > KNOWN:
            self._known.popitem(last=False)
        self._open.add(update)
        self._last = update if self._last is None else max(self._last, update)
        return True

    def done(self, update: int) -> None:
        """Its answer went out, or there is none."""
        self._open.discard(update)
        self._change.set()

    @property
    def offset(self) -> int | None:
        """The first update that Telegram is to give out from now on; None before any came."""
        if self._last is None:
            return None
        oldest = min(self._open, default=self._last + 1)
        return max(oldest, self._last + 1 - HELD_BACK)

    async def changed(self, seconds: float) -> None:
        """Wait until one more is done, so many seconds at most."""
        self._change.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._change.wait(), seconds)
