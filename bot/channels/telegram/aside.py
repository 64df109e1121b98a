"""Work that nobody waits for, or not for long."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from bot import logs, metrics

log = logs.get("telegram")
T = TypeVar("T")
TIDY = 1.0  # seconds for what is called off at the end to put its things away


class Aside:
    """Tasks beside the replies. What breaks in them is logged without its words."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do it; nobody waits for its end."""
        self._keep(work).add_done_callback(_told)

    async def within(
        self, seconds: float, work: Coroutine[Any, Any, T], *, goes_on: bool = False
    ) -> T:
        """What `work` gives within so many seconds. Raises `TimeoutError`, and what it raises.

        What is late is cancelled, or goes on by itself. Either way nobody waits for its end: a
        statement that is called off may hang as long as one that runs.
        """
        task = self._keep(work)
        await asyncio.wait({task}, timeout=seconds)
        if task.done():
            return task.result()
        task.add_done_callback(_told)
        if not goes_on:
            task.cancel()
        raise TimeoutError

    async def settle(self, seconds: float) -> None:
        """Wait for what is under way, so many seconds at most, and call off what is left."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=seconds)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=TIDY)

    def _keep(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _told(task: asyncio.Task[Any]) -> None:
    error = None if task.cancelled() else task.exception()
    if isinstance(error, Exception):
        metrics.FAILURES.inc()
        log.error("something beside the replies broke", **logs.describe(error))
