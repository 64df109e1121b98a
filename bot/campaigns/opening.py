"""Opening a message: one outbox row per subscriber, written in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, case, func, insert, literal, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.campaigns.clock import HOURS, ms
from bot.store.campaign_models import Opening, OutboxRow, QuietChat, Subscription
from content.campaign import Campaign, Message, at, clock, on_day

CHUNK = 50_000  # subscribers a statement
# Neighbours in the table are spread over the whole window: a prime step through a prime number.
STEP, PARTS = 7919, 10_007


@dataclass(frozen=True)
class Opened:
    """What an opening wrote: rows in all, of which so many were too late to send."""

    opening: int
    total: int
    late: int


@dataclass(frozen=True)
class Slots:
    """When a message is due, in milliseconds: its own hour, those that people chose, the end."""

    own: int
    chosen: dict[str, int]
    last: int

    @property
    def first(self) -> int:
        """The earliest moment at which anybody gets it."""
        return min(self.own, *self.chosen.values())


def slots(campaign: Campaign, message: Message) -> Slots:
    """The moments of a message on its day. Raises `ValueError` for a template."""
    if campaign.year is None:
        raise ValueError("a template has no year")
    return _slots(campaign.year, message.day, message.hour, campaign.last_hour)


@lru_cache(maxsize=512)  # each look asks for every message of every campaign
def _slots(year: int, date_: str, hour: str, last: str) -> Slots:
    day = on_day(year, date_)
    chosen = {name: ms(at(day, part)) for name, part in HOURS.items()}
    return Slots(own=_ms(day, hour), chosen=chosen, last=_ms(day, last))


async def open_message(
    engine: AsyncEngine,
    campaign: Campaign,
    message: Message,
    now: datetime,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Opened | None:
    """Write the rows of one message; None when it was opened before, by whomever.

    One transaction, streamed in chunks inside the database: killed at any instant, either all
    rows are there or none. `progress` is told (subscribers looked at, of how many). Rows that are
    late by more than the campaign's grace are written as ``late`` and never sent.
    """
    when, now_ms = slots(campaign, message), ms(now)
    async with engine.connect() as connection:
        try:
            async with connection.begin():
                opening = await _begin(connection, campaign, message, when, now_ms)
                if now_ms < when.last:
                    await _fill(connection, opening, campaign, message, when, now_ms, progress)
                return await _count(connection, opening)
        except IntegrityError:
            return None


async def _begin(
    connection: AsyncConnection, campaign: Campaign, message: Message, when: Slots, now_ms: int
) -> int:
    row = {
        "campaign": campaign.id,
        "message": message.key,
        "state": "missed" if now_ms >= when.last else "open",
        "opened_ms": now_ms,
        "last_ms": when.last,
        "grace_ms": campaign.grace * 60_000,
        "beat_ms": now_ms,
        "total": 0,
    }
    result = await connection.execute(insert(Opening).values(row).returning(Opening.id))
    return int(result.scalar_one())


async def _fill(
    connection: AsyncConnection,
    opening: int,
    campaign: Campaign,
    message: Message,
    when: Slots,
    now_ms: int,
    progress: Callable[[int, int], None],
) -> None:
    who = [Subscription.state == "active", _not_quiet(), *_audience(campaign, message)]
    bounds = select(func.min(Subscription.id), func.max(Subscription.id))
    low, high = (await connection.execute(bounds)).one()
    due = _due(campaign, when)
    late = due + campaign.grace * 60_000 < now_ms
    state = case((late, literal("late")), else_=literal("waiting"))
    columns = ["opening", "subscription", "channel", "state", "due_ms",
               "tries", "again", "lease", "until_ms", "error"]  # fmt: skip
    for start in range(low or 1, (high or 0) + 1, CHUNK):
        part = Subscription.id.between(start, start + CHUNK - 1)
        rows = select(
            literal(opening), Subscription.id, Subscription.channel, state, due,
            literal(0), literal(False), literal(""), literal(0), literal(""),
        ).where(part, *who)  # fmt: skip
        await connection.execute(insert(OutboxRow).from_select(columns, rows))
        progress(min(start + CHUNK, high + 1) - low, high + 1 - low)


async def _count(connection: AsyncConnection, opening: int) -> Opened:
    mine = OutboxRow.opening == opening
    total = await connection.scalar(select(func.count()).select_from(OutboxRow).where(mine)) or 0
    query = select(func.count()).select_from(OutboxRow).where(mine, OutboxRow.state == "late")
    late = await connection.scalar(query) or 0
    change = update(Opening).where(Opening.id == opening).values(total=total)
    await connection.execute(change)
    return Opened(opening, total, late)


def _due(campaign: Campaign, when: Slots) -> Any:
    """The moment of each subscriber: their part of the day, or the message's own hour, spread."""
    moments = {"": when.own, **when.chosen}
    cases = [(Subscription.hour == name, _spread(campaign, t, when)) for name, t in moments.items()]
    return case(*cases, else_=_spread(campaign, when.own, when))


def _spread(campaign: Campaign, begins: int, when: Slots) -> ColumnElement[int]:
    # Most of the window is used; what is left lets the last ones be tried again.
    window = max(0, min(campaign.spread * 60_000, (when.last - begins) * 3 // 4))
    part: ColumnElement[int] = func.mod(Subscription.id * STEP, PARTS)
    return literal(begins) + part * (window // PARTS)


def _audience(campaign: Campaign, message: Message) -> list[Any]:
    who = campaign.audience
    wanted: list[Any] = []
    if who.channels:
        wanted.append(Subscription.channel.in_(who.channels))
    if who.units:
        wanted.append(Subscription.unit.in_(who.units))
    topics = [*who.topics, *message.topics]
    if topics:
        chosen = [Subscription.topics.contains(f",{topic},", autoescape=True) for topic in topics]
        wanted.append(or_(Subscription.topics == "", *chosen))
    return wanted


def _not_quiet() -> Any:
    mine = (QuietChat.channel == Subscription.channel, QuietChat.person == Subscription.person)
    return ~select(QuietChat.person).where(*mine).exists()


def _ms(day: date, hour: str) -> int:
    return ms(at(day, clock(hour)))
