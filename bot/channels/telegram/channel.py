"""The channel itself: takes updates, hears what they say, says what is answered."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any, Protocol

from telegram import Bot, BotCommand, Update
from telegram.constants import ChatMemberStatus
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from bot import logs, metrics
from bot.channels.telegram.aside import Aside
from bot.channels.telegram.keeping import Keeping, Memory
from bot.channels.telegram.lanes import Lanes
from bot.channels.telegram.outcomes import seconds_of
from bot.channels.telegram.render import Outgoing, render
from bot.channels.telegram.taken import Taken
from bot.channels.telegram.translate import (
    ALLOWED_UPDATES,
    CHANNEL,
    chat_of,
    command_after,
    command_before,
    inbound_of,
)
from bot.channels.telegram.waiting import Heard, Saying, line_up_heard, line_up_saying
from bot.channels.telegram.wire import SIDE_BY_SIDE, Wire
from bot.delivery import Outcome
from bot.messages import COMMAND_WORDS, Inbound, Reply
from content.words import Words

log = logs.get("telegram")
POLL = 25  # seconds a poll may wait at Telegram
AGAIN = 0.25  # seconds until a poll that brought nothing new is repeated
MOST_CHATS = 1_000  # that wait to be heard; what comes then stays with Telegram for a moment
FINISH = 5.0  # seconds that what is under way gets at the end
THOUGHT = 15.0  # seconds an answer may take before the numbers come instead of it


class Answer(Protocol):
    """What `reply` gives back."""

    @property
    def reply(self) -> Reply: ...


class Voice(Protocol):
    """What is said when the rest broke."""

    def failure(self) -> Reply: ...


class Talker(Protocol):
    """The part of the app this channel talks to."""

    @property
    def conversation(self) -> Voice: ...
    async def reply(self, inbound: Inbound) -> Answer: ...
    def forget(self, channel: str, person: str) -> bool: ...


class TelegramChannel:
    """Polls Telegram and answers. `run` until `stop`.

    What somebody wrote is heard at once, in order; what is answered waits in a lane of its own,
    so that no 429 keeps the next message from being looked at for danger.
    """

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
        self._talker, self._words = talker, words
        self._wire, self._keeping = Wire(self._bot, memory), Keeping(memory)
        self._taken, self._aside = Taken(), Aside()
        self._hearing = Lanes(self._hear, self._line_up_heard)
        self._saying = Lanes(self._say, self._line_up_saying)
        self._room = asyncio.Semaphore(SIDE_BY_SIDE)
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
            fresh = [u for u in updates if self._taken.take(u.update_id)]
            for update in fresh:
                self._begin(update)
            if updates and not fresh:  # what is held back comes again at once
                await self._taken.changed(AGAIN)
            await self._hearing.fewer_than(MOST_CHATS)

    async def stop(self) -> None:
        """Stop taking updates, finish what is being answered (5 s), confirm what was answered."""
        self._stopping = True
        if self._polling is not None:
            self._polling.cancel()
        until = time.monotonic() + FINISH
        await self._hearing.settle(FINISH)
        await self._saying.settle(max(0.0, until - time.monotonic()))
        await self._aside.settle(0.0)
        await self._keeping.settle(FINISH)
        with contextlib.suppress(TelegramError):
            if self._taken.offset is not None:
                await self._bot.get_updates(offset=self._taken.offset, timeout=0)
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
            offset=self._taken.offset, timeout=wait, allowed_updates=ALLOWED_UPDATES
        )
        self._polling = asyncio.ensure_future(polling)
        try:
            return tuple(await self._polling)
        except asyncio.CancelledError:
            if self._stopping:
                return ()
            raise

    def _begin(self, update: Update) -> None:
        """Have one update heard; whatever breaks, the next one is not held up."""
        chat, member = chat_of(update), update.my_chat_member
        if chat is None:
            self._taken.done(update.update_id)
            return
        if member is not None:
            self._taken.done(update.update_id)
            if member.new_chat_member.status == ChatMemberStatus.BANNED:
                self._aside.start(self._gone(chat))
            return
        if update.callback_query is not None:
            self._aside.start(self._wire.hush(update.callback_query))
        try:
            inbound = inbound_of(update)
        except Exception as error:
            self._broke(error)
            self._saying.put(chat, self._failure(update.update_id))
            return
        if inbound is None:
            self._taken.done(update.update_id)
            return
        message = None if update.callback_query is not None else update.effective_message
        number = message.message_id if message is not None else None
        self._hearing.put(chat, Heard(update.update_id, inbound, number))

    async def _hear(self, chat: int, heard: Heard) -> None:
        """Look at one message for danger and all else, and hand on what is to be said."""
        inbound = heard.inbound
        try:
            async with self._room:
                if not await self._keeping.is_new(str(heard.update)):
                    self._taken.done(heard.update)
                    return
                if heard.message is not None:
                    self._keeping.keep(chat, heard.message)
                reply = await self._aside.within(THOUGHT, self._reply(inbound))
            had_state = reply.erases and self._talker.forget(CHANNEL, str(chat))
        except Exception as error:
            self._broke(error)
            saying = self._failure(heard.update)
        else:
            urgent, located = reply.danger is not None, inbound.point is not None
            saying = Saying(heard.update, reply, urgent, located, had_state)
        self._saying.put(chat, saying)

    async def _reply(self, inbound: Inbound) -> Reply:
        """What is said to an inbound, words behind a command included."""
        before, after = command_before(inbound), command_after(inbound)
        if before is not None:
            await self._talker.reply(before)
        reply = (await self._talker.reply(inbound)).reply
        if after is None or reply.danger is not None:
            return reply
        return (await self._talker.reply(after)).reply

    async def _say(self, chat: int, saying: Saying) -> None:
        """Say one reply; when that breaks before anything is out, the numbers to call."""
        try:
            await self._tell(chat, saying)
        except Exception as error:
            self._broke(error)
            if not saying.out:
                await self._say_numbers(chat, saying.update)
        self._taken.done(saying.update)

    async def _say_numbers(self, chat: int, update: int) -> None:
        try:
            await self._tell(chat, self._failure(update))
        except Exception as error:
            self._broke(error)

    async def _tell(self, chat: int, saying: Saying) -> None:
        reply = saying.reply
        if reply.erases:
            messages = [Outgoing(await self._erase(chat, saying.had_state))]
        else:
            if reply.leaves:
                reply = Reply((*reply.texts, self._words["telegram.leave"]))
            messages = render(reply, self._words, was_located=saying.located)
        for message in messages:
            result = await self._wire.send(chat, message, urgent=saying.urgent)
            if result.outcome is Outcome.UNREACHABLE:
                await self._gone(chat)
                return
            if result.outcome is Outcome.SENT:
                self._keeping.keep(chat, result.value.message_id)
                self._out(saying)

    def _out(self, saying: Saying) -> None:
        """The first message of a reply is out: nobody needs to answer this update again."""
        if not saying.out:
            saying.out = True
            self._taken.done(saying.update)
            self._keeping.answered(str(saying.update))

    async def _erase(self, chat: int, had_state: bool) -> str:
        """Delete what Telegram lets us delete and forget the rest. Returns what is said of it."""
        async with self._keeping.withdrawn(chat) as numbers:
            deleted = await self._wire.delete(chat, numbers)
            erased = await self._keeping.erase(chat)
        words, parts = self._words, []
        if deleted:
            parts.append(words["erase.messages"].format(count=deleted))
        if had_state:
            parts.append(words["erase.state"])
        if erased.signed:
            parts.append(words["erase.subscription"])
        said = [words["erase.done"].format(what=", ".join(parts))] if parts else []
        if erased.later:
            said.append(words["erase.later"])
        return " ".join([*(said or [words["erase.nothing"]]), words["telegram.erase_limit"]])

    async def _gone(self, chat: int) -> None:
        """Nobody is there any more: drop the state, what waits, the numbers, the subscription."""
        self._talker.forget(CHANNEL, str(chat))
        for saying in self._saying.clear(chat):
            self._taken.done(saying.update)
        await self._keeping.close(chat)

    def _failure(self, update: int) -> Saying:
        return Saying(update, self._talker.conversation.failure(), urgent=True)

    def _line_up_heard(self, waiting: list[Heard], heard: Heard) -> None:
        for let_go in line_up_heard(waiting, heard):
            self._taken.done(let_go.update)

    def _line_up_saying(self, waiting: list[Saying], saying: Saying) -> None:
        for let_go in line_up_saying(waiting, saying):
            self._taken.done(let_go.update)

    def _broke(self, error: Exception) -> None:
        metrics.FAILURES.inc()
        log.error("an update broke", **logs.describe(error))
