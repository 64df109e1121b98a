"""Somebody who came in danger is never written to first (promise 6)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any, TypeVar

from bot.dialogue.state import State
from bot.dialogue.subscribing import Subscribing
from bot.messages import Choice, Inbound, Reply
from content.words import Words

# How long a reply may wait for the subscriptions, in seconds.
PATIENCE = 0.3
# What goes on behind replies; held here, for the loop itself holds it only weakly.
_ongoing: set[asyncio.Future[Any]] = set()
T = TypeVar("T")
D = TypeVar("D")
OFFERS = ("topic:subscribe", "sub:yes")
# Reading about shelters, also under a campaign's own message, is not asking for one.
READING = ("card:", "cm:")


async def keep_quiet(
    people: Subscribing, inbound: Inbound, reply: Reply, state: State, words: Words
) -> Reply:
    """The reply, after what it means for the messages sent to this chat.

    A danger reply or a search for a shelter pauses them, with a last line on how to go on, and
    offers nothing; other replies offer a subscription only where nothing of the kind ever was.
    Never raises and never holds a reply up: what the subscriptions cannot do now is owed, and its
    last line comes with the next reply.
    """
    if not people.reaches(inbound.channel):
        return reply
    chat = (inbound.channel, inbound.person)
    paused: bool | None = False
    if _in_need(inbound, reply):
        reply = _without_offers(reply)
        paused = await _patiently(people.quieten(*chat), None)
        state.pause_unsaid = state.pause_unsaid or paused is None
    elif any(_offers(c) for c in reply.choices) and await _patiently(people.is_quiet(*chat), True):
        reply = _without_offers(reply)
    if paused is False and state.pause_unsaid:
        paused = await _patiently(_is_paused(people, chat), None)
    if paused is None:
        return reply  # not known yet: asked again at the next reply
    state.pause_unsaid = False
    if not paused:
        return reply
    return replace(reply, texts=(*reply.texts, words["subscription.paused_note"]))


async def _is_paused(people: Subscribing, chat: tuple[str, str]) -> bool:
    signed = await people.of(*chat)
    return signed is not None and signed.paused


def _in_need(inbound: Inbound, reply: Reply) -> bool:
    if reply.danger:
        return True
    reading = (inbound.choice or "").startswith(READING) and not inbound.text
    return reply.topic == "find_shelter" and not reading


def _without_offers(reply: Reply) -> Reply:
    return replace(reply, choices=tuple(c for c in reply.choices if not _offers(c)))


def _offers(choice: Choice) -> bool:
    return choice.action.startswith(OFFERS)


async def _patiently(asked: Awaitable[T], otherwise: D) -> T | D:
    """What is answered in time; what takes longer goes on by itself, for it must be done.

    Not cancelled: a driver that is stuck in a statement would hold the reply up with its undoing.
    """
    asking = asyncio.ensure_future(asked)
    done, _ = await asyncio.wait({asking}, timeout=PATIENCE)
    if not done:
        _ongoing.add(asking)
        asking.add_done_callback(_ended)
        return otherwise
    return otherwise if asking.cancelled() or asking.exception() else asking.result()


def _ended(asking: asyncio.Future[Any]) -> None:
    _ongoing.discard(asking)
    if not asking.cancelled():
        asking.exception()  # looked at, or it would be reported as forgotten: it is owed
