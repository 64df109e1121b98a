"""A running Telegram channel against the local Bot API server."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest

from bot.app import App
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram.channel import Talker
from bot.dialogue.engine import Conversation
from bot.memory import ChatMemory, Numbers
from bot.store.memory import MemoryTraces
from tests.fakes.bot_api import TOKEN, BotApi


@dataclass
class Line:
    """Both ends: the server people use, and the channel that answers."""

    api: BotApi
    channel: TelegramChannel
    traces: MemoryTraces
    talk: Conversation

    async def until(self, true: Callable[[], bool], seconds: float = 30.0) -> None:
        """Wait for something to become true; fail when it does not."""
        await until(true, seconds)

    async def settled(self, pause: float = 0.4) -> None:
        """Wait until the bot has answered everything and been silent for a while."""
        await self.until(self.api.all_answered)
        while True:
            seen = len(self.api.calls) - self.api.count("getUpdates")
            await asyncio.sleep(pause)
            if len(self.api.calls) - self.api.count("getUpdates") == seen:
                return


@contextlib.asynccontextmanager
async def calling(
    antam: App, api: BotApi, traces: Numbers, talker: Talker | None = None
) -> AsyncIterator[TelegramChannel]:
    """A channel that polls until the block ends."""
    channel = TelegramChannel(
        talker or antam, ChatMemory(traces), antam.library.words, TOKEN, api.url
    )
    running = asyncio.create_task(channel.run())
    try:
        yield channel
    finally:
        await channel.stop()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


@pytest.fixture
async def line(antam: App, telegram_api: BotApi) -> AsyncIterator[Line]:
    """The channel, polling."""
    traces = MemoryTraces()
    async with calling(antam, telegram_api, traces) as channel:
        yield Line(telegram_api, channel, traces, antam.conversation)


async def until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for something to become true; fail when it does not."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "nothing came"
        await asyncio.sleep(0.01)
