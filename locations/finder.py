"""Which places to show somebody: nearest first, fit for them, open when they ask."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from locations.check import is_fresh
from locations.nearest import NearestIndex, direction
from locations.place import Kind, Place, PointKind, Visibility
from locations.units import new_units

HERE = ZoneInfo("Asia/Ho_Chi_Minh")
NIGHT = (21, 6)  # hours between which only what is open helps
# Beyond this the one-stop centre and the numbers come first, in km.
FAR = 40.0
LOOKED_AT = 40
# How far a place is whose point may not be told is said in steps of this many km.
ROUGH_KM = 5
SAFE_KINDS = frozenset({Kind.TRUSTED_ADDRESS, Kind.SHELTER, Kind.ONE_STOP_CENTRE})


@dataclass(frozen=True, slots=True)
class Found:
    """A place with its great-circle distance in km, the rough direction, and what to know of it.

    Of a place that is not public, `km` is to the centre of its unit, rounded up to `ROUGH_KM`, and
    `direction` is empty: nothing here tells more of its point than its unit does.
    """

    place: Place
    km: float | None
    direction: str
    is_open: bool | None
    is_fresh: bool


class Finder:
    """Answers "what is near" from the places as they are; made anew when the table changes."""

    def __init__(self, places: Iterable[Place], demo: bool = False) -> None:
        shown = [
            p for p in places if p.visibility != Visibility.HIDDEN and (demo or not p.is_sample)
        ]
        self._placed = [(p, spot) for p in shown if (spot := told_point(p)) is not None]
        self._index = NearestIndex([spot for _, spot in self._placed])
        self.places = shown

    def nearest(
        self,
        lat: float,
        lon: float,
        count: int = 3,
        kinds: frozenset[str] | None = None,
        who: frozenset[str] = frozenset(),
        now: datetime | None = None,
    ) -> list[Found]:
        """The best `count` places from a point (decimal degrees), best first.

        `who` are groups of `takes_in` that must not be turned away. Fresh comes before stale; at
        night what is open comes before what is closed; then the nearer.
        """
        now = (now or datetime.now(HERE)).astimezone(HERE)
        wanted = kinds or frozenset(SAFE_KINDS)
        found: list[tuple[float, Found]] = []
        looked = LOOKED_AT
        while True:
            near = self._index.nearest(lat, lon, looked)
            found = [
                (n.km, self._found(n.index, n.km, (lat, lon), now))
                for n in near
                if self._placed[n.index][0].kind in wanted and takes(self._placed[n.index][0], who)
            ]
            if len(found) >= 4 * count or len(near) < looked:
                break
            looked *= 4
        night = now.hour >= NIGHT[0] or now.hour < NIGHT[1]
        found.sort(key=lambda f: (not f[1].is_fresh, night and f[1].is_open is False, f[0]))
        close = [f for km, f in found if km <= FAR]
        return (close or [f for _, f in found])[:count]

    def by_phone(self, province: str | None = None) -> list[Place]:
        """Places without a point to measure from that have a phone, those of `province` first."""
        unplaced = [p for p in self.places if told_point(p) is None and p.phones]
        return sorted(unplaced, key=lambda p: p.province != province)

    def _found(self, at: int, km: float, origin: tuple[float, float], now: datetime) -> Found:
        place, spot = self._placed[at]
        opened, fresh = is_open(place, now), is_fresh(place, now.date())
        if place.visibility != Visibility.PUBLIC:
            return Found(place, rough_km(km), "", opened, fresh)
        return Found(place, km, direction(origin, spot), opened, fresh)


def told_point(place: Place) -> tuple[float, float] | None:
    """From where distances to a place are measured, in decimal degrees; None: from nowhere.

    A place that is not public is measured from the centre of its unit. From its own point three
    questions would find the house, and even the order of places would narrow it down.
    """
    if place.visibility != Visibility.PUBLIC:
        unit = new_units().get(place.unit_code)
        return (unit.lat, unit.lon) if unit else None
    if place.latitude is None or place.longitude is None:
        return None
    return place.latitude, place.longitude


def rough_km(km: float) -> float:
    """A distance rounded up to the next `ROUGH_KM`, at least one of them."""
    return max(1, math.ceil(km / ROUGH_KM)) * float(ROUGH_KM)


def takes(place: Place, who: frozenset[str]) -> bool:
    """Whether a place takes these people in, as far as it says."""
    return not place.takes_in or who <= set(place.takes_in)


def is_open(place: Place, now: datetime) -> bool | None:
    """Whether a place is open at `now` (any zone); None when its hours are not known."""
    if not place.open_times:
        return None
    here = now.astimezone(HERE)
    minute, day = here.hour * 60 + here.minute, here.weekday()
    return any(_within(day, minute, times) for times in place.open_times)


def _within(day: int, minute: int, times: Sequence[int]) -> bool:
    weekday, start, end = times
    if start < end:
        return day == weekday and start <= minute < end
    # Open past midnight: the evening of its day, or the morning after.
    return (day == weekday and minute >= start) or (day == (weekday + 1) % 7 and minute < end)


def map_link(place: Place) -> str | None:
    """A map link (OpenStreetMap) for a place whose very point may be told; None for others."""
    if place.visibility != Visibility.PUBLIC or place.point != PointKind.EXACT:
        return None
    spot = f"{place.latitude}/{place.longitude}"
    return (
        f"https://www.openstreetmap.org/?mlat={place.latitude}&mlon={place.longitude}#map=16/{spot}"
    )
