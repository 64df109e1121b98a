"""Made-up places for tests: one to show whole, one by phone only, one that is an area."""

from __future__ import annotations

from datetime import datetime

from locations.cells import HERE
from locations.finder import Finder
from locations.place import Place, PointKind, Visibility

SECRET = "hẻm xoài cát 7391"
HIDDEN_POINT = (10.388391, 105.433917)
HERE_POINT = (10.386123, 105.435456)


def made_up() -> list[Place]:
    """Three places near `HERE_POINT`, in phường Long Xuyên, checked today."""
    today = datetime.now(HERE).date()
    common = {"unit_code": "30307", "assured_date": today, "source": "test", "schedule": "24/7",
              "open_times": [[d, 0, 1440] for d in range(7)]}  # fmt: skip
    return [
        Place(
            id="open-house", name="Nhà thử công khai", kind="trusted_address",
            address="12 đường thử", latitude=10.390, longitude=105.436,
            point=PointKind.EXACT.value, phones=["+84912345678"], takes_in=["women", "children"],
            **common,
        ),
        Place(
            id="kept-house", name="Nhà thử giữ kín", kind="shelter", address=SECRET,
            latitude=HIDDEN_POINT[0], longitude=HIDDEN_POINT[1], point=PointKind.EXACT.value,
            phones=["+84912345679"], visibility=Visibility.PHONE_ONLY.value, **common,
        ),
        Place(
            id="area", name="Nơi thử theo khu vực", kind="trusted_address", latitude=10.37,
            longitude=105.42, point=PointKind.AREA.value, phones=["+84912345670"], **common,
        ),
    ]  # fmt: skip


def finder() -> Finder:
    """A finder over the made-up places."""
    return Finder(made_up())
