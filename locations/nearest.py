"""The nearest places: a k-d tree over unit vectors, so that distances are great-circle ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

EARTH = 6371.0088  # km, mean radius
COMPASS = ("bắc", "đông bắc", "đông", "đông nam", "nam", "tây nam", "tây", "tây bắc")


@dataclass(frozen=True, slots=True)
class Near:
    """Index of a point and its great-circle distance in km."""

    index: int
    km: float


class NearestIndex:
    """Finds the nearest of points given as decimal degrees."""

    def __init__(self, points: Sequence[tuple[float, float]]) -> None:
        self._points = points

    @cached_property
    def _tree(self) -> cKDTree:
        # The library takes a third of a second to load, in which a page could have opened.
        from scipy.spatial import cKDTree

        return cKDTree(_vectors(np.asarray(self._points, dtype=float)))

    def nearest(self, lat: float, lon: float, count: int) -> list[Near]:
        """The `count` nearest points, nearest first; fewer when there are fewer."""
        if not self._points or count < 1:
            return []
        chords, found = self._tree.query(
            _vectors(np.array([[lat, lon]]))[0], k=min(count, len(self._points))
        )
        return [
            Near(int(i), 2 * EARTH * math.asin(min(float(c) / 2, 1.0)))
            for c, i in zip(np.atleast_1d(chords), np.atleast_1d(found), strict=True)
        ]


def distance_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance of two (lat, lon) in decimal degrees, by the haversine formula."""
    la, lb = math.radians(a[0]), math.radians(b[0])
    h = (
        math.sin((lb - la) / 2) ** 2
        + math.cos(la) * math.cos(lb) * math.sin(math.radians(b[1] - a[1]) / 2) ** 2
    )
    return 2 * EARTH * math.asin(min(1.0, math.sqrt(h)))


def direction(a: tuple[float, float], b: tuple[float, float]) -> str:
    """The rough direction from `a` to `b` in Vietnamese: one of eight."""
    la, lb = math.radians(a[0]), math.radians(b[0])
    east = math.radians(b[1] - a[1])
    y = math.sin(east) * math.cos(lb)
    x = math.cos(la) * math.sin(lb) - math.sin(la) * math.cos(lb) * math.cos(east)
    return COMPASS[round(math.degrees(math.atan2(y, x)) % 360 / 45) % 8]


def _vectors(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    lat, lon = np.radians(points[:, 0]), np.radians(points[:, 1])
    return np.column_stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)))
