"""A scheduler or a sender as a process of its own, to be killed, stopped and run side by side.

`work` runs in a process forked from a server that has imported this module, so that thirty of
them start in the time of two.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
import time
from datetime import datetime

from bot.campaigns.clock import from_ms
from bot.campaigns.office import Office
from bot.campaigns.outbox import OVERDUE
from bot.channels.telegram import carrier as telegram
from bot.memory import ChatMemory
from bot.store import database
from bot.store.memory import MemoryTraces
from bot.store.subscriptions import Subscriptions
from bot.store.vault import open_vault
from content.campaign import Campaigns
from content.library import load
from tests.fakes.bot_api import TOKEN

SECRET = b"0123456789abcdef0123456789abcdef"
LIBRARY = load()
PATIENCE = telegram.PATIENCE


class FastClock:
    """Shows `simulated` at the moment `real` (seconds since 1970), and runs `speed` times as fast.

    The same in every process; so a lease of a minute is over in seconds.
    """

    def __init__(self, simulated: float, real: float, speed: float) -> None:
        self._simulated, self._real, self.speed = simulated, real, speed

    def now(self) -> datetime:
        passed = (time.time() - self._real) * self.speed
        return from_ms(int((self._simulated + passed) * 1000))


def work(
    role: str, url: str, api: str, rate: float, clock: FastClock, patience: float = PATIENCE
) -> None:
    """Be a ``scheduler`` or a ``sender`` on the database at `url` until killed.

    `patience` is how many seconds the sender waits for an answer of the Bot API server.
    """
    for name in [name for name in os.environ if name.startswith("ANTAM_")]:
        del os.environ[name]
    with open(os.devnull, "w") as nowhere:
        for handle in (1, 2):
            os.dup2(nowhere.fileno(), handle)
    telegram.PATIENCE = patience
    asyncio.run(main(role, url, api, rate, clock))


async def main(role: str, url: str, api: str, rate: float, clock: FastClock) -> None:
    """Work in one role until killed."""
    engine = database.open_engine(url)
    people = Subscriptions(engine, await open_vault(engine, SECRET), {"telegram"})
    none = dataclasses.replace(LIBRARY, campaigns=Campaigns({}, {}, {}))
    office = Office(engine, none, people, clock)
    if role == "scheduler":
        while True:
            await office.schedule.look()
            await asyncio.sleep(0.05)
    carrier = telegram.TelegramCarrier(ChatMemory(MemoryTraces()), TOKEN, api, rate)
    office.outbox.overdue = OVERDUE / clock.speed
    await office.sender(carrier).run()
