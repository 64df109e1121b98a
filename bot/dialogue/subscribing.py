"""What a flow may know and do about somebody's subscription, wherever it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

HOURS = ("morning", "noon", "evening")


@dataclass(frozen=True, slots=True)
class Signed:
    """A subscription as its person sees it; empty means no wish of their own."""

    paused: bool = False
    unit: str = ""
    topics: frozenset[str] = frozenset()
    hour: str = ""


class Subscribing(Protocol):
    """Subscriptions of people, by channel and person."""

    def reaches(self, channel: str) -> bool:
        """Whether people of this channel can be written to at all."""

    async def of(self, channel: str, person: str) -> Signed | None:
        """The person's subscription, or None."""

    async def is_quiet(self, channel: str, person: str) -> bool:
        """Whether this chat met danger or asked for a shelter: nothing is offered there."""

    async def start(self, channel: str, person: str) -> bool:
        """Subscribe. False in a quiet chat, where nothing is begun."""

    async def wish(
        self,
        channel: str,
        person: str,
        *,
        unit: str | None = None,
        topics: frozenset[str] | None = None,
        hour: str | None = None,
    ) -> bool:
        """Change what is given. False when there is no subscription."""

    async def stop(self, channel: str, person: str) -> bool:
        """End it, with everything still waiting. False when there was none."""

    async def resume(self, channel: str, person: str) -> bool:
        """Go on after a pause. False when there was nothing paused."""

    async def quieten(self, channel: str, person: str) -> bool:
        """This chat met danger: pause what is active. True when something was paused."""


class Nowhere:
    """No channel can be written to: without a database, in the terminal, in tests."""

    def reaches(self, channel: str) -> bool:
        """Never."""
        return False

    async def of(self, channel: str, person: str) -> Signed | None:
        """Nobody is subscribed."""
        return None

    async def is_quiet(self, channel: str, person: str) -> bool:
        """Nothing is known."""
        return False

    async def start(self, channel: str, person: str) -> bool:
        """Not possible."""
        return False

    async def wish(
        self,
        channel: str,
        person: str,
        *,
        unit: str | None = None,
        topics: frozenset[str] | None = None,
        hour: str | None = None,
    ) -> bool:
        """Not possible."""
        return False

    async def stop(self, channel: str, person: str) -> bool:
        """There was none."""
        return False

    async def resume(self, channel: str, person: str) -> bool:
        """There was none."""
        return False

    async def quieten(self, channel: str, person: str) -> bool:
        """There was none."""
        return False
