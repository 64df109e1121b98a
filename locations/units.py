"""Administrative units, old and new, and landmarks: what people name to say where they are."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Unit:
    """A named spot of the gazetteer.

    `level` is ``new``, ``old_commune``, ``old_district``, ``old_province`` or ``landmark``; `lat`
    and `lon` are decimal degrees of a centre, never of an address; `now` are the codes of the new
    units it lies in.
    """

    name: str
    kind: str
    level: str
    lat: float
    lon: float
    code: str = ""
    district: str = ""
    old_province: str = ""
    now: tuple[str, ...] = ()
    aliases: tuple[str, ...] = field(default=())

    @property
    def key(self) -> str:
        """A short ASCII name that finds the unit again: level and code."""
        return f"{self.level.removeprefix('old_')[0]}{self.code}"

    @property
    def title(self) -> str:
        """The name as people read it: ``xã Chợ Mới``, ``huyện Chợ Mới (cũ)``."""
        if self.level == "landmark":
            return self.name
        old = "" if self.level == "new" else " (cũ)"
        where = f", {self.district}" if self.district else ""
        return f"{self.kind} {self.name}{where}{old}"


@lru_cache(maxsize=1)
def load_units() -> tuple[Unit, ...]:
    """All units of the province and its landmarks. Sources stand in the data files."""
    read: dict[str, Any] = json.loads((DATA / "units.json").read_text(encoding="utf-8"))
    units = [
        Unit(
            u["name"], u["kind"], u["level"], u["lat"], u["lon"], u["code"],
            u.get("district", ""), u.get("old_province", ""), tuple(u["now"]),
        )
        for u in read["units"]
    ]  # fmt: skip
    return (*units, *_landmarks(units))


@lru_cache(maxsize=1)
def new_units() -> dict[str, Unit]:
    """The units of today by code."""
    return {u.code: u for u in load_units() if u.level == "new"}


@lru_cache(maxsize=1)
def units_by_key() -> dict[str, Unit]:
    """Every unit that has a code, by its `key`."""
    return {u.key: u for u in load_units() if u.code}


def _landmarks(units: list[Unit]) -> list[Unit]:
    """Landmarks at the centre of the old unit their source names: good for "near", no address.

    Raises `KeyError` for a row whose unit is not there.
    """
    with (DATA / "landmarks.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    old = {f"{u.kind} {u.name}, {u.district or u.old_province}": u for u in units
           if u.level in ("old_commune", "old_district")}  # fmt: skip
    found = []
    for row in rows:
        unit = old[row["lies_in"]]
        aliases = tuple(a for a in row["aliases"].split("|") if a)
        district = unit.name if unit.level == "old_district" else unit.district
        found.append(
            Unit(row["name"], row["kind"], "landmark", unit.lat, unit.lon, "", district,
                 unit.old_province, unit.now, aliases)
        )  # fmt: skip
    return found


def read_pairs(name: str) -> dict[str, str]:
    """A two-column table of `data/`: first column to second, comments left out."""
    pairs = {}
    for line in (DATA / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            said, _, meant = line.partition("\t")
            pairs[said] = meant
    return pairs
