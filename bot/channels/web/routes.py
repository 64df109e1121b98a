"""`/` the chat page, `POST /chat` one message, `DELETE /chat` forgets a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Protocol
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.channels.web.limits import RateLimit, TooLarge, read_json
from bot.channels.web.page import SECURITY, Asset, load_page
from bot.messages import Call, Command, Inbound, Point, Reply

CHANNEL = "web"
Key = Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


class PointIn(BaseModel):
    """Decimal degrees, from the browser."""

    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)


class ChatIn(BaseModel):
    """What the page sends: exactly one of text, choice, command, point."""

    model_config = ConfigDict(extra="ignore")

    person: Key
    id: Key | None = None
    text: str = Field("", max_length=20_000)
    choice: Annotated[str, Field(max_length=60)] | None = None
    command: Command | None = None
    point: PointIn | None = None


class Answer(Protocol):
    """What `reply` gives back."""

    @property
    def reply(self) -> Reply: ...


class Talker(Protocol):
    """The part of the app this channel talks to."""

    async def reply(self, inbound: Inbound) -> Answer: ...
    def forget(self, channel: str, person: str) -> bool: ...


def web_channel(
    talker: Talker,
    failure: Callable[[str], Reply],
    numbers: tuple[Call, ...],
    exit_url: str,
    trusted_proxies: str = "",
) -> APIRouter:
    """The routes of the web channel.

    `failure` makes the reply with the numbers for a named text of `replies.yml`.
    """
    router = APIRouter()
    assets = load_page(numbers, exit_url)
    limit = RateLimit(trusted_proxies)

    @router.get("/", include_in_schema=False)
    async def page(request: Request) -> Response:
        return _send(assets["index.html"], request)

    @router.get("/page/{name}", include_in_schema=False)
    async def asset(name: str, request: Request) -> Response:
        if name not in assets or name == "index.html":
            return Response(status_code=404, headers=SECURITY)
        return _send(assets[name], request)

    @router.post("/chat", include_in_schema=False)
    async def chat(request: Request) -> Response:
        refused = await _refused(request, failure)
        if isinstance(refused, Response):
            return refused
        if not await limit.allows(request, refused.person):
            return _json(failure("failure.busy"), 429, {"Retry-After": "5"})
        return _json((await talker.reply(_inbound(refused))).reply)

    @router.delete("/chat", include_in_schema=False)
    async def forget(person: Annotated[str, Query(max_length=64)] = "") -> Response:
        talker.forget(CHANNEL, person)
        return Response(status_code=204, headers=SECURITY)

    return router


async def _refused(request: Request, failure: Callable[[str], Reply]) -> ChatIn | Response:
    """The message, or the answer to a request that cannot be one: always with the numbers."""
    if not _same_site(request):
        return _json(failure("failure.text"), 403)
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return _json(failure("failure.text"), 415)
    try:
        return ChatIn.model_validate(await read_json(request))
    except TooLarge:
        return _json(failure("failure.large"), 413)
    except ValidationError as error:
        too_long = any(e["type"] == "string_too_long" for e in error.errors())
        return _json(failure("failure.large" if too_long else "failure.text"), 422)
    except ValueError:
        return _json(failure("failure.text"), 400)


def _same_site(request: Request) -> bool:
    """Whether a browser sent this from our own page (other clients send neither header)."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _inbound(sent: ChatIn) -> Inbound:
    point = Point(sent.point.lat, sent.point.lon) if sent.point else None
    return Inbound(
        CHANNEL, sent.person, text=sent.text, choice=sent.choice, command=sent.command,
        point=point, delivery=sent.id,
    )  # fmt: skip


def _json(reply: Reply, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    said: dict[str, Any] = reply.as_json()
    said["asks_place"], said["erases"] = reply.asks_place, reply.erases
    said["leaves"] = reply.leaves
    return JSONResponse(said, status, headers={**SECURITY, **(headers or {})})


def _send(asset: Asset, request: Request) -> Response:
    headers = {**SECURITY, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            asset.zipped,
            media_type=asset.media_type,
            headers={**headers, "Content-Encoding": "gzip"},
        )
    return Response(asset.body, media_type=asset.media_type, headers=headers)
