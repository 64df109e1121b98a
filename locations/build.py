"""Building `data/units.json` from the geography folder: new and old units, ready to be searched.

Another province needs only another folder of the same form (see its README for the sources).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

UNITS_FILE = Path(__file__).parent / "data" / "units.json"


def build(folder: Path) -> dict[str, Any]:
    """The content of the units file, from ``*-communes.json`` and ``*-old-units.json`` in `folder`.

    Points are decimal degrees (WGS 84): centres, never addresses. Raises `ValueError` saying what
    is missing.
    """
    new, old = _read(folder, "*-communes.json"), _read(folder, "*-old-units.json")
    units: list[dict[str, Any]] = []
    for u in new["units"]:
        was = u["merged_from"][0]["province"] if u["merged_from"] else new["province"]
        units.append(_unit(u, "new", [u["code"]]) | {"old_province": was})
    for province in old["provinces"]:
        units.append(_unit(province, "old_province", []))
    for district in old["districts"]:
        codes: list[str] = []
        for commune in district["communes"]:
            now = [u["code"] for u in commune["now_in"]]
            codes += now
            units.append(
                _unit(commune, "old_commune", now)
                | {"district": district["name"], "old_province": district["province"]}
            )
        inside = list(dict.fromkeys(codes))
        units.append(
            _unit(district, "old_district", inside) | {"old_province": district["province"]}
        )
    return {
        "province": new["province"],
        "valid_from": new["valid_from"],
        "source": [new["source"], old["source"]],
        "licence": "MIT (units, mapping, centres); CC BY 4.0 where centre is 'geonames'",
        "notice": sorted({new["notice"], old["notice"]}),
        "units": units,
    }


def write(folder: Path, to: Path = UNITS_FILE) -> int:
    """Build and write the units file; returns how many units it holds."""
    built = build(folder)
    to.parent.mkdir(parents=True, exist_ok=True)
    rows = ",\n".join("  " + json.dumps(u, ensure_ascii=False) for u in built.pop("units"))
    head = json.dumps(built, ensure_ascii=False, indent=1).rstrip("}\n ")
    to.write_text(f'{head},\n "units": [\n{rows}\n ]\n}}\n', encoding="utf-8")
    return rows.count("\n") + 1


def _read(folder: Path, pattern: str) -> dict[str, Any]:
    found = sorted(folder.glob(pattern))
    if not found:
        raise ValueError(f"{folder} holds no file {pattern}: give the folder of the units")
    read: dict[str, Any] = json.loads(found[0].read_text(encoding="utf-8"))
    return read


def _unit(unit: dict[str, Any], level: str, now: list[str]) -> dict[str, Any]:
    return {
        "code": unit.get("code", ""), "name": unit["name"], "kind": unit["kind"], "level": level,
        "lat": unit["lat"], "lon": unit["lon"], "centre": unit["centre_source"], "now": now,
    }  # fmt: skip
