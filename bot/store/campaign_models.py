"""The tables of subscriptions and campaigns. Each says how long its rows live.

Moments that are compared in bulk are whole milliseconds since 1970 (UTC): one arithmetic on every
database.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    DateTime,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.models import Base

BIG = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only INTEGER keys


def _of_state(name: str, state: str, *columns: str) -> Index:
    """An index over the rows of one state alone: small, however many rows have ended."""
    where = text(f"state = '{state}'")
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


class VaultKey(Base):
    """The data keys, sealed with the secret key; one row, kept as long as the database."""

    __tablename__ = "vault_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Subscription(Base):
    """Somebody who asked for the messages; deleted when they stop, block or erase.

    `person` is a one-way key for looking up; `sealed` is the platform's id, encrypted.
    """

    __tablename__ = "subscription"
    __table_args__ = (UniqueConstraint("channel", "person"),)

    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    person: Mapped[bytes] = mapped_column(LargeBinary(16))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(8))  # active, paused
    unit: Mapped[str] = mapped_column(String(10), default="")
    topics: Mapped[str] = mapped_column(String(400), default="")  # ",a,b," or empty for all
    hour: Mapped[str] = mapped_column(String(8), default="")  # morning, noon, evening or empty
    since: Mapped[date] = mapped_column(Date)


class QuietChat(Base):
    """A chat that is never offered a subscription; lives until its person erases it or resumes."""

    __tablename__ = "quiet_chat"

    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    person: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)


class Staff(Base):
    """Somebody who plans or approves; `sealed` is the chat for test sends, encrypted."""

    __tablename__ = "staff"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    channel: Mapped[str] = mapped_column(String(16), default="")
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)


class CampaignState(Base):
    """Where a campaign stands, and exactly what was approved; kept for the reports."""

    __tablename__ = "campaign_state"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    fingerprint: Mapped[str] = mapped_column(String(64))
    told: Mapped[str] = mapped_column(Text)  # the campaign as JSON, with its theme
    submitted_by: Mapped[str] = mapped_column(String(60), default="")
    approved_by: Mapped[str] = mapped_column(String(60), default="")


class CampaignEvent(Base):
    """Who did what to a campaign, and when; kept for the reports."""

    __tablename__ = "campaign_event"

    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    campaign: Mapped[str] = mapped_column(String(32), index=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    who: Mapped[str] = mapped_column(String(60))
    what: Mapped[str] = mapped_column(String(20))
    fingerprint: Mapped[str] = mapped_column(String(64))


class Opening(Base):
    """One message of a campaign, opened once: its rows are in the outbox. Kept for the reports."""

    __tablename__ = "opening"
    __table_args__ = (UniqueConstraint("campaign", "message"),)

    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    campaign: Mapped[str] = mapped_column(String(32))
    message: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(8), index=True)  # open, done, missed
    opened_ms: Mapped[int] = mapped_column(BigInteger)
    last_ms: Mapped[int] = mapped_column(BigInteger)  # after this nothing of it goes out
    grace_ms: Mapped[int] = mapped_column(BigInteger)
    beat_ms: Mapped[int] = mapped_column(BigInteger)  # when a sender last looked after it
    total: Mapped[int] = mapped_column(default=0)


class OutboxRow(Base):
    """One message to one subscriber; lives 30 days, then only its count is left."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("opening", "subscription"),
        _of_state("ix_outbox_waiting", "waiting", "opening", "channel", "due_ms"),
        _of_state("ix_outbox_sending", "sending", "channel", "until_ms"),
        _of_state("ix_outbox_person", "waiting", "subscription"),
    )

    id: Mapped[int] = mapped_column(BIG, primary_key=True)
    opening: Mapped[int] = mapped_column(BIG)
    subscription: Mapped[int] = mapped_column(BIG)
    channel: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(12))
    due_ms: Mapped[int] = mapped_column(BigInteger)
    tries: Mapped[int] = mapped_column(default=0)
    again: Mapped[bool] = mapped_column(Boolean, default=False)  # may have gone out twice
    lease: Mapped[str] = mapped_column(String(32), default="")
    until_ms: Mapped[int] = mapped_column(BigInteger, default=0)
    error: Mapped[str] = mapped_column(String(40), default="")


class Tally(Base):
    """How many rows of an opening ended how, once the rows are gone; names nobody."""

    __tablename__ = "tally"

    opening: Mapped[int] = mapped_column(BIG, primary_key=True)
    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(12), primary_key=True)
    again: Mapped[bool] = mapped_column(Boolean, primary_key=True)
    count: Mapped[int]


class Budget(Base):
    """Up to when a channel's rate is spent, over all processes; one row a channel."""

    __tablename__ = "rate_budget"

    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    next_ms: Mapped[float] = mapped_column(Float)


class Tap(Base):
    """How often something under a message was tapped on a day; kept, for it names nobody."""

    __tablename__ = "campaign_tap"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    campaign: Mapped[str] = mapped_column(String(32), primary_key=True)
    message: Mapped[str] = mapped_column(String(12), primary_key=True)
    what: Mapped[str] = mapped_column(String(8), primary_key=True)  # card, stop, 1, 2, 3, 4
    count: Mapped[int]
