"""The empty workbook offices fill in: drop-downs, and a guide sheet that says how."""

from __future__ import annotations

from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from locations import cells
from locations.exporting import head
from locations.sheet import COLUMNS
from locations.units import new_units

GUIDE = {
    "id": "Để trống; An Tâm tự đặt. Giữ nguyên khi sửa một dòng đã có.",
    "name": "Bắt buộc. Tên người dân gọi.",
    "kind": "Bắt buộc. Chọn trong danh sách.",
    "organization": "Ai phụ trách nơi này.",
    "address": "Số nhà, đường, ấp. Nơi cần giữ kín: vẫn ghi, và chọn «Chỉ qua điện thoại».",
    "unit": "Xã, phường, đặc khu hiện nay (sau 1/7/2025); chọn trong danh sách hoặc gõ tên.",
    "old_unit": "Tên xã, phường trước 1/7/2025 nếu người dân còn quen gọi.",
    "province": "Để trống nếu ở An Giang.",
    "point": "«10.3759, 105.4185», hoặc dán liên kết bản đồ. Để trống: đặt ở giữa xã.",
    "phones": "Nhiều số thì cách nhau bằng dấu chấm phẩy.",
    "schedule": "Như «24/7», «24/7 trừ chủ nhật» hoặc «Thứ 2 - Thứ 6: 7h30-11h30, 13h30-17h».",
    "holidays": "Lễ, Tết có mở không.",
    "takes_in": "Cách nhau bằng dấu phẩy: " + ", ".join(cells.WHO.values()) + "; hoặc «mọi người».",
    "languages": "Như: tiếng Việt, tiếng Khmer.",
    "cost": "Như: miễn phí.",
    "capacity": "Như: 2 phòng, ở tối đa 3 ngày.",
    "visibility": "«Chỉ qua điện thoại»: địa chỉ không bao giờ được gửi ra. «Ẩn»: không hiện. "
    "Để trống: nơi mới là công khai, nơi đã có giữ như cũ.",
    "assured_date": "Ngày gọi kiểm tra gần nhất, như 23/11/2026.",
    "assured_by": "Ai đã gọi.",
    "source": "Quyết định, công văn, hoặc trang có thông tin này.",
    "is_sample": "Chỉ ghi MẪU cho dòng tập thử. Dòng mẫu không được đưa cho người dân.",
}
ROWS = 1000


def write(path: Path) -> None:
    """Write the template workbook to `path`."""
    book = Workbook()
    sheet, guide = book.active, book.create_sheet("Hướng dẫn")
    head(sheet)
    lists = book.create_sheet("Danh mục")
    units = sorted(f"{u.kind} {u.name}" for u in new_units().values())
    for column, (field, choices) in enumerate(
        {"kind": list(cells.KIND_NAMES.values()), "visibility": list(cells.SHOWN.values()),
         "unit": units}.items(), 1,
    ):  # fmt: skip
        for at, choice in enumerate(choices, 1):
            lists.cell(at, column, choice)
        letter = "ABC"[column - 1]
        offered = DataValidation(
            "list", formula1=f"'Danh mục'!${letter}$1:${letter}${len(choices)}",
            allow_blank=True, showErrorMessage=field != "unit",
            errorTitle="An Tâm", error="Chọn trong danh sách.",
        )  # fmt: skip
        sheet.add_data_validation(offered)
        own = next(c for c in sheet[1] if c.value == _header(field)).column_letter
        offered.add(f"{own}2:{own}{ROWS}")
    _guide(guide)
    book.save(path)


def _guide(guide: Worksheet) -> None:
    guide.append(["Cột", "Cách ghi"])
    for field, header, _ in COLUMNS:
        guide.append([header, GUIDE[field]])
    guide.append([])
    guide.append(
        ["Nạp vào", "antam locations import TỆP --dry-run để xem trước, bỏ --dry-run để nạp."]
    )
    guide.column_dimensions["A"].width, guide.column_dimensions["B"].width = 22, 90
    for row in guide.iter_rows():
        row[0].font = Font(bold=True)
        row[1].alignment = Alignment(wrap_text=True, vertical="top")


def _header(field: str) -> str:
    return next(header for f, header, _ in COLUMNS if f == field)
