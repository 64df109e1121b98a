"""Somebody who came in danger is never written to first (promise 6)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace

from bot.dialogue.subscribing import Subscribing
from bot.messages import Choice, Inbound, Reply
from content.words import Words

# How long a reply may wait for the subscriptions, in seconds.
PATIENCE = 0.3
# What goes on behind replies; held here, for the loop itself holds it only weakly.
_ongoing: set[asyncio.Future[bool]] = set()
OFFERS = ("topic:subscribe", "sub:yes")
# Reading about shelters, also under a campaign's own message, is not asking for one.
READING = ("card:", "cm:")


async def keep_quiet(people: Subscribing, inbound: Inbound, reply: Reply, words: Words) -> Reply:
    """The reply, after what it means for the messages sent to this chat.

    A danger reply or a search for a shelter pauses them, with a last line on how to go on, and
    offers nothing; other replies offer a subscription only where nothing of the kind ever was.
    Never raises and never holds a reply up: what the subscriptions cannot do now is owed.
    """
    if not people.reaches(inbound.channel):
        return reply
    if _in_need(inbound, reply):
        paused = await _patiently(people.quieten(inbound.channel, inbound.person), False)
        texts = (*reply.texts, words["subscription.paused_note"]) if paused else reply.texts
        return replace(reply, texts=texts, choices=_without_offers(reply))
    if any(_offers(c) for c in reply.choices) and await _patiently(
        people.is_quiet(inbound.channel, inbound.person), True
    ):
        return replace(reply, choices=_without_offers(reply))
    return reply


def _in_need(inbound: Inbound, reply: Reply) -> bool:
    if reply.danger:
        return True
    reading = (inbound.choice or "").startswith(READING) and not inbound.text
    return reply.topic == "find_shelter" and not reading


def _without_offers(reply: Reply) -> tuple[Choice, ...]:
    return tuple(c for c in reply.choices if not _offers(c))


def _offers(choice: Choice) -> bool:
    return choice.action.startswith(OFFERS)


async def _patiently(asked: Awaitable[bool], otherwise: bool) -> bool:
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


def _ended(asking: asyncio.Future[bool]) -> None:
    _ongoing.discard(asking)
    if not asking.cancelled():
        asking.exception()  # looked at, or it would be reported as forgotten: it is owed
