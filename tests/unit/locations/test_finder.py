"""Which places are shown to somebody: fresh, open at night, fit for them, and never a sample."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

import pytest

from locations.check import check
from locations.finder import FAR, HERE, ROUGH_KM, Finder, is_open, map_link
from locations.nearest import distance_km
from locations.place import Place, PointKind, Visibility
from locations.shipped import MARK, authorities, institutions, samples
from locations.units import new_units

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=HERE)  # a Monday
ALWAYS = [[d, 0, 1440] for d in range(7)]
DAYTIME = [[d, 420, 1020] for d in range(5)]


def place(id: str, lat: float = 10.38, lon: float = 105.43, **values: object) -> Place:
    """A made-up place for the tests, checked today."""
    made = Place(id=id, name=id, kind="trusted_address", latitude=lat, longitude=lon,
                 point=PointKind.EXACT.value, assured_date=NOW.date(), source="test")  # fmt: skip
    for name, value in values.items():
        setattr(made, name, value)
    return made


def ids(finder: Finder, **asked: object) -> list[str]:
    return [f.place.id for f in finder.nearest(10.38, 105.43, now=NOW, **asked)]  # type: ignore[arg-type]


def test_the_nearer_comes_first_with_distance_and_direction() -> None:
    finder = Finder([place("far", lat=10.5), place("near", lat=10.40), place("mid", lat=10.45)])
    found = finder.nearest(10.38, 105.43, now=NOW)
    assert [f.place.id for f in found] == ["near", "mid", "far"]
    assert found[0].km is not None
    assert round(found[0].km, 1) == 2.2
    assert found[0].direction == "bắc"


def test_at_night_what_is_open_comes_first() -> None:
    finder = Finder(
        [place("day", open_times=DAYTIME), place("always", lat=10.45, open_times=ALWAYS)]
    )
    assert ids(finder) == ["day", "always"]
    night = NOW.replace(hour=23)
    assert [f.place.id for f in finder.nearest(10.38, 105.43, now=night)] == ["always", "day"]


def test_hours_past_midnight_and_weekdays() -> None:
    evening = place("evening", open_times=[[0, 1320, 360]])  # Monday 22:00 to 06:00
    assert is_open(evening, NOW.replace(hour=23)) is True
    assert is_open(evening, NOW.replace(hour=5) + timedelta(days=1)) is True
    assert is_open(evening, NOW.replace(hour=5)) is False
    assert is_open(place("unknown"), NOW) is None


def test_what_was_not_checked_within_a_year_comes_last() -> None:
    old = NOW.date() - timedelta(days=366)
    finder = Finder([place("stale", assured_date=old), place("fresh", lat=10.5)])
    assert ids(finder) == ["fresh", "stale"]


def test_a_place_that_turns_somebody_away_is_not_shown() -> None:
    finder = Finder([place("women", takes_in=["women"]), place("all", lat=10.5)])
    assert ids(finder, who=frozenset({"men"})) == ["all"]
    assert ids(finder, who=frozenset({"women"})) == ["women", "all"]


def test_many_unfit_places_do_not_hide_a_fit_one() -> None:
    near = [place(f"n{i}", lat=10.38 + i / 1e4, takes_in=["women"]) for i in range(300)]
    finder = Finder([*near, place("men", lat=10.5, takes_in=["men"])])
    assert ids(finder, who=frozenset({"men"})) == ["men"]


def test_hidden_places_and_samples_are_not_shown() -> None:
    hidden = place("hidden", visibility=Visibility.HIDDEN.value)
    assert ids(Finder([hidden, place("sample", is_sample=True)])) == []
    assert ids(Finder([place("sample", is_sample=True)], demo=True)) == ["sample"]


def test_every_sample_is_marked() -> None:
    made = list(samples())
    assert len(made) == 300
    assert all(MARK in p.name and MARK in p.source and MARK in p.address for p in made)
    assert all(p.is_sample and not p.phones for p in made)
    assert Finder(made).places == []


def test_only_the_very_house_of_a_public_place_has_a_map() -> None:
    assert map_link(place("open")) is not None
    assert map_link(place("kept", visibility=Visibility.PHONE_ONLY.value)) is None
    assert map_link(place("area", point=PointKind.AREA.value)) is None
    assert map_link(place("rough", point=PointKind.APPROXIMATE.value)) is None


@pytest.mark.parametrize("seed", range(20))
def test_a_place_by_phone_only_is_found_from_nowhere(seed: int) -> None:
    """Wherever its house stands in its unit, every answer from every point is the same."""
    dice = random.Random(seed)
    unit = new_units()["30307"]
    told = []
    for _ in range(2):
        kept = place(
            "kept", unit.lat + dice.uniform(-0.05, 0.05), unit.lon + dice.uniform(-0.05, 0.05),
            unit_code=unit.code, visibility=Visibility.PHONE_ONLY.value,
        )  # fmt: skip
        others = [place(f"o{i}", 10.3 + i / 50, 105.43) for i in range(6)]
        finder, ask = Finder([kept, *others]), random.Random(7)
        points = [(ask.uniform(10.2, 10.6), ask.uniform(105.2, 105.6)) for _ in range(200)]
        answers = [finder.nearest(*p, 10, now=NOW) for p in points]
        told.append([[(f.place.id, f.km, f.direction) for f in found] for found in answers])
    assert told[0] == told[1]
    seen = [(p, km, way) for p, found in zip(points, told[0], strict=True)
            for name, km, way in found if name == "kept"]  # fmt: skip
    assert len(seen) > 100
    for point, km, way in seen:
        assert km is not None
        assert km % ROUGH_KM == 0
        assert 0 <= km - distance_km(point, (unit.lat, unit.lon)) <= ROUGH_KM
        assert way == ""


def test_a_kept_place_without_a_unit_is_reached_by_phone_and_has_no_distance() -> None:
    kept = place("kept", phones=["+84912345678"], visibility=Visibility.PHONE_ONLY.value)
    finder = Finder([kept])
    assert ids(finder) == []
    assert finder.by_phone() == [kept]
    assert "thiếu xã, phường" in " ".join(str(f) for f in check([kept], NOW.date()))


def test_a_kept_place_counts_as_near_up_to_the_same_line_as_others() -> None:
    unit = new_units()["30307"]
    kept = place("kept", unit_code=unit.code, visibility=Visibility.PHONE_ONLY.value)
    far = place("far", unit.lat, unit.lon)
    for lat in (unit.lat + 0.355, unit.lat + 0.365):  # 39.5 and 40.6 km
        found = {f.place.id: f.km for f in Finder([kept, far]).nearest(lat, unit.lon, now=NOW)}
        assert ((found["kept"] or 0) <= FAR) == ((found["far"] or 0) <= FAR)


def test_hours_stored_under_an_earlier_reading_are_found() -> None:
    wrong = place("wrong", schedule="24/7 trừ chủ nhật", open_times=ALWAYS, phones=["113"])
    right = place("right", lat=10.5, schedule="24/24h", open_times=ALWAYS, phones=["113"])
    odd = place("odd", lat=10.6, schedule="giờ hành chính", open_times=ALWAYS, phones=["113"])
    found = {f.place: f.what for f in check([wrong, right, odd], NOW.date())}
    assert set(found) == {"wrong", "odd"}
    assert "nạp lại" in found["wrong"]


def test_shipped_places_have_sources_and_every_unit_its_authorities() -> None:
    made = [*institutions(), *authorities()]
    assert all(p.source and p.assured_date and not p.is_sample for p in made)
    told = list(authorities())
    assert {p.unit_code for p in told} == set(new_units())
    assert len(told) == 2 * len(new_units()) == 204
    assert all(p.point == PointKind.AREA and not p.address for p in told)
    assert next(institutions()).name == "Ngôi nhà Ánh Dương An Giang"


def test_the_check_finds_what_is_wrong() -> None:
    units = list(new_units().values())
    own, other = units[0], max(units, key=lambda u: abs(u.lat - units[0].lat))
    places = [
        place("stale", assured_date=date(2020, 1, 1), phones=["113"]),
        place("mute", lat=10.1),
        place("outside", lat=21.0, phones=["113"]),
        place("twin-1", lat=10.2, phones=["113"]), place("twin-2", lat=10.2009, phones=["113"]),
        place("astray", lat=other.lat, lon=other.lon, unit_code=own.code, phones=["113"]),
        place("good", lat=own.lat, lon=own.lon, unit_code=own.code, phones=["113"]),
    ]  # fmt: skip
    found = {f.place: f.what for f in check(places, NOW.date())}
    assert set(found) == {"stale", "mute", "outside", "twin-1", "astray"}
    assert "gọi lại" in found["stale"]
    assert "bổ sung" in found["mute"]
    assert "ngoài tỉnh" in found["outside"]
    assert "twin-2" in found["twin-1"]
    assert own.name in found["astray"]
