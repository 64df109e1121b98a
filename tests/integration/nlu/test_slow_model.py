"""A model on a busy machine: a phone does not wait for it, `antam ask` does."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.app import running
from bot.messages import Inbound
from bot.settings import Settings

SLOW = 1.5  # seconds
# What the model says to everything: a topic that no word of the messages names, and no danger.
BELIEF = {"intent_ranking": [{"name": "maternity", "confidence": 0.99}], "danger": 0.0}


@pytest.fixture
async def slow_model() -> AsyncIterator[str]:
    """The address of a server that answers as Rasa does, but takes its time."""

    async def parse(_: Request) -> JSONResponse:
        await asyncio.sleep(SLOW)
        return JSONResponse(BELIEF)

    app = Starlette(routes=[Route("/model/parse", parse, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    with contextlib.suppress(asyncio.CancelledError):
        await serving


async def answers(settings: Settings) -> list[tuple[str | None, str | None]]:
    """Topic and source of two replies: to a question, and to words that the rules doubt."""
    async with running(settings, use_database=False) as antam:
        found: list[Any] = [
            (await antam.reply(Inbound("ask", str(n), text=text))).reply
            for n, text in enumerate(("luật bình đẳng giới là gì", "nó đang đánh em chảy máu"))
        ]
    return [(reply.topic, reply.source) for reply in found]


async def test_a_phone_does_not_wait(settings: Settings, slow_model: str) -> None:
    phone = settings.model_copy(
        update={"nlu_enabled": True, "nlu_url": slow_model, "nlu_patience": 0.2}
    )
    asked, alarmed = await answers(phone)
    assert asked == ("gender_equality_general", "search")
    assert alarmed[1] == "danger"


async def test_who_asks_many_lines_waits(settings: Settings, slow_model: str) -> None:
    desk = settings.model_copy(update={"nlu_enabled": True, "nlu_url": slow_model}).unhurried
    asked, alarmed = await answers(desk)
    assert asked == ("maternity", "nlu")
    assert alarmed[0] == "maternity", "the model's topic beside the danger, or instead of it"
