"""The sender of one channel: takes due rows, hands them to the carrier, closes them."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass
from typing import Protocol

from bot import logs, metrics
from bot.campaigns.budget import RateBudget
from bot.campaigns.clock import Clock, WallClock, ms
from bot.campaigns.outbox import LEASE_MS, Claimed, Closing, Outbox, unwanted
from bot.delivery import Carrier, Delivered, Notice, Outcome
from bot.store.keys import KeyWrong
from bot.store.subscriptions import ACTIVE

log = logs.get("sender")
AHEAD = 0.4  # seconds of the rate that are taken at once: a pause acts within a second
UNLIMITED = 500  # rows taken at once from a channel without a rate
SIDE_BY_SIDE = 256
IDLE = 0.25  # seconds between looks at an empty outbox
CROWDED = 0.01  # seconds between looks for room while all calls that may be are out
FRESH = 1.0  # seconds after which it is asked again whether somebody still wants it
TRIES = 6
BACKOFF = 2.0  # seconds, doubled at each try
LATEST = 35.0  # seconds of a lease that must be left when a call begins: the longest call
# Seconds when the sender stops: for calls that are out, for those that are cut off then, and for
# writing down how they ended. TimeoutStopSec in deploy/ is longer than all of them.
STOPPING, CUTTING, FLUSHING = 15.0, 1.0, 5.0


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


@dataclass(slots=True)
class _Progress:
    """How far a row has come: what may still be made of it when something breaks or stops."""

    begun: bool = False
    done: Delivered | None = None


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
        self._room = asyncio.Semaphore(SIDE_BY_SIDE)
        self._closings: list[Closing] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._over = False
        self._tidied = 0.0  # monotonic
        self._key: bytes | None = None

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
            await self._settle()
            await self._write_down(closing)

    def stop(self) -> None:
        """Take and begin nothing more; calls that are out are finished, or cut off, and closed."""
        self._stopping.set()

    async def step(self) -> float:
        """Take one batch and start sending it. Returns the seconds to wait for the next one."""
        await self._tidy()
        if self._key is None:
            self._key = await self._outbox.key_mark()
        if len(self._tasks) >= SIDE_BY_SIDE:
            return CROWDED
        channel, rate = self._carrier.channel, self._carrier.rate
        most = max(1, round(rate * AHEAD)) if rate > 0 else UNLIMITED
        held = await self._budget.peek(channel, ms(self._clock.now())) if rate > 0 else 0.0
        if held > AHEAD:
            return min(held - AHEAD, 1.0)
        taken = time.monotonic(), ms(self._clock.now())
        rows = await self._outbox.claim(channel, most, taken[1])
        if not rows:
            return IDLE
        try:
            await self._notices.load({row.campaign for row in rows})
            first = await self._budget.take(channel, len(rows), rate, ms(self._clock.now()))
        except BaseException:
            self._closings += [self._back(row, "HeldUp") for row in rows]
            raise
        begin = time.monotonic() + first
        for number, row in enumerate(rows):
            at = begin + (number / rate if rate > 0 else 0.0)
            task = asyncio.create_task(self._send(row, taken, at))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        # The next batch is taken while the last slots of this one are still ahead.
        return max(0.0, first + len(rows) / rate - AHEAD / 2) if rate > 0 else 0.0

    async def _send(self, row: Claimed, taken: tuple[float, int], at: float) -> None:
        """Bring one row to its end; whatever happens, it is closed once."""
        far = _Progress()
        try:
            closing = await self._through(row, taken, at, far)
        except asyncio.CancelledError:  # by `_settle` alone, and the task ends here
            closing = self._cut_off(row, far)
        except Exception as error:
            log.error("a delivery broke", **logs.describe(error))
            closing = self._broken(row, far, type(error).__name__)
        self._closings.append(closing)

    async def _through(
        self, row: Claimed, taken: tuple[float, int], at: float, far: _Progress
    ) -> Closing:
        if (wait := at - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        async with self._room:
            # By both clocks: the wall clock goes on while a machine is frozen.
            held = max(time.monotonic() - taken[0], (ms(self._clock.now()) - taken[1]) / 1000)
            if held > LEASE_MS / 1000 - LATEST:
                # Held up too long: given back before another sender takes it as lost.
                return self._back(row, "HeldUp")
            if held > FRESH:
                # Somebody may have met danger, or stopped, since the row was taken.
                state = await self._outbox.standing(row.subscription)
                if state != ACTIVE:
                    return Closing(row.id, row.lease, unwanted(state))
            notice = self._notices.of(row.campaign, row.message)
            if notice is None:
                return Closing(row.id, row.lease, str(Outcome.REJECTED), "NoSuchMessage")
            try:
                person = self._people.unseal(self._carrier.channel, row.sealed)
            except KeyWrong:
                return await self._unopened(row)
            if self._stopping.is_set():
                return self._back(row, "Stopped")
            far.begun = True
            far.done = await self._carrier.deliver(person, notice)
            metrics.OUTCOMES.labels(self._carrier.channel, far.done.outcome).inc()
            await self._follow(row, far.done)
            return self._closing(row, far.done)

    async def _follow(self, row: Claimed, done: Delivered) -> None:
        """What has to be known to all before the row is closed."""
        if done.moved_to is not None:
            await self._people.moved(row.subscription, done.moved_to)
        elif done.outcome is Outcome.UNREACHABLE:
            await self._people.gone(row.subscription)
        elif done.outcome is Outcome.THROTTLED:
            now = ms(self._clock.now())
            await self._budget.hold(self._carrier.channel, done.retry_after, now)

    def _closing(self, row: Claimed, done: Delivered) -> Closing:
        """How a row ends by what became of the call. Only what was tried counts as a try."""
        if done.outcome in (Outcome.THROTTLED, Outcome.NOT_TRIED):
            return self._later(row, done, done.retry_after)
        if done.outcome is not Outcome.TRANSIENT:
            return Closing(row.id, row.lease, str(done.outcome), done.error[:40])
        if row.tries + 1 >= TRIES:
            return Closing(row.id, row.lease, "failed", done.error[:40])
        wait = BACKOFF * 2**row.tries * random.uniform(0.8, 1.2)  # noqa: S311
        return self._later(row, done, wait if done.moved_to is None else 0.0)

    def _later(self, row: Claimed, done: Delivered, seconds: float) -> Closing:
        due, error = ms(self._clock.now()) + int(seconds * 1000), done.error[:40]
        if due >= row.last_ms:
            return Closing(row.id, row.lease, "expired", error)
        tried = done.outcome is Outcome.TRANSIENT
        return Closing(row.id, row.lease, "waiting", error, due, tried, done.doubt)

    def _back(self, row: Claimed, why: str, seconds: float = 0.0) -> Closing:
        """A row that was taken and not begun: free again, not tried and not in doubt."""
        due = ms(self._clock.now()) + int(seconds * 1000)
        return Closing(row.id, row.lease, "waiting", why, due)

    def _cut_off(self, row: Claimed, far: _Progress) -> Closing:
        """A row whose call was still out at the limit of a stop: it may have arrived."""
        if not far.begun:
            return self._back(row, "Stopped")
        if far.done is None:
            return Closing(row.id, row.lease, str(Outcome.UNKNOWN), "Stopped")
        return self._closing(row, far.done)

    def _broken(self, row: Claimed, far: _Progress, error: str) -> Closing:
        """A row whose delivery raised something."""
        if not far.begun:
            return self._back(row, error[:40], BACKOFF)
        if far.done is None:
            return Closing(row.id, row.lease, "failed", error[:40])
        if far.done.outcome in (Outcome.SENT, Outcome.UNKNOWN, Outcome.REJECTED):
            return self._closing(row, far.done)
        # What the platform answered is known, only not what follows from it: asked again later.
        return self._closing(row, Delivered(Outcome.TRANSIENT, error))

    async def _unopened(self, row: Claimed) -> Closing:
        """A platform id that does not open: itself damaged, or all of them under a new key."""
        if await self._outbox.key_mark() == self._key:
            return Closing(row.id, row.lease, "failed", "KeyWrong")
        if not self._stopping.is_set():
            action = "restart this process with the present ANTAM_SECRET_KEY"
            log.error("the secret key was changed, nothing more is sent", action=action)
            self.stop()
        return self._back(row, "KeyWrong")

    async def _settle(self) -> None:
        """Wait for the calls that are out; at the limit they are cut off."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=STOPPING)
        if late:
            log.warning("calls were cut off by the stop", count=len(late))
            for task in late:
                task.cancel()
            await asyncio.wait(late, timeout=CUTTING)

    async def _write_down(self, closing: asyncio.Task[None]) -> None:
        """Close what has ended before the process goes; a database that is away is waited for."""
        self._over = True
        try:
            async with asyncio.timeout(FLUSHING):
                # Not cancelled before the limit: what it is writing would be sent again.
                await closing
                while self._closings:
                    await self._flush()
        except TimeoutError:
            action = "they may go out twice, and are counted so; check that the database runs"
            log.error("deliveries were not closed", count=len(self._closings), action=action)

    async def _flush(self) -> None:
        """Write what has ended; kept and tried again while the database is away."""
        ended = list(self._closings)
        if not ended:
            return
        try:
            closed = await self._outbox.close(ended)
        except Exception as error:
            log.warning("deliveries are closed later", count=len(ended), **logs.describe(error))
            await asyncio.sleep(0.5)
            return
        del self._closings[: len(ended)]
        if closed < len(ended):
            # Another sender took them as lost and holds them; or they were closed already, by a
            # write whose answer did not come.
            log.warning("closings came too late for their rows", count=len(ended) - closed)

    async def _keep_closing(self) -> None:
        while not self._over:
            await asyncio.sleep(0.05)
            await self._flush()

    async def _tidy(self) -> None:
        """Once a second, and before anything is taken: what is late or lost is found first."""
        if time.monotonic() - self._tidied < 1.0:
            return
        await self._outbox.tidy(ms(self._clock.now()))
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
