"""The table of places. Field names follow Open Referral HSDS 3 where it has one."""

from __future__ import annotations

import enum
from datetime import date

from sqlalchemy import JSON, Boolean, Date, Float, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Kind(enum.StrEnum):
    """What a place is."""

    TRUSTED_ADDRESS = "trusted_address"
    SHELTER = "shelter"
    ONE_STOP_CENTRE = "one_stop_centre"
    AUTHORITY = "authority"
    HEALTH = "health"
    LEGAL_AID = "legal_aid"


class Visibility(enum.StrEnum):
    """How much of a place may be told: `PHONE_ONLY` never its address or point."""

    PUBLIC = "public"
    PHONE_ONLY = "phone_only"
    HIDDEN = "hidden"


class PointKind(enum.StrEnum):
    """What a point is: of the house itself, of its unit's centre, or of an area without a house."""

    EXACT = "exact"
    APPROXIMATE = "approximate"
    AREA = "area"


class Base(DeclarativeBase):
    """The tables of `locations`."""


class Place(Base):
    """One place; kept until an office takes it out."""

    __tablename__ = "place"

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20), index=True)
    organization: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(300), default="")
    unit_code: Mapped[str] = mapped_column(String(10), default="", index=True)
    old_unit: Mapped[str] = mapped_column(String(80), default="")
    province: Mapped[str] = mapped_column(String(40), default="An Giang")
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    point: Mapped[str] = mapped_column(String(12), default="")
    # E.164, most useful first.
    phones: Mapped[list[str]] = mapped_column(JSON, default=list)
    # As written by the office, and as read: [[weekday 0-6, open minute, close minute], …].
    schedule: Mapped[str] = mapped_column(String(200), default="")
    open_times: Mapped[list[list[int]]] = mapped_column(JSON, default=list)
    holidays: Mapped[str] = mapped_column(String(100), default="")
    # women, children, men, elders, foreigners; empty: not said.
    takes_in: Mapped[list[str]] = mapped_column(JSON, default=list)
    languages: Mapped[str] = mapped_column(String(100), default="")
    cost: Mapped[str] = mapped_column(String(100), default="")
    capacity: Mapped[str] = mapped_column(String(200), default="")
    visibility: Mapped[str] = mapped_column(String(12), default=Visibility.PUBLIC)
    assured_date: Mapped[date | None] = mapped_column(Date)
    assured_by: Mapped[str] = mapped_column(String(120), default="")
    source: Mapped[str] = mapped_column(Text, default="")
    is_sample: Mapped[bool] = mapped_column(Boolean, default=False)

    def values(self) -> dict[str, object]:
        """Every column with its value, for comparing and exporting."""
        return {c.key: getattr(self, c.key) for c in self.__table__.columns}
