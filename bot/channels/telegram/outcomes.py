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
MARGIN = 0.1  # seconds beyond what a 429 asks for
LONGEST_WAIT = 30.0 + MARGIN  # seconds; a person does not wait longer for a reply
URGENT_WAIT = 300.0  # seconds; whoever is in danger still wants the numbers
REPEATED = (Outcome.THROTTLED, Outcome.TRANSIENT)


@dataclass(frozen=True)
class Result:
    """The outcome, and what Telegram gave back when it was `SENT`."""

    outcome: Outcome
    value: Any = None
    error: str = ""


async def attempt(
    call: Callable[[], Awaitable[Any]],
    *,
    urgent: bool = False,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Result:
    """Make a call, obeying 429 and repeating what may be repeated.

    A call that timed out may have been done: it is repeated only when `urgent` (replies to danger,
    where twice is better than never). What is urgent waits out every 429 besides, `URGENT_WAIT`
    seconds in all, and goes out then. Never raises for anything Telegram does.
    """
    number, left = 0, URGENT_WAIT
    while True:
        try:
            return Result(Outcome.SENT, await call())
        except TelegramError as error:
            result, wait = _judge(error, number)
        if urgent and result.outcome is Outcome.THROTTLED and left > 0:
            wait = min(wait, left)
            left -= wait
        else:
            number += 1
            repeats = result.outcome in REPEATED or (urgent and result.outcome is Outcome.UNKNOWN)
            if not repeats or number == TRIES or wait > LONGEST_WAIT:
                return result
        await sleep(wait)


def seconds_of(error: RetryAfter) -> float:
    """How long Telegram asks to wait, in seconds, however the library says it."""
    after = error.retry_after
    return after.total_seconds() if isinstance(after, timedelta) else float(after)


def _judge(error: TelegramError, number: int) -> tuple[Result, float]:
    """The outcome of one failure, and the seconds to wait before a next try."""
    name = type(error).__name__
    if isinstance(error, Forbidden | ChatMigrated):
        return Result(Outcome.UNREACHABLE, error=name), 0.0
    if isinstance(error, RetryAfter):
        return Result(Outcome.THROTTLED, error=name), seconds_of(error) + MARGIN
    if isinstance(error, BadRequest | InvalidToken):  # BadRequest is a NetworkError: judged first
        return Result(Outcome.REJECTED, error=name), 0.0
    if isinstance(error, TimedOut):
        return Result(Outcome.UNKNOWN, error=name), BACKOFF
    if isinstance(error, NetworkError):
        return Result(Outcome.TRANSIENT, error=name), BACKOFF * 2**number
    return Result(Outcome.REJECTED, error=name), 0.0
