"""From Telegram's updates to `Inbound`. Pure functions: nothing is sent from here."""

from __future__ import annotations

import re
from dataclasses import replace

from telegram import CallbackQuery, Message, Update
from telegram.constants import ChatType

from bot.messages import COMMAND_WORDS, Command, Inbound, Media, Point

CHANNEL = "telegram"
ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
# Words behind a command are read like any others, for danger first. Some commands ask for the words
# that follow them; some are to be done all the same, when the words tell of no danger.
BEFORE = frozenset({Command.PLACE})
AFTER = frozenset({Command.ERASE, Command.LEAVE, Command.STOP, Command.SUBSCRIBE})
# What a link to the bot carries (``t.me/…?start=PAYLOAD``); nobody typed it.
PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")


def chat_of(update: Update) -> int | None:
    """The private chat an update belongs to; None for groups and channels, where An Tâm is mute.

    A group is no place for these conversations: everybody in it would read along.
    """
    chat = update.effective_chat
    return chat.id if chat is not None and chat.type == ChatType.PRIVATE else None


def inbound_of(update: Update) -> Inbound | None:
    """What the person sent, or None when there is nothing to answer."""
    chat = chat_of(update)
    if chat is None:
        return None
    delivery = str(update.update_id)
    if update.callback_query is not None:
        return _tap(update.callback_query, str(chat), delivery)
    message = update.message or update.edited_message
    if message is None:
        return None
    if update.edited_message is not None and message.location is not None:
        return None  # a live location moving on: the first point was answered and dropped
    return _message(message, str(chat), delivery)


def _tap(query: CallbackQuery, person: str, delivery: str) -> Inbound:
    return Inbound(CHANNEL, person, choice=(query.data or "menu")[:60], delivery=delivery)


def _message(message: Message, person: str, delivery: str) -> Inbound | None:
    said = message.text or message.caption or ""
    command, words = _command(said)
    if command is not None:
        if not words or command is Command.SOS:  # the alarm is more than any words may raise
            return Inbound(CHANNEL, person, command=command, delivery=delivery)
        kept = command if command in BEFORE or command in AFTER else None
        return Inbound(CHANNEL, person, text=words, command=kept, delivery=delivery)
    if said:
        return Inbound(CHANNEL, person, text=said, delivery=delivery)
    if message.location is not None:
        point = Point(message.location.latitude, message.location.longitude)
        return Inbound(CHANNEL, person, point=point, delivery=delivery)
    media = _media(message)
    return Inbound(CHANNEL, person, media=media, delivery=delivery) if media else None


def command_before(inbound: Inbound) -> Inbound | None:
    """The command that asks for the words written behind it: to be said first."""
    return _alone(inbound) if inbound.command in BEFORE else None


def command_after(inbound: Inbound) -> Inbound | None:
    """The command to be done when the words written behind it tell of no danger."""
    return _alone(inbound) if inbound.command in AFTER else None


def _alone(inbound: Inbound) -> Inbound | None:
    if not inbound.text:
        return None
    # A delivery of its own: the same one is answered once.
    return replace(inbound, text="", delivery=f"{inbound.delivery} {inbound.command}")


def _command(said: str) -> tuple[Command | None, str]:
    """The command a message begins with, and the words behind it."""
    first, words = (*said.split(maxsplit=1), "", "")[:2]
    if not first.startswith("/"):
        return None, ""
    command = COMMAND_WORDS.get(first[1:].partition("@")[0].lower())
    words = words.strip()
    if command is Command.START and PAYLOAD.fullmatch(words):
        words = ""
    return command, words


def _media(message: Message) -> Media | None:
    """The kind of a message without words; None for service messages (title changed …)."""
    kinds = {
        Media.VOICE: (message.voice, message.audio),
        Media.PHOTO: (message.photo,),
        Media.VIDEO: (message.video, message.video_note, message.animation),
        Media.STICKER: (message.sticker, message.dice),
        Media.FILE: (message.document,),
        Media.OTHER: (message.contact, message.poll, message.venue, message.story, message.game),
    }
    return next((kind for kind, found in kinds.items() if any(found)), None)
