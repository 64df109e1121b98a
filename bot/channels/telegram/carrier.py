"""Writing first: one campaign message to one Telegram chat, tried once, its outcome named."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Protocol

import httpx
from telegram import Bot, Message
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
AGAIN = 1.0  # seconds until a message that got no turn asks for another
WRITERS = 4  # message numbers that are kept at the same time
KEEPING = (0.0, 1.0, 5.0, 20.0)  # seconds before each try to keep one
DRAIN = 3.0  # seconds for numbers that are not kept yet when the carrier closes
# Telegram answers 400, not 403, for accounts that were deleted.
NOBODY = ("chat not found", "user is deactivated", "peer_id_invalid", "user not found")


class Memory(Protocol):
    """Where the numbers of sent messages are kept, so that `/xoa` can delete them; the pace."""

    pace: Pace

    async def remember(self, channel: str, chat: str, *messages: int) -> None: ...


class UploadBusyError(Exception):
    """Another message is still uploading the picture; nothing was sent."""


class NotTelegramError(NetworkError):
    """Something on the way answered in Telegram's place, with this HTTP status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status} without Telegram's answer")
        self.status = status


class Line(HTTPXRequest):
    """HTTP to Telegram that knows Telegram's own words from those of a gateway on the way.

    The library turns both into the same errors: a proxy's 403 would read as "blocked", and a
    proxy's 504 like Telegram's own failure.
    """

    async def do_request(self, *args: Any, **named: Any) -> tuple[int, bytes]:
        """One request. Raises `NotTelegramError` for a failure that is not Telegram's answer."""
        status, body = await super().do_request(*args, **named)
        # 401 and 404 are about the address and the token, whoever says so.
        if status >= 400 and status not in (401, 404) and not _telegrams(body):
            raise NotTelegramError(status)
        return status, body


class TelegramCarrier:
    """The Telegram side of `bot.delivery.Carrier`."""

    channel = CHANNEL

    def __init__(self, memory: Memory, token: str, base_url: str, rate: float) -> None:
        base = base_url.rstrip("/")
        self._line = Line(
            connection_pool_size=SIDE_BY_SIDE, pool_timeout=10.0, read_timeout=PATIENCE
        )
        self._bot = Bot(
            token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=self._line,
            get_updates_request=self._line,  # never used, and would be a client of its own
        )
        self._memory, self.rate = memory, rate
        self.spare = max(0.0, ALLOWED - rate)
        self._files: dict[tuple[Path, int], str] = {}
        self._uploading = asyncio.Lock()
        self._writers = asyncio.Semaphore(WRITERS)
        self._keeping: set[asyncio.Task[None]] = set()

    async def deliver(self, person: str, notice: Notice) -> Delivered:
        """Try once. Never raises for anything Telegram does."""
        picture = _key(notice.picture)
        try:
            async with self._upload_turn(picture):
                sent = await self._in_turn(int(person), notice, picture)
        except TelegramError as error:
            return judge(error)
        except UploadBusyError:
            return Delivered(Outcome.NOT_TRIED, "UploadBusy", retry_after=AGAIN)
        if sent is None:
            return Delivered(Outcome.NOT_TRIED, "GaveWay", retry_after=AGAIN)
        # Beside the answer: a kill while the database is waited for would send it again.
        task = asyncio.create_task(self._keep(person, sent.message_id))
        self._keeping.add(task)
        task.add_done_callback(self._keeping.discard)
        return Delivered(Outcome.SENT)

    async def close(self) -> None:
        """Keep the numbers that are not kept yet, and close the connections."""
        if self._keeping:
            _, late = await asyncio.wait(self._keeping, timeout=DRAIN)
            for task in late:
                task.cancel()
            if late:
                log.warning("message numbers were not kept", count=len(late))
        # Not the bot's own `shutdown`: it does nothing for a bot that was never initialised.
        await self._line.shutdown()

    async def _keep(self, person: str, message: int) -> None:
        """Have the message deletable by `/xoa`; a database that is away is waited for a while."""
        for wait in KEEPING:
            await asyncio.sleep(wait)
            try:
                async with self._writers:
                    await self._memory.remember(CHANNEL, person, message)
            except Exception as error:
                failed = error
            else:
                return
        log.warning("a message number was not kept", **logs.describe(failed))

    async def _in_turn(
        self, chat: int, notice: Notice, picture: tuple[Path, int] | None
    ) -> Message | None:
        """Send when answers leave room for it; None when none came."""
        pace, limited = self._memory.pace, self.rate <= ALLOWED
        most = max(round(self.rate), int(ALLOWED) - KEPT_FREE)
        if limited and not await pace.turn(CHANNEL, most, TURN):
            return None
        # A server that allows more fills no second: answers need not wait beside it.
        with pace.call(CHANNEL, bulk=limited):
            return await self._send(chat, notice, picture)

    async def _send(self, chat: int, notice: Notice, picture: tuple[Path, int] | None) -> Message:
        """A picture is uploaded once; Telegram keeps it, and its file id is sent from then on."""
        said: dict[str, Any] = {
            "reply_markup": keyboard(notice.choices),
            "disable_notification": notice.silent,
        }
        if picture is None:
            return await self._bot.send_message(chat, notice.text, **said)
        known = self._files.get(picture)
        sent = await self._bot.send_photo(
            chat, known or _read(picture[0]), caption=notice.text, **said
        )
        if known is None and sent.photo:
            self._files[picture] = sent.photo[-1].file_id
        return sent

    @contextlib.asynccontextmanager
    async def _upload_turn(self, picture: tuple[Path, int] | None) -> AsyncIterator[None]:
        """Alone while a picture goes up for the first time.

        Waits for the upload that is under way, not longer than a row may be held. Raises
        `UploadBusyError`.
        """
        if picture is None or picture in self._files:
            yield
            return
        try:
            async with asyncio.timeout(TURN):
                await self._uploading.acquire()
        except TimeoutError:
            raise UploadBusyError from None
        if picture in self._files:
            self._uploading.release()
            yield
            return
        try:
            yield
        finally:
            self._uploading.release()


def _key(picture: Path | None) -> tuple[Path, int] | None:
    """A picture and when it was last changed; None when there is none."""
    if picture is None:
        return None
    try:
        return picture, picture.stat().st_mtime_ns
    except OSError:
        log.warning("a picture is missing, sent without", path=picture.name)
        return None


def _read(picture: Path) -> bytes:
    return picture.read_bytes()


def _telegrams(body: bytes) -> bool:
    """Whether an answer is in the form of the Bot API."""
    try:
        said = json.loads(body)
    except ValueError:
        return False
    return isinstance(said, dict) and "ok" in said


def judge(error: TelegramError) -> Delivered:
    """The outcome of one failed call.

    What timed out, or broke after it was sent, may have arrived: unknown, and not repeated. What
    never reached Telegram, and what Telegram says it failed on (5xx), may be repeated.
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
    if isinstance(error, NotTelegramError):
        return _gateway(error.status)
    if isinstance(error, NetworkError):
        broke = isinstance(cause, httpx.HTTPError) and not isinstance(cause, httpx.ConnectError)
        return Delivered(Outcome.UNKNOWN if broke else Outcome.TRANSIENT, name)
    if type(error) is TelegramError:  # so the library names a 2xx that it cannot read
        return Delivered(Outcome.UNKNOWN, name)
    return Delivered(Outcome.REJECTED, name)


def _gateway(status: int) -> Delivered:
    """The outcome when something on the way answered: a proxy, a balancer, a local server's front.

    4xx: it let nothing through. 502 and 503: nearly always nobody was there to hand it to, and an
    outage of minutes would lose a whole campaign were each of them the end; but a server that died
    over the message looks the same, so the repeat is counted as one that may arrive twice. 504
    and the rest: handed on, and nobody knows what became of it.
    """
    error = f"Gateway{status}"
    if status < 500:
        return Delivered(Outcome.TRANSIENT, error)
    if status in (502, 503):
        return Delivered(Outcome.TRANSIENT, error, doubt=True)
    return Delivered(Outcome.UNKNOWN, error)
