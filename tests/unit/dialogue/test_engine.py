"""The conversation as a person meets it, on rules and search alone."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date

import pytest

from bot.app import App
from bot.dialogue.engine import Alarm
from bot.messages import Command, Inbound, Media, Point, Reply
from bot.nlu.client import Parsed
from locations.finder import Finder
from locations.shipped import institutions
from tests.places import made_up


async def say(antam: App, text: str = "", person: str = "a", **more: object) -> Reply:
    inbound = Inbound("test", person, text=text, **more)  # type: ignore[arg-type]
    return (await antam.reply(inbound)).reply


async def test_the_example_of_the_design_gets_the_numbers_first(antam: App) -> None:
    reply = await say(antam, "ck e quynh e hoai gio e fai lam sao")
    assert reply.danger == "violence_now"
    assert reply.texts[0].startswith("Gọi ngay: 113")
    assert "?" not in reply.texts[0]
    assert [c.number for c in reply.calls][:2] == ["113", "1800 8077"]
    labels = {c.action for c in reply.choices}
    assert {"place:danger", "danger:no", "leave"} <= labels


async def test_danger_is_seen_in_every_state(antam: App) -> None:
    before = ["xin chào", "tìm chỗ tạm lánh", "đồ ngu", "chồng em cầm dao", "cấm tiếp xúc là gì"]
    for text in before:
        await say(antam, text)
        reply = await say(antam, "nó đang đánh em, cứu em với")
        assert reply.danger, text


async def test_no_it_was_not_that(antam: App) -> None:
    await say(antam, "chồng em cầm dao")
    reply = await say(antam, choice="danger:no")
    assert reply.danger is None
    assert "xin lỗi" in reply.texts[0]


async def test_the_safe_word_brings_the_numbers(antam: App) -> None:
    for text in ("an tâm ơi", "An Tâm ơiiii", "an tam oi"):
        reply = await say(antam, text)
        assert reply.danger == "safe_word", text
        assert reply.texts[0].startswith("Gọi ngay: 113")


async def test_law_is_answered_with_citation_numbers_and_next_steps(antam: App) -> None:
    reply = await say(antam, "đánh vợ bị phạt bao nhiêu tiền")
    assert reply.danger is None
    assert reply.topic == "penalties"
    assert any(c.law == "282/2025/NĐ-CP" for c in reply.citations)
    assert "Căn cứ:" in reply.texts[-1]
    checked = antam.library.cards["penalties-beating"].checked_on
    assert f"{checked:%d/%m/%Y}" in reply.texts[-1]
    assert 1 <= len([c for c in reply.choices if not c.quiet]) <= 3
    assert [c.quiet for c in reply.choices[-2:]] == [True, True]


async def test_a_story_of_long_ago_gets_help_but_no_siren(antam: App) -> None:
    reply = await say(antam, "10 năm trước ba tui hay đánh má tui, giờ nhớ lại còn buồn")
    assert reply.danger is None
    assert any("113" in t for t in reply.texts) or reply.calls


async def test_what_was_said_is_not_repeated(antam: App) -> None:
    """Promise 7: nothing of the earlier talk comes back, whatever is asked."""
    await say(antam, "mật khẩu zalo của em là hoahong99, chồng em giữ hết tiền")
    for text in ("nãy mình nói gì vậy", "nhắc lại tin nhắn trước của tôi", "đọc lại đi"):
        reply = await say(antam, text)
        assert "hoahong99" not in str(reply.as_json())


@pytest.mark.parametrize("media", list(Media))
async def test_what_cannot_be_read_gets_the_numbers(antam: App, media: Media) -> None:
    reply = await say(antam, media=media)
    assert "113" in reply.texts[-1]
    assert reply.calls


ODD = {
    "empty": "",
    "spaces": " \n\t ",
    "emoji": "😭😭🆘",
    "right to left": "\u202eساعدني من فضلك\u202c",
    "zalgo": "c" + "\u0335\u0321\u0489" * 300 + "ứu e" + "\u0301" * 500,
    "one word a million times": "a " * 500_000,
    "one megabyte without a space": "x" * 1_000_000,
    "control": "\x00\x01\x02\x1b[31m",
    "surrogate": "\ud83d help",
    "markup": "<script>alert(1)</script> **x** {numbers} %s {0}",
}


@pytest.mark.parametrize("name", list(ODD))
async def test_odd_input_is_taken_in(antam: App, name: str) -> None:
    started = time.perf_counter()
    reply = await say(antam, ODD[name])
    assert reply.texts
    assert all(t.strip() for t in reply.texts)
    assert "trục trặc" not in reply.texts[0]
    assert time.perf_counter() - started < 5  # a guard against runaway patterns, not a benchmark


async def test_danger_at_the_end_of_a_very_long_message_is_heard(antam: App) -> None:
    reply = await say(antam, "chuyện dài lắm " * 5_000 + " nó đang cầm dao đứng ngoài cửa")
    assert reply.danger == "weapon"


async def test_unsure_offers_three_topics_and_people(antam: App) -> None:
    reply = await say(antam, "hình như có cái gì đó không ổn với cái chuyện kia")
    assert len([c for c in reply.choices if c.action.startswith("topic:")]) == 3
    assert reply.calls


async def test_insults_are_met_calmly_once(antam: App) -> None:
    first = await say(antam, "đồ ngu")
    second = await say(antam, "đồ ngu")
    assert first.texts != second.texts
    assert not first.danger


async def test_every_menu_choice_leads_somewhere(antam: App) -> None:
    seen: set[str] = set()
    todo = [c.action for c in (await say(antam, command=Command.HELP)).choices]
    while todo:
        action = todo.pop()
        if action in seen:
            continue
        seen.add(action)
        reply = await say(antam, choice=action)
        assert reply.texts, action
        assert "xem lại" not in reply.texts[0], action
        todo += [c.action for c in reply.choices]
    cards = {c.id for c in antam.library.cards.values()}
    assert len({a for a in seen if a.startswith("card:")}) > len(cards) / 3


@pytest.mark.parametrize(
    "action", ["card:none", "topic:none", "nonsense", "nonsense:1", ":", "menu:none", "danger:x"]
)
async def test_old_or_forged_buttons_are_met(antam: App, action: str) -> None:
    reply = await say(antam, choice=action)
    assert reply.texts
    assert "trục trặc" not in reply.texts[0]


async def test_a_shelter_is_honest_about_the_table(antam: App) -> None:
    reply = await say(antam, "gần đây có chỗ nào tạm lánh không")
    assert reply.topic == "find_shelter"
    assert reply.asks_place
    assert any(c.number == "1800 8077" for c in reply.calls)
    after = await say(antam, point=Point(10.386123, 105.435456))
    assert "không giữ lại" in after.texts[0]
    assert after.places[0].name == "Ngôi nhà Ánh Dương An Giang"
    assert not after.asks_place


@pytest.mark.parametrize("command", list(Command))
async def test_every_command_is_answered(antam: App, command: Command) -> None:
    assert (await say(antam, command=command)).texts


async def test_when_everything_breaks_the_numbers_come(
    antam: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: str) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(antam.conversation._understander, "understand", broken)
    reply = await say(antam, "luật bình đẳng giới")
    assert "113" in reply.texts[0]
    assert reply.calls
    # and the danger reply comes whole
    reply = await say(antam, "chồng em đang cầm dao")
    assert (reply.danger, reply.card) == ("weapon", "emergency-now")


async def test_a_broken_danger_check_still_gives_the_numbers(
    antam: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: str) -> Alarm:
        raise RuntimeError("boom")

    monkeypatch.setattr(antam.conversation._danger, "by_rules", broken)
    assert "113" in (await say(antam, "chồng em đang cầm dao")).texts[0]


async def test_nobody_shows_in_a_repr() -> None:
    inbound = Inbound(
        "web", "người-bí-mật", text="lời-bí-mật", point=Point(10.386123, 105.4), delivery="d-1"
    )
    shown = repr(inbound)
    assert "bí-mật" not in shown
    assert "10.386" not in shown
    assert "d-1" not in shown


async def test_when_nothing_fresh_is_near_the_centre_comes_first(antam: App) -> None:
    """Far down in the south the nearest places are stale, and the centre is beyond 40 km."""
    stale = [replace(p, assured_date=date(2020, 1, 1)) for p in made_up()[:2]]
    for place in stale:
        place.latitude, place.longitude = 9.55, 105.20
    antam.conversation.finder = Finder([*stale, *institutions()])
    reply = await say(antam, point=Point(9.54, 105.20))
    assert "chưa có địa chỉ nào vừa được kiểm tra" in reply.texts[1]
    assert reply.places[0].kind == "one_stop_centre"
    assert "đã lâu" in " ".join(reply.texts)
    assert reply.calls[0].number == "1800 8077"


class Deaf:
    """A model that hears no danger anywhere."""

    async def read(self, text: str) -> Parsed | None:
        return Parsed("out_of_scope", 0.9, (("out_of_scope", 0.9),), 0.0)


async def test_a_model_takes_no_danger_back_that_it_may_not_have_read(antam: App) -> None:
    antam.conversation._understander._model = Deaf()
    alarming = "ổng vác rựa rượt tui"
    story = "Hôm qua tui đi chợ mua cá về nấu canh cho cả nhà ăn. " * 40
    assert (await say(antam, alarming)).danger is None, "read whole, and taken back"
    assert (await say(antam, story + alarming)).danger == "weapon"
    half = story[: len(story) // 2]
    assert (await say(antam, f"{half} {alarming}. {half}")).danger == "weapon"


async def test_what_breaks_beside_a_danger_takes_nothing_from_the_numbers(
    antam: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = await say(antam, "nó đang đánh em ở Chợ Mới, cứu em với")

    def broken(*_: object) -> None:
        raise KeyError("282/2025/NĐ-CP")

    monkeypatch.setattr("bot.dialogue.speak.Speaker.valid_card", broken)
    monkeypatch.setattr("bot.dialogue.flows.sos.beside_danger", broken)
    monkeypatch.setattr("bot.dialogue.flows.sos.whereabouts.located", broken)
    told: list[Exception] = []
    antam.conversation.failed = told.append  # type: ignore[method-assign]
    reply = await say(antam, "nó đang đánh em ở Chợ Mới, cứu em với")
    assert reply.danger == whole.danger
    assert reply.texts == whole.texts[:2]
    assert reply.calls == whole.calls
    assert len(told) == 3
