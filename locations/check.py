"""What is wrong or old in the table, each finding with what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from locations.cells import CellFault
from locations.hours import open_times
from locations.nearest import NearestIndex, distance_km
from locations.place import Kind, Place, PointKind, Visibility
from locations.units import new_units

# A place is fresh for a year after it was checked.
FRESH = timedelta(days=365)
TWINS_KM = 0.2
# A point this much nearer to another unit's centre than to its own is asked about, in km.
WRONG_UNIT_KM = 8.0
# The province and its islands, in decimal degrees (see the README of the units file).
LATITUDES, LONGITUDES = (9.0, 11.0), (103.3, 105.7)


@dataclass(frozen=True)
class Finding:
    """One thing to look at."""

    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


def is_fresh(place: Place, today: date) -> bool:
    """Whether the place was checked within a year."""
    return place.assured_date is not None and today - place.assured_date <= FRESH


def check(places: Sequence[Place], today: date) -> Iterator[Finding]:
    """Stale, without phone, hours to read again, outside, twins within 200 m, wrong unit."""
    for place in places:
        if not is_fresh(place, today):
            when = place.assured_date.strftime("%d/%m/%Y") if place.assured_date else "chưa lần nào"
            yield Finding(place.id, f"kiểm tra lần cuối {when}: gọi lại rồi ghi ngày mới")
        if not (place.phones or place.is_sample) and place.kind != Kind.AUTHORITY:
            yield Finding(place.id, "không có số điện thoại: bổ sung")
        yield from _hours(place)
        yield from _where(place)
    yield from _twins([p for p in places if p.point == PointKind.EXACT])


def _hours(place: Place) -> Iterator[Finding]:
    """Hours that were read by an earlier rule: who asks would be told open when it is closed."""
    try:
        again = open_times(place.schedule)
    except CellFault as fault:
        yield Finding(place.id, f"giờ mở «{place.schedule}»: {fault}")
        return
    if place.schedule and again != place.open_times:
        yield Finding(place.id, f"giờ mở «{place.schedule}» nay được đọc khác: nạp lại dòng này")


def _where(place: Place) -> Iterator[Finding]:
    home = place.province == "An Giang"
    if home and place.visibility != Visibility.PUBLIC and place.unit_code not in new_units():
        yield Finding(
            place.id, "không công khai mà thiếu xã, phường: không chỉ được cho ai, bổ sung"
        )
    if place.latitude is None or place.longitude is None or place.province != "An Giang":
        return
    spot = (place.latitude, place.longitude)
    if not (LATITUDES[0] <= spot[0] <= LATITUDES[1] and LONGITUDES[0] <= spot[1] <= LONGITUDES[1]):
        yield Finding(place.id, "toạ độ nằm ngoài tỉnh: xem lại")
        return
    units = new_units()
    own = units.get(place.unit_code)
    if own is None or place.point != PointKind.EXACT:
        return
    nearest = min(units.values(), key=lambda u: distance_km(spot, (u.lat, u.lon)))
    away = distance_km(spot, (own.lat, own.lon))
    if away - distance_km(spot, (nearest.lat, nearest.lon)) > WRONG_UNIT_KM:
        yield Finding(
            place.id,
            f"toạ độ cách {own.kind} {own.name} {away:.0f} km, gần {nearest.kind} {nearest.name}"
            " hơn: xem lại xã hoặc toạ độ",
        )


def _twins(places: list[Place]) -> Iterator[Finding]:
    spots = [(p.latitude or 0.0, p.longitude or 0.0) for p in places]
    index = NearestIndex(spots)
    for i, place in enumerate(places):
        for near in index.nearest(*spots[i], 3):
            if near.index > i and near.km <= TWINS_KM:
                other = places[near.index].id
                yield Finding(place.id, f"cách {other} dưới 200 m: một nơi ghi hai lần?")
