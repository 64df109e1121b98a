"""Promise 6: whoever met danger or asked for a shelter is never written to first. Every path."""

from __future__ import annotations

import asyncio

import pytest

from bot.app import App
from bot.messages import Command, Inbound, Point, Reply
from bot.subscribing import Kept
from tests.campaigns import approve, moment, one_day
from tests.integration.campaigns.conftest import Desktop
from tests.places import HERE_POINT, finder

ME, OTHER = "777", "778"

PATHS = {
    "words": [{"text": "chồng em đang cầm dao đòi giết em"}],
    "words without accents": [{"text": "chong em dang danh em chay mau qua"}],
    "the safe word": [{"text": "an tâm ơi"}],
    "sos command": [{"command": Command.SOS}],
    "sos tap": [{"choice": "sos"}],
    "an answer's danger tap": [{"choice": "danger"}],
    "words for a shelter": [{"text": "em cần chỗ tạm lánh"}],
    "shelter command": [{"command": Command.PLACE}],
    "shelter tap": [{"choice": "topic:find_shelter"}],
    "a point": [{"point": Point(*HERE_POINT)}],
    "a place, asked for first": [{"command": Command.PLACE}, {"text": "phường Long Xuyên"}],
    "danger in place of a unit": [
        {"choice": "sub:unit"}, {"text": "ở chợ mới, chồng đang đánh em chảy máu"},
    ],
    "danger after a campaign's tap": [
        {"choice": "cm:thu:chao:card"}, {"text": "nó đang bóp cổ em"},
    ],
    "danger while wishes are chosen": [
        {"choice": "sub:hour:"}, {"text": "cứu em với, ba đang đánh má"},
    ],
}  # fmt: skip


@pytest.fixture
def talk(antam: App, desk: Desktop) -> App:
    """A dialogue whose subscriptions are kept in the database of the desk."""
    antam.conversation.subscriptions = Kept(desk.people)
    antam.conversation.finder = finder()
    return antam


async def says(talk: App, person: str = ME, **what: object) -> Reply:
    """One message on Telegram."""
    return (await talk.reply(Inbound("telegram", person, **what))).reply  # type: ignore[arg-type]


def offers(reply: Reply) -> list[str]:
    """What of a reply leads to a subscription."""
    return [c.action for c in reply.choices if c.action.startswith(("topic:subscribe", "sub:yes"))]


async def signed_up(talk: App) -> None:
    """Two people subscribe, as people do."""
    for person in (ME, OTHER):
        asked = await says(talk, person, text="đăng ký")
        assert offers(asked) == ["sub:yes"]
        assert "dừng" in "\n".join(asked.texts)
        await says(talk, person, choice="sub:yes")


@pytest.mark.parametrize("path", PATHS)
async def test_they_get_nothing_more(desk: Desktop, talk: App, path: str) -> None:
    await signed_up(talk)
    await approve(desk.office.desk, one_day(first_day="25/11", last_day="26/11"))
    await desk.office.schedule.look()  # the message waits for both of them
    said = ""
    for what in PATHS[path]:
        reply = await says(talk, **what)
        said += reply.texts[-1]
    assert "nhận tin lại" in said
    assert offers(reply) == []
    states = await desk.send()
    assert states == {"sent": 1, "withheld": 1}
    assert [person for person, _ in desk.carrier.got] == [OTHER]
    # Nothing is offered there from now on, and nothing opened for it.
    assert offers(await says(talk, command=Command.HELP)) == []
    assert offers(await says(talk, text="đăng ký")) == []
    await says(talk, choice="sub:yes")
    desk.clock.moment = moment("2027-11-25 09:00")
    await approve(desk.office.desk, one_day("sau", hour="09:00"))
    assert [o.total for o in await desk.office.schedule.look()] == [1]
    assert (await desk.send())["sent"] == 2
    assert {person for person, _ in desk.carrier.got} == {OTHER}


async def test_their_own_word_resumes_it(desk: Desktop, talk: App) -> None:
    await signed_up(talk)
    await says(talk, text="chồng em đang cầm dao đòi giết em")
    await says(talk, text="nhận tin lại")
    await approve(desk.office.desk, one_day())
    await desk.office.schedule.look()
    assert await desk.send() == {"sent": 2}


async def test_a_new_chat_in_danger_is_never_offered_anything(desk: Desktop, talk: App) -> None:
    first = await says(talk, text="nó đang cầm dao đòi giết em")
    assert offers(first) == []
    for text in ("tháng hành động là gì", "đăng ký", "luật bình đẳng giới là gì"):
        assert offers(await says(talk, text=text)) == [], text
    await says(talk, choice="sub:yes")
    assert await desk.people.row("telegram", ME) is None


async def test_danger_while_the_database_is_away_is_made_good(
    desk: Desktop, talk: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    await signed_up(talk)
    await approve(desk.office.desk, one_day())
    await desk.office.schedule.look()

    async def away(channel: str, person: str) -> bool:
        raise ConnectionError("away")

    with monkeypatch.context() as gone:
        gone.setattr(desk.people, "quieten", away)
        reply = await says(talk, text="nó đang cầm dao đòi giết em")
        assert reply.danger
    people = talk.conversation.subscriptions
    assert isinstance(people, Kept)
    assert await people.is_quiet("telegram", ME)  # kept in mind
    assert await people.pay() == 1
    assert await desk.send() == {"sent": 1, "withheld": 1}
    assert {person for person, _ in desk.carrier.got} == {OTHER}


async def test_what_could_not_be_told_is_told_with_the_next_reply(
    desk: Desktop, talk: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = talk.library.words["subscription.paused_note"]
    await signed_up(talk)
    quieten, free = desk.people.quieten, asyncio.Event()

    async def slow(channel: str, person: str) -> bool:
        await free.wait()
        return await quieten(channel, person)

    with monkeypatch.context() as hanging:
        hanging.setattr(desk.people, "quieten", slow)
        hanging.setattr("bot.dialogue.quiet.PATIENCE", 0.1)
        reply = await says(talk, text="nó đang cầm dao đòi giết em")
        assert reply.texts[0].startswith("Gọi ngay: 113")
        assert note not in reply.texts
        assert note not in (await says(talk, text="cảm ơn")).texts  # not known yet
    free.set()
    assert (await says(talk, text="cảm ơn")).texts[-1] == note
    assert note not in (await says(talk, text="cảm ơn")).texts  # once
    assert note not in (await says(talk, OTHER, text="cảm ơn")).texts


async def test_who_resumes_at_once_is_not_told_of_a_pause(
    desk: Desktop, talk: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    await signed_up(talk)

    async def away(channel: str, person: str) -> bool:
        raise ConnectionError("away")

    with monkeypatch.context() as gone:
        gone.setattr(desk.people, "quieten", away)
        await says(talk, text="nó đang cầm dao đòi giết em")
    resumed = await says(talk, text="nhận tin lại")
    assert talk.library.words["subscription.paused_note"] not in resumed.texts
    await approve(desk.office.desk, one_day())
    await desk.office.schedule.look()
    assert await desk.send() == {"sent": 2}


async def test_a_chat_without_a_subscription_is_told_of_no_pause(
    desk: Desktop, talk: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(channel: str, person: str) -> bool:
        raise ConnectionError("away")

    with monkeypatch.context() as gone:
        gone.setattr(desk.people, "quieten", away)
        await says(talk, text="nó đang cầm dao đòi giết em")
    for text in ("cảm ơn", "luật bình đẳng giới là gì"):
        assert "tạm ngưng" not in "\n".join((await says(talk, text=text)).texts)


@pytest.mark.hurried
async def test_a_slow_database_does_not_hold_up_a_danger_reply(
    desk: Desktop, talk: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(channel: str, person: str) -> bool:
        await asyncio.Event().wait()
        return False

    monkeypatch.setattr(desk.people, "quieten", slow)
    async with asyncio.timeout(60):
        reply = await says(talk, text="nó đang cầm dao đòi giết em")
    assert reply.danger
    assert reply.texts[0].startswith("Gọi ngay: 113")
