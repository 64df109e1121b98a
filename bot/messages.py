"""The vocabulary between channels and dialogue.

A channel turns what its platform delivers into an `Inbound`; the dialogue answers with a `Reply`;
the channel renders as much of it as its platform can. Neither side knows the other.

What a person wrote, where they are and who they are never show in a ``repr``: an exception that
carries one of these objects must not carry the person along.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class Media(StrEnum):
    """Kinds of input An Tâm cannot read; each gets a kind reply with the numbers."""

    VOICE = "voice"
    PHOTO = "photo"
    VIDEO = "video"
    STICKER = "sticker"
    FILE = "file"
    OTHER = "other"


class Command(StrEnum):
    """What every channel offers beside free text, under whatever name its platform gives it."""

    START = "start"
    HELP = "help"
    PLACE = "place"
    ERASE = "erase"
    LEAVE = "leave"
    SOS = "sos"
    SUBSCRIBE = "subscribe"
    STOP = "stop"


# The words people type for the commands, the same on every channel that has typed commands.
COMMAND_WORDS = {
    "start": Command.START,
    "help": Command.HELP,
    "diachi": Command.PLACE,
    "sos": Command.SOS,
    "xoa": Command.ERASE,
    "thoat": Command.LEAVE,
    "dangky": Command.SUBSCRIBE,
    "huy": Command.STOP,
}


@dataclass(frozen=True, slots=True)
class Point:
    """A place on earth in decimal degrees (WGS 84). Used for one answer, then dropped."""

    lat: float = field(repr=False)
    lon: float = field(repr=False)

    def __post_init__(self) -> None:
        if not (-90 <= self.lat <= 90 and -180 <= self.lon <= 180):
            raise ValueError("latitude must lie in -90..90 and longitude in -180..180")


@dataclass(frozen=True, slots=True)
class Inbound:
    """One thing a person sent.

    `person` tells two people of one channel apart (a chat id, a page's random key); `delivery`
    is the platform's id of this delivery, so that the same one is answered once.
    Exactly one of `text`, `choice`, `command`, `point`, `media` is meant; when several are set
    text wins over all, because a caption may carry a cry for help.
    """

    channel: str
    person: str = field(repr=False)
    text: str = field(default="", repr=False)
    choice: str | None = None
    command: Command | None = None
    point: Point | None = field(default=None, repr=False)
    media: Media | None = None
    delivery: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Citation:
    """Article of a law behind a statement, e.g. 13/2022/QH15, article 25, clause 1, point a."""

    law: str
    article: int | str
    clause: int | None = None
    point: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The public form: ``{"law","article","clause"}`` and ``"point"`` where there is one."""
        out: dict[str, Any] = {"law": self.law, "article": self.article, "clause": self.clause}
        if self.point:
            out["point"] = self.point
        return out


@dataclass(frozen=True, slots=True)
class Call:
    """A number to call, as the person sees it and as the phone dials it."""

    name: str
    number: str
    hours: str = ""
    cost: str = ""

    @property
    def dial(self) -> str:
        """The number with nothing but digits and a leading plus: fit for a ``tel:`` link."""
        return "".join(c for c in self.number if c.isdigit() or c == "+")


@dataclass(frozen=True, slots=True)
class Choice:
    """A next step the person may tap. `action` is ASCII and at most 60 bytes (Telegram's 64).

    A `quiet` choice stands back behind the others where the channel can show that.
    """

    label: str
    action: str
    card: str | None = None
    citations: tuple[Citation, ...] = ()
    quiet: bool = False

    def __post_init__(self) -> None:
        if not self.action.isascii() or not 0 < len(self.action) <= 60:
            raise ValueError(f"choice action must be 1..60 ASCII bytes: {self.action!r}")


@dataclass(frozen=True, slots=True)
class Spot:
    """A place as a reply may show it; what may not be told is not in it.

    `point` and `map_link` are there only for places whose very house may be shown; `unit` is the
    administrative unit. `distance_km` is a great-circle distance.
    """

    id: str
    name: str
    kind: str
    visibility: str
    address: str = ""
    distance_km: float | None = None
    direction: str = ""
    phones: tuple[str, ...] = ()
    hours: str = ""
    checked_on: str | None = None
    point: Point | None = field(default=None, repr=False)
    map_link: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The public form of `antam nearest` (see the README)."""
        return {
            "id": self.id, "name": self.name, "kind": self.kind, "distance_km": self.distance_km,
            "direction": self.direction, "address": self.address,
            "phone": self.phones[0] if self.phones else "", "phones": list(self.phones),
            "hours": self.hours, "checked_on": self.checked_on, "visibility": self.visibility,
            "map": self.map_link,
            "point": {"lat": self.point.lat, "lon": self.point.lon} if self.point else None,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said to one `Inbound`, free of any platform.

    `source` names what found the answer: ``danger``, ``nlu``, ``search`` or ``menu``.
    `asks_place` asks the channel to offer its location button; `erases` asks it to delete what it
    can of the chat; `leaves` asks it to help the person out of sight.
    """

    texts: tuple[str, ...]
    calls: tuple[Call, ...] = ()
    choices: tuple[Choice, ...] = ()
    topic: str | None = None
    confidence: float = 0.0
    alternatives: tuple[str, ...] = ()
    danger: str | None = None
    card: str | None = None
    citations: tuple[Citation, ...] = ()
    source: str = "menu"
    places: tuple[Spot, ...] = ()
    asks_place: bool = False
    erases: bool = False
    leaves: bool = False

    def because(self, **found: Any) -> Reply:
        """A copy that also says how it was found (topic, confidence, alternatives, source)."""
        return replace(self, **found)

    def as_json(self) -> dict[str, Any]:
        """The public JSON form of `antam ask` (see the README), without the caller's id."""
        return {
            "topic": self.topic,
            "confidence": round(self.confidence, 4),
            "alternatives": list(self.alternatives),
            "danger": self.danger or False,
            "card": self.card,
            "citations": [c.as_json() for c in self.citations],
            "reply": list(self.texts),
            "calls": [{"name": c.name, "number": c.number, "dial": c.dial} for c in self.calls],
            "choices": [
                {
                    "label": c.label,
                    "action": c.action,
                    "card": c.card,
                    "citations": [k.as_json() for k in c.citations],
                    "quiet": c.quiet,
                }
                for c in self.choices
            ],
            "places": [p.as_json() for p in self.places],
            "source": self.source,
        }
