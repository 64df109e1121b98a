"""The schedule: opens what is due. The database row is the truth; the scheduler only wakes us."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot import logs
from bot.campaigns.clock import Clock, WallClock, from_ms, ms
from bot.campaigns.desk import Desk
from bot.campaigns.opening import Opened, open_message, slots
from bot.store.campaign_models import Opening
from content.campaign import ZONE, Campaign, Message

log = logs.get("schedule")
EVERY = 15  # seconds between looks, whatever the alarms say
Progress = Callable[[int, int], None]


class Schedule:
    """Looks at what is approved and opens each message once, at its hour."""

    def __init__(self, engine: AsyncEngine, desk: Desk, clock: Clock | None = None) -> None:
        self._engine, self._desk = engine, desk
        self._clock = clock or WallClock()
        self._scheduler: AsyncIOScheduler | None = None

    async def look(self, progress: Progress = lambda done, of: None) -> list[Opened]:
        """Open everything that is due and not open yet, oldest first; close what is over."""
        now = self._clock.now()
        self._desk.refresh()
        opened = []
        for campaign, _theme in await self._desk.live():
            already = await self._opened(campaign.id)
            await self._begin(campaign, now)
            for message in due(campaign, now):
                if message.key in already:
                    continue
                done = await open_message(self._engine, campaign, message, now, progress)
                if done is not None:
                    opened.append(done)
                    log.info("a message is open", count=done.total, kind=campaign.id)
                    if done.late:
                        action = "they are not sent; was the machine off?"
                        log.warning("messages came too late", count=done.late, action=action)
            await self._end(campaign, now)
        return opened

    async def next(self) -> datetime | None:
        """The next moment at which a message of a live campaign is due."""
        now = self._clock.now()
        found = []
        for campaign, _theme in await self._desk.live():
            already = await self._opened(campaign.id)
            for message in campaign.messages:
                first = slots(campaign, message).first
                if message.key not in already and first > ms(now):
                    found.append(first)
        return from_ms(min(found)) if found else None

    def start(self) -> None:
        """Wake at each message's hour and every few seconds, in the running event loop."""
        scheduler = AsyncIOScheduler(timezone=ZONE)
        first = datetime.now(ZONE) + timedelta(seconds=1)
        scheduler.add_job(
            self._wake, "interval", seconds=EVERY, id="look", next_run_time=first,
            coalesce=True, max_instances=1, misfire_grace_time=None,
        )  # fmt: skip
        scheduler.start()
        self._scheduler = scheduler

    def stop(self) -> None:
        """Wake no more."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None

    async def _wake(self) -> None:
        try:
            await self.look()
            moment = await self.next()
            if moment is not None and self._scheduler is not None:
                self._scheduler.add_job(
                    self._wake, "date", run_date=moment, id="next", replace_existing=True,
                    misfire_grace_time=None,
                )  # fmt: skip
        except Exception as error:
            action = "tried again in a few seconds; check that the database runs"
            log.error("the schedule could not be looked at", action=action, **logs.describe(error))

    async def _opened(self, campaign: str) -> set[str]:
        query = select(Opening.message).where(Opening.campaign == campaign)
        async with self._engine.connect() as connection:
            return set((await connection.execute(query)).scalars())

    async def _begin(self, campaign: Campaign, now: datetime) -> None:
        """Running from its first message on; so is one that was changed and armed again later."""
        if due(campaign, now) and await self._desk.state(campaign.id) == "scheduled":
            await self._desk.move(campaign.id, "scheduled", "running")

    async def _end(self, campaign: Campaign, now: datetime) -> None:
        """Done when the last message's last hour is over and no message is open."""
        last = max(slots(campaign, m).last for m in campaign.messages)
        if ms(now) < last:
            return
        query = select(Opening.id).where(Opening.campaign == campaign.id, Opening.state == "open")
        async with self._engine.connect() as connection:
            still_open = (await connection.execute(query.limit(1))).first()
        if still_open is None:
            await self._desk.move(campaign.id, "running", "done")


def due(campaign: Campaign, now: datetime) -> list[Message]:
    """The messages whose first hour has come, in order of time."""
    come = [(slots(campaign, m).first, m) for m in campaign.messages]
    return [m for first, m in sorted(come, key=lambda c: c[0]) if first <= ms(now)]
