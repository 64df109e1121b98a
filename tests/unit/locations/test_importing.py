"""A spreadsheet as an office made it: good rows in, every fault named, nothing lost."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook

from locations.exporting import write
from locations.importing import Plan, plan
from locations.place import Place, PointKind, Visibility
from locations.sheet import SheetFault, read
from locations.shipped import authorities, institutions, samples
from locations.units import Unit, new_units

HEADERS = (
    "STT", "Tên địa điểm", "Loại hình", "Địa chỉ", "Xã, phường", "Số điện thoại (nếu có)",
    "Giờ mở cửa", "Đối tượng", "Toạ độ", "Cách công bố", "Ngày kiểm tra", "Nguồn",
)  # fmt: skip
Cells = dict[str, object]
# What is planted, and the header of the column that must be named for it.
FAULTS: dict[str, tuple[str, Callable[[Cells], object]]] = {
    "no name": ("Tên", lambda c: c.update({"Tên địa điểm": ""})),
    "unknown kind": ("Loại", lambda c: c.update({"Loại hình": "Quán cà phê"})),
    "no kind": ("Loại", lambda c: c.update({"Loại hình": None})),
    "words for a phone": ("Điện thoại", lambda c: c.update({HEADERS[5]: "hỏi chị Ba"})),
    "short phone": ("Điện thoại", lambda c: c.update({HEADERS[5]: "0296 385"})),
    "unknown unit": ("Xã, phường", lambda c: c.update({"Xã, phường": "xã Bến Nghé Quận 1"})),
    "no unit": ("Xã, phường", lambda c: c.update({"Xã, phường": "", "Địa chỉ": ""})),
    "two units": ("Xã, phường", lambda c: c.update({"Xã, phường": "Mỹ Phước"})),
    "swapped point": ("Toạ độ", lambda c: c.update({"Toạ độ": "105.43, 10.38"})),
    "point abroad": ("Toạ độ", lambda c: c.update({"Toạ độ": "48.85, 2.35"})),
    "point far off": ("Toạ độ", lambda c: c.update({"Toạ độ": "21.03, 105.85"})),
    "point in words": ("Toạ độ", lambda c: c.update({"Toạ độ": "gần chợ"})),
    "unreadable hours": ("Giờ mở", lambda c: c.update({"Giờ mở cửa": "giờ hành chính"})),
    "no such day": ("Ngày kiểm tra", lambda c: c.update({"Ngày kiểm tra": "31/02/2026"})),
    "day to come": ("Ngày kiểm tra", lambda c: c.update({"Ngày kiểm tra": "01/01/2999"})),
    "unknown group": ("Nhận ai", lambda c: c.update({"Đối tượng": "người ngoài hành tinh"})),
    "unknown visibility": ("Cách công bố", lambda c: c.update({"Cách công bố": "bí mật"})),
    "hidden without phone": (
        "Điện thoại",
        lambda c: c.update({"Cách công bố": "chỉ qua điện thoại", HEADERS[5]: ""}),
    ),
    "a row twice": ("Tên", lambda c: None),
    "an endless name": ("Tên", lambda c: c.update({"Tên địa điểm": "Nhà " * 80})),
}


def row(at: int, unit: Unit, dice: random.Random) -> Cells:
    """A good row, spelt as offices spell."""
    phone = f"091{dice.randrange(2_000_000, 9_999_999)}"
    spelt = dice.choice([phone, f"{phone[:4]}.{phone[4:7]}.{phone[7:]}", f"+84 {phone[1:]}",
                         int(phone)])  # fmt: skip
    lat, lon = unit.lat + dice.uniform(-0.02, 0.02), unit.lon + dice.uniform(-0.02, 0.02)
    return {
        "STT": at, "Tên địa điểm": f"Nơi thử {at}",
        "Loại hình": dice.choice(["Địa chỉ tin cậy", "dia chi tin cay", "Nhà tạm lánh"]),
        "Địa chỉ": dice.choice([f"ấp {at % 9 + 1}", "=HYPERLINK(\"x\")", "+ tổ 3"]),
        "Xã, phường": dice.choice([f"{unit.kind} {unit.name}", f"{unit.kind} {unit.name}".upper()]),
        HEADERS[5]: spelt, "Giờ mở cửa": dice.choice(["24/7", "7h-17h", "T2-T6: 7:30 - 17:00", ""]),
        "Đối tượng": dice.choice(["phụ nữ, trẻ em", "mọi người", ""]),
        "Toạ độ": dice.choice([f"{lat:.5f}, {lon:.5f}", ""]),
        "Cách công bố": dice.choice(["", "Công khai", "Chỉ qua điện thoại"]),
        "Ngày kiểm tra": dice.choice(["20/10/2026", "2026-10-20"]), "Nguồn": "MẪU",
    }  # fmt: skip


def sheet_of(rows: list[Cells], path: Path) -> Path:
    book = Workbook()
    page = book.active
    page.append(["DANH SÁCH ĐỊA CHỈ TIN CẬY"])  # offices put a title above the headers
    page.append([])
    page.append(list(HEADERS))
    for cells in rows:
        page.append([cells[h] for h in HEADERS])
        for cell in page[page.max_row]:
            if isinstance(cell.value, str) and cell.value.startswith("="):
                cell.data_type = "s"
    book.save(path)
    return path


@pytest.fixture
def messy(tmp_path: Path) -> tuple[Path, dict[int, str]]:
    """500 rows with 60 faults of 20 kinds; which row has which."""
    dice = random.Random(500)
    units = list(new_units().values())
    rows = [row(at, dice.choice(units), dice) for at in range(500)]
    kinds = list(FAULTS) * 3
    bad = dict(zip(sorted(dice.sample(range(1, 500), 60)), kinds, strict=True))
    for at, kind in bad.items():
        if kind == "a row twice":
            good = next(r for i, r in enumerate(rows[:at]) if i not in bad)
            rows[at] = {
                **rows[at],
                **{h: good[h] for h in ("Tên địa điểm", "Xã, phường", "Toạ độ")},
            }
        FAULTS[kind][1](rows[at])
    planted = {at + 4: kind for at, kind in bad.items()}
    return sheet_of(rows, tmp_path / "messy.xlsx"), planted


def applied(made: Plan, before: list[Place]) -> list[Place]:
    """The table after a plan."""
    after = {p.id: Place(**p.values()) for p in before}  # type: ignore[arg-type]
    after |= {p.id: p for p in made.created}
    for change in made.changed:
        for name, (_, value) in change.differs.items():
            setattr(after[change.place.id], name, value)
    return list(after.values())


def test_every_planted_fault_is_named_and_the_good_rows_go_in(
    messy: tuple[Path, dict[int, str]],
) -> None:
    path, planted = messy
    made = plan(read(path), [])
    named = {r.row: r.column for r in made.refused}
    assert [str(r) for r in made.refused if r.row not in planted] == []
    assert {n: FAULTS[k][0] for n, k in planted.items()} == named
    assert all(r.advice for r in made.refused)
    assert len(made.created) == 440
    again = plan(read(path), made.created)
    assert (again.created, again.changed, again.unchanged) == ([], [], 440)
    assert any(p.address.startswith("=HYPERLINK") for p in made.created)


@pytest.mark.parametrize("form", ["xlsx", "csv"])
@pytest.mark.parametrize("public", [True, False])
def test_reading_an_export_back_changes_nothing(
    form: str, public: bool, tmp_path: Path, messy: tuple[Path, dict[int, str]]
) -> None:
    places = [*institutions(), *authorities(), *samples(), *plan(read(messy[0]), []).created]
    path = tmp_path / f"out.{form}"
    write(places, path, public=public)
    made = plan(read(path), places)
    assert made.refused == []
    assert [(c.place.id, c.differs) for c in made.changed] == []
    assert made.created == []
    assert made.missing == []
    assert made.unchanged == len(places)


def test_missing_rows_are_told_of_and_kept(tmp_path: Path) -> None:
    places = list(institutions())
    path = tmp_path / "one.csv"
    write(places[:1], path)
    made = plan(read(path), places)
    assert made.missing == places[1:]
    assert len(applied(made, places)) == len(places)


def test_an_empty_cell_takes_no_address_and_no_point_away(tmp_path: Path) -> None:
    unit = next(iter(new_units().values()))
    place = Place(
        id="kin", name="MẪU kín", kind="shelter", address="ấp 5", unit_code=unit.code,
        latitude=unit.lat + 0.01, longitude=unit.lon, point=PointKind.EXACT.value,
        phones=["+84912345678"], visibility=Visibility.PHONE_ONLY.value, is_sample=True,
    )  # fmt: skip
    path = tmp_path / "kin.csv"
    write([place], path, public=True)
    assert "ấp 5" not in path.read_text("utf-8-sig")
    after = applied(plan(read(path), [place]), [place])[0]
    assert (after.address, after.latitude, after.point) == ("ấp 5", place.latitude, "exact")


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.txt", "x"), ("a.xlsx", "not a workbook"), ("a.csv", "màu,mè\n1,2\n"), ("b.csv", "")],
)
def test_a_file_that_is_no_table_says_what_to_do(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SheetFault, match=name):
        read(path)


def test_address_only_is_placed_at_its_unit(tmp_path: Path) -> None:
    path = tmp_path / "address.csv"
    path.write_text(
        'Tên,Loại,Địa chỉ\nMẪU A,Địa chỉ tin cậy,"ấp 1, xã Văn Giáo, huyện Tịnh Biên"\n',
        encoding="utf-8",
    )
    made = plan(read(path), [])
    assert made.refused == []
    assert made.created[0].point == PointKind.APPROXIMATE.value
    assert made.created[0].latitude is not None


CELLS = 'Tên,"Xã, phường",Loại,Điện thoại,Cách công bố,Mẫu\n'


def again(place: Place, tmp_path: Path, shown: str = "", sample: str = "", phone: str = "0912345678"
          ) -> Plan:  # fmt: skip
    """The same place in a sheet that an office filled in anew."""
    path = tmp_path / "again.csv"
    unit = new_units()[place.unit_code]
    row = f'{place.name},"{unit.kind} {unit.name}",Nhà tạm lánh,{phone},{shown},{sample}\n'
    path.write_text(CELLS + row, encoding="utf-8")
    return plan(read(path), [place])


def kept(**values: object) -> Place:
    unit = next(iter(new_units().values()))
    said = {"id": "kin", "name": "Nhà kín", "kind": "shelter", "address": "ấp 5",
            "unit_code": unit.code, "latitude": unit.lat + 0.01, "longitude": unit.lon,
            "point": PointKind.EXACT.value, "phones": ["+84912345678"],
            "visibility": Visibility.PHONE_ONLY.value}  # fmt: skip
    return Place(**said | values)  # type: ignore[arg-type]


@pytest.mark.parametrize("visibility", [Visibility.PHONE_ONLY, Visibility.HIDDEN])
def test_an_empty_cell_publishes_nothing(visibility: Visibility, tmp_path: Path) -> None:
    place = kept(visibility=visibility.value)
    made = again(place, tmp_path)
    assert applied(made, [place])[0].visibility == visibility.value
    assert (made.changed, made.unchanged, made.refused) == ([], 1, [])
    told = [str(r) for r in made.kept]
    assert len(told) == 1
    assert told[0].startswith("dòng 2, cột «Cách công bố»: «» – để trống nên giữ")
    assert "muốn đổi thì chọn «Công khai»" in told[0]


def test_a_place_is_published_by_a_word_and_a_new_one_with_an_empty_cell_is(tmp_path: Path) -> None:
    made = again(kept(), tmp_path, shown="Công khai")
    assert made.changed[0].differs == {"visibility": ("phone_only", "public")}
    assert made.kept == []
    new = again(kept(id="other", name="Nơi khác"), tmp_path)
    assert new.unchanged == 1
    fresh = plan(read(tmp_path / "again.csv"), [])
    assert fresh.created[0].visibility == Visibility.PUBLIC
    assert fresh.kept == []


def test_an_empty_cell_makes_no_sample_real(tmp_path: Path) -> None:
    place = kept(visibility=Visibility.PUBLIC.value, is_sample=True)
    made = again(place, tmp_path, shown="Công khai")
    assert made.unchanged == 1
    assert [r.column for r in made.kept] == ["Mẫu"]
    real = again(place, tmp_path, shown="Công khai", sample="không")
    assert real.changed[0].differs == {"is_sample": (True, False)}


def test_a_place_kept_by_phone_keeps_its_phone_and_its_unit(tmp_path: Path) -> None:
    made = again(kept(), tmp_path, phone="")
    assert [r.column for r in made.refused] == ["Điện thoại"]
    assert made.missing == []
    path = tmp_path / "nowhere.csv"
    path.write_text(
        "Tên,Loại,Điện thoại,Cách công bố,Toạ độ\n"
        'Nhà kín,Nhà tạm lánh,0912345678,Chỉ qua điện thoại,"10.38, 105.43"\n',
        encoding="utf-8",
    )
    assert [r.column for r in plan(read(path), []).refused] == ["Xã, phường"]
