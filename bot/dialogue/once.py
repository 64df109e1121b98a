"""The same delivery is answered once; a second one gets the same reply, marked as such."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from bot.messages import Reply

KEEP = 600.0  # seconds; platforms repeat a delivery within minutes
MOST = 20_000


class Once:
    """Remembers replies by delivery for ten minutes. Replies hold cards, never a person's words."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: OrderedDict[tuple[str, str, str], tuple[float, asyncio.Future[Reply]]]
        self._seen = OrderedDict()

    async def answer(
        self, key: tuple[str, str, str], make: Callable[[], Awaitable[Reply]]
    ) -> tuple[Reply, bool]:
        """``(reply, again)``: `again` is true when this delivery was answered before."""
        self._sweep()
        known = self._seen.get(key)
        if known is not None:
            return await asyncio.shield(known[1]), True
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._seen[key] = (self._clock() + KEEP, future)
        try:
            reply = await make()
        except BaseException as error:
            del self._seen[key]
            if isinstance(error, Exception):
                future.set_exception(error)
                future.exception()  # mark as retrieved: nobody else may be waiting
            else:
                future.cancel()
            raise
        future.set_result(reply)
        return reply, False

    def forget(self, channel: str, person: str) -> None:
        """Drop every reply kept for a person."""
        for key in [k for k in self._seen if k[:2] == (channel, person)]:
            del self._seen[key]

    def _sweep(self) -> None:
        now = self._clock()
        while self._seen:
            key, (expires, future) = next(iter(self._seen.items()))
            if expires > now and len(self._seen) <= MOST:
                return
            if not future.done():
                return
            del self._seen[key]
