"""The outbox: claiming rows with a lease, closing them, and looking after what is left behind."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import and_, case, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.campaign_models import CampaignState, Opening, OutboxRow, Subscription, VaultKey

LEASE_MS = 60_000
# Seconds for which a lease must be seen overdue before its sender counts as dead: a clock that
# jumps, or a machine that was frozen, ends every lease at once while the calls are still out.
OVERDUE = 35.0
MOST_TRIES = 8
SENDING_STATES = ("scheduled", "running")
# How every row of the outbox ends; the first two are on their way.
ENDS = (
    *("waiting", "sending", "sent", "unreachable", "unknown", "rejected", "failed"),
    *("expired", "late", "stopped", "withheld", "cancelled"),
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """One row to send now. `sealed` is the person's encrypted platform id; `lease` the claim's."""

    id: int
    lease: str
    opening: int
    campaign: str
    message: str
    subscription: int
    tries: int
    last_ms: int
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Closing:
    """How a claimed row ends, or when it is to be tried again (`state` ``waiting``).

    Of one that waits: `tried` says whether the platform was really asked, and `doubt` whether it
    may have taken the message all the same.
    """

    row: int
    lease: str
    state: str
    error: str = ""
    due_ms: int = 0
    tried: bool = False
    doubt: bool = False


def unwanted(state: str | None) -> str:
    """How a row ends whose subscription is paused (its `state`) or has gone (None)."""
    return "stopped" if state is None else "withheld"


class Outbox:
    """The rows of all open messages. Safe for any number of senders on one database.

    One object a process: it knows which of the process's own claims are still out.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._locks = engine.dialect.name == "postgresql"
        self._out: Counter[str] = Counter()  # lease: rows that were handed out and not closed yet
        self._overdue: dict[str, float] = {}  # lease: monotonic moment when first seen so
        self.overdue = OVERDUE

    async def claim(self, channel: str, most: int, now_ms: int) -> list[Claimed]:
        """Take up to `most` due rows of a channel, oldest opening first, for `LEASE_MS`.

        Only of campaigns that are running now, so that a pause acts with the next claim. Rows
        whose subscription has gone or is paused are ended here and not handed out. Each row that
        is handed out is to be closed once. Each claim has a lease of its own: when the answer to
        one is lost, nobody knows its rows, and they come back as those of a dead sender do.
        """
        lease = secrets.token_hex(16)
        async with self._engine.begin() as connection:
            rows: list[Any] = []
            for opening in await self._open(connection):
                if len(rows) >= most:
                    break
                rows += await self._take(connection, opening, channel, most - len(rows),
                                         lease, now_ms)  # fmt: skip
            claimed = await self._with_people(connection, rows, lease)
        self._out.update({lease: len(claimed)} if claimed else {})
        return claimed

    async def close(self, closings: Iterable[Closing]) -> int:
        """End rows, or put them back; only those still under their lease. Returns how many.

        How a call ended counts even when the lease was taken from us meanwhile, as long as nobody
        else holds the row: it is not to be sent again.
        """
        closed = 0
        alike: dict[Closing, list[int]] = {}
        for c in closings:
            alike.setdefault(replace(c, row=0), []).append(c.row)
        async with self._engine.begin() as connection:
            for c, rows in alike.items():
                mine = and_(OutboxRow.state == "sending", OutboxRow.lease == c.lease)
                values: dict[str, Any] = {"state": c.state, "error": c.error, "lease": ""}
                if c.state == "waiting":
                    values |= {"due_ms": c.due_ms, "tries": OutboxRow.tries + int(c.tried)}
                    values |= {"again": True} if c.doubt else {}
                else:
                    mine = or_(mine, and_(OutboxRow.state == "waiting", OutboxRow.again))
                change = update(OutboxRow).where(OutboxRow.id.in_(rows), mine)
                closed += (await connection.execute(change.values(**values))).rowcount
        for c, rows in alike.items():
            self._out[c.lease] -= len(rows)
            if self._out[c.lease] <= 0:
                del self._out[c.lease]
        return closed

    async def standing(self, subscription: int) -> str | None:
        """The state of a subscription as it is now; None when it has gone."""
        query = select(Subscription.state).where(Subscription.id == subscription)
        async with self._engine.connect() as connection:
            return await connection.scalar(query)

    async def key_mark(self) -> bytes | None:
        """Another one after each change of the secret key (`antam db rotate-key`)."""
        async with self._engine.connect() as connection:
            return await connection.scalar(select(VaultKey.sealed))

    async def tidy(self, now_ms: int) -> dict[str, int]:
        """What has to happen each second, whoever does it. Returns (what, how many).

        Rows whose sender died are to be sent again and say so; what is past the last hour
        expires; after an outage longer than the grace, what was due before is late; a message
        without rows left is done. What this process has out is not lost, however long it takes.
        """
        async with self._engine.begin() as connection:
            found = {"again": await self._reclaim(connection, now_ms)}
            for opening in await self._open(connection, every=True):
                found["late"] = found.get("late", 0) + await self._late(connection, opening, now_ms)
                found["expired"] = found.get("expired", 0) + await self._expire(
                    connection, opening, now_ms
                )
                await self._done(connection, opening, now_ms)
        return found

    async def _open(self, connection: AsyncConnection, *, every: bool = False) -> list[Any]:
        query = (
            select(Opening, CampaignState.state.label("of"))
            .join(CampaignState, CampaignState.id == Opening.campaign)
            .where(Opening.state == "open")
            .order_by(Opening.opened_ms, Opening.id)
        )
        if not every:
            query = query.where(CampaignState.state.in_(SENDING_STATES))
        return list((await connection.execute(query)).all())

    async def _take(
        self, connection: AsyncConnection, opening: Any, channel: str, most: int, lease: str,
        now_ms: int,
    ) -> list[Any]:  # fmt: skip
        if now_ms >= opening.last_ms:
            return []
        due = (
            select(OutboxRow.id)
            .where(
                OutboxRow.state == "waiting",
                OutboxRow.opening == opening.id,
                OutboxRow.channel == channel,
                OutboxRow.due_ms <= now_ms,
            )
            .order_by(OutboxRow.due_ms)
            .limit(most)
        )
        if self._locks:
            due = due.with_for_update(skip_locked=True)
        taken = update(OutboxRow).where(OutboxRow.id.in_(due.scalar_subquery()))
        taken = taken.values(state="sending", lease=lease, until_ms=now_ms + LEASE_MS)
        rows = await connection.execute(
            taken.returning(OutboxRow.id, OutboxRow.subscription, OutboxRow.tries)
        )
        return [(row, opening) for row in rows.all()]

    async def _with_people(
        self, connection: AsyncConnection, rows: list[Any], lease: str
    ) -> list[Claimed]:
        if not rows:
            return []
        who = select(Subscription.id, Subscription.sealed, Subscription.state)
        who = who.where(Subscription.id.in_([row.subscription for row, _ in rows]))
        people = {p.id: p for p in (await connection.execute(who)).all()}
        claimed, ended = [], {"stopped": [], "withheld": []}  # type: ignore[var-annotated]
        for row, opening in rows:
            person = people.get(row.subscription)
            if person is None or person.state != "active":
                ended[unwanted(person.state if person else None)].append(row.id)
                continue
            claimed.append(
                Claimed(row.id, lease, opening.id, opening.campaign, opening.message,
                        row.subscription, row.tries, opening.last_ms, person.sealed)
            )  # fmt: skip
        for state, ids in ended.items():
            if ids:
                change = update(OutboxRow).where(OutboxRow.id.in_(ids))
                await connection.execute(change.values(state=state, lease=""))
        return claimed

    async def _reclaim(self, connection: AsyncConnection, now_ms: int) -> int:
        """Rows whose lease ran out: the sender died between taking and closing them.

        They go to the end of the queue, so that a sender that dies again and again still serves
        the others; one that was there at every death is not tried for ever.
        """
        alive = list(self._out)
        lost = (
            OutboxRow.state == "sending",
            OutboxRow.until_ms < now_ms,
            OutboxRow.lease.not_in(alive),
        )
        leases = set(await connection.scalars(select(OutboxRow.lease).where(*lost).distinct()))
        now = time.monotonic()
        self._overdue = {lease: self._overdue.get(lease, now) for lease in leases}
        dead = [lease for lease, seen in self._overdue.items() if now - seen >= self.overdue]
        if not dead:
            return 0
        change = update(OutboxRow).where(*lost, OutboxRow.lease.in_(dead))
        state = case((OutboxRow.tries < MOST_TRIES, "waiting"), else_="failed")
        change = change.values(
            state=state, lease="", again=True, tries=OutboxRow.tries + 1, due_ms=now_ms
        )
        return int((await connection.execute(change)).rowcount)

    async def _late(self, connection: AsyncConnection, opening: Any, now_ms: int) -> int:
        """After an outage longer than the grace, what was due long ago is not sent any more."""
        here = Opening.id == opening.id
        late = 0
        outage = now_ms - opening.beat_ms > opening.grace_ms
        if outage and opening.of in SENDING_STATES:
            old = and_(
                OutboxRow.opening == opening.id,
                OutboxRow.state == "waiting",
                OutboxRow.due_ms < now_ms - opening.grace_ms,
            )
            result = await connection.execute(update(OutboxRow).where(old).values(state="late"))
            late = int(result.rowcount)
        beat = case((Opening.beat_ms < now_ms, now_ms), else_=Opening.beat_ms)
        if outage or now_ms - opening.beat_ms >= 900:
            await connection.execute(update(Opening).where(here).values(beat_ms=beat))
        return late

    async def _expire(self, connection: AsyncConnection, opening: Any, now_ms: int) -> int:
        if now_ms < opening.last_ms:
            return 0
        waiting = (OutboxRow.opening == opening.id, OutboxRow.state == "waiting")
        result = await connection.execute(update(OutboxRow).where(*waiting).values(state="expired"))
        return int(result.rowcount)

    async def _done(self, connection: AsyncConnection, opening: Any, now_ms: int) -> None:
        on_its_way = or_(OutboxRow.state == "waiting", OutboxRow.state == "sending")
        left = select(OutboxRow.id).where(OutboxRow.opening == opening.id, on_its_way).limit(1)
        if (await connection.execute(left)).first() is None:
            change = update(Opening).where(Opening.id == opening.id)
            await connection.execute(change.values(state="done", beat_ms=now_ms))
