"""Reading a spreadsheet as an office made it: XLSX or CSV to rows of plain text."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import openpyxl
from openpyxl.utils import get_column_letter

from locations.cells import plain

# Field, header as we write it, and other headers that offices use (without accents).
COLUMNS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("id", "Mã", ("ma so", "id", "ma dia diem")),
    ("name", "Tên", ("ten dia diem", "ten co so", "ten noi", "name", "ho ten", "ten")),
    ("kind", "Loại", ("loai hinh", "kind", "phan loai")),
    ("organization", "Đơn vị phụ trách", ("don vi", "co quan", "don vi quan ly", "organization")),
    ("address", "Địa chỉ", ("dia chi cu the", "address")),
    ("unit", "Xã, phường", ("xa phuong", "xa/phuong", "xa", "phuong", "don vi hanh chinh", "unit",
                            "xa, phuong, dac khu")),
    ("old_unit", "Tên cũ", ("ten cu cua xa phuong", "xa cu", "old_unit")),
    ("province", "Tỉnh", ("tinh/thanh pho", "province")),
    ("point", "Toạ độ", ("toa do", "vi tri", "ban do", "gps", "link ban do", "point")),
    ("phones", "Điện thoại", ("so dien thoai", "sdt", "dt", "lien he", "phones", "dien thoai")),
    ("schedule", "Giờ mở", ("gio mo cua", "gio lam viec", "thoi gian", "schedule")),
    ("holidays", "Ngày lễ", ("le tet", "holidays")),
    ("takes_in", "Nhận ai", ("doi tuong", "doi tuong tiep nhan", "takes_in")),
    ("languages", "Ngôn ngữ", ("tieng", "languages")),
    ("cost", "Chi phí", ("phi", "cost")),
    ("capacity", "Sức chứa", ("ghi chu suc chua", "capacity")),
    ("visibility", "Cách công bố", ("cong bo", "hien thi", "visibility")),
    ("assured_date", "Ngày kiểm tra", ("ngay xac minh", "assured_date")),
    ("assured_by", "Người kiểm tra", ("nguoi xac minh", "assured_by")),
    ("source", "Nguồn", ("source", "can cu")),
    ("is_sample", "Mẫu", ("is_sample", "sample")),
)  # fmt: skip
_FIELD_OF = {
    plain(header).replace(",", ""): field
    for field, own, others in COLUMNS
    for header in (own, *others)
}


class SheetFault(ValueError):
    """A file that cannot be read as a table of places; the message says what to do."""


@dataclass(frozen=True)
class Row:
    """One row of a sheet: its number as the office sees it, and its cells by field."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Sheet:
    """The rows of a file, and the letter of each field's column."""

    rows: list[Row]
    letters: dict[str, str]

    @property
    def fields(self) -> set[str]:
        """The fields the file has a column for."""
        return set(self.letters)


def read(path: Path) -> Sheet:
    """The rows of an XLSX or CSV file. Raises `SheetFault` for anything else."""
    if path.suffix.lower() == ".xlsx":
        table = _xlsx(path)
    elif path.suffix.lower() == ".csv":
        table = _csv(path)
    else:
        raise SheetFault(f"{path.name}: chỉ đọc được tệp .xlsx hoặc .csv")
    for at, row in enumerate(table):
        found = {_FIELD_OF[h]: i for i, c in enumerate(row) if (h := _header(c)) in _FIELD_OF}
        if "name" in found:
            return _rows(table, at, found)
    raise SheetFault(f"{path.name}: không thấy cột «Tên»; dùng mẫu: antam locations template")


def _header(cell: str) -> str:
    return plain(cell.split("(")[0]).replace(",", "").replace("*", "").strip(" :")


def _rows(table: list[list[str]], at: int, found: dict[str, int]) -> Sheet:
    rows = []
    for number, row in enumerate(table[at + 1 :], at + 2):
        cells = {f: _unquoted(row[i]) if i < len(row) else "" for f, i in found.items()}
        if any(cells.values()):
            rows.append(Row(number, cells))
    return Sheet(rows, {f: get_column_letter(i + 1) for f, i in found.items()})


def _unquoted(cell: str) -> str:
    """A cell without the mark that keeps a would-be formula text."""
    cell = cell.strip()
    return cell[1:] if cell[:1] == "'" and cell[1:2] in "=+-@" and len(cell) > 1 else cell


def _xlsx(path: Path) -> list[list[str]]:
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=False)
    except (zipfile.BadZipFile, KeyError, OSError, ValueError):
        raise SheetFault(f"{path.name}: không mở được như tệp Excel; lưu lại dạng .xlsx") from None
    sheets = [book[n] for n in book.sheetnames if plain(n) not in ("huong dan", "danh muc")]
    sheet = sheets[0] if sheets else book.worksheets[0]
    table = [[_text(c) for c in row] for row in sheet.iter_rows(values_only=True)]
    book.close()
    return table


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _csv(path: Path) -> list[list[str]]:
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "cp1258"):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise SheetFault(f"{path.name}: không đọc được chữ; lưu lại dạng «CSV UTF-8»")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
