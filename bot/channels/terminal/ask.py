"""`antam ask`: one question, or a stream of JSON lines answered in order."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from bot.channels.terminal.chat import Answer
from bot.messages import Inbound, Reply

CHANNEL = "ask"
AHEAD = 32  # lines answered side by side; replies are printed in order all the same


async def ask_one(answer: Callable[[Inbound], Awaitable[Answer]], text: str) -> Reply:
    """One question, one reply."""
    return (await answer(Inbound(CHANNEL, "one", text=text))).reply


async def ask_lines(
    answer: Callable[[Inbound], Awaitable[Answer]],
    read: Callable[[], str],
    write: Callable[[str], None],
) -> int:
    """Answer ``{"id","text"}`` lines, one JSON object a line, in their order.

    `read` gives the next line and blocks until there is one, ``""`` at the end; a line is answered
    as soon as it came, not when the next one does. Lines that share a ``"person"`` are one
    conversation. A line that is not such an object gets ``{"id":null,"error":…}`` in its place.
    Returns how many such lines there were.
    """
    running: asyncio.Queue[asyncio.Task[dict[str, Any]] | None] = asyncio.Queue(AHEAD)

    async def put_all() -> int:
        bad = 0
        while (task := await running.get()) is not None:
            found = await task
            bad += "error" in found
            write(json.dumps(found, ensure_ascii=_lone_surrogate(found)) + "\n")
        return bad

    putting = asyncio.create_task(put_all())
    number = 0
    while line := await asyncio.to_thread(read):
        number += 1
        if line.strip():
            await running.put(asyncio.create_task(_line(answer, number, line)))
    await running.put(None)
    return await putting


def _lone_surrogate(found: dict[str, Any]) -> bool:
    """Whether the caller's id holds half a surrogate pair, which UTF-8 cannot carry."""
    return any("\ud800" <= c <= "\udfff" for c in str(found.get("id")))


async def _line(
    answer: Callable[[Inbound], Awaitable[Answer]], number: int, line: str
) -> dict[str, Any]:
    try:
        asked = json.loads(line)
        text = asked["text"]
        if not isinstance(text, str):
            raise TypeError
    except (ValueError, KeyError, TypeError):
        what = f'line {number}: expected a JSON object like {{"id":1,"text":"…"}}'
        return {"id": None, "error": what}
    person = f"p:{asked['person']}" if asked.get("person") is not None else f"l:{number}"
    reply = (await answer(Inbound(CHANNEL, person, text=text))).reply
    return {"id": asked.get("id"), **reply.as_json()}
