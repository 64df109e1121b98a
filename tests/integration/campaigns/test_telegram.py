"""The whole way on Telegram over HTTP: sign up, receive with a picture, tap, stop; and go away."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.app import App
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram import carrier as telegram
from bot.memory import ChatMemory
from bot.store.approved import ApprovedCampaigns
from bot.store.campaign_models import OutboxRow, QuietChat, Subscription
from bot.store.memory import MemoryTraces
from bot.store.taps import Taps
from bot.subscribing import Kept
from content.campaign import Message, Quiz
from tests.campaigns import approve, one_day
from tests.fakes.bot_api import TOKEN, BotApi, Fault
from tests.integration.campaigns.conftest import Desktop

ME, OTHER = 4242, 4243


@dataclass
class Office:
    """The desk, and both ends of the line."""

    desk: Desktop
    api: BotApi
    carrier: telegram.TelegramCarrier

    async def until(self, true: Callable[[], bool], seconds: float = 30.0) -> None:
        """Wait for something to become true; fail when it does not."""
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, f"nothing came: {self.api.texts(ME)}"
            await asyncio.sleep(0.01)

    async def says(self, text: str, chat: int = ME) -> str:
        """Write, and wait for the answer."""
        before = len(self.api.sent(chat))
        self.api.says(chat, text)
        return await self._answer(chat, before)

    async def taps(self, label: str, chat: int = ME) -> str:
        """Tap the newest choice with this label, and wait for the answer."""
        before = len(self.api.sent(chat))
        for message in reversed(self.api.sent(chat)):
            rows = (message["board"] or {}).get("inline_keyboard", [])
            data = [b["callback_data"] for row in rows for b in row if label in b["text"]]
            if data:
                self.api.taps(chat, message, data[0])
                return await self._answer(chat, before)
        raise AssertionError(f"no choice «{label}»")

    async def _answer(self, chat: int, before: int) -> str:
        await self.until(lambda: len(self.api.sent(chat)) > before and self.api.all_answered())
        return "\n".join(self.api.texts(chat)[before:])

    async def sign_up(self, chat: int = ME) -> None:
        """Subscribe by command and one tap."""
        await self.says("/dangky", chat)
        await self.taps("Đồng ý", chat)

    async def send(self) -> dict[str, int]:
        """Send all that is due."""
        sender = self.desk.office.sender(self.carrier)
        running = asyncio.create_task(sender.run())
        for _ in range(1200):
            states = await self.desk.states()
            if not states["waiting"] and not states["sending"]:
                break
            await asyncio.sleep(0.05)
            if not states["sending"]:
                self.desk.clock.moment += timedelta(seconds=2)
        sender.stop()
        await running
        return dict(+(await self.desk.states()))


@pytest.fixture
async def office(antam: App, desk: Desktop, telegram_api: BotApi) -> AsyncIterator[Office]:
    """The channel polling, a carrier ready to send."""
    antam.conversation.subscriptions = Kept(desk.people)
    antam.conversation.count_tap = Taps(desk.engine).add
    memory = ChatMemory(MemoryTraces(), Kept(desk.people))
    channel = TelegramChannel(antam, memory, antam.library.words, TOKEN, telegram_api.url)
    carrier = telegram.TelegramCarrier(memory, TOKEN, telegram_api.url, 100.0)
    running = asyncio.create_task(channel.run())
    try:
        yield Office(desk, telegram_api, carrier)
    finally:
        await channel.stop()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await carrier.close()
        antam.library.campaigns.approved.clear()


def question() -> Message:
    """A message with a picture, a question and a card."""
    quiz = Quiz(
        question="Gọi số nào khi trẻ em bị đánh?", options=["111", "1080"], right=1,
        answer="111 là Tổng đài quốc gia bảo vệ trẻ em, gọi miễn phí.",
    )  # fmt: skip
    text = "Chào bạn. Một câu đố nhỏ để ai cũng nhớ một số điện thoại quan trọng."
    return Message(key="do", day="25/11", hour="08:00", text=text, picture="mo-dau.png",
                   quiz=quiz, card="child-abuse-help")  # fmt: skip


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_sign_up_receive_tap_stop(antam: App, office: Office) -> None:
    campaign = one_day(messages=[question()])
    asked = await office.says("/dangky")
    assert "dừng" in asked  # how to stop is said before anybody agrees
    await office.taps("Đồng ý")
    await office.taps("giờ")
    await office.taps("Sáng")
    row = await office.desk.people.row("telegram", str(ME))
    assert row.hour == "morning"

    await approve(office.desk.office.desk, campaign)
    approved = ApprovedCampaigns(office.desk.engine, antam.library.campaigns.approved)
    await approved.refresh()
    await office.desk.office.schedule.look()
    assert await office.send() == {"sent": 1}
    message = office.api.sent(ME)[-1]
    assert message["caption"].startswith("An Tâm: tin hôm nay\n")
    assert "«dừng»" in message["caption"]
    assert message["silent"]
    assert office.api.files[message["photo"][0]["file_id"]].startswith(b"\x89PNG")

    assert "111" in await office.taps("111")
    card = antam.library.cards["child-abuse-help"]
    assert card.body.split(".")[0] in await office.taps(card.label)
    await office.taps("Dừng")
    assert await office.desk.people.row("telegram", str(ME)) is None
    taps = await Taps(office.desk.engine).of("thu")
    assert taps["do"]["1"] == 1
    assert taps["do"]["stop"] == 1


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_a_picture_is_uploaded_once(office: Office) -> None:
    for chat in (ME, OTHER, 4244):
        await office.sign_up(chat)
    campaign = one_day(messages=[question()])
    await approve(office.desk.office.desk, campaign)
    await office.desk.office.schedule.look()
    assert await office.send() == {"sent": 3}
    assert len(office.api.files) == 1
    assert office.api.count("sendPhoto") == 3


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_words_stop_it_too(office: Office) -> None:
    for word in ("dừng", "/huy", "thôi đừng gửi nữa"):
        await office.sign_up()
        await office.says(word)
        assert await office.desk.people.row("telegram", str(ME)) is None, word


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_erasing_a_chat_erases_the_subscription(office: Office) -> None:
    await office.sign_up()
    await approve(office.desk.office.desk, one_day())
    await office.desk.office.schedule.look()
    said = await office.says("/xoa")
    assert "đăng ký" in said
    async with office.desk.engine.connect() as connection:
        assert (await connection.execute(select(Subscription.id))).first() is None
        assert (await connection.execute(select(QuietChat.person))).first() is None
    assert await office.send() == {"stopped": 1}


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_erasing_a_chat_deletes_what_a_campaign_sent(office: Office) -> None:
    await office.sign_up()
    await approve(office.desk.office.desk, one_day())
    await office.desk.office.schedule.look()
    assert await office.send() == {"sent": 1}
    number = office.api.sent(ME)[-1]["message_id"]
    await office.says("/xoa")
    assert (ME, number) in office.api.deleted


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_whoever_blocks_us_is_let_go(office: Office) -> None:
    await office.sign_up()
    await office.sign_up(OTHER)
    await approve(office.desk.office.desk, one_day())
    await office.desk.office.schedule.look()
    office.api.blocks(ME)  # told by an update
    for _ in range(100):
        if await office.desk.people.row("telegram", str(ME)) is None:
            break
        await asyncio.sleep(0.05)
    office.api.plan("sendMessage", Fault(403, "Forbidden: bot was blocked by the user"))
    assert await office.send() == {"stopped": 1, "unreachable": 1}
    assert await office.desk.people.count() == {}


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_what_telegram_answers_has_its_end(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    for chat in range(5000, 5007):
        await office.desk.people.start("telegram", str(chat))
    await approve(office.desk.office.desk, one_day())
    await office.desk.office.schedule.look()
    answers = {
        5000: [Fault(403, "Forbidden: user is deactivated")],
        5001: [Fault(400, "Bad Request: chat not found")],
        5002: [Fault(400, "Bad Request: can't parse entities")],
        5003: [Fault(429, "Too Many Requests: retry after 1", 1)],
        5004: [Fault(500, "Internal Server Error"), Fault(502, "Bad Gateway")],
        5005: [Fault(hang=4.0, done=True)],
    }
    office.api.weather = lambda method, p: (
        answers[chat].pop(0) if answers.get(chat := int(p.get("chat_id", 0))) else None
    )
    monkeypatch.setattr(telegram, "PATIENCE", 2.0)
    office.carrier = telegram.TelegramCarrier(
        ChatMemory(MemoryTraces()), TOKEN, office.api.url, 100.0
    )
    states = await office.send()
    assert states == {"sent": 3, "unreachable": 2, "rejected": 1, "unknown": 1}
    async with office.desk.engine.connect() as connection:
        errors = {e for (e,) in await connection.execute(select(OutboxRow.error)) if e}
    assert errors == {"Forbidden", "BadRequest", "TimedOut"}
    assert {chat: len(office.api.sent(chat)) for chat in (5003, 5004, 5005, 5006)} == {
        5003: 1, 5004: 1, 5005: 1, 5006: 1,
    }  # fmt: skip
    await office.carrier.close()
