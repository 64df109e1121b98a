"""`antam ask --jsonl` and the terminal conversation."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

from rich.console import Console

from bot.app import App
from bot.channels.terminal.ask import ask_lines
from bot.channels.terminal.chat import Talk
from tests.places import SECRET, finder


async def ask(antam: App, *lines: str) -> tuple[list[dict[str, object]], int]:
    feed: Iterator[str] = iter([line + "\n" for line in lines])
    out: list[str] = []
    bad = await ask_lines(antam.reply, lambda: next(feed, ""), out.append)
    return [json.loads(line) for line in out], bad


async def test_lines_are_answered_in_order(antam: App) -> None:
    lines = [json.dumps({"id": n, "text": "cấm tiếp xúc là gì"}) for n in range(300)]
    found, bad = await ask(antam, *lines)
    assert [f["id"] for f in found] == list(range(300))
    assert bad == 0


async def test_the_object_has_the_fields_of_the_contract(antam: App) -> None:
    found, _ = await ask(antam, '{"id": "a", "text": "đánh vợ bị phạt bao nhiêu"}')
    keys = {"id", "topic", "confidence", "alternatives", "danger", "card", "citations", "reply"}
    assert keys | {"choices", "source"} <= set(found[0])
    assert found[0]["danger"] is False
    citations = found[0]["citations"]
    assert isinstance(citations, list)
    assert {"law", "article", "clause"} <= set(citations[0])


async def test_bad_lines_get_their_error_in_place(antam: App) -> None:
    found, bad = await ask(
        antam, "no json", '{"id": 2, "text": "chào"}', "[]", '{"id": 3}', "", '{"text": 7}'
    )
    assert bad == 4
    assert [f["id"] for f in found] == [None, 2, None, None, None]
    assert "line 1" in str(found[0]["error"])


async def test_lines_of_one_person_are_one_conversation(antam: App) -> None:
    line = json.dumps({"id": 1, "text": "đồ ngu", "person": "x"})
    other = json.dumps({"id": 2, "text": "đồ ngu"})
    found, _ = await ask(antam, line, line, other)
    assert found[0]["reply"] != found[1]["reply"]
    assert found[0]["reply"] == found[2]["reply"]


async def test_half_a_surrogate_in_an_id_comes_back(antam: App) -> None:
    found, _ = await ask(antam, '{"id": "\\ud83d", "text": "chào"}')
    assert found[0]["id"] == "\ud83d"


async def test_a_talk(antam: App) -> None:
    typed = iter(["chồng em đang cầm dao", "1", "99", "/xoa", "/thoat", "không tới đây"])
    seen: list[str] = []

    async def read() -> str | None:
        line = next(typed, None)
        seen.append(str(line))
        return line

    out = io.StringIO()
    console = Console(file=out, width=80)
    await Talk(antam.reply, antam.forget, console, read).run()
    said = out.getvalue()
    assert "Gọi ngay: 113" in said
    assert "☎ 113" in said
    assert "1. Chỗ an toàn gần nhất" in said
    assert seen[-1] == "/thoat"


async def test_places_stand_in_the_terminal_with_a_map_link(antam: App) -> None:
    antam.conversation.finder = finder()
    out = io.StringIO()
    lines = iter(["em ở long xuyên, chỗ nào tạm lánh", None])

    async def read() -> str | None:
        return next(lines)

    console = Console(file=out, width=100)
    await Talk(antam.reply, antam.forget, console, read).run()
    said = out.getvalue()
    assert "Nhà thử công khai" in said
    assert "openstreetmap.org/?mlat=10.39" in said
    assert "0912 345 678" in said
    assert SECRET not in said
