"""The places we ship: institutions with their sources, and who must take reports in each unit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache

import yaml

from locations.cells import KIND_NAMES
from locations.finder import Finder
from locations.place import Kind, Place, PointKind
from locations.units import DATA, new_units

SAMPLES = 300
MARK = "MẪU"
# 13/2022/QH15, article 19: commune People's Committee and commune police take reports.
REPORTS = "Điều 19 Luật Phòng, chống bạo lực gia đình (13/2022/QH15)"
CHECKED = date(2026, 11, 23)


def institutions() -> Iterator[Place]:
    """The institutions of `data/institutions.yml`, each with its source and day of checking."""
    read = yaml.safe_load((DATA / "institutions.yml").read_text(encoding="utf-8"))
    for row in read:
        yield Place(**row)


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
