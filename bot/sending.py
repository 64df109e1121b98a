"""Campaigns at work: the schedule and a sender per platform that has a token."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from bot import logs
from bot.app import App
from bot.campaigns.clock import ms
from bot.campaigns.office import Office
from bot.memory import ChatMemory
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.channels.telegram.carrier import TelegramCarrier

log = logs.get("sending")
SPEND_EVERY = 0.25  # seconds


def carriers(settings: Settings, memory: ChatMemory) -> list[TelegramCarrier]:
    """One carrier for each platform that has a token."""
    token = settings.telegram_token.get_secret_value()
    if not token:
        return []
    # Here, as in `serve`: a platform without a token costs no time at the start and no memory.
    from bot.channels.telegram.carrier import TelegramCarrier

    base = settings.telegram_base_url
    return [TelegramCarrier(memory, token, base, settings.telegram_rate)]


@contextlib.asynccontextmanager
async def sending(app: App, roles: frozenset[str]) -> AsyncIterator[bool]:
    """Schedule and senders by role, stopped at the end. Yields whether anything is at work."""
    office = app.office
    if office is None:
        yield False
        return
    found = carriers(app.settings, app.memory)
    senders = [office.sender(carrier) for carrier in found] if "sender" in roles else []
    tasks = [asyncio.create_task(sender.run()) for sender in senders]
    counting = asyncio.create_task(_count_replies(app.memory, office, found))
    if "scheduler" in roles:
        office.schedule.start()
    try:
        yield bool(senders) or "scheduler" in roles
    finally:
        office.schedule.stop()
        for sender in senders:
            sender.stop()
        counting.cancel()
        await asyncio.gather(*tasks, counting, return_exceptions=True)
        for carrier in found:
            await carrier.close()


async def _count_replies(memory: ChatMemory, office: Office, found: list[TelegramCarrier]) -> None:
    """Replies wait for nobody; what they use beyond their own share, campaigns leave out."""
    shares = {carrier.channel: Share(carrier.spare) for carrier in found}
    while True:
        await asyncio.sleep(SPEND_EVERY)
        spent = memory.take_spent()
        for carrier in found:
            beyond = shares[carrier.channel].use(spent.get(carrier.channel, 0), SPEND_EVERY)
            if beyond <= 0:
                continue
            try:
                now = ms(office.clock.now())
                await office.budget.spend(carrier.channel, beyond, carrier.rate, now)
            except Exception as error:
                log.warning("replies were not counted", **logs.describe(error))


class Share:
    """What replies may use of a platform's rate before campaigns give way: `spare` a second.

    What is not used is kept for one second, as the platform counts in seconds.
    """

    def __init__(self, spare: float) -> None:
        self._spare = self._free = spare

    def use(self, count: int, seconds: float) -> float:
        """Take `count` replies out of the share of the last `seconds`; what goes beyond it."""
        self._free = min(self._spare, self._free + self._spare * seconds) - count
        beyond, self._free = max(0.0, -self._free), max(0.0, self._free)
        return beyond


__all__ = ["Share", "carriers", "sending"]
