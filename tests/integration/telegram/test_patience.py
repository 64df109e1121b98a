"""Nobody in danger waits: not for the database, not for somebody's 429, not for a restart."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.channels.telegram.channel import Answer
from bot.dialogue.engine import Conversation
from bot.messages import Inbound
from bot.store import database
from bot.store.memory import MemoryTraces
from bot.store.traces import Traces
from tests.fakes.bot_api import BotApi, Fault
from tests.integration.telegram.conftest import Line, calling, until

ME, OTHER = 777, 778
CRY = "chồng em đang cầm dao ngoài cửa"


class Hanging(MemoryTraces):
    """A database behind a broken network: no answer, for ever."""

    async def first_time(self, channel: str, delivery: str) -> bool:
        await asyncio.Event().wait()
        return True

    async def remember(self, channel: str, chat: str, *messages: int) -> None:
        await asyncio.Event().wait()

    async def messages(self, channel: str, chat: str) -> list[int]:
        await asyncio.Event().wait()
        return []

    async def forget(self, channel: str, chat: str) -> int:
        await asyncio.Event().wait()
        return 0


class Slow(MemoryTraces):
    """A database that takes its time to write."""

    async def remember(self, channel: str, chat: str, *messages: int) -> None:
        await asyncio.sleep(0.7)
        await super().remember(channel, chat, *messages)


class Thinking:
    """A talker that does something else first."""

    def __init__(self, antam: App, first: Callable[[], Any]) -> None:
        self._antam, self._first = antam, first
        self.asked = 0

    @property
    def conversation(self) -> Conversation:
        return self._antam.conversation

    def forget(self, channel: str, person: str) -> bool:
        return self._antam.forget(channel, person)

    async def reply(self, inbound: Inbound) -> Answer:
        self.asked += 1
        await self._first()
        return await self._antam.reply(inbound)


async def broken() -> None:
    """What nobody thought of."""
    raise RuntimeError


@pytest.mark.hurried
async def test_a_cry_does_not_wait_for_a_database_that_hangs(
    antam: App, telegram_api: BotApi
) -> None:
    async with calling(antam, telegram_api, Hanging()):
        telegram_api.says(ME, CRY)
        await until(lambda: len(telegram_api.sent(ME)) >= 4)
        assert telegram_api.texts(ME)[0].startswith("Gọi ngay: 113")
        # Asked once in a while only: the next one does not wait at all.
        telegram_api.says(OTHER, CRY)
        await until(lambda: len(telegram_api.sent(OTHER)) >= 4)


@pytest.mark.hurried
async def test_a_cry_does_not_wait_for_a_stuck_writer(
    antam: App, telegram_api: BotApi, tmp_path: Path
) -> None:
    path = tmp_path / "antam.sqlite3"
    url = f"sqlite+aiosqlite:///{path}"
    await database.migrate_async(url)
    engine = database.open_engine(url)
    traces = Traces(engine, b"k" * 32)
    await traces.first_time("telegram", "earlier")  # connected while all was well
    stuck = sqlite3.connect(path, isolation_level=None)
    stuck.execute("BEGIN IMMEDIATE")
    try:
        async with calling(antam, telegram_api, traces):
            telegram_api.says(ME, CRY)
            await until(lambda: len(telegram_api.sent(ME)) >= 4)
            stuck.execute("ROLLBACK")
    finally:
        stuck.close()
        await engine.dispose()


async def test_erasing_sees_what_is_still_being_written(antam: App, telegram_api: BotApi) -> None:
    traces = Slow()
    async with calling(antam, telegram_api, traces):
        telegram_api.says(ME, "luật bình đẳng giới là gì")
        await until(lambda: bool(telegram_api.sent(ME)))
        mine = {m["message_id"] for m in telegram_api.sent(ME)}
        telegram_api.says(ME, "/xoa")
        await until(lambda: "xoá" in telegram_api.texts(ME)[-1])
        deleted = {number for _, number in telegram_api.deleted}
        assert mine < deleted
        assert len(deleted) == len(mine) + 2
    # Stopped: what waited was written; only the last word is left to be deleted.
    left = telegram_api.sent(ME)[-1]["message_id"]
    assert await traces.messages("telegram", str(ME)) == [left]


@pytest.mark.hurried
async def test_erasing_does_without_a_database_that_hangs(
    antam: App, telegram_api: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.telegram.keeping.ERASE", 0.3)
    async with calling(antam, telegram_api, Hanging()):
        telegram_api.says(ME, "xin chào")
        await until(lambda: bool(telegram_api.sent(ME)))
        telegram_api.says(ME, "/xoa")
        await until(lambda: "xoá" in telegram_api.texts(ME)[-1])
        assert len(telegram_api.deleted) == 3  # known here, though never written
        assert antam.library.words["erase.later"] in telegram_api.texts(ME)[-1]


async def test_one_chat_does_not_make_it_deaf_to_the_others(line: Line) -> None:
    stormy = True

    def weather(method: str, parameters: dict[str, Any]) -> Fault | None:
        mine = method.startswith("send") and int(parameters["chat_id"]) == ME
        return Fault(429, "Too Many Requests", retry_after=1) if mine and stormy else None

    line.api.weather = weather
    for number in range(300):
        line.api.says(ME, CRY if number == 150 else "cấm tiếp xúc là gì")
    line.api.says(OTHER, "xin chào")
    await line.until(lambda: bool(line.api.sent(OTHER)), 30.0)
    assert not line.api.sent(ME)
    stormy = False
    # Of what was too much, the newest is answered, and the cry in it before all of that.
    await line.until(lambda: any(t.startswith("Gọi ngay: 113") for t in line.api.texts(ME)), 30.0)
    await line.settled(1.5)
    texts = line.api.texts(ME)
    assert [t.startswith("Gọi ngay: 113") for t in texts[:2]].count(True) == 1
    assert len(texts) < 60


async def test_a_cry_is_heard_while_an_answer_waits_for_its_turn(line: Line) -> None:
    for _ in range(3):
        line.api.plan("sendMessage", Fault(429, "Too Many Requests", retry_after=1))
    for text in ("cấm tiếp xúc là gì", "xin chào", "cảm ơn", CRY):
        line.api.says(ME, text)
    await line.until(lambda: len(line.api.texts(ME)) >= 4)
    assert line.api.texts(ME)[1].startswith("Gọi ngay: 113")


async def test_what_was_being_answered_at_a_kill_is_answered_by_the_next_process(
    antam: App, telegram_api: BotApi
) -> None:
    traces, others = MemoryTraces(), asyncio.all_tasks()
    talker = Thinking(antam, asyncio.Event().wait)
    async with calling(antam, telegram_api, traces, talker):
        cry = telegram_api.says(ME, CRY)
        await until(lambda: talker.asked == 1)
        seen = telegram_api.count("getUpdates")
        await until(lambda: telegram_api.count("getUpdates") > seen + 2)  # polling goes on
        telegram_api.says(OTHER, "xin chào")
        await until(lambda: talker.asked == 2)  # and brings what is new
        for task in asyncio.all_tasks() - others:
            task.cancel()  # killed
        await asyncio.sleep(0.05)
        assert not telegram_api.sent(ME)
    async with calling(antam, telegram_api, traces):
        await until(lambda: len(telegram_api.sent(ME)) >= 4)
        await until(lambda: bool(telegram_api.sent(OTHER)))
    async with calling(antam, telegram_api, traces):
        before = len(telegram_api.sent(ME))
        telegram_api.again(cry)
        telegram_api.says(OTHER, "cảm ơn")
        await until(lambda: len(telegram_api.sent(OTHER)) >= 2)
        await asyncio.sleep(0.3)
        assert len(telegram_api.sent(ME)) == before


async def test_what_breaks_is_answered_with_the_numbers(antam: App, telegram_api: BotApi) -> None:
    async with calling(antam, telegram_api, MemoryTraces(), Thinking(antam, broken)):
        telegram_api.says(ME, CRY)
        await until(lambda: bool(telegram_api.texts(ME)))
        assert "113" in telegram_api.texts(ME)[0]


async def test_what_breaks_while_it_is_said_is_answered_with_the_numbers(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.channels.telegram import channel

    render, broke = channel.render, []

    def once(*given: Any, **named: Any) -> Any:
        if not broke:
            broke.append(True)
            raise RuntimeError
        return render(*given, **named)

    monkeypatch.setattr(channel, "render", once)
    line.api.says(ME, CRY)
    await line.until(lambda: bool(line.api.texts(ME)))
    assert "113" in line.api.texts(ME)[0]


async def test_an_answer_that_never_comes_is_the_numbers(
    antam: App, telegram_api: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.telegram.channel.THOUGHT", 0.3)
    talker = Thinking(antam, asyncio.Event().wait)
    async with calling(antam, telegram_api, MemoryTraces(), talker):
        telegram_api.says(ME, CRY)
        await until(lambda: bool(telegram_api.texts(ME)))
        assert "113" in telegram_api.texts(ME)[0]


async def test_a_tap_does_not_wait_for_its_little_clock(line: Line) -> None:
    line.api.says(ME, "xin chào")
    await line.until(lambda: bool(line.api.sent(ME)))
    line.api.plan("answerCallbackQuery", *[Fault(hang=30.0)] * 4)
    message = {k: v for k, v in line.api.sent(ME)[0].items() if k != "board"}
    line.api.taps(ME, message, "sos")
    await line.until(lambda: len(line.api.texts(ME)) >= 2, 4.5)  # the client gives up after five
    assert line.api.texts(ME)[1].startswith("Gọi ngay")
