"""What Telegram does when it is unwell, and what An Tâm does about it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.app import App
from bot.channels.telegram import TelegramChannel
from bot.memory import ChatMemory
from bot.store.memory import MemoryTraces
from tests.fakes.bot_api import TOKEN, BotApi, Fault
from tests.integration.telegram.conftest import Line

ME = 777


async def test_a_duplicate_update_is_answered_once(line: Line) -> None:
    update = line.api.says(ME, "xin chào")
    await line.until(lambda: bool(line.api.sent(ME)))
    line.api.again(update)
    line.api.again(update)
    line.api.says(ME, "cảm ơn")
    await line.until(lambda: len(line.api.sent(ME)) >= 2)
    await line.settled()
    assert len(line.api.sent(ME)) == 2


async def test_429_is_obeyed_and_the_reply_comes(line: Line) -> None:
    line.api.plan("sendMessage", Fault(429, "Too Many Requests", retry_after=1))
    line.api.says(ME, "xin chào")
    await line.until(lambda: bool(line.api.sent(ME)))
    assert line.api.count("sendMessage") == 2


async def test_5xx_is_tried_again(line: Line) -> None:
    line.api.plan("sendMessage", Fault(502, "Bad Gateway"), Fault(500, "Internal"))
    line.api.says(ME, "xin chào")
    await line.until(lambda: bool(line.api.sent(ME)))
    assert line.api.count("sendMessage") == 3


async def test_a_blocked_chat_is_forgotten(line: Line) -> None:
    line.api.says(ME, "xin chào")
    await line.until(lambda: bool(line.api.sent(ME)))
    await line.settled()
    assert await line.traces.messages("telegram", str(ME))
    line.api.plan("sendMessage", Fault(403, "Forbidden: bot was blocked by the user"))
    line.api.says(ME, "cảm ơn")
    await line.until(lambda: line.api.count("sendMessage") == 2)
    await line.settled()
    assert await line.traces.messages("telegram", str(ME)) == []
    assert line.api.count("sendMessage") == 2


async def test_blocking_is_learned_from_the_update(line: Line) -> None:
    line.api.says(ME, "xin chào")
    await line.until(lambda: bool(line.api.sent(ME)))
    await line.settled()
    line.api.blocks(ME)
    for _ in range(100):
        if not await line.traces.messages("telegram", str(ME)):
            break
        await asyncio.sleep(0.05)
    assert await line.traces.messages("telegram", str(ME)) == []


async def test_a_lost_answer_is_not_sent_twice(line: Line) -> None:
    """The message arrived, its answer did not: nobody hears the same thing twice."""
    line.api.plan("sendMessage", Fault(hang=6.0, done=True))
    line.api.says(ME, "xin chào")
    await asyncio.sleep(7.0)
    assert line.api.count("sendMessage") == 1
    assert len(line.api.sent(ME)) == 1


async def test_a_lost_danger_reply_is_sent_again(line: Line) -> None:
    """Twice is better than never when somebody is in danger."""
    line.api.plan("sendMessage", Fault(hang=6.0))
    line.api.says(ME, "chồng em đang cầm dao ngoài cửa")
    await line.until(lambda: bool(line.api.texts(ME)), seconds=15)
    assert line.api.texts(ME)[0].startswith("Gọi ngay: 113")


async def test_polling_outlives_errors(line: Line) -> None:
    line.api.plan("getUpdates", Fault(502), Fault(409, "Conflict: other getUpdates"), Fault(500))
    line.api.says(ME, "xin chào")
    await line.until(lambda: bool(line.api.sent(ME)), seconds=20)


async def test_a_rejected_reply_does_not_stop_the_next(line: Line) -> None:
    line.api.plan("sendMessage", Fault(400, "Bad Request: chat not found"))
    line.api.says(ME, "xin chào")
    line.api.says(ME, "cảm ơn")
    await line.until(lambda: bool(line.api.sent(ME)))
    assert line.api.count("sendMessage") == 2


@pytest.mark.parametrize("token", ["999:wrong"])
async def test_a_wrong_token_ends_with_an_action_and_is_not_logged(
    antam: App, telegram_api: BotApi, quiet_logs: Path, token: str
) -> None:
    channel = TelegramChannel(
        antam, ChatMemory(MemoryTraces()), antam.library.words, token, telegram_api.url
    )
    await asyncio.wait_for(channel.run(), 10)
    await channel.stop()
    said = await asyncio.to_thread(quiet_logs.read_text)
    assert "ANTAM_TELEGRAM_TOKEN" in said
    assert token not in said
    assert TOKEN not in said
