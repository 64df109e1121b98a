"""The carrier against a server that answers byte by byte as told: Telegram, or what stands before.

The whole way of a campaign on Telegram is in ``tests/integration/campaigns/test_telegram.py``.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.channels.telegram import carrier as telegram
from bot.channels.telegram.translate import CHANNEL
from bot.delivery import Notice, Outcome
from bot.memory import ChatMemory
from bot.store.memory import MemoryTraces

HTML = b"<html><h1>nginx</h1></html>"
NOTICE = Notice("An Tâm: tin hôm nay")


def said(**what: object) -> bytes:
    """An answer in Telegram's form."""
    return json.dumps(what).encode()


MESSAGE = said(ok=True, result={"message_id": 7, "date": 1, "chat": {"id": 1, "type": "private"}})


@dataclass
class Wire:
    """A server that gives every request the same answer, and counts its open connections."""

    status: int = 200
    body: bytes = MESSAGE
    slow: float = 0.0
    asked: int = 0
    open: int = 0
    port: int = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode().lower().split("\r\n")
                size = [int(x.split(":")[1]) for x in lines if x.startswith("content-length:")]
                await reader.readexactly(size[0] if size else 0)
                self.asked += 1
                await asyncio.sleep(self.slow)
                answer = f"HTTP/1.1 {self.status} X\r\nContent-Length: {len(self.body)}\r\n\r\n"
                writer.write(answer.encode() + self.body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open -= 1
            writer.close()


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    """The server."""
    found = Wire()
    server = await asyncio.start_server(found.talk, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    yield found
    server.close()


class Numbers(MemoryTraces):
    """Numbers whose database is slow, or away a few times."""

    def __init__(self, slow: float = 0.0, away: int = 0) -> None:
        super().__init__()
        self.slow, self.away = slow, away

    async def remember(self, channel: str, chat: str, *messages: int) -> None:
        await asyncio.sleep(self.slow)
        self.away -= 1
        if self.away >= 0:
            raise ConnectionError
        await super().remember(channel, chat, *messages)


def carrier(
    wire: Wire, numbers: Numbers | None = None, rate: float = 1000.0
) -> telegram.TelegramCarrier:
    memory = ChatMemory(numbers or Numbers())
    return telegram.TelegramCarrier(memory, "1:a", f"http://127.0.0.1:{wire.port}", rate)


@pytest.mark.parametrize(
    ("status", "body", "outcome", "doubt"),
    [
        (200, MESSAGE, Outcome.SENT, False),
        (200, HTML, Outcome.UNKNOWN, False),
        (500, said(ok=False, description="Internal Server Error"), Outcome.TRANSIENT, False),
        (502, said(ok=False, description="Bad Gateway"), Outcome.TRANSIENT, False),
        (502, HTML, Outcome.TRANSIENT, True),
        (502, b"", Outcome.TRANSIENT, True),
        (503, b"[]", Outcome.TRANSIENT, True),
        (504, HTML, Outcome.UNKNOWN, False),
        (504, b"", Outcome.UNKNOWN, False),
        (504, b'{"message": "timeout"}', Outcome.UNKNOWN, False),
        (500, HTML, Outcome.UNKNOWN, False),
        (403, said(ok=False, description="Forbidden: blocked"), Outcome.UNREACHABLE, False),
        (403, HTML, Outcome.TRANSIENT, False),
        (429, HTML, Outcome.TRANSIENT, False),
        (401, HTML, Outcome.THROTTLED, False),
    ],
)
async def test_a_gateways_word_is_not_telegrams(
    wire: Wire, status: int, body: bytes, outcome: Outcome, doubt: bool
) -> None:
    wire.status, wire.body = status, body
    one = carrier(wire)
    done = await one.deliver("1", NOTICE)
    assert (done.outcome, done.doubt) == (outcome, doubt)
    await one.close()


async def test_the_outcome_waits_for_no_database_and_closing_does(wire: Wire) -> None:
    numbers = Numbers(slow=0.5)
    one = carrier(wire, numbers)
    done = await one.deliver("1", NOTICE)
    assert done.outcome is Outcome.SENT
    assert await numbers.messages(CHANNEL, "1") == []
    await one.close()
    assert await numbers.messages(CHANNEL, "1") == [7]


async def test_a_number_is_kept_when_the_database_is_back(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram, "KEEPING", (0.0, 0.01, 0.01))
    numbers = Numbers(away=2)
    one = carrier(wire, numbers)
    await one.deliver("1", NOTICE)
    await one.close()
    assert await numbers.messages(CHANNEL, "1") == [7]


async def test_closing_hangs_up(wire: Wire) -> None:
    one = carrier(wire)
    await one.deliver("1", NOTICE)
    assert wire.open == 1
    await one.close()
    async with asyncio.timeout(30):
        while wire.open:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_waiting_for_an_upload_is_no_try_and_fills_no_second(
    wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram, "TURN", 0.2)
    wire.slow = 1.0
    picture = tmp_path / "a.png"
    picture.write_bytes(b"\x89PNG")
    memory = ChatMemory(Numbers())
    one = telegram.TelegramCarrier(memory, "1:a", f"http://127.0.0.1:{wire.port}", 25.0)
    first = asyncio.create_task(one.deliver("1", Notice("a", picture=picture)))
    await asyncio.sleep(0.05)
    waits = [asyncio.create_task(one.deliver("2", Notice("a", picture=picture))) for _ in range(40)]
    await asyncio.sleep(0.05)
    assert memory.pace.wait(CHANNEL, 2) == 0.0, "only the upload is out"
    assert {(await w).outcome for w in waits} == {Outcome.NOT_TRIED}
    assert (await first).outcome is Outcome.SENT
    assert wire.asked == 1
    await one.close()


async def test_giving_way_to_answers_is_no_try(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telegram, "TURN", 0.1)
    memory = ChatMemory(Numbers())
    one = telegram.TelegramCarrier(memory, "1:a", f"http://127.0.0.1:{wire.port}", 25.0)
    with contextlib.ExitStack() as answers:
        for _ in range(30):
            answers.enter_context(memory.pace.call(CHANNEL))
        assert (await one.deliver("1", NOTICE)).outcome is Outcome.NOT_TRIED
    assert wire.asked == 0
    await one.close()
