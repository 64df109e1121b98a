"""The places we ship: institutions with their sources, and who must take reports in each unit.

Each institution in the file carries the fingerprint of every version that was ever shipped. A row
of the table with one of them was never edited by staff, so a correction may replace it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from typing import Any

import yaml

from locations.cells import KIND_NAMES
from locations.check import Finding
from locations.finder import Finder
from locations.place import Kind, Place, PointKind, Visibility
from locations.units import DATA, new_units

SAMPLES = 300
MARK = "MẪU"
# 13/2022/QH15, article 19: commune People's Committee and commune police take reports.
REPORTS = "Điều 19 Luật Phòng, chống bạo lực gia đình (13/2022/QH15)"
CHECKED = date(2026, 11, 23)


def institutions() -> Iterator[Place]:
    """The institutions of `data/institutions.yml`, each with its source and day of checking."""
    for row in _rows():
        yield Place(**{k: v for k, v in row.items() if k != "versions"})


def versions() -> dict[str, list[str]]:
    """Fingerprints of the versions of each institution ever shipped, oldest first, by id."""
    return {row["id"]: row["versions"] for row in _rows()}


def fingerprint(place: Place) -> str:
    """A short mark of all that a place says; a field left at its default does not count, so that
    a field added later changes no mark."""
    default = Place(id="", name="", kind="").values()
    said = {k: v for k, v in place.values().items() if v != default[k]}
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def corrections(table: Iterable[Place]) -> tuple[list[Place], list[Finding]]:
    """What the shipped institutions of today change in the table.

    Returns the institutions that replace a row nobody edited, and a finding for each row that
    staff edited and that differs: it stays. A row that is hidden, or was checked after ours, is
    the better knowledge and is not spoken of.
    """
    rows, known = {p.id: p for p in table}, versions()
    fresh: list[Place] = []
    kept: list[Finding] = []
    for ours in institutions():
        row = rows.get(ours.id)
        if row is None or (mark := fingerprint(row)) == fingerprint(ours):
            continue
        if mark in known[ours.id]:
            fresh.append(ours)
        elif row.visibility != Visibility.HIDDEN and not _later(row.assured_date, ours):
            differs = ", ".join(k for k, v in ours.values().items() if row.values()[k] != v)
            what = f"đã được sửa nên giữ nguyên, khác bản đi kèm ở {differs}: gọi lại, ghi ngày mới"
            kept.append(Finding(row.id, what))
    return fresh, kept


def _later(checked: date | None, ours: Place) -> bool:
    return checked is not None and ours.assured_date is not None and checked > ours.assured_date


def _rows() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = yaml.safe_load(
        (DATA / "institutions.yml").read_text(encoding="utf-8")
    )
    return rows


def authorities() -> Iterator[Place]:
    """Two rows for each unit of today, at the unit's centre: an area, never an address."""
    for unit in new_units().values():
        for key, name in (("ub", "Uỷ ban nhân dân"), ("ca", "Công an")):
            yield Place(
                id=f"{key}-{unit.code}",
                name=f"{name} {unit.kind} {unit.name}",
                kind=Kind.AUTHORITY.value,
                unit_code=unit.code,
                latitude=unit.lat,
                longitude=unit.lon,
                point=PointKind.AREA.value,
                phones=["113"] if key == "ca" else [],
                takes_in=["women", "children", "men", "elders", "foreigners"],
                assured_date=CHECKED,
                assured_by="An Tâm",
                source=REPORTS,
            )


@lru_cache(maxsize=1)
def shipped_finder() -> Finder:
    """What is found when there is no table yet: institutions and the authorities of each unit."""
    return Finder([*institutions(), *authorities()])


def samples() -> Iterator[Place]:
    """Made-up rows for trying out, spread over all units and marked; never served as real."""
    units = list(new_units().values())
    kinds = (Kind.TRUSTED_ADDRESS, Kind.SHELTER, Kind.TRUSTED_ADDRESS)
    for i in range(SAMPLES):
        unit, kind = units[i % len(units)], kinds[i // len(units)]
        yield Place(
            id=f"mau-{i + 1:03d}",
            name=f"{MARK} {i + 1:03d}: {KIND_NAMES[kind].lower()} {unit.name}",
            kind=kind.value,
            address=f"{MARK}, không có thật",
            unit_code=unit.code,
            latitude=round(unit.lat + ((i * 7) % 11 - 5) * 0.003, 5),
            longitude=round(unit.lon + ((i * 5) % 13 - 6) * 0.003, 5),
            point=PointKind.APPROXIMATE.value,
            schedule="24/7" if i % 2 else "7h-17h",
            open_times=[[d, 0, 1440] if i % 2 else [d, 420, 1020] for d in range(7)],
            takes_in=["women", "children"],
            visibility="phone_only" if i % 10 == 9 else "public",
            assured_date=CHECKED,
            assured_by=MARK,
            source=f"{MARK}: dòng bịa để thử, không phải nơi có thật",
            is_sample=True,
        )
