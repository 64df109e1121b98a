"""How much one client may ask, and how large a request may be."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Awaitable, Callable
from typing import Any

from limits import RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from starlette.requests import Request

MAX_BODY = 64 * 1024  # bytes

# Whole villages share one address behind a mobile carrier, so an address may ask much more than a
# page. The numbers to call are part of the answer to those who ask too much.
PER_PAGE = (RateLimitItemPerSecond(6, 2), RateLimitItemPerMinute(40))
PER_ADDRESS = (RateLimitItemPerSecond(60, 1), RateLimitItemPerMinute(900))

Receive = Callable[[], Awaitable[dict[str, Any]]]


class TooLarge(Exception):
    """The body is over the limit."""


class RateLimit:
    """Counts by page key and by network address, in memory, for a minute at most."""

    def __init__(self, trusted_proxies: str = "") -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._trusted = frozenset(p.strip() for p in trusted_proxies.split(",") if p.strip())

    async def allows(self, request: Request, person: str) -> bool:
        """Whether this request may be answered now."""
        address = client_address(request, self._trusted)
        checks = [(i, "page", person) for i in PER_PAGE] if person else []
        checks += [(i, "address", address) for i in PER_ADDRESS]
        return all([await self._limiter.hit(item, kind, key) for item, kind, key in checks])


def client_address(request: Request, trusted: frozenset[str]) -> str:
    """The client's address, its IPv6 network of /64; forwarded ones only from trusted proxies."""
    host = request.client.host if request.client else ""
    if host in trusted:
        forwarded = request.headers.get("x-forwarded-for", "").split(",")
        host = forwarded[-1].strip() or host
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "unknown"
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


async def read_json(request: Request) -> Any:
    """The request's JSON body. Raises `TooLarge`, or `ValueError` when it is not JSON."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > MAX_BODY:
        raise TooLarge
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise TooLarge
    try:
        return json.loads(body)
    except RecursionError:
        raise ValueError("nested too deep") from None
