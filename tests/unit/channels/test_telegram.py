"""The parts of the Telegram channel: words behind commands, 429s, what waits, what is held back."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from telegram import Bot, Chat, Message, Update, User
from telegram.error import RetryAfter, TimedOut

from bot.channels.telegram.outcomes import URGENT_WAIT, attempt
from bot.channels.telegram.render import Outgoing
from bot.channels.telegram.taken import HELD_BACK, Taken
from bot.channels.telegram.translate import command_after, command_before, inbound_of
from bot.channels.telegram.waiting import (
    FOLDED,
    MOST_HEARD,
    MOST_SAID,
    Heard,
    Saying,
    line_up_heard,
    line_up_saying,
)
from bot.channels.telegram.wire import Wire
from bot.delivery import Outcome
from bot.memory import ChatMemory
from bot.messages import Command, Inbound, Media, Reply
from bot.store.memory import MemoryTraces


def said(text: str) -> Inbound:
    """What becomes of a message with these words."""
    chat, person = Chat(1, Chat.PRIVATE), User(1, "Người", False)
    message = Message(1, datetime.now(UTC), chat, from_user=person, text=text)
    inbound = inbound_of(Update(7, message=message))
    assert inbound is not None
    return inbound


@pytest.mark.parametrize(
    ("text", "command", "words"),
    [
        ("/help", Command.HELP, ""),
        ("/help@antam_bot ", Command.HELP, ""),
        ("/start", Command.START, ""),
        ("/start don-vi_12", Command.START, ""),  # a link's payload, typed by nobody
        ("/start cứu", None, "cứu"),
        ("/start cuu em", None, "cuu em"),
        ("/help ck e dang cam dao ruot e", None, "ck e dang cam dao ruot e"),
        ("/help\nnó đánh em", None, "nó đánh em"),
        ("/sos em sợ", Command.SOS, ""),
        ("/xoa hết đi", Command.ERASE, "hết đi"),
        ("/thoat lẹ", Command.LEAVE, "lẹ"),
        ("/huy tin", Command.STOP, "tin"),
        ("/diachi ở châu đốc", Command.PLACE, "ở châu đốc"),
        ("/la gi", None, "/la gi"),
        ("/", None, "/"),
    ],
)
def test_words_behind_a_command_are_read(text: str, command: Command | None, words: str) -> None:
    inbound = said(text)
    assert (inbound.command, inbound.text) == (command, words)


def test_a_command_with_words_is_also_there_alone() -> None:
    assert command_after(said("/xoa")) is None
    after = command_after(said("/xoa hết đi"))
    assert after is not None
    assert (after.command, after.text) == (Command.ERASE, "")
    assert after.delivery != said("/xoa hết đi").delivery  # or it would be answered as a repeat
    before = command_before(said("/diachi ở châu đốc"))
    assert before is not None
    assert before.command is Command.PLACE
    assert command_before(said("/xoa hết đi")) is None


class Refused:
    """A call that Telegram refuses some times, and the waits in between."""

    def __init__(self, *errors: Exception) -> None:
        self._errors = list(errors)
        self.waits: list[float] = []
        self.calls = 0

    async def __call__(self) -> str:
        self.calls += 1
        if self._errors:
            raise self._errors.pop(0)
        return "sent"

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


async def test_what_is_urgent_waits_out_a_long_429() -> None:
    call = Refused(RetryAfter(35), RetryAfter(60), RetryAfter(5), RetryAfter(5), RetryAfter(5))
    result = await attempt(call, urgent=True, sleep=call.sleep)
    assert result.outcome is Outcome.SENT
    assert call.waits[:2] == pytest.approx([35.1, 60.1])
    plain = Refused(RetryAfter(35))
    result = await attempt(plain, sleep=plain.sleep)
    assert result.outcome is Outcome.THROTTLED
    assert plain.calls == 1


async def test_what_is_urgent_goes_out_after_minutes_whatever_telegram_asks() -> None:
    call = Refused(RetryAfter(100), RetryAfter(5_000))
    result = await attempt(call, urgent=True, sleep=call.sleep)
    assert result.outcome is Outcome.SENT
    assert sum(call.waits) == pytest.approx(URGENT_WAIT)
    never = Refused(*[RetryAfter(5_000)] * 99)
    result = await attempt(never, urgent=True, sleep=never.sleep)
    assert result.outcome is Outcome.THROTTLED
    assert sum(never.waits) == pytest.approx(URGENT_WAIT)


async def test_what_may_have_arrived_is_repeated_only_when_urgent() -> None:
    call = Refused(TimedOut())
    assert (await attempt(call, sleep=call.sleep)).outcome is Outcome.UNKNOWN
    call = Refused(TimedOut())
    assert (await attempt(call, urgent=True, sleep=call.sleep)).outcome is Outcome.SENT


async def test_what_is_urgent_gives_way_to_no_campaign() -> None:
    class Silent:
        async def send_message(self, *given: Any, **named: Any) -> None: ...

    memory = ChatMemory(MemoryTraces())
    wire = Wire(cast("Bot", Silent()), memory)
    for _ in range(30):
        memory.pace.call("telegram", bulk=True).__enter__()  # on their way, all of them
    start = time.monotonic()
    answer = asyncio.create_task(wire.send(1, Outgoing("an answer"), urgent=False))
    await asyncio.sleep(0)
    await wire.send(1, Outgoing("numbers"), urgent=True)
    assert not answer.done()
    await answer
    assert time.monotonic() - start >= 1.0


def heard(number: int, **parts: Any) -> Heard:
    return Heard(number, Inbound("telegram", "1", **parts))


def test_words_that_are_too_many_are_joined_not_lost() -> None:
    waiting: list[Heard] = []
    done = [h for n in range(60) for h in line_up_heard(waiting, heard(n, text=f"w{n}"))]
    assert len(waiting) == MOST_HEARD
    assert [h.update for h in done] == list(range(10))
    assert waiting[0].inbound.text == "\n".join(f"w{n}" for n in range(11))
    assert waiting[-1].inbound.text == "w59"
    for n in range(60, 100):
        line_up_heard(waiting, heard(n, text=f"{n}" * 2_000))
    assert len(waiting) == MOST_HEARD
    assert max(len(h.inbound.text) for h in waiting) <= FOLDED


def test_pictures_go_before_words_and_taps() -> None:
    waiting: list[Heard] = []
    for n in range(MOST_HEARD - 1):
        line_up_heard(waiting, heard(n, choice="menu"))
    line_up_heard(waiting, heard(98, media=Media.STICKER))
    assert [h.update for h in line_up_heard(waiting, heard(99, text="nó đánh em"))] == [98]
    assert [h.update for h in line_up_heard(waiting, heard(100, choice="sos"))] == [0]


def saying(number: int, *, urgent: bool = False, erases: bool = False) -> Saying:
    return Saying(number, Reply((str(number),), erases=erases), urgent)


def test_a_danger_reply_comes_first_but_not_before_an_erasure() -> None:
    waiting = [saying(1), saying(2)]
    line_up_saying(waiting, saying(3, urgent=True))
    line_up_saying(waiting, saying(4, urgent=True))
    assert [s.update for s in waiting] == [3, 4, 1, 2]
    line_up_saying(waiting, saying(5, erases=True))
    line_up_saying(waiting, saying(6))
    line_up_saying(waiting, saying(7, urgent=True))
    assert [s.update for s in waiting] == [3, 4, 1, 2, 5, 7, 6]


def test_answers_are_let_go_before_danger_replies_and_erasures() -> None:
    waiting: list[Saying] = []
    done: list[int] = []
    for n in range(100):
        one = saying(n, urgent=n == 10, erases=n == 20)
        done += [s.update for s in line_up_saying(waiting, one)]
    assert len(waiting) == MOST_SAID
    assert {10, 20, 99} <= {s.update for s in waiting}
    for n in range(100, 200):
        line_up_saying(waiting, saying(n, urgent=True))
    assert len(waiting) == MOST_SAID
    assert {20, 199} <= {s.update for s in waiting}


def test_only_what_is_answered_is_confirmed() -> None:
    taken = Taken()
    assert taken.offset is None
    assert all(taken.take(n) for n in (5, 6, 7))
    assert not taken.take(6)
    taken.done(6)
    assert taken.offset == 5
    taken.done(5)
    assert taken.offset == 7
    taken.done(7)
    assert taken.offset == 8
    assert not taken.take(7)


def test_what_is_held_back_never_hides_what_is_new() -> None:
    taken = Taken()
    for n in range(1, 500):
        taken.take(n)
    assert taken.offset == 500 - HELD_BACK
