"""What can become of a call to Telegram: a closed list, and how long to go on trying."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.delivery import Outcome

ALLOWED = 30.0  # messages a second that Telegram takes from one bot
TRIES = 4
BACKOFF = 0.5  # seconds, doubled at each try
LONGEST_WAIT = 30.0  # seconds; a person does not wait longer for a reply


@dataclass(frozen=True)
class Result:
    """The outcome, and what Telegram gave back when it was `SENT`."""

    outcome: Outcome
    value: Any = None
    error: str = ""


async def attempt(
    call: Callable[[], Awaitable[Any]],
    *,
    repeat_unknown: bool = False,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Result:
    """Make a call, obeying 429 and repeating what may be repeated.

    A call that timed out may have been done: it is repeated only with `repeat_unknown` (replies
    to danger, where twice is better than never). Never raises for anything Telegram does.
    """
    result = Result(Outcome.TRANSIENT)
    for number in range(TRIES):
        try:
            return Result(Outcome.SENT, await call())
        except TelegramError as error:
            result, wait = _judge(error, number)
            if wait is None or (result.outcome is Outcome.UNKNOWN and not repeat_unknown):
                return result
        if number + 1 < TRIES:
            await sleep(wait)
    return result


def seconds_of(error: RetryAfter) -> float:
    """How long Telegram asks to wait, in seconds, however the library says it."""
    after = error.retry_after
    return after.total_seconds() if isinstance(after, timedelta) else float(after)


def _judge(error: TelegramError, number: int) -> tuple[Result, float | None]:
    """The outcome of one failure, and the seconds to wait before the next try, if any."""
    name = type(error).__name__
    if isinstance(error, Forbidden | ChatMigrated):
        return Result(Outcome.UNREACHABLE, error=name), None
    if isinstance(error, RetryAfter):
        wait = seconds_of(error)
        return Result(Outcome.THROTTLED, error=name), wait + 0.1 if wait <= LONGEST_WAIT else None
    if isinstance(error, BadRequest | InvalidToken):  # BadRequest is a NetworkError: judged first
        return Result(Outcome.REJECTED, error=name), None
    if isinstance(error, TimedOut):
        return Result(Outcome.UNKNOWN, error=name), BACKOFF
    if isinstance(error, NetworkError):
        return Result(Outcome.TRANSIENT, error=name), BACKOFF * 2**number
    return Result(Outcome.REJECTED, error=name), None
