"""Who waits for whom: one thing of a chat at a time, different chats side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Lanes(Generic[T]):
    """A lane for each chat that has something waiting.

    `place` puts one more thing among those that wait in a lane, and holds their number down;
    `work` does one of them, and raises nothing.
    """

    def __init__(
        self,
        work: Callable[[int, T], Awaitable[None]],
        place: Callable[[list[T], T], None],
    ) -> None:
        self._work, self._place = work, place
        self._waiting: dict[int, list[T]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended = asyncio.Event()

    def put(self, chat: int, thing: T) -> None:
        """Have one more thing done in a chat. Never waits."""
        waiting = self._waiting.get(chat)
        if waiting is not None:
            self._place(waiting, thing)
            return
        self._waiting[chat] = [thing]
        task = asyncio.create_task(self._run(chat))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def clear(self, chat: int) -> list[T]:
        """Take out what waits in a chat, not what is being done."""
        waiting = self._waiting.get(chat, [])
        taken = waiting[:]
        waiting.clear()
        return taken

    async def fewer_than(self, chats: int) -> None:
        """Wait until something waits in fewer chats than this."""
        while len(self._waiting) >= chats:
            self._ended.clear()
            await self._ended.wait()

    async def settle(self, seconds: float) -> None:
        """Wait until nothing waits, so many seconds at most, and call off what is left."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=seconds)
        for task in self._tasks:
            task.cancel()

    async def _run(self, chat: int) -> None:
        waiting = self._waiting[chat]
        try:
            while waiting:
                await self._work(chat, waiting.pop(0))
        finally:
            del self._waiting[chat]
            self._ended.set()
