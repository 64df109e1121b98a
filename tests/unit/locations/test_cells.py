"""Cells as offices write them."""

from __future__ import annotations

from datetime import date

import pytest

from locations import cells
from locations.cells import CellFault


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        ("0296 3852 543", ["+842963852543"]), ("(0296) 3.852.543", ["+842963852543"]),
        ("+84 912 345 678", ["+84912345678"]), ("912345678", ["+84912345678"]),
        ("0912.345.678; 113", ["+84912345678", "113"]), ("1800 8077", ["+8418008077"]),
        ("1900969680", ["+841900969680"]), ("0912345678 / 0912 345 678", ["+84912345678"]),
        ("", []),
    ],
)  # fmt: skip
def test_phones(said: str, stored: list[str]) -> None:
    assert cells.phones(said) == stored


@pytest.mark.parametrize("said", ["gọi chị Ba", "0912", "0123456789012", "09123x"])
def test_a_bad_phone_is_refused(said: str) -> None:
    with pytest.raises(CellFault):
        cells.phones(said)


@pytest.mark.parametrize(
    "said",
    [
        "10.3759, 105.4185", "10,3759; 105,4185", "10.3759 105.4185",
        "https://www.google.com/maps/@10.3759,105.4185,17z",
        "https://maps.google.com/?q=10.3759,105.4185",
        "https://www.google.com/maps/place/x/@10.1,105.1,17z/data=!3m1!4b1!3d10.3759!4d105.4185",
        "https://www.openstreetmap.org/?mlat=10.3759&mlon=105.4185#map=16/10.3/105.4",
        "10°22'33.24\"N 105°25'6.6\"E", "10°22'33,24\"B 105°25'6,6\"Đ",
    ],
)  # fmt: skip
def test_points(said: str) -> None:
    assert cells.point(said) == pytest.approx((10.3759, 105.4185), abs=1e-6)


@pytest.mark.parametrize("said", ["105.4185, 10.3759", "0, 0", "gần chợ", "48.85, 2.35"])
def test_a_bad_point_is_refused(said: str) -> None:
    with pytest.raises(CellFault):
        cells.point(said)


def test_days() -> None:
    assert cells.day("23/11/2025") == date(2025, 11, 23)
    assert cells.day("2025-11-23") == date(2025, 11, 23)
    for bad in ("30/02/2026", "1/1/2999", "hôm qua"):
        with pytest.raises(CellFault):
            cells.day(bad)


def test_what_could_be_a_sample_is_one() -> None:
    assert [cells.yes(x) for x in ("MẪU", "x", "thử", "", "không")] == [True] * 3 + [False] * 2
