"""Writing first: one campaign message to one Telegram chat, tried once, its outcome named."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Protocol

import httpx
from telegram import Bot, InlineKeyboardMarkup, Message
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from bot import logs
from bot.channels.telegram.outcomes import ALLOWED, seconds_of
from bot.channels.telegram.render import keyboard
from bot.channels.telegram.translate import CHANNEL
from bot.delivery import Delivered, Notice, Outcome
from bot.pace import Pace

log = logs.get("telegram")
SIDE_BY_SIDE = 256
KEPT_FREE = 1  # message of a second, for an answer
PATIENCE = 10.0  # seconds for one call
TURN = 5.0  # seconds it gives way before it goes back to its queue: a lease does not last for ever
TOKEN_PAUSE = 30.0  # seconds until a refused token is tried again
# Telegram answers 400, not 403, for accounts that were deleted.
NOBODY = ("chat not found", "user is deactivated", "peer_id_invalid", "user not found")


class Memory(Protocol):
    """Where the numbers of sent messages are kept, so that `/xoa` can delete them; the pace."""

    pace: Pace

    async def remember(self, channel: str, chat: str, *messages: int) -> None: ...


class UploadBusyError(Exception):
    """Another message is still uploading the picture; nothing was sent."""


class TelegramCarrier:
    """The Telegram side of `bot.delivery.Carrier`."""

    channel = CHANNEL

    def __init__(self, memory: Memory, token: str, base_url: str, rate: float) -> None:
        base = base_url.rstrip("/")
        self._bot = Bot(
            token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=HTTPXRequest(
                connection_pool_size=SIDE_BY_SIDE, pool_timeout=10.0, read_timeout=PATIENCE
            ),
        )
        self._memory, self.rate = memory, rate
        self.spare = max(0.0, ALLOWED - rate)
        self._files: dict[tuple[Path, int], str] = {}
        self._uploading = asyncio.Lock()

    async def deliver(self, person: str, notice: Notice) -> Delivered:
        """Try once. Never raises for anything Telegram does."""
        chat = int(person)
        pace, limited = self._memory.pace, self.rate <= ALLOWED
        most = max(round(self.rate), int(ALLOWED) - KEPT_FREE)
        if limited and not await pace.turn(CHANNEL, most, TURN):
            return Delivered(Outcome.THROTTLED, "GaveWay", retry_after=1.0)
        try:
            # A server that allows more fills no second: answers need not wait beside it.
            with pace.call(CHANNEL, bulk=limited):
                sent = await self._send(chat, notice)
        except TelegramError as error:
            return judge(error)
        except UploadBusyError:
            return Delivered(Outcome.TRANSIENT, "UploadBusy")
        try:
            await self._memory.remember(CHANNEL, person, sent.message_id)
        except Exception as error:
            log.warning("a message number was not kept", **logs.describe(error))
        return Delivered(Outcome.SENT)

    async def close(self) -> None:
        """Close the connections."""
        await self._bot.shutdown()

    async def _send(self, chat: int, notice: Notice) -> Message:
        board, silent = keyboard(notice.choices), notice.silent
        if notice.picture is None:
            return await self._bot.send_message(
                chat, notice.text, reply_markup=board, disable_notification=silent
            )
        return await self._send_picture(chat, notice, notice.picture, board)

    async def _send_picture(
        self, chat: int, notice: Notice, picture: Path, board: InlineKeyboardMarkup | None
    ) -> Message:
        """A picture is uploaded once; Telegram keeps it, and its file id is sent from then on."""
        said: dict[str, Any] = {"caption": notice.text, "reply_markup": board}
        said["disable_notification"] = notice.silent
        stamp = _stamp(picture)
        if stamp is None:
            log.warning("a picture is missing, sent without", path=picture.name)
            return await self._bot.send_message(
                chat, notice.text, reply_markup=board, disable_notification=notice.silent
            )
        key = (picture, stamp)
        if key not in self._files:
            await self._upload_turn()
            try:
                if key not in self._files:
                    sent = await self._bot.send_photo(chat, _read(picture), **said)
                    if sent.photo:
                        self._files[key] = sent.photo[-1].file_id
                    return sent
            finally:
                self._uploading.release()
        return await self._bot.send_photo(chat, self._files[key], **said)

    async def _upload_turn(self) -> None:
        """Wait for the upload that is under way, not longer than a row may be held."""
        try:
            async with asyncio.timeout(TURN):
                await self._uploading.acquire()
        except TimeoutError:
            raise UploadBusyError from None


def _stamp(picture: Path) -> int | None:
    """When the picture was last changed; None when it is not there."""
    try:
        return picture.stat().st_mtime_ns
    except OSError:
        return None


def _read(picture: Path) -> bytes:
    return picture.read_bytes()


def judge(error: TelegramError) -> Delivered:
    """The outcome of one failed call.

    What timed out, or broke after it was sent, may have arrived: unknown, and not repeated. What
    never reached Telegram, and what Telegram failed on (5xx), may be repeated.
    """
    name, cause = type(error).__name__, error.__cause__
    if isinstance(error, Forbidden):
        return Delivered(Outcome.UNREACHABLE, name)
    if isinstance(error, ChatMigrated):
        return Delivered(Outcome.TRANSIENT, name, moved_to=str(error.new_chat_id))
    if isinstance(error, RetryAfter):
        return Delivered(Outcome.THROTTLED, name, retry_after=seconds_of(error) + 0.1)
    if isinstance(error, InvalidToken):
        log.error("Telegram refuses the token", action="check ANTAM_TELEGRAM_TOKEN")
        return Delivered(Outcome.THROTTLED, name, retry_after=TOKEN_PAUSE)
    if isinstance(error, BadRequest):  # a NetworkError too: judged first
        gone = any(words in str(error).lower() for words in NOBODY)
        return Delivered(Outcome.UNREACHABLE if gone else Outcome.REJECTED, name)
    if isinstance(error, TimedOut):
        never_left = isinstance(cause, httpx.ConnectTimeout | httpx.PoolTimeout)
        return Delivered(Outcome.TRANSIENT if never_left else Outcome.UNKNOWN, name)
    if isinstance(error, NetworkError):
        broke = isinstance(cause, httpx.HTTPError) and not isinstance(cause, httpx.ConnectError)
        return Delivered(Outcome.UNKNOWN if broke else Outcome.TRANSIENT, name)
    return Delivered(Outcome.REJECTED, name)
