"""The client of the Rasa server against a server that misbehaves in every way."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx
import pytest

from bot.nlu.client import REST, NluAway, RasaClient

GOOD = {"intent_ranking": [{"name": "penalties", "confidence": 0.9}]}


def client(answer: Callable[[httpx.Request], httpx.Response]) -> RasaClient:
    found = RasaClient("http://127.0.0.1:1", "geheim")
    found._http = httpx.AsyncClient(
        transport=httpx.MockTransport(answer), base_url="http://127.0.0.1:1"
    )
    return found


async def test_a_topic() -> None:
    parsed = await client(lambda _: httpx.Response(200, json=GOOD)).parse("đánh vợ")
    assert (parsed.topic, parsed.confidence) == ("penalties", 0.9)


@pytest.mark.parametrize(("told", "kind"), [("held", "held"), ("", None), (None, None)])
async def test_the_kind_of_a_danger(told: str | None, kind: str | None) -> None:
    answer = GOOD | ({} if told is None else {"danger": 0.9, "danger_kind": told})
    parsed = await client(lambda _: httpx.Response(200, json=answer)).parse("đánh vợ")
    assert parsed.danger_kind == kind


def _hang(_: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("slow")


def _refuse(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused")


BAD: list[Callable[[httpx.Request], httpx.Response]] = [
    _hang,
    _refuse,
    lambda _: httpx.Response(500, text="boom"),
    lambda _: httpx.Response(401, json={"status": "failure"}),
    lambda _: httpx.Response(200, text="no json"),
    lambda _: httpx.Response(200, json={"intent": {}}),
    lambda _: httpx.Response(200, json={"intent_ranking": []}),
    lambda _: httpx.Response(200, json={"intent_ranking": [{"name": "x"}]}),
]


@pytest.mark.parametrize("answer", BAD)
async def test_every_failure_is_away(answer: Callable[[httpx.Request], httpx.Response]) -> None:
    with pytest.raises(NluAway) as caught:
        await client(answer).parse("lời bí mật")
    assert "bí mật" not in repr(caught.value)
    assert caught.value.__cause__ is None


async def test_a_dead_server_is_left_in_peace(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0
    dead = True

    def answer(_: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        return httpx.Response(500) if dead else httpx.Response(200, json=GOOD)

    found = client(answer)
    for _ in range(50):
        with pytest.raises(NluAway):
            await found.parse("x")
    assert asked == 1
    dead = False
    later = time.monotonic() + REST
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert (await found.parse("x")).topic == "penalties"


async def test_a_slash_is_no_command() -> None:
    """Rasa would take "/lời" for an intent of that name and hand the word back."""
    seen: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.content)
        return httpx.Response(200, json=GOOD)

    await client(answer).parse("/lời")
    await client(answer).parse("//")
    assert all(b'"/' not in content for content in seen)
