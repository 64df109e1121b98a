"""What leaves the table: no address that may only be told by phone, no formula, valid forms."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import openpyxl
import pytest

from locations import template
from locations.exporting import write
from locations.place import Place, PointKind, Visibility
from locations.sheet import read
from locations.units import new_units

UNIT = next(iter(new_units().values()))
SECRET, POINT = "hẻm bí mật 7391", (10.391739, 105.417391)
FORMS = ("xlsx", "csv", "geojson", "json")


def kept(visibility: Visibility) -> Place:
    return Place(
        id="kept", name="Nhà tạm lánh thử", kind="shelter", address=SECRET, unit_code=UNIT.code,
        latitude=POINT[0], longitude=POINT[1], point=PointKind.EXACT.value,
        phones=["+84912345678"], visibility=visibility.value, organization="=cmd()",
        open_times=[[0, 420, 1020]], schedule="T2 7h-17h",
    )  # fmt: skip


def text_of(path: Path) -> str:
    if path.suffix != ".xlsx":
        return path.read_text(encoding="utf-8-sig")
    with zipfile.ZipFile(path) as book:
        return "".join(book.read(n).decode("utf-8") for n in book.namelist() if n.endswith("xml"))


@pytest.mark.parametrize("form", FORMS)
def test_a_by_phone_only_address_is_in_no_public_file(form: str, tmp_path: Path) -> None:
    path = tmp_path / f"out.{form}"
    assert write([kept(Visibility.PHONE_ONLY)], path, public=True) == 1
    told = text_of(path)
    assert SECRET not in told
    assert "10.39" not in told
    assert "105.41" not in told
    assert "912" in told
    write([kept(Visibility.PHONE_ONLY)], path, public=False)
    assert SECRET in text_of(path)


@pytest.mark.parametrize("form", FORMS)
def test_a_hidden_place_is_in_no_public_file(form: str, tmp_path: Path) -> None:
    path = tmp_path / f"out.{form}"
    assert write([kept(Visibility.HIDDEN)], path, public=True) == 0
    assert "tạm lánh thử" not in text_of(path)


def test_nothing_becomes_a_formula(tmp_path: Path) -> None:
    for name in ("out.xlsx", "out.csv"):
        write([kept(Visibility.PUBLIC)], tmp_path / name)
        assert read(tmp_path / name).rows[0].cells["organization"] == "=cmd()"
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0]
    assert "f" not in {c.data_type for row in sheet.iter_rows() for c in row}
    assert "'=cmd()" in text_of(tmp_path / "out.csv")


def test_geojson_and_hsds_have_their_shapes(tmp_path: Path) -> None:
    write([kept(Visibility.PUBLIC)], tmp_path / "out.geojson")
    feature = json.loads(text_of(tmp_path / "out.geojson"))["features"][0]
    assert feature["geometry"] == {"type": "Point", "coordinates": [POINT[1], POINT[0]]}
    write([kept(Visibility.PUBLIC)], tmp_path / "out.json")
    service = json.loads(text_of(tmp_path / "out.json"))[0]
    assert {"id", "name", "status", "organization", "phones", "schedules"} <= set(service)
    assert service["schedules"][0]["byday"] == "MO"
    assert service["service_at_locations"][0]["location"]["latitude"] == POINT[0]


def test_an_unknown_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="xlsx"):
        write([], tmp_path / "out.docx")


def test_the_template_guides_and_reads_back(tmp_path: Path) -> None:
    template.write(tmp_path / "mau.xlsx")
    book = openpyxl.load_workbook(tmp_path / "mau.xlsx")
    assert book.sheetnames == ["Địa điểm", "Hướng dẫn", "Danh mục"]
    assert len(book.worksheets[0].data_validations.dataValidation) == 3
    sheet = read(tmp_path / "mau.xlsx")
    assert sheet.rows == []
    assert {"name", "kind", "unit", "phones"} <= sheet.fields
