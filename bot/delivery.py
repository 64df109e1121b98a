"""The contract between campaigns and the channels that can write to somebody first.

A campaign hands a `Notice` to a `Carrier` and gets back one of a closed list of outcomes; neither
side knows the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from bot.messages import Choice


class Outcome(StrEnum):
    """Every way a call to a platform can end; callers switch on these, not on HTTP codes."""

    SENT = "sent"
    UNREACHABLE = "unreachable"  # blocked, deactivated, kicked: never try again
    THROTTLED = "throttled"  # the platform asks to wait
    TRANSIENT = "transient"  # 5xx or no connection: not delivered, may be repeated
    NOT_TRIED = "not_tried"  # no turn came for it: the platform was not asked
    REJECTED = "rejected"  # our fault: repeating changes nothing
    UNKNOWN = "unknown"  # timed out: it may have arrived


@dataclass(frozen=True, slots=True)
class Notice:
    """One message that nobody asked for this minute: delivered without a sound by default."""

    text: str
    choices: tuple[Choice, ...] = ()
    picture: Path | None = None
    silent: bool = True


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of one notice.

    `retry_after` is in seconds (THROTTLED, NOT_TRIED); `moved_to` is the person's new platform id
    when the platform says that the chat has moved (TRANSIENT: to be sent there); `doubt` says of
    what may be repeated (TRANSIENT) that it may have arrived; `error` is a class name.
    """

    outcome: Outcome
    error: str = ""
    retry_after: float = 0.0
    doubt: bool = False
    moved_to: str | None = field(default=None, repr=False)


class Carrier(Protocol):
    """A channel that can be written to."""

    @property
    def channel(self) -> str:
        """The channel's name, as in `Inbound.channel`."""

    @property
    def rate(self) -> float:
        """Notices per second that may go out over all processes; 0 for no limit."""

    async def deliver(self, person: str, notice: Notice) -> Delivered:
        """Try once to hand over one notice. Never raises for anything the platform does.

        Returns as soon as the outcome is known: what is done while the caller does not know it
        yet is done twice when the process is killed.
        """
