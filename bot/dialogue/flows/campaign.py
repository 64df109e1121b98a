"""Taps under a campaign's message: the card, the answer to a question, stopping."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue.flows import subscription
from bot.dialogue.flows.answer import gone
from bot.dialogue.turn import Flow, Turn
from bot.messages import Inbound, Reply
from content.campaign import Message


async def respond(turn: Turn) -> Reply:
    """``cm:<campaign>:<message>:<what>``; what is ``card``, ``stop`` or the number of an option.

    Answered from what was approved, never from a file that was edited since. Each tap under a
    message that exists is counted, nobody's name with it; anything else is not.
    """
    name, _, rest = turn.argument.partition(":")
    key, _, what = rest.partition(":")
    message = _message(turn, name, key)
    if what == "stop":
        # Under any message, also one that nobody knows any more, and before it is counted.
        reply = await subscription.respond(_stopping(turn))
    elif message is None or not _is_under(message, what):
        return gone(turn)
    else:
        reply = _card(turn, message) if what == "card" else _answer(turn, message, int(what))
    if message is not None:
        await turn.count_tap(name, key, what)
    return reply


def _message(turn: Turn, name: str, key: str) -> Message | None:
    campaign = turn.speak.library.campaigns.approved.get(name)
    try:
        return campaign.message(key) if campaign else None
    except KeyError:
        return None


def _is_under(message: Message, what: str) -> bool:
    """Whether the message has this card or option; options as they were written out: ``1``."""
    if what == "card":
        return message.card is not None
    options = message.quiz.options if message.quiz else []
    return what in [str(i) for i, _ in enumerate(options, 1)]


def _card(turn: Turn, message: Message) -> Reply:
    card = turn.speak.valid_card(message.card or "")
    if card is None:
        return gone(turn)
    turn.state.topic, turn.state.card = card.topic, card.id
    return turn.speak.answer(card)


def _answer(turn: Turn, message: Message, chosen: int) -> Reply:
    quiz, words = message.quiz, turn.speak.words
    assert quiz is not None  # noqa: S101 (the caller looked)
    texts = [quiz.answer]
    if quiz.right is not None:
        texts.insert(0, words["campaign.right" if chosen == quiz.right else "campaign.not_quite"])
    card = turn.speak.valid_card(message.card or "")
    choices = [turn.speak.card_choice(card)] if card else []
    return Reply(("\n".join(texts),), choices=(*choices, turn.speak.menu_choice()))


def _stopping(turn: Turn) -> Turn:
    inbound = turn.inbound
    return replace(turn, inbound=Inbound(inbound.channel, inbound.person, choice="unsub"))


FLOW = Flow(respond, actions=frozenset({"cm"}))
