"""What is kept of a chat while the database is away: two days at most, and not without end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.memory import ChatMemory
from bot.store import memory
from bot.store.memory import MemoryTraces


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def hours(self, count: float) -> None:
        """Move on."""
        self.moment += timedelta(hours=count)


async def test_numbers_are_gone_after_two_days() -> None:
    clock = Clock()
    traces = MemoryTraces(clock)
    await traces.remember("telegram", "1", 10)
    await traces.remember("telegram", "2", 20)
    clock.hours(30)
    await traces.remember("telegram", "1", 11)
    clock.hours(19)
    assert await traces.messages("telegram", "1") == [11]
    assert await traces.messages("telegram", "2") == []
    assert await traces.first_time("telegram", "x")
    assert list(traces._messages) == [("telegram", "1")]  # no id of who is silent stays behind
    assert list(traces._messages["telegram", "1"]) == [11]
    clock.hours(49)
    assert await traces.first_time("telegram", "y")
    assert not traces._messages
    assert list(traces._seen) == [("telegram", "y")]


async def test_there_is_an_end_to_what_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST", 10)
    monkeypatch.setattr(memory, "MOST_OF_A_CHAT", 5)
    traces = MemoryTraces()
    for chat in range(30):
        await traces.remember("telegram", str(chat), *range(chat, chat + 9))
        await traces.first_time("telegram", str(chat))
    assert len(traces._messages) == len(traces._seen) == 10
    assert await traces.messages("telegram", "29") == [33, 34, 35, 36, 37]
    assert await traces.forget("telegram", "29") == 5


async def test_a_delivery_is_open_until_it_is_answered_and_twice_at_most() -> None:
    traces = MemoryTraces()
    kept = ChatMemory(traces)
    assert await kept.is_open("telegram", "1")
    await kept.answered("telegram", "1")
    assert not await kept.is_open("telegram", "1")
    assert await kept.is_open("telegram", "2")
    assert await kept.is_open("telegram", "2")  # another process, after a kill
    assert not await kept.is_open("telegram", "2")
