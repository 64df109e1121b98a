"""Where somebody is, from words: names old and new, slips, short forms, and no place at all."""

from __future__ import annotations

import csv
from itertools import islice

import pytest

from bot.settings import PROJECT_ROOT
from locations.gazetteer import Located, gazetteer
from locations.units import Unit, load_units, new_units
from nlu.vietnamese import unaccent
from tests.unit.locations.messy import messy


def titles(found: Located) -> list[str]:
    return [m.unit.title for m in found.matches]


def is_right(found: Located, unit: Unit) -> bool:
    """The unit itself, one that lies in the same new unit, or a choice that holds it."""
    if found.best is None:
        return False
    offered = [m.unit for m in found.matches] if found.ambiguous else [found.best]
    return any(set(o.now) & set(unit.now) for o in offered)


@pytest.mark.parametrize(
    ("said", "unit"),
    [
        ("em dang o cho moi an giang, chong duoi danh", "xã Chợ Mới"),
        ("LX", "phường Long Xuyên"),
        ("tp châu đốc", "thành phố Châu Đốc (cũ)"),
        ("tx tan chau", "thị xã Tân Châu (cũ)"),
        ("t tôn", "xã Tri Tôn"),
        ("phường an phú tịnh biên", "phường An Phú, Tịnh Biên (cũ)"),
        ("mình ở ấp bình an xã hòa bình huyện chợ mới", "xã Hòa Bình, Chợ Mới (cũ)"),
        ("o chau thanh kien giang", "xã Châu Thành"),
        ("thoai sn", "xã Thoại Sơn"),
        ("mỹ hoà hưng", "xã Mỹ Hòa Hưng"),
        ("tui ở xã mỹ hòa hng nè", "xã Mỹ Hòa Hưng"),
        ("miếu bà chúa xứ", "Miếu Bà Chúa Xứ"),
        ("em đang đứng gần phà vàm cống", "Phà Vàm Cống"),
        ("cu lao ong ho", "Cù lao Ông Hổ"),
        ("phú quốc", "đặc khu Phú Quốc"),
        ("tui o p tan chau ne", "phường Tân Châu"),
        ("xã ô long vỹ", "xã Ô Long Vĩ, Châu Phú (cũ)"),
    ],
)
def test_a_place_is_understood(said: str, unit: str) -> None:
    found = gazetteer().locate(said)
    wanted = next(u for u in load_units() if u.title == unit)
    assert found.best is not None
    assert not found.ambiguous, titles(found)
    assert set(found.best.now) == set(wanted.now) or found.best.title == unit, titles(found)


@pytest.mark.parametrize(
    "said", ["ở an phú", "mỹ phước", "châu thành", "binh an", "xã thạnh đông, tân hiệp"]
)
def test_a_name_of_several_places_is_asked_about(said: str) -> None:
    assert gazetteer().locate(said).ambiguous


@pytest.mark.parametrize(
    ("said", "outside"),
    [
        ("em ở cần thơ", "Cần Thơ"),
        ("quê an giang nhưng đang ở bình dương", "Thành phố Hồ Chí Minh"),
    ],
)  # fmt: skip
def test_a_place_beyond_the_province(said: str, outside: str) -> None:
    found = gazetteer().locate(said)
    assert found.outside == outside
    assert found.best is None


@pytest.mark.parametrize(
    "said",
    [
        "tôi muốn gia đình được bình an hòa thuận", "bỏ tiền ra chợ mới mua đồ",
        "lựa chọn giới tính thai nhi", "luật an ninh mạng quy định gì", "anh tâm ơi",
        "hội đồng nhân dân xã phải làm gì", "chồng tranh giành nuôi con", "",
    ],
)  # fmt: skip
def test_ordinary_words_are_no_place(said: str) -> None:
    assert gazetteer().locate(said).best is None


def test_messy_names_are_found() -> None:
    """Of 4,000 generated texts at least 97 of 100 lead to the right unit or a right choice."""
    said = list(islice(messy(4000, seed=1654), 4000))
    missed = [s for s in said if not is_right(gazetteer().locate(s.text), s.unit)]
    assert len(missed) <= 0.03 * len(said), [(s.text, s.unit.title) for s in missed[:20]]


def test_messages_without_a_place_locate_nothing() -> None:
    """What is located in the message sets names a place of the province, but for 1 in 100."""
    names = {unaccent(n).lower() for u in load_units() for n in (u.name, *u.aliases)}
    texts = []
    sets = (PROJECT_ROOT / "tests" / "data" / "eval").glob("*.csv")
    for path in sorted(p for p in sets if not p.name.startswith("places")):
        with path.open(encoding="utf-8", newline="") as file:
            texts += [str(row.get("text") or row.get("question")) for row in csv.DictReader(file)]
    without = [t for t in texts if not any(n in unaccent(t).lower() for n in names)]
    assert len(without) > 900
    wrong = [t for t in without if gazetteer().locate(t).matches]
    assert len(wrong) <= 0.01 * len(without), wrong


def test_every_unit_is_found_by_its_own_name() -> None:
    for unit in (u for u in load_units() if u.now):
        found = gazetteer().locate(f"em đang ở {unit.title.replace(' (cũ)', '')}")
        assert is_right(found, unit), (unit.title, titles(found))


def test_landmarks_have_sources_and_places() -> None:
    with (PROJECT_ROOT / "locations" / "data" / "landmarks.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 60
    assert all(row["source"] and row["lies_in"] and row["kind"] for row in rows)
    for unit in (u for u in load_units() if u.level == "landmark"):
        assert unit.now
        assert set(unit.now) <= set(new_units())
        for name in (unit.name, *unit.aliases):
            assert is_right(gazetteer().locate(f"em đang ở gần {name}"), unit), name
            assert is_right(gazetteer().locate(unaccent(name)), unit), name
