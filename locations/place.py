"""A place people can go to, free of any database. Fields follow HSDS 3 names where it has one."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, fields
from datetime import date


class Kind(enum.StrEnum):
    """What a place is."""

    TRUSTED_ADDRESS = "trusted_address"
    SHELTER = "shelter"
    ONE_STOP_CENTRE = "one_stop_centre"
    AUTHORITY = "authority"
    HEALTH = "health"
    LEGAL_AID = "legal_aid"


class Visibility(enum.StrEnum):
    """How much of a place may be told: `PHONE_ONLY` never its address or point."""

    PUBLIC = "public"
    PHONE_ONLY = "phone_only"
    HIDDEN = "hidden"


class PointKind(enum.StrEnum):
    """What a point is: of the house itself, of its unit's centre, or of an area without a house."""

    EXACT = "exact"
    APPROXIMATE = "approximate"
    AREA = "area"


@dataclass(eq=False)
class Place:
    """One place.

    `latitude`, `longitude` are decimal degrees (WGS 84); `phones` are E.164 or short numbers, most
    useful first; `open_times` is `schedule` as read: ``[weekday, from minute, to minute]`` with
    Monday 0; `takes_in` are women, children, men, elders, foreigners (empty: not said).
    """

    id: str
    name: str = field(repr=False)
    kind: str
    organization: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    unit_code: str = ""
    old_unit: str = ""
    province: str = "An Giang"
    latitude: float | None = field(default=None, repr=False)
    longitude: float | None = field(default=None, repr=False)
    point: str = ""
    phones: list[str] = field(default_factory=list, repr=False)
    schedule: str = ""
    open_times: list[list[int]] = field(default_factory=list, repr=False)
    holidays: str = ""
    takes_in: list[str] = field(default_factory=list)
    languages: str = ""
    cost: str = ""
    capacity: str = ""
    visibility: str = Visibility.PUBLIC.value
    assured_date: date | None = None
    assured_by: str = ""
    source: str = ""
    is_sample: bool = False

    def values(self) -> dict[str, object]:
        """Every field with its value, for comparing and exporting."""
        return {f.name: getattr(self, f.name) for f in fields(self)}
