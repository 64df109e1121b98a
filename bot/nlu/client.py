"""The client of the Rasa server: words in, topic out, quickly or not at all."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

import httpx

# After a failure nobody asks for this long, so that a dead server costs nothing per message.
REST = 1.0
ALONGSIDE = 64  # requests on the wire at once; Rasa parses one after the other anyway


class NluAway(Exception):
    """The model does not answer. Carries no text of anybody."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """Best topic with its belief in 0..1, the ranking, best first, and the beliefs beside it.

    `danger`: somebody is in it; `outside`: nothing for An Tâm. None from a model without them.
    `danger_kind`: of which kind a danger would be.
    """

    topic: str
    confidence: float
    ranking: tuple[tuple[str, float], ...]
    danger: float | None = None
    outside: float | None = None
    danger_kind: str | None = None


class RasaClient:
    """Asks `/model/parse`. Safe for many tasks at once; fails fast while the server is away.

    A message waits `timeout` seconds at most.
    """

    def __init__(self, url: str, token: str = "", timeout: float = 2.0) -> None:
        self._http = httpx.AsyncClient(
            base_url=url,
            params={"token": token} if token else None,
            timeout=httpx.Timeout(timeout),
            limits=httpx.Limits(max_connections=ALONGSIDE, max_keepalive_connections=ALONGSIDE),
            trust_env=False,
        )
        self._rest_until = 0.0
        self._room = asyncio.Semaphore(ALONGSIDE)

    async def parse(self, text: str) -> Parsed:
        """What the model says. Raises `NluAway` for every failure, never anything else."""
        if time.monotonic() < self._rest_until:
            raise NluAway
        try:
            async with self._room:
                # Rasa takes "/word" for a command and would give the word back as a topic.
                plain = text.lstrip("/ ") or "."
                answer = await self._http.post("/model/parse", json={"text": plain})
            found = _parsed(answer)
        except (httpx.HTTPError, RuntimeError, KeyError, ValueError, TypeError):
            self._rest_until = time.monotonic() + REST
            raise NluAway from None
        return found

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def _parsed(answer: httpx.Response) -> Parsed:
    if answer.status_code != 200:
        raise ValueError(answer.status_code)
    body = answer.json()
    ranking = tuple((str(r["name"]), float(r["confidence"])) for r in body["intent_ranking"])
    if not ranking:
        raise ValueError("no ranking")
    danger, outside = (body.get(name) for name in ("danger", "outside"))
    return Parsed(
        *ranking[0],
        ranking,
        None if danger is None else float(danger),
        None if outside is None else float(outside),
        str(body.get("danger_kind") or "") or None,
    )
