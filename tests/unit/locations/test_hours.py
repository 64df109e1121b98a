"""Opening hours as offices write them: read as meant, or refused; never open by mistake."""

from __future__ import annotations

import pytest

from locations.cells import CellFault
from locations.hours import ALWAYS, open_times

WEEK = range(7)
MON_FRI = range(5)


def hours(days: range | list[int], *spans: tuple[float, float]) -> list[list[int]]:
    return sorted([d, int(a * 60), int(b * 60)] for d in days for a, b in spans)


@pytest.mark.parametrize(
    "said",
    [
        "24/7", "24/24", "24/24h", "24h/24h", "24/24 giờ", "24h", "24/24/7", "24h/7 ngày",
        "cả ngày lẫn đêm", "cả ngày đêm", "ngày đêm", "suốt ngày đêm", "24/7 (kể cả lễ, tết)",
        "Mở cửa: 24/24", "0h-24h",
    ],
)  # fmt: skip
def test_the_ways_to_say_always(said: str) -> None:
    assert open_times(said) == ALWAYS


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("", []), ("7h-17h", hours(WEEK, (7, 17))), ("7g30 - 17g", hours(WEEK, (7.5, 17))),
        ("Thứ 2 - Thứ 6: 7h30-11h30, 13h30-17h", hours(MON_FRI, (7.5, 11.5), (13.5, 17))),
        ("T2–T6: 7:30 – 17:00; T7 7h-11h", sorted(hours(MON_FRI, (7.5, 17)) + hours([5], (7, 11)))),
        ("T2-T6 7h-17h, T7 7h-11h", sorted(hours(MON_FRI, (7, 17)) + hours([5], (7, 11)))),
        ("7h-17h T2-T6", hours(MON_FRI, (7, 17))),
        ("Thứ 2, 4, 6: 7h-11h", hours([0, 2, 4], (7, 11))),
        ("thứ hai đến thứ sáu, 7-11h, 13-17h", hours(MON_FRI, (7, 11), (13, 17))),
        ("CN 8h đến 11h", hours([6], (8, 11))), ("T6-T2 7h-17h", hours([4, 5, 6, 0], (7, 17))),
        ("Thứ 2: 7h-11h\nThứ 3: 13h-17h", sorted(hours([0], (7, 11)) + hours([1], (13, 17)))),
        ("22h-6h", hours(WEEK, (22, 6))),
    ],
)  # fmt: skip
def test_days_and_hours(said: str, meant: list[list[int]]) -> None:
    assert open_times(said) == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("sáng 7h-11h, chiều 1h-5h", [(7, 11), (13, 17)]),
        ("Sáng 7h30-11h30 chiều 13h30-17h", [(7.5, 11.5), (13.5, 17)]),
        ("sáng: 7h-11h; chiều: 1h30-5h", [(7, 11), (13.5, 17)]),
        ("7h sáng - 5h chiều", [(7, 17)]), ("từ 7h sáng đến 9h tối", [(7, 21)]),
        ("tối 7h-10h", [(19, 22)]), ("tối 10h-2h", [(22, 2)]), ("đêm 10h - 6h sáng", [(22, 6)]),
        ("tối 6h - sáng 6h", [(18, 6)]), ("trưa 11h-1h", [(11, 13)]), ("chiều 13h-5h", [(13, 17)]),
        ("8h sáng - 12h trưa", [(8, 12)]), ("7h sáng - 17h", [(7, 17)]),
    ],
)  # fmt: skip
def test_parts_of_the_day(said: str, meant: list[tuple[float, float]]) -> None:
    assert open_times(said) == hours(WEEK, *meant)


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("Thứ 2 - Thứ 6 cả ngày", MON_FRI), ("T2-T6: 24/24", MON_FRI),
        ("24/7 trừ chủ nhật", range(6)),
        ("24/7 trừ thứ 7 và chủ nhật", MON_FRI), ("24/24h, nghỉ T7-CN", MON_FRI),
        ("cả ngày; trừ chủ nhật", range(6)), ("cả ngày; CN nghỉ", range(6)),
    ],
)  # fmt: skip
def test_only_the_days_that_are_named(said: str, days: range) -> None:
    assert open_times(said) == hours(days, (0, 24))


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("giờ hành chính", "ghi như"), ("liên hệ trước", "ghi như"), ("25h-30h", "0h đến 24h"),
        ("24/7 trừ lễ", "cột «Ngày lễ»"), ("7h-17h (nghỉ trưa 11h-13h)", "tách làm hai khoảng"),
        ("7h-17h, ngoại trừ ngày rằm", "thứ trong tuần"), ("24/24, gọi trước", "goi truoc"),
        ("1h-5h", "24 giờ"), ("7h-5h", "24 giờ"), ("13h-5h", "24 giờ"), ("7h-11h, 1h-5h", "24 giờ"),
        ("chiều 5h-4h", "24 giờ"), ("T2 7h-11h, 13h-17h, T3", "ngày nào"), ("T2-T6", "ghi như"),
        ("các ngày trong tuần 7h-17h", "ghi như"), ("7h61-9h", "phút"), ("trừ chủ nhật", "ghi như"),
        ("7h-17h kể cả chủ nhật", "ghi như"), ("8h-12h, 9h-10h", "chồng"),
    ],
)  # fmt: skip
def test_what_may_be_misread_is_refused_with_advice(said: str, advice: str) -> None:
    with pytest.raises(CellFault, match=advice):
        open_times(said)
