"""Nearest is what brute force says; distances are great-circle ones."""

from __future__ import annotations

import random

import pytest

from locations.nearest import NearestIndex, direction, distance_km


def test_ten_thousand_random_queries_equal_brute_force() -> None:
    dice = random.Random(13)
    points = [(dice.uniform(9.3, 10.95), dice.uniform(103.4, 105.6)) for _ in range(400)]
    # Some on one spot, and some across the whole country.
    points += points[:20] + [(dice.uniform(8, 23), dice.uniform(102, 110)) for _ in range(80)]
    index = NearestIndex(points)
    for _ in range(10_000):
        here = (dice.uniform(9.0, 11.2), dice.uniform(103.2, 105.8))
        found = index.nearest(*here, 3)
        brute = sorted(distance_km(here, p) for p in points)[:3]
        assert [n.km for n in found] == pytest.approx(brute, abs=1e-6)
        for near in found:
            assert near.km == pytest.approx(distance_km(here, points[near.index]), abs=1e-6)


def test_known_distances_and_directions() -> None:
    # One degree of a meridian on a sphere of 6371.0088 km.
    assert distance_km((10.0, 105.0), (11.0, 105.0)) == pytest.approx(111.195, abs=0.001)
    assert direction((10.0, 105.0), (11.0, 105.0)) == "bắc"
    assert direction((10.0, 105.0), (9.0, 104.0)) == "tây nam"


def test_nothing_to_find() -> None:
    assert NearestIndex([]).nearest(10, 105, 3) == []
    assert len(NearestIndex([(10, 105)]).nearest(10, 105, 3)) == 1
