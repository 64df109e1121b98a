"""Comparing a sheet with the table: what is created, changed, unchanged, refused, and missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from locations import cells
from locations.cells import CellFault
from locations.gazetteer import gazetteer
from locations.hours import open_times
from locations.nearest import distance_km
from locations.place import Place, PointKind, Visibility
from locations.sheet import COLUMNS, Row, Sheet
from locations.units import Unit, new_units
from nlu.vietnamese import unaccent

HEADERS = {field: header for field, header, _ in COLUMNS}
MOST = {"name": 200, "organization": 200, "address": 300, "old_unit": 80, "languages": 100,
        "cost": 100, "capacity": 200, "assured_by": 120, "source": 500, "holidays": 100,
        "province": 40}  # fmt: skip
HOME = "An Giang"
# A point further from its unit's centre is a slip; the islands of one unit lie up to 30 km apart.
FAR_FROM_UNIT_KM = 60.0
# Left empty, these leave a known place as it was: nothing is published by an empty cell.
GUARDED = ("visibility", "is_sample")


@dataclass(frozen=True)
class Remark:
    """A cell to look at: where it stands, what it says, and what to do."""

    row: int
    column: str
    value: str
    advice: str

    def __str__(self) -> str:
        return f"dòng {self.row}, cột «{self.column}»: «{self.value}» – {self.advice}"


@dataclass(frozen=True)
class Refusal(Remark):
    """A cell that keeps its row out."""


@dataclass(frozen=True)
class Change:
    """A place whose values differ: field to (before, after)."""

    place: Place
    differs: dict[str, tuple[Any, Any]]


@dataclass
class Plan:
    """What an import would do; `apply` it or only show it."""

    created: list[Place] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)
    # Empty cells that would have made a place more widely shown: it stays as it was.
    kept: list[Remark] = field(default_factory=list)
    # Places of the table that the file does not name: reported, never deleted.
    missing: list[Place] = field(default_factory=list)


def plan(sheet: Sheet, existing: Iterable[Place]) -> Plan:
    """Compare a sheet with the places there are. Nothing is written."""
    made = Plan()
    known = {p.id: p for p in existing}
    by_name = {(cells.plain(p.name), p.unit_code): p for p in known.values()}
    seen: dict[str, int] = {}
    for row in sheet.rows:
        values, faults = _values(row, sheet.fields)
        place = None if faults else _known(row, values, known, by_name)
        faults = faults or list(_lacks(row, values, place))
        made.refused += faults
        if faults:
            # A row that cannot be read still names its place: that place is not missing.
            seen.setdefault(place.id if place else row.cells.get("id", ""), row.number)
            continue
        key = place.id if place else str(values.get("id") or _new_id(values))
        if key in seen:
            value = row.cells.get("name", "")
            made.refused.append(
                Refusal(row.number, HEADERS["name"], value, f"trùng với dòng {seen[key]}: bỏ một")
            )
            continue
        seen[key] = row.number
        if place is not None:
            made.kept += _guarded(row, sheet.fields, values, place)
        _add(made, place, key, values)
    made.missing = [p for p in known.values() if p.id not in seen]
    return made


def _known(
    row: Row, values: dict[str, Any], known: dict[str, Place],
    by_name: dict[tuple[str, str], Place],
) -> Place | None:  # fmt: skip
    if place := known.get(str(values.get("id", ""))):
        return place
    return by_name.get((cells.plain(row.cells["name"]), values.get("unit_code", "")))


def _lacks(row: Row, values: dict[str, Any], place: Place | None) -> Iterator[Refusal]:
    """What a place that is not public must have, in the row or in the table."""
    before = place.values() if place else {}
    now = {"visibility": Visibility.PUBLIC.value, "province": HOME} | before | values
    if now["visibility"] == Visibility.PUBLIC:
        return
    by_phone = now["visibility"] == Visibility.PHONE_ONLY and not now.get("is_sample")
    if by_phone and not now.get("phones"):
        advice = "nơi chỉ cho qua điện thoại phải có số điện thoại"
        yield Refusal(row.number, HEADERS["phones"], "", advice)
    if now["province"] == HOME and not now.get("unit_code"):
        advice = "nơi không công khai được chỉ theo xã, phường: ghi tên xã, phường"
        yield Refusal(row.number, HEADERS["unit"], "", advice)


def _guarded(row: Row, fields: set[str], values: dict[str, Any], place: Place) -> Iterator[Remark]:
    """The empty cells that would have published a place or made a sample real."""
    now = place.values() | values
    if _is_empty(row, fields, "visibility") and now["visibility"] != Visibility.PUBLIC:
        shown = cells.SHOWN
        advice = (
            f"để trống nên giữ «{shown[Visibility(place.visibility)]}» như trong bảng;"
            f" muốn đổi thì chọn «{shown[Visibility.PUBLIC]}»"
        )
        yield Remark(row.number, HEADERS["visibility"], "", advice)
    if _is_empty(row, fields, "is_sample") and place.is_sample and "is_sample" not in values:
        advice = "để trống nên vẫn là dòng mẫu như trong bảng; nơi có thật thì ghi «không»"
        yield Remark(row.number, HEADERS["is_sample"], "", advice)


def _is_empty(row: Row, fields: set[str], name: str) -> bool:
    return name in fields and not row.cells.get(name)


def _add(made: Plan, place: Place | None, key: str, values: dict[str, Any]) -> None:
    values["id"] = key
    if place is None:
        made.created.append(Place(**values))
        return
    before = place.values()
    _keep(before, values)
    differs = {f: (before[f], v) for f, v in values.items() if before[f] != v}
    if differs:
        made.changed.append(Change(place, differs))
    else:
        made.unchanged += 1


def _keep(before: dict[str, Any], values: dict[str, Any]) -> None:
    """Leave out what an empty cell must not take away.

    A public export has no address and no point of a by-phone-only place, and none at all has a
    point that is only a centre: reading it back must not lose them.
    """
    if not values.get("address"):
        values.pop("address", None)
    same_unit = values.get("unit_code", before["unit_code"]) == before["unit_code"]
    same_spot = (values.get("latitude"), values.get("longitude")) == (
        before["latitude"], before["longitude"])  # fmt: skip
    if before["point"] and (same_spot or (same_unit and values.get("point") != PointKind.EXACT)):
        for name in ("latitude", "longitude", "point"):
            values.pop(name, None)


def _values(row: Row, fields: set[str]) -> tuple[dict[str, Any], list[Refusal]]:
    """The columns of a row as values of the table, and what keeps the row out."""
    values: dict[str, Any] = {}
    faults: list[Refusal] = []

    def read(name: str, how: Callable[[str], Any], to: str = "") -> Any:
        said = row.cells.get(name, "")
        try:
            got = how(said)
        except CellFault as fault:
            faults.append(Refusal(row.number, HEADERS[name], said[:60], str(fault)))
            return None
        if name in fields:
            values[to or name] = got
        return got

    for name, most in MOST.items():
        read(name, lambda said, most=most: cells.short(said, most))  # type: ignore[misc]
    if "id" in fields and row.cells["id"]:
        read("id", _id)
    read("name", _name)
    read("kind", cells.kind)
    for name, how in (
        ("phones", cells.phones), ("takes_in", cells.takes_in), ("visibility", cells.visibility),
        ("assured_date", cells.day), ("is_sample", cells.yes), ("schedule", _schedule),
    ):  # fmt: skip
        if row.cells.get(name) or name not in GUARDED:
            read(name, how)
    if "schedule" in values:
        values["open_times"] = open_times(row.cells["schedule"])
    _settle(values)
    return values, faults + _place(row, values, fields)


def _settle(values: dict[str, Any]) -> None:
    """What follows from the cells without being said."""
    # A made-up row that lost its mark must not become a real place.
    if str(values.get("name", "")).startswith("MẪU"):
        values["is_sample"] = True
    if not values.get("province", HOME):
        values["province"] = HOME


def _place(row: Row, values: dict[str, Any], fields: set[str]) -> list[Refusal]:
    """Unit and point of a row: the cell, or the address, or the unit's centre."""
    said = row.cells.get("unit", "") or row.cells.get("old_unit", "")
    column = "unit" if "unit" in fields else "address"
    away = values.get("province", HOME) not in ("", HOME)
    try:
        spot = cells.point(row.cells.get("point", ""))
    except CellFault as fault:
        return [Refusal(row.number, HEADERS["point"], row.cells["point"][:60], str(fault))]
    unit: Unit | None = None
    if not away and ("unit" in fields or "address" in fields):
        try:
            unit = _unit(said, row.cells.get("address", ""))
        except CellFault as fault:
            return [Refusal(row.number, HEADERS[column], said[:60], str(fault))]
        values["unit_code"] = unit.code
        if spot is not None and (km := distance_km(spot, (unit.lat, unit.lon))) > FAR_FROM_UNIT_KM:
            advice = f"cách {unit.kind} {unit.name} {km:.0f} km: xem lại toạ độ hoặc xã, phường"
            return [Refusal(row.number, HEADERS["point"], row.cells["point"][:60], advice)]
    if spot is not None:
        values |= {"latitude": spot[0], "longitude": spot[1], "point": PointKind.EXACT.value}
    elif unit is not None:
        values |= {"latitude": unit.lat, "longitude": unit.lon}
        values["point"] = PointKind.APPROXIMATE.value
    if unit is not None and spot is not None and (spot[0], spot[1]) == (unit.lat, unit.lon):
        values["point"] = PointKind.APPROXIMATE.value
    values.pop("unit", None)
    return []


def _unit(said: str, address: str) -> Unit:
    found = gazetteer().locate(said or address, asked=bool(said))
    units = new_units()
    codes = [
        c
        for m in found.matches
        if m.unit.level in ("new", "old_commune") and m.score >= found.matches[0].score - 0.05
        for c in m.unit.now
    ]
    codes = list(dict.fromkeys(codes))
    exact = [c for c in codes if cells.plain(units[c].name) in cells.plain(said)]
    codes = exact or codes
    if not codes:
        what = "không thấy xã, phường này ở An Giang" if said else "thiếu xã, phường"
        raise CellFault(f"{what}: ghi tên xã, phường hiện nay, hoặc tên cũ kèm huyện")
    if len(codes) > 1:
        names = "; ".join(f"{units[c].kind} {units[c].name}" for c in codes[:4])
        raise CellFault(f"có thể là {names}: ghi rõ một nơi")
    return units[codes[0]]


def _name(said: str) -> str:
    if not said.strip():
        raise CellFault("thiếu tên: ghi tên nơi này")
    return cells.short(said, MOST["name"])


def _schedule(said: str) -> str:
    open_times(said)
    return cells.short(said, 200)


def _id(said: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}", said):
        raise CellFault("mã chỉ gồm chữ không dấu, số, gạch nối; để trống nếu chưa có")
    return said


def _new_id(values: dict[str, Any]) -> str:
    """An id from unit and name: the same row gets the same id again."""
    words = re.sub(r"[^a-z0-9]+", "-", unaccent(values["name"]).lower()).strip("-")
    return f"{values.get('unit_code') or 'xa'}-{words}"[:60].rstrip("-")
