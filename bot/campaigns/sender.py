"""The sender of one channel: takes due rows, hands them to the carrier, closes them."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from typing import Protocol

from bot import logs, metrics
from bot.campaigns.budget import RateBudget
from bot.campaigns.clock import Clock, WallClock, ms
from bot.campaigns.outbox import LEASE_MS, Claimed, Closing, Outbox
from bot.delivery import Carrier, Delivered, Notice, Outcome

log = logs.get("sender")
AHEAD = 0.4  # seconds of the rate that are taken at once: a pause acts within a second
UNLIMITED = 500  # rows taken at once from a channel without a rate
SIDE_BY_SIDE = 256
IDLE = 0.25  # seconds between looks at an empty outbox
TRIES = 6
BACKOFF = 2.0  # seconds, doubled at each try
LATEST = 35.0  # seconds of a lease that must be left when a call begins: the longest call
STOPPING = 15.0  # seconds for calls that are out when the sender stops


class People(Protocol):
    """What the sender needs to know and do about subscribers."""

    def seal(self, channel: str, platform_id: str) -> bytes:
        """A platform id, encrypted."""

    def unseal(self, channel: str, sealed: bytes) -> str:
        """The platform id behind a sealed one."""

    async def gone(self, subscription: int) -> None:
        """The platform says nobody is there any more."""

    async def moved(self, subscription: int, platform_id: str) -> None:
        """The platform gave somebody a new id."""


class Notices(Protocol):
    """Where the words come from: what was approved, never the outbox."""

    async def load(self, campaigns: set[str]) -> None:
        """Have these campaigns' messages at hand, as approved now."""

    def of(self, campaign: str, message: str) -> Notice | None:
        """The message as every channel may render it; None for one that is not there."""


class Sender:
    """Sends what is due on one channel. `run` until `stop`; any number of them may run."""

    def __init__(
        self,
        outbox: Outbox,
        budget: RateBudget,
        carrier: Carrier,
        people: People,
        notices: Notices,
        clock: Clock | None = None,
    ) -> None:
        self._outbox, self._budget, self._carrier = outbox, budget, carrier
        self._people, self._notices = people, notices
        self._clock = clock or WallClock()
        self._lease = secrets.token_hex(16)
        self._room = asyncio.Semaphore(SIDE_BY_SIDE)
        self._closings: list[Closing] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._over = False
        self._tidied = 0.0  # monotonic

    async def run(self) -> None:
        """Send until stopped; a database that is away is waited for."""
        closing = asyncio.create_task(self._keep_closing())
        pause = 0.0
        try:
            while not self._stopping.is_set():
                try:
                    wait = await self.step()
                    pause = 0.0
                except Exception as error:
                    pause = min(10.0, pause * 2 or 0.5)
                    wait = pause
                    log.warning("the outbox cannot be read, tried again", **logs.describe(error))
                await self._rest(wait)
        finally:
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=STOPPING)
            # Not cancelled: what a half-written closing held would be sent again.
            self._over = True
            await asyncio.gather(closing, return_exceptions=True)
            await self._flush()

    def stop(self) -> None:
        """Take nothing more; what is in flight is finished and closed."""
        self._stopping.set()

    async def step(self) -> float:
        """Take one batch and start sending it. Returns the seconds to wait for the next one."""
        await self._tidy()
        channel, rate = self._carrier.channel, self._carrier.rate
        most = max(1, round(rate * AHEAD)) if rate > 0 else UNLIMITED
        held = await self._budget.peek(channel, ms(self._clock.now())) if rate > 0 else 0.0
        if held > AHEAD:
            return min(held - AHEAD, 1.0)
        taken = time.monotonic(), ms(self._clock.now())
        rows = await self._outbox.claim(channel, most, self._lease, taken[1])
        if not rows:
            return IDLE
        try:
            await self._notices.load({row.campaign for row in rows})
            first = await self._budget.take(channel, len(rows), rate, ms(self._clock.now()))
        except Exception:
            self._give_back(rows)
            raise
        begin = time.monotonic() + first
        for number, row in enumerate(rows):
            at = begin + (number / rate if rate > 0 else 0.0)
            await self._room.acquire()
            task = asyncio.create_task(self._send(row, taken, at))
            self._tasks.add(task)
            task.add_done_callback(self._sent)
        # The next batch is taken while the last slots of this one are still ahead.
        return max(0.0, first + len(rows) / rate - AHEAD / 2) if rate > 0 else 0.0

    def _sent(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._room.release()

    async def _send(self, row: Claimed, taken: tuple[float, int], at: float) -> None:
        if (wait := at - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        # By both clocks: the wall clock goes on while a machine is frozen.
        held = max(time.monotonic() - taken[0], (ms(self._clock.now()) - taken[1]) / 1000)
        if held > LEASE_MS / 1000 - LATEST:
            # Held up too long: given back before another sender takes it as lost.
            self._give_back([row])
            return
        done: Delivered | None = None
        try:
            done = await self._deliver(row)
            ending = await self._ending(row, done)
        except Exception as error:
            log.error("a delivery broke", **logs.describe(error))
            # What the platform answered is known, only not what follows from it: asked again later.
            state = "failed" if done is None else "waiting"
            due = ms(self._clock.now()) + int(BACKOFF * 1000)
            ending = Closing(row.id, state, type(error).__name__[:40], due)
        self._closings.append(ending)

    def _give_back(self, rows: list[Claimed]) -> None:
        """Rows that were taken and not begun: free for the next look, not counted as in doubt."""
        now = ms(self._clock.now())
        self._closings += [Closing(row.id, "waiting", "HeldUp", now) for row in rows]

    async def _deliver(self, row: Claimed) -> Delivered:
        notice = self._notices.of(row.campaign, row.message)
        if notice is None:
            return Delivered(Outcome.REJECTED, "NoSuchMessage")
        person = self._people.unseal(self._carrier.channel, row.sealed)
        done = await self._carrier.deliver(person, notice)
        metrics.OUTCOMES.labels(self._carrier.channel, done.outcome).inc()
        return done

    async def _ending(self, row: Claimed, done: Delivered) -> Closing:
        if done.moved_to is not None:
            await self._people.moved(row.subscription, done.moved_to)
            return self._later(row, done, 0.0)
        if done.outcome is Outcome.UNREACHABLE:
            await self._people.gone(row.subscription)
        if done.outcome is Outcome.THROTTLED:
            now = ms(self._clock.now())
            await self._budget.hold(self._carrier.channel, done.retry_after, now)
            return self._later(row, done, done.retry_after)
        if done.outcome is Outcome.TRANSIENT:
            wait = BACKOFF * 2**row.tries * random.uniform(0.8, 1.2)  # noqa: S311
            return self._later(row, done, wait)
        return Closing(row.id, str(done.outcome), done.error[:40])

    def _later(self, row: Claimed, done: Delivered, seconds: float) -> Closing:
        due = ms(self._clock.now()) + int(seconds * 1000)
        throttled = done.outcome is Outcome.THROTTLED
        if row.tries + 1 >= TRIES and not throttled:
            return Closing(row.id, "failed", done.error[:40])
        if due >= row.last_ms:
            return Closing(row.id, "expired", done.error[:40])
        return Closing(row.id, "waiting", done.error[:40], due)

    async def _flush(self) -> None:
        """Write what has ended; kept and tried again while the database is away."""
        ended, self._closings = self._closings, []
        if not ended:
            return
        try:
            await self._outbox.close(ended, self._lease)
        except Exception as error:
            self._closings = ended + self._closings
            log.warning("deliveries are closed later", count=len(ended), **logs.describe(error))
            await asyncio.sleep(0.5)

    async def _keep_closing(self) -> None:
        while not self._over:
            await asyncio.sleep(0.05)
            await self._flush()

    async def _tidy(self) -> None:
        """Once a second, and before anything is taken: what is late or lost is found first."""
        if time.monotonic() - self._tidied < 1.0 or self._closings:
            return  # what was sent is closed before leases are looked at
        await self._outbox.tidy(ms(self._clock.now()), self._lease)
        self._tidied = time.monotonic()

    async def _rest(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return
