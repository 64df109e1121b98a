"""From a `Reply` to what Telegram can show. Pure functions: nothing is sent from here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)
from telegram.constants import MessageLimit

from bot.messages import Call, Choice, Reply, Spot
from content.words import Words

LIMIT = int(MessageLimit.MAX_TEXT_LENGTH)
SENTENCE = re.compile(r"(?<=[.!?…:;])\s+|\n+")
Keyboard = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove


@dataclass(frozen=True)
class Outgoing:
    """One message to send: words with a keyboard, a number as a contact, or a place as a pin."""

    text: str = ""
    keyboard: Keyboard | None = field(default=None, repr=False)
    contact: Call | None = None
    venue: Spot | None = field(default=None, repr=False)


def render(reply: Reply, words: Words, *, was_located: bool = False) -> list[Outgoing]:
    """The messages of a reply, in order.

    Telegram has no button that dials, so numbers stand in the text, where its apps make them
    tappable, and come as contacts (one tap to call) when somebody is in danger.
    """
    pieces = list(reply.texts)
    if reply.calls and not reply.danger:
        pieces.append("\n".join(_number(c, words) for c in reply.calls))
    texts = split("\n\n".join(pieces))
    board = keyboard(reply.choices)
    messages = [Outgoing(t) for t in texts[:-1]] + [Outgoing(texts[-1], board)]
    if reply.danger:
        messages += [Outgoing(contact=c) for c in reply.calls[:3]]
    # Only a place whose very house may be shown has a point at all.
    messages += [Outgoing(venue=s) for s in reply.places if s.point is not None]
    if reply.asks_place:
        button = KeyboardButton(words["telegram.place_button"], request_location=True)
        asking = ReplyKeyboardMarkup([[button]], resize_keyboard=True, one_time_keyboard=True)
        messages.append(Outgoing(words["telegram.place_hint"], asking))
    elif was_located:
        # The location button is taken away with the first message that has no keyboard of its own.
        messages.insert(0, Outgoing(messages[0].text, ReplyKeyboardRemove()))
        del messages[1]
        if board is not None:
            messages.append(Outgoing(words["telegram.next"], board))
    return messages


def split(text: str, limit: int = LIMIT) -> list[str]:
    """Cut a text at sentence ends into pieces of at most `limit` characters; never empty."""
    pieces: list[str] = []
    rest = text.strip()
    while len(rest) > limit:
        ends = [m.start() for m in SENTENCE.finditer(rest, 0, limit)]
        cut = ends[-1] if ends and ends[-1] > 0 else limit
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*pieces, rest] if rest or not pieces else pieces


def _number(call: Call, words: Words) -> str:
    return words["telegram.number_line"].format(name=call.name, number=call.number)


def _button(choice: Choice) -> InlineKeyboardButton:
    return InlineKeyboardButton(choice.label, callback_data=choice.action)


def keyboard(choices: Sequence[Choice]) -> InlineKeyboardMarkup | None:
    """The taps under a message: one a row, the quiet ones side by side below."""
    if not choices:
        return None
    rows = [[_button(c)] for c in choices if not c.quiet]
    if quiet := [_button(c) for c in choices if c.quiet]:
        rows.append(quiet)  # side by side, below the next steps
    return InlineKeyboardMarkup(rows)
