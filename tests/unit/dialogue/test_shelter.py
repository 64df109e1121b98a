"""Safe places in the conversation: kept houses stay kept, and everybody sees what takes them in."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.app import App
from bot.messages import Command, Inbound, Point, Reply
from locations.finder import Finder
from locations.place import Place
from locations.shipped import institutions
from locations.units import new_units
from tests.places import HERE_POINT, HIDDEN_POINT, SECRET, made_up

UNIT = new_units()["30307"]


async def say(antam: App, text: str = "", person: str = "a", **more: object) -> Reply:
    inbound = Inbound("test", person, text=text, **more)  # type: ignore[arg-type]
    return (await antam.reply(inbound)).reply


def place(name: str, phone: str, **values: object) -> Place:
    """A public place in phường Long Xuyên, checked today, open day and night."""
    open_house = made_up()[0]
    return replace(open_house, id=name, name=name, phones=[phone], **values)  # type: ignore[arg-type]


def shown(reply: Reply) -> str:
    return "\n".join(reply.texts)


async def test_a_kept_house_is_told_of_by_its_unit_alone(antam: App) -> None:
    antam.conversation.finder = Finder(made_up())
    reply = await say(antam, point=Point(*HERE_POINT))
    text = next(t for t in reply.texts if "Nhà thử giữ kín" in t)
    assert "Trong vòng 5 km, tính tới trung tâm xã, phường nơi đó." in text
    assert "phía" not in text
    spot = next(p for p in reply.places if p.id == "kept-house").as_json()
    assert (spot["distance_km"], spot["direction"], spot["point"], spot["map"]) == (
        5,
        "",
        None,
        None,
    )
    assert spot["address"] == ""
    assert SECRET not in json.dumps(reply.as_json(), ensure_ascii=False)


async def test_where_a_kept_house_stands_changes_no_reply(antam: App) -> None:
    points = [(10.36, 105.40), (10.39, 105.45), HIDDEN_POINT, (10.45, 105.43), (10.30, 105.40)]
    told = []
    for lat, lon in (HIDDEN_POINT, (UNIT.lat - 0.04, UNIT.lon + 0.03)):
        places = made_up()
        places[1].latitude, places[1].longitude = lat, lon
        antam.conversation.finder = Finder(places)
        told.append([(await say(antam, point=Point(*p))).as_json() for p in points])
    assert told[0] == told[1]


def for_women(**values: object) -> Place:
    return place("Nhà cho phụ nữ", "+84912000001", takes_in=["women", "children"], **values)


def for_men(**values: object) -> Place:
    return place("Nhà cho nam giới", "+84912000002", takes_in=["men"], latitude=10.41, **values)


async def province_wide(antam: App, first: str = "") -> Reply:
    """A place is asked for, and the answer names none."""
    asked = await (say(antam, first) if first else say(antam, command=Command.PLACE))
    assert asked.asks_place
    return await say(antam, "tui không nói đâu")


async def test_the_province_wide_numbers_belong_to_the_places_told(antam: App) -> None:
    antam.conversation.finder = Finder([for_women(), for_men()])
    reply = await province_wide(antam, "tôi là đàn ông, có chỗ nào tạm lánh cho tôi không")
    assert "Mình chưa rõ bạn ở đâu" in reply.texts[0]
    assert "Nhà cho nam giới" in shown(reply)
    assert "Nhà cho phụ nữ" not in shown(reply)
    numbers = {c.dial for c in reply.calls}
    assert "0912000002" in numbers
    assert "0912000001" not in numbers
    assert "Cách" not in shown(reply)


async def test_the_province_wide_warning_takes_no_place_of_a_place(antam: App) -> None:
    old = date.today() - timedelta(days=900)
    stale = [place(f"Nhà cũ {i}", f"+8491200001{i}", assured_date=old) for i in range(4)]
    antam.conversation.finder = Finder(stale)
    reply = await province_wide(antam)
    assert "chưa có nơi nào vừa gần vừa mới được kiểm tra" in reply.texts[1]
    named = [t.split("\n")[0].split(". ")[1] for t in reply.texts if t[:3] in ("1. ", "2. ", "3. ")]
    assert len(named) == 3
    assert [c.name for c in reply.calls][:3] == named
    assert sum("Nhà cũ" in t for t in reply.texts) == 3


async def test_the_centre_comes_first_for_the_whole_province_too(antam: App) -> None:
    old = date.today() - timedelta(days=900)
    stale = [place(f"Nhà cũ {i}", f"+8491200001{i}", assured_date=old) for i in range(4)]
    centre = replace(next(institutions()), assured_date=old)
    antam.conversation.finder = Finder([*stale, centre])
    reply = await province_wide(antam)
    assert reply.texts[2].startswith("1. Ngôi nhà Ánh Dương")
    assert reply.calls[0].name == "Ngôi nhà Ánh Dương An Giang"


@pytest.mark.parametrize(
    ("first", "fits"),
    [
        ("tôi là đàn ông, có chỗ nào tạm lánh cho tôi không", "Nhà cho nam giới"),
        ("có chỗ nào tạm lánh không", "Nhà cho phụ nữ"),
    ],
)
@pytest.mark.parametrize("point", [None, Point(*HERE_POINT)])
async def test_who_needs_the_place_is_known_when_the_next_message_says_where(
    antam: App, first: str, fits: str, point: Point | None
) -> None:
    antam.conversation.finder = Finder([for_women(), for_men()])
    assert (await say(antam, first)).asks_place
    reply = await (say(antam, point=point) if point else say(antam, "phường long xuyên"))
    assert reply.places[0].name == fits
    only = first.startswith("tôi")
    assert ("Nhà cho phụ nữ" not in shown(reply)) == only
    assert ("Nếu bạn là nam" in shown(reply)) == only
    other = await say(antam, "phường long xuyên, có chỗ nào tạm lánh không", person="b")
    assert other.places[0].name == "Nhà cho phụ nữ"


async def test_an_elder_is_shown_no_place_that_turns_elders_away(antam: App) -> None:
    antam.conversation.finder = Finder([for_women()])
    reply = await say(antam, "mẹ già 80 tuổi cần chỗ tạm lánh ở phường long xuyên")
    assert reply.places == ()
    assert "chưa biết nơi nào chắc chắn nhận bạn" in reply.texts[1]
    assert reply.calls


async def test_a_group_is_forgotten_with_the_state(antam: App) -> None:
    await say(antam, "tôi là đàn ông, có chỗ nào tạm lánh cho tôi không")
    assert antam.conversation.forget("test", "a")
    antam.conversation.finder = Finder([for_women(), for_men()])
    reply = await say(antam, "có chỗ nào tạm lánh ở phường long xuyên không")
    assert reply.places[0].name == "Nhà cho phụ nữ"


async def test_a_promise_of_day_and_night_is_made_only_for_a_place_that_keeps_it(
    antam: App,
) -> None:
    old = date.today() - timedelta(days=900)
    by_day = place("Nhà cũ", "+84912000010", assured_date=old, schedule="7h-17h",
                   open_times=[[d, 420, 1020] for d in range(7)])  # fmt: skip
    antam.conversation.finder = Finder([by_day])
    reply = await say(antam, point=Point(*HERE_POINT))
    assert "cả ngày đêm" not in reply.texts[1]
    assert "chưa có nơi nào vừa gần vừa mới được kiểm tra" in reply.texts[1]


async def test_hours_that_leave_a_day_out_say_whether_it_is_open(antam: App) -> None:
    closed = place("Nhà nghỉ", "+84912000010", schedule="24/7 trừ chủ nhật", open_times=[[0, 0, 0]])
    antam.conversation.finder = Finder([closed])
    reply = await say(antam, point=Point(*HERE_POINT))
    assert "Giờ này đóng cửa" in shown(reply)
