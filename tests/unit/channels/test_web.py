"""The web's JSON endpoint: forms, limits, headers; every refusal still carries the numbers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from bot.app import App
from bot.serve import make_web

ME = "0123456789abcdef"


@pytest.fixture
def client(antam: App) -> Iterator[TestClient]:
    with TestClient(make_web(antam), raise_server_exceptions=False) as found:
        yield found


def test_a_question(client: TestClient) -> None:
    found = client.post("/chat", json={"person": ME, "text": "đánh vợ bị phạt bao nhiêu"}).json()
    assert found["topic"] == "penalties"
    assert found["citations"]
    assert found["reply"]


def test_a_repeated_delivery_gets_the_same_reply(client: TestClient) -> None:
    message = {"person": ME, "id": "abcdef0123", "text": "đồ ngu"}
    first, second = (client.post("/chat", json=message).json() for _ in range(2))
    assert first["reply"] == second["reply"]
    third = client.post("/chat", json={**message, "id": "abcdef0124"}).json()
    assert third["reply"] != first["reply"]


BAD: list[tuple[str, dict[str, object], int]] = [
    ("no person", {"json": {"text": "x"}}, 422),
    ("bad person", {"json": {"person": "a b", "text": "x"}}, 422),
    ("bad point", {"json": {"person": ME, "point": {"lat": 999, "lon": 0}}}, 422),
    ("bad command", {"json": {"person": ME, "command": "rm"}}, 422),
    ("long choice", {"json": {"person": ME, "choice": "x" * 61}}, 422),
    ("a list", {"json": []}, 422),
    ("no json", {"content": b"{", "headers": {"content-type": "application/json"}}, 400),
    ("deep", {"content": b"[" * 60_000, "headers": {"content-type": "application/json"}}, 400),
    ("a form", {"data": {"person": ME, "text": "x"}}, 415),
    ("a megabyte", {"json": {"person": ME, "text": "x" * 1_000_000}}, 413),
    ("too long", {"json": {"person": ME, "text": "x" * 30_000}}, 422),
    ("another site", {"json": {"person": ME}, "headers": {"sec-fetch-site": "cross-site"}}, 403),
    ("other origin", {"json": {"person": ME}, "headers": {"origin": "https://x.example"}}, 403),
]


@pytest.mark.parametrize(("name", "sent", "status"), BAD, ids=[b[0] for b in BAD])
def test_a_refusal_carries_the_numbers(
    client: TestClient, name: str, sent: dict[str, object], status: int
) -> None:
    found = client.post("/chat", **sent)  # type: ignore[arg-type]
    assert found.status_code == status
    assert "113" in found.json()["reply"][0]
    assert found.json()["calls"]


def test_a_body_without_length_is_cut_off(client: TestClient) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(1000):
            yield b"x" * 1024

    found = client.post("/chat", content=endless(), headers={"content-type": "application/json"})
    assert found.status_code == 413


def test_one_page_cannot_ask_without_end(client: TestClient) -> None:
    answers = [client.post("/chat", json={"person": ME, "text": "chào"}) for _ in range(30)]
    refused = [a for a in answers if a.status_code == 429]
    assert refused
    assert "113" in refused[0].json()["reply"][0]
    assert refused[0].headers["retry-after"]
    other = client.post("/chat", json={"person": "f" * 16, "text": "chào"})
    assert other.status_code == 200


def test_security_headers_are_everywhere(client: TestClient) -> None:
    for path in ("/", "/page/chat.js", "/page/chat.css", "/page/none"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
    assert client.post("/chat", json={"person": ME}).headers["cache-control"] == "no-store"


def test_the_numbers_stand_in_the_page_itself(client: TestClient) -> None:
    page = client.get("/").text
    assert 'href="tel:113"' in page
    assert 'href="tel:18008077"' in page
    assert "{{" not in page
    assert "unsafe" not in client.get("/").headers["content-security-policy"]


def test_health_ready_metrics(client: TestClient) -> None:
    assert client.get("/health").json() == {
        "status": "ok",
        "nlu": "off",
        "store": "away",
        "campaigns": "off",
    }
    assert client.get("/ready").json()["ready"] is True
    client.post("/chat", json={"person": ME, "text": "chồng em đang cầm dao"})
    exposed = client.get("/metrics").text
    assert 'antam_danger_total{channel="web",kind="weapon"}' in exposed


def test_forgetting(client: TestClient, antam: App) -> None:
    client.post("/chat", json={"person": ME, "text": "đồ ngu"})
    assert client.delete("/chat", params={"person": ME}).status_code == 204
    assert antam.forget("web", ME) is False
