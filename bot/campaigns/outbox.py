"""The outbox: claiming rows with a lease, closing them, and looking after what is left behind."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.campaign_models import CampaignState, Opening, OutboxRow, Subscription

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
    """One row to send now. `sealed` is the person's encrypted platform id."""

    id: int
    opening: int
    campaign: str
    message: str
    subscription: int
    tries: int
    last_ms: int
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Closing:
    """How a row ends, or when it is to be tried again (`state` ``waiting``)."""

    row: int
    state: str
    error: str = ""
    due_ms: int = 0


class Outbox:
    """The rows of all open messages. Safe for any number of senders on one database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._locks = engine.dialect.name == "postgresql"
        self._overdue: dict[str, float] = {}  # lease: monotonic moment when first seen so
        self.overdue = OVERDUE

    async def claim(self, channel: str, most: int, lease: str, now_ms: int) -> list[Claimed]:
        """Take up to `most` due rows of a channel, oldest opening first, for `LEASE_MS`.

        Only of campaigns that are running now, so that a pause acts with the next claim. Rows
        whose subscription has gone or is paused are ended here and not handed out.
        """
        async with self._engine.begin() as connection:
            rows: list[Any] = []
            for opening in await self._open(connection):
                if len(rows) >= most:
                    break
                rows += await self._take(connection, opening, channel, most - len(rows),
                                         lease, now_ms)  # fmt: skip
            return await self._with_people(connection, rows)

    async def close(self, closings: Iterable[Closing], lease: str) -> int:
        """End rows, or put them back; only those still leased to us. Returns how many.

        What was sent counts as sent even when the lease was taken from us meanwhile, as long as
        nobody else holds the row.
        """
        closed = 0
        alike: dict[tuple[str, str, int], list[int]] = {}
        for c in closings:
            alike.setdefault((c.state, c.error, c.due_ms), []).append(c.row)
        async with self._engine.begin() as connection:
            for (state, error, due), rows in alike.items():
                mine = and_(OutboxRow.state == "sending", OutboxRow.lease == lease)
                values: dict[str, Any] = {"state": state, "error": error, "lease": ""}
                if state == "waiting":
                    values |= {"due_ms": due, "tries": OutboxRow.tries + 1}
                elif state == "sent":
                    mine = or_(mine, and_(OutboxRow.state == "waiting", OutboxRow.again))
                change = update(OutboxRow).where(OutboxRow.id.in_(rows), mine)
                closed += (await connection.execute(change.values(**values))).rowcount
        return closed

    async def tidy(self, now_ms: int, mine: str = "") -> dict[str, int]:
        """What has to happen each second, whoever does it. Returns (what, how many).

        Rows whose sender died are to be sent again and say so; what is past the last hour
        expires; after an outage longer than the grace, what was due before is late; a message
        without rows left is done. `mine` is the lease of who asks: alive, its rows are not lost.
        """
        async with self._engine.begin() as connection:
            found = {"again": await self._reclaim(connection, now_ms, mine)}
            for opening in await self._open(connection, every=True):
                found["late"] = found.get("late", 0) + await self._late(connection, opening, now_ms)
                found["expired"] = found.get("expired", 0) + await self._expire(
                    connection, opening, now_ms
                )
                await self._done(connection, opening, now_ms)
        return found

    async def next_due(self, channel: str) -> int | None:
        """When the next waiting row of a running campaign is due, in milliseconds."""
        async with self._engine.connect() as connection:
            live = [o.id for o in await self._open(connection)]
            waiting = (OutboxRow.state == "waiting", OutboxRow.channel == channel)
            query = select(func.min(OutboxRow.due_ms))
            due = [
                await connection.scalar(query.where(*waiting, OutboxRow.opening == o)) for o in live
            ]
        return min((d for d in due if d is not None), default=None)

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

    async def _with_people(self, connection: AsyncConnection, rows: list[Any]) -> list[Claimed]:
        if not rows:
            return []
        who = select(Subscription.id, Subscription.sealed, Subscription.state)
        who = who.where(Subscription.id.in_([row.subscription for row, _ in rows]))
        people = {p.id: p for p in (await connection.execute(who)).all()}
        claimed, ended = [], {"stopped": [], "withheld": []}  # type: ignore[var-annotated]
        for row, opening in rows:
            person = people.get(row.subscription)
            if person is None or person.state != "active":
                ended["withheld" if person else "stopped"].append(row.id)
                continue
            claimed.append(
                Claimed(row.id, opening.id, opening.campaign, opening.message, row.subscription,
                        row.tries, opening.last_ms, person.sealed)
            )  # fmt: skip
        for state, ids in ended.items():
            if ids:
                change = update(OutboxRow).where(OutboxRow.id.in_(ids))
                await connection.execute(change.values(state=state, lease=""))
        return claimed

    async def _reclaim(self, connection: AsyncConnection, now_ms: int, mine: str) -> int:
        """Rows whose lease ran out: the sender died between taking and closing them.

        They go to the end of the queue, so that a sender that dies again and again still serves
        the others; one that was there at every death is not tried for ever.
        """
        lost = (OutboxRow.state == "sending", OutboxRow.until_ms < now_ms, OutboxRow.lease != mine)
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
