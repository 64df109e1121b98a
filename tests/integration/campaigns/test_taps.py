"""Taps under a campaign's message: answered from what was approved, counted, never in the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import func, select, text

from bot.app import App
from bot.messages import Inbound
from bot.store.approved import ApprovedCampaigns
from bot.store.campaign_models import Tap
from bot.store.taps import Taps
from bot.subscribing import Kept
from content.campaign import Campaign, Message, Quiz
from tests.campaigns import APPROVER, AUTHOR, approve, one_day
from tests.integration.campaigns.conftest import Desktop

ME = "777"
TRUE, FALSE = "111 là Tổng đài quốc gia bảo vệ trẻ em.", "1080 là số nên gọi trước tiên."


def quiz(answer: str, right: int = 1) -> Campaign:
    """A campaign of one question with a card."""
    asked = Quiz(question="Gọi số nào?", options=["111", "1080"], right=right, answer=answer)
    said = "Chào bạn. Một câu đố nhỏ để ai cũng nhớ một số điện thoại quan trọng."
    message = Message(key="do", day="25/11", hour="08:00", text=said, quiz=asked,
                      card="child-abuse-help")  # fmt: skip
    return one_day(messages=[message])


@dataclass
class Talk:
    """A dialogue over the database of the desk."""

    app: App
    desk: Desktop
    approved: ApprovedCampaigns

    async def taps(self, what: str, channel: str = "telegram") -> str:
        """Tap ``cm:<what>``; the words of the answer."""
        reply = (await self.app.reply(Inbound(channel, ME, choice=f"cm:{what}"))).reply
        return "\n".join(reply.texts)

    async def counted(self) -> int:
        """How many rows of counts there are."""
        async with self.desk.engine.connect() as connection:
            return int(await connection.scalar(select(func.count()).select_from(Tap)) or 0)


@pytest.fixture
def talk(antam: App, desk: Desktop) -> Iterator[Talk]:
    """Subscriptions, counts and approved campaigns as `running` puts them together."""
    antam.conversation.subscriptions = Kept(desk.people)
    antam.conversation.count_tap = Taps(desk.engine).add
    approved = antam.library.campaigns.approved
    yield Talk(antam, desk, ApprovedCampaigns(desk.engine, approved))
    approved.clear()


async def test_answers_are_those_that_were_approved(talk: Talk) -> None:
    desk = talk.desk.office.desk
    await approve(desk, quiz(TRUE))
    assert await talk.approved.refresh() == 1
    assert await talk.approved.refresh() == 0
    assert TRUE in await talk.taps("thu:do:1")

    edited = quiz(FALSE, right=2)
    desk.campaigns.by_id["thu"] = edited
    talk.app.library.campaigns.by_id["thu"] = edited
    try:
        await talk.approved.refresh()
        assert TRUE in await talk.taps("thu:do:1")
        await desk.step("thu", "submit", AUTHOR)  # nobody has approved it yet
        await talk.approved.refresh()
        assert TRUE in await talk.taps("thu:do:2")
    finally:
        del talk.app.library.campaigns.by_id["thu"]
    await desk.step("thu", "approve", APPROVER)
    await talk.approved.refresh()
    assert FALSE in await talk.taps("thu:do:2")
    assert (await Taps(talk.desk.engine).of("thu"))["do"] == {"1": 2, "2": 2}


async def test_a_process_without_the_file_answers_too(talk: Talk) -> None:
    await approve(talk.desk.office.desk, quiz(TRUE))
    await talk.approved.refresh()
    assert "thu" not in talk.app.library.campaigns.by_id
    assert TRUE in await talk.taps("thu:do:1")


@pytest.mark.parametrize(
    "what",
    ["chữ của tôi:và đây nữa:stop", "thu:khac:stop", "thu:do:3", "thu:do:01", "thu:do:0",
     "thu:do:", "thu:do:x" * 5, "thu", "", ":::", "thu:khac:card"],
)  # fmt: skip
async def test_what_nobody_sent_is_not_counted(talk: Talk, what: str) -> None:
    await approve(talk.desk.office.desk, quiz(TRUE))
    await talk.approved.refresh()
    for channel in ("web", "telegram"):
        assert await talk.taps(what, channel)
    assert await talk.counted() == 0


async def test_stopping_comes_first_and_needs_no_count(talk: Talk) -> None:
    await approve(talk.desk.office.desk, quiz(TRUE))
    await talk.approved.refresh()
    assert await talk.desk.people.start("telegram", ME)
    async with talk.desk.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE campaign_tap RENAME TO elsewhere"))
    try:
        said = await talk.taps("thu:do:stop")
        assert TRUE in await talk.taps("thu:do:1")
    finally:
        async with talk.desk.engine.begin() as connection:
            await connection.execute(text("ALTER TABLE elsewhere RENAME TO campaign_tap"))
    assert said == talk.app.library.words["subscription.stopped"]
    assert await talk.desk.people.row("telegram", ME) is None


async def test_a_message_nobody_knows_any_more_can_still_be_stopped(talk: Talk) -> None:
    assert await talk.desk.people.start("telegram", ME)
    await talk.taps("cu:tin:stop")
    assert await talk.desk.people.row("telegram", ME) is None
