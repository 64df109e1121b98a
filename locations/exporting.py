"""Writing the table as offices and directories read it: XLSX, CSV, GeoJSON, HSDS 3 JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from locations import cells
from locations.place import Kind, Place, PointKind, Visibility
from locations.sheet import COLUMNS
from locations.units import new_units

# For the public: what is hidden stays out, and a by-phone-only place has no address and no point.
FORMULA = ("=", "+", "-", "@")


def row_of(place: Place, public: bool = False) -> dict[str, str]:
    """A place as the cells of a sheet. With `public`, nothing that may only be told by phone."""
    units = new_units()
    unit = units.get(place.unit_code)
    told = not public or place.visibility == Visibility.PUBLIC
    has_point = place.latitude is not None and place.point == PointKind.EXACT and told
    assured = place.assured_date
    return {
        "id": place.id, "name": place.name, "kind": cells.KIND_NAMES[Kind(place.kind)],
        "organization": place.organization, "address": place.address if told else "",
        "unit": f"{unit.kind} {unit.name}" if unit else "", "old_unit": place.old_unit,
        "province": place.province,
        "point": f"{place.latitude}, {place.longitude}" if has_point else "",
        "phones": "; ".join(cells.dialled(p) for p in place.phones),
        "schedule": place.schedule, "holidays": place.holidays,
        "takes_in": ", ".join(cells.WHO[w] for w in place.takes_in),
        "languages": place.languages, "cost": place.cost, "capacity": place.capacity,
        "visibility": cells.SHOWN[Visibility(place.visibility)],
        "assured_date": assured.strftime("%d/%m/%Y") if assured else "",
        "assured_by": place.assured_by, "source": place.source,
        "is_sample": "MẪU" if place.is_sample else "",
    }  # fmt: skip


def write(places: Sequence[Place], path: Path, public: bool = True) -> int:
    """Write places to `path`; the form follows its ending. Returns how many were written.

    A public file leaves out hidden places, and the address and point of by-phone-only ones.
    Raises `ValueError` for an ending that is not known.
    """
    forms: dict[str, Callable[[list[Place], bool], bytes]] = {
        ".xlsx": xlsx, ".csv": csv_file, ".geojson": geojson, ".json": hsds,
    }  # fmt: skip
    form = forms.get(path.suffix.lower())
    if form is None:
        raise ValueError(f"{path.name}: give a file that ends in {', '.join(forms)}")
    shown = [p for p in places if not public or p.visibility != Visibility.HIDDEN]
    path.write_bytes(form(shown, public))
    return len(shown)


def xlsx(places: list[Place], public: bool) -> bytes:
    """A workbook with one sheet of places; no cell is a formula."""
    book = Workbook()
    sheet = book.active
    head(sheet)
    for at, place in enumerate(places, 2):
        for column, said in enumerate(row_of(place, public).values(), 1):
            cell = sheet.cell(at, column)
            cell.value = said
            cell.data_type = "s"
    return _bytes(book)


def head(sheet: Worksheet) -> None:
    """The header row, fixed while scrolling."""
    sheet.title = "Địa điểm"
    for column, (_, header, _) in enumerate(COLUMNS, 1):
        cell = sheet.cell(1, column, header)
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor="2F5D62")
        sheet.column_dimensions[cell.column_letter].width = max(14, len(header) + 4)
    sheet.freeze_panes = "C2"


def csv_file(places: list[Place], public: bool) -> bytes:
    """CSV in UTF-8 that spreadsheets open; a cell that begins like a formula is marked as text."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(header for _, header, _ in COLUMNS)
    for place in places:
        said = row_of(place, public).values()
        writer.writerow(f"'{c}" if c.startswith(FORMULA) else c for c in said)
    return out.getvalue().encode("utf-8-sig")


def geojson(places: list[Place], public: bool) -> bytes:
    """A FeatureCollection (RFC 7946); what has no point that may be told has a null geometry."""
    features = []
    for place in places:
        told = place.latitude is not None and not (public and place.visibility != Visibility.PUBLIC)
        spot = {"type": "Point", "coordinates": [place.longitude, place.latitude]}
        said = {k: v for k, v in row_of(place, public).items() if k != "point" and v}
        said["point_kind"] = place.point
        features.append(
            {"type": "Feature", "id": place.id, "geometry": spot if told else None,
             "properties": said}
        )  # fmt: skip
    return _json({"type": "FeatureCollection", "features": features})


def hsds(places: list[Place], public: bool) -> bytes:
    """Open Referral HSDS 3: a list of services, each with its organization, location, phones."""
    return _json([_service(place, public) for place in places])


def _service(place: Place, public: bool) -> dict[str, Any]:
    told = not public or place.visibility == Visibility.PUBLIC
    address = {"address_1": place.address, "state_province": place.province, "country": "VN"}
    location: dict[str, Any] = {"id": f"{place.id}-location", "location_type": "physical"}
    if told:
        location |= {"latitude": place.latitude, "longitude": place.longitude}
        location["addresses"] = [address | {"address_type": "physical"}] if place.address else []
    days = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
    return {
        "id": place.id, "name": place.name, "status": "active",
        "organization": {"id": f"{place.id}-organization",
                         "name": place.organization or place.name},
        "fees_description": place.cost,
        "assured_date": place.assured_date.isoformat() if place.assured_date else None,
        "assurer_email": None,
        "eligibility_description": ", ".join(cells.WHO[w] for w in place.takes_in),
        "phones": [{"number": p} for p in place.phones],
        "schedules": [
            {"freq": "WEEKLY", "byday": days[d], "opens_at": _clock(a), "closes_at": _clock(b)}
            for d, a, b in place.open_times
        ],
        "service_at_locations": [{"id": f"{place.id}-at", "location": location}],
        "attributes": [{"label": "kind", "value": place.kind},
                       {"label": "visibility", "value": place.visibility},
                       {"label": "sample", "value": place.is_sample}],
    }  # fmt: skip


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _bytes(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
