"""Moments in Asia/Ho_Chi_Minh and as whole milliseconds; a clock that tests can set."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Protocol

from content.campaign import ZONE

# When the messages of a day reach those who chose a part of it.
HOURS = {"morning": time(7, 30), "noon": time(11, 30), "evening": time(18, 30)}


class Clock(Protocol):
    """What time it is."""

    def now(self) -> datetime:
        """The moment, with its time zone."""


class WallClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The moment, in Asia/Ho_Chi_Minh."""
        return datetime.now(ZONE)


def ms(moment: datetime) -> int:
    """A moment as whole milliseconds since 1970 (UTC)."""
    return int(moment.timestamp() * 1000)


def from_ms(milliseconds: int) -> datetime:
    """The moment behind whole milliseconds, in Asia/Ho_Chi_Minh."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).astimezone(ZONE)
