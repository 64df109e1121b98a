"""The channel itself: takes updates, answers them in order per chat, deletes on request."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncIterator
from typing import Any, Protocol

from telegram import Bot, BotCommand, Update
from telegram.constants import ChatMemberStatus
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from bot import logs, metrics
from bot.channels.telegram.outcomes import ALLOWED, Result, attempt, seconds_of
from bot.channels.telegram.render import Outgoing, render
from bot.channels.telegram.translate import ALLOWED_UPDATES, CHANNEL, chat_of, inbound_of
from bot.delivery import Outcome
from bot.messages import COMMAND_WORDS, Inbound, Reply
from bot.pace import Pace
from content.words import Words

log = logs.get("telegram")
POLL = 25  # seconds a poll may wait at Telegram
SIDE_BY_SIDE = 256
PACE_PATIENCE = 1.0  # seconds an answer waits at most beside a campaign
DELETE_BATCH = 100  # Telegram's most for one deleteMessages


class Answer(Protocol):
    """What `reply` gives back."""

    @property
    def reply(self) -> Reply: ...
    @property
    def again(self) -> bool: ...


class Talker(Protocol):
    """The part of the app this channel talks to."""

    async def reply(self, inbound: Inbound) -> Answer: ...
    def forget(self, channel: str, person: str) -> bool: ...


class Memory(Protocol):
    """What must outlive a restart, and the pace."""

    pace: Pace

    async def first_time(self, channel: str, delivery: str) -> bool: ...
    async def remember(self, channel: str, chat: str, *messages: int) -> None: ...
    async def messages(self, channel: str, chat: str) -> list[int]: ...
    async def close(self, channel: str, chat: str) -> None: ...
    async def erase(self, channel: str, chat: str) -> bool: ...
    def spent(self, channel: str) -> None: ...


class TelegramChannel:
    """Polls Telegram and answers. `run` until `stop`."""

    def __init__(
        self, talker: Talker, memory: Memory, words: Words, token: str, base_url: str
    ) -> None:
        base = base_url.rstrip("/")
        self._bot = Bot(
            token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=HTTPXRequest(connection_pool_size=SIDE_BY_SIDE, pool_timeout=10.0),
            get_updates_request=HTTPXRequest(connection_pool_size=2, read_timeout=POLL + 10.0),
        )
        self._talker, self._memory, self._words = talker, memory, words
        self._seats: OrderedDict[int, asyncio.Lock] = OrderedDict()
        self._room = asyncio.Semaphore(SIDE_BY_SIDE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._offset: int | None = None
        self._stopping = False
        self._polling: asyncio.Task[Any] | None = None

    async def run(self) -> None:
        """Take updates until stopped. A wrong token ends it; everything else is waited out."""
        if not await self._open():
            return
        pause = 0.0
        while not self._stopping:
            try:
                updates = await self._poll(POLL)
                pause = 0.0
            except InvalidToken:
                log.error("Telegram refuses the token", action="check ANTAM_TELEGRAM_TOKEN")
                return
            except TelegramError as error:
                pause = self._pause(error, pause)
                await asyncio.sleep(pause)
                continue
            for update in updates:
                await self._room.acquire()
                self._begin(update)

    async def stop(self) -> None:
        """Stop taking updates, finish what is being answered (5 s), confirm what was taken."""
        self._stopping = True
        if self._polling is not None:
            self._polling.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5.0)
        with contextlib.suppress(TelegramError):
            if self._offset is not None:
                await self._bot.get_updates(offset=self._offset, timeout=0)
        with contextlib.suppress(TelegramError, RuntimeError):
            await self._bot.shutdown()

    async def _open(self) -> bool:
        """Say hello to Telegram and publish the commands; patient with everything but the token."""
        pause = 0.0
        while not self._stopping:
            try:
                await self._bot.initialize()
                said = {w: self._words[f"telegram.cmd_{c}"] for w, c in COMMAND_WORDS.items()}
                commands = [BotCommand(word, text) for word, text in said.items()]
                await self._bot.set_my_commands(commands)
            except InvalidToken:
                log.error("Telegram refuses the token", action="check ANTAM_TELEGRAM_TOKEN")
                return False
            except TelegramError as error:
                pause = self._pause(error, pause)
                await asyncio.sleep(pause)
            else:
                log.info("Telegram is open")
                return True
        return False

    def _pause(self, error: TelegramError, last: float) -> float:
        """How long to wait after a failed poll, in seconds; logged without its message."""
        action = "waited out"
        if isinstance(error, Conflict):
            action = "another process polls with this token, or a webhook is set: stop it"
        log.warning("Telegram does not answer", action=action, error=type(error).__name__)
        if isinstance(error, RetryAfter):
            return seconds_of(error) + 0.1
        return min(30.0, last * 2 or 0.5)

    async def _poll(self, wait: int) -> tuple[Update, ...]:
        polling = self._bot.get_updates(
            offset=self._offset, timeout=wait, allowed_updates=ALLOWED_UPDATES
        )
        self._polling = asyncio.ensure_future(polling)
        try:
            updates = await self._polling
        except asyncio.CancelledError:
            if self._stopping:
                return ()
            raise
        if updates:
            self._offset = updates[-1].update_id + 1
        return tuple(updates)

    def _begin(self, update: Update) -> None:
        task = asyncio.create_task(self._handle(update))
        self._tasks.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._room.release()

    async def _handle(self, update: Update) -> None:
        """Answer one update; whatever breaks, the next one is not held up."""
        try:
            if update.my_chat_member is not None:
                await self._member(update)
                return
            chat, inbound = chat_of(update), inbound_of(update)
            if chat is None or inbound is None:
                return
            async with self._seat(chat):
                await self._answer(chat, inbound, update)
        except Exception as error:
            metrics.FAILURES.inc()
            log.error("an update broke", **logs.describe(error))

    @contextlib.asynccontextmanager
    async def _seat(self, chat: int) -> AsyncIterator[None]:
        """One update of a chat at a time, in the order they came."""
        lock = self._seats.setdefault(chat, asyncio.Lock())
        self._seats.move_to_end(chat)
        async with lock:
            yield
        while len(self._seats) > 4 * SIDE_BY_SIDE:
            oldest, seat = next(iter(self._seats.items()))
            if seat.locked():
                break
            del self._seats[oldest]

    async def _answer(self, chat: int, inbound: Inbound, update: Update) -> None:
        if not await self._is_new(inbound):
            return
        if update.callback_query is not None:
            await attempt(update.callback_query.answer)
        heard = update.effective_message
        if heard is not None and update.callback_query is None:
            await self._keep(chat, heard.message_id)
        reply = (await self._talker.reply(inbound)).reply
        if reply.erases:
            await self._erase(chat)
            return
        if reply.leaves:
            reply = Reply((*reply.texts, self._words["telegram.leave"]))
        for message in render(reply, self._words, was_located=inbound.point is not None):
            result = await self._send(chat, message, urgent=reply.danger is not None)
            if result.outcome is Outcome.UNREACHABLE:
                await self._gone(chat)
                return

    async def _is_new(self, inbound: Inbound) -> bool:
        """Whether nobody has answered this update yet; yes, too, when the database is away."""
        try:
            return await self._memory.first_time(CHANNEL, inbound.delivery or "")
        except Exception as error:
            log.warning("deliveries cannot be remembered", **logs.describe(error))
            return True

    async def _send(self, chat: int, message: Outgoing, *, urgent: bool) -> Result:
        async def call() -> Any:
            pace = self._memory.pace
            if pace.beside_bulk(CHANNEL):
                # Some hundredths of a second: a refusal would cost a whole one.
                await pace.turn(CHANNEL, int(ALLOWED), PACE_PATIENCE)
            self._memory.spent(CHANNEL)
            with pace.call(CHANNEL):
                return await self._call(chat, message)

        result = await attempt(call, repeat_unknown=urgent)
        metrics.OUTCOMES.labels(CHANNEL, result.outcome).inc()
        if result.outcome is Outcome.SENT:
            await self._keep(chat, result.value.message_id)
        else:
            log.warning("a reply was not sent", outcome=str(result.outcome), error=result.error)
        return result

    async def _call(self, chat: int, message: Outgoing) -> Any:
        if message.contact is not None:
            contact = message.contact
            return await self._bot.send_contact(chat, contact.dial, contact.name)
        if (venue := message.venue) is not None and venue.point is not None:
            spot, where = venue.point, venue.address or venue.name
            return await self._bot.send_venue(chat, spot.lat, spot.lon, venue.name, where)
        return await self._bot.send_message(chat, message.text, reply_markup=message.keyboard)

    async def _keep(self, chat: int, message: int) -> None:
        """Remember a message's number for `/xoa`; a database that is away costs only that."""
        try:
            await self._memory.remember(CHANNEL, str(chat), message)
        except Exception as error:
            log.warning("a message number was not kept", **logs.describe(error))

    async def _erase(self, chat: int) -> None:
        """Delete what Telegram lets us delete, forget the rest, and say so in neutral words."""
        try:
            numbers = await self._memory.messages(CHANNEL, str(chat))
        except Exception as error:
            log.warning("message numbers cannot be read", **logs.describe(error))
            numbers = []
        deleted = 0
        for start in range(0, len(numbers), DELETE_BATCH):
            deleted += await self._delete(chat, numbers[start : start + DELETE_BATCH])
        had_state = self._talker.forget(CHANNEL, str(chat))
        was_signed = await self._forget(chat)
        words, parts = self._words, []
        if deleted:
            parts.append(words["erase.messages"].format(count=deleted))
        if had_state:
            parts.append(words["erase.state"])
        if was_signed:
            parts.append(words["erase.subscription"])
        done = words["erase.done"].format(what=", ".join(parts)) if parts else ""
        said = f"{done or words['erase.nothing']} {words['telegram.erase_limit']}"
        await self._send(chat, Outgoing(said), urgent=False)

    async def _delete(self, chat: int, numbers: list[int]) -> int:
        """Delete some messages; one by one when Telegram refuses them together."""
        together = await attempt(lambda: self._bot.delete_messages(chat, numbers))
        if together.outcome is Outcome.SENT:
            return len(numbers)
        if together.outcome is not Outcome.REJECTED:
            return 0
        deleted = 0
        for number in numbers:
            one = await attempt(lambda n=number: self._bot.delete_message(chat, n))  # type: ignore[misc]
            deleted += one.outcome is Outcome.SENT
        return deleted

    async def _member(self, update: Update) -> None:
        """Somebody blocked the bot: forget the chat at once."""
        change, chat = update.my_chat_member, chat_of(update)
        if change and chat and change.new_chat_member.status == ChatMemberStatus.BANNED:
            await self._gone(chat)

    async def _forget(self, chat: int) -> bool:
        """Erase what is kept of a chat. Returns whether it was subscribed to the messages."""
        try:
            return await self._memory.erase(CHANNEL, str(chat))
        except Exception as error:
            log.warning("a chat's message numbers stay until they expire", **logs.describe(error))
            return False

    async def _gone(self, chat: int) -> None:
        """Nobody is there any more: drop the state, the numbers and the subscription."""
        self._talker.forget(CHANNEL, str(chat))
        try:
            await self._memory.close(CHANNEL, str(chat))
        except Exception as error:
            log.warning("a chat's message numbers stay until they expire", **logs.describe(error))
