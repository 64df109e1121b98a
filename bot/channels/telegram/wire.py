"""What goes out to Telegram: one message, one deletion, at the pace and as often as it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from telegram import Bot, CallbackQuery

from bot import logs, metrics
from bot.channels.telegram.keeping import Memory
from bot.channels.telegram.outcomes import ALLOWED, Result, attempt
from bot.channels.telegram.render import Outgoing
from bot.channels.telegram.translate import CHANNEL
from bot.delivery import Outcome

log = logs.get("telegram")
SIDE_BY_SIDE = 256  # connections
KEPT_FREE = 32  # of them, for what is urgent
PACE_PATIENCE = 1.0  # seconds an answer waits at most beside a campaign
DELETE_BATCH = 100  # Telegram's most for one deleteMessages
Call = Callable[[], Awaitable[Any]]


class Wire:
    """Makes the calls of the replies. Never raises for anything Telegram does."""

    def __init__(self, bot: Bot, memory: Memory) -> None:
        self._bot, self._memory = bot, memory
        # Held by a call, never by what waits for its next try: nobody waits for somebody's 429.
        self._room = asyncio.Semaphore(SIDE_BY_SIDE - KEPT_FREE)

    async def send(self, chat: int, message: Outgoing, *, urgent: bool) -> Result:
        """Send one message. What is urgent gives way to nothing and is not given up soon."""

        async def call() -> Any:
            pace = self._memory.pace
            if not urgent and pace.beside_bulk(CHANNEL):
                # Some hundredths of a second: a refusal would cost a whole one.
                await pace.turn(CHANNEL, int(ALLOWED), PACE_PATIENCE)
            self._memory.spent(CHANNEL)
            with pace.call(CHANNEL):
                return await self._call(chat, message)

        result = await attempt(call if urgent else self._roomy(call), urgent=urgent)
        metrics.OUTCOMES.labels(CHANNEL, result.outcome).inc()
        if result.outcome is not Outcome.SENT:
            log.warning("a reply was not sent", outcome=str(result.outcome), error=result.error)
        return result

    async def delete(self, chat: int, numbers: list[int]) -> int:
        """Delete what Telegram lets us delete. Returns how many messages that were."""
        deleted = 0
        for start in range(0, len(numbers), DELETE_BATCH):
            deleted += await self._delete(chat, numbers[start : start + DELETE_BATCH])
        return deleted

    async def hush(self, tap: CallbackQuery) -> None:
        """Take the little clock off a tapped button."""
        await attempt(self._roomy(tap.answer))

    def _roomy(self, call: Call) -> Call:
        """The call, made when there is a connection to spare."""

        async def called() -> Any:
            async with self._room:
                return await call()

        return called

    async def _call(self, chat: int, message: Outgoing) -> Any:
        if message.contact is not None:
            contact = message.contact
            return await self._bot.send_contact(chat, contact.dial, contact.name)
        if (venue := message.venue) is not None and venue.point is not None:
            spot, where = venue.point, venue.address or venue.name
            return await self._bot.send_venue(chat, spot.lat, spot.lon, venue.name, where)
        return await self._bot.send_message(chat, message.text, reply_markup=message.keyboard)

    async def _delete(self, chat: int, numbers: list[int]) -> int:
        """Delete some messages; one by one when Telegram refuses them together."""
        together = await attempt(self._roomy(partial(self._bot.delete_messages, chat, numbers)))
        if together.outcome is Outcome.SENT:
            return len(numbers)
        if together.outcome is not Outcome.REJECTED:
            return 0
        deleted = 0
        for number in numbers:
            one = await attempt(self._roomy(partial(self._bot.delete_message, chat, number)))
            deleted += one.outcome is Outcome.SENT
        return deleted
