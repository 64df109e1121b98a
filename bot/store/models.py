"""The tables. Each says how long its rows live."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, DateTime, LargeBinary, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """All tables of the store."""


class SeenDelivery(Base):
    """A delivery of a platform that was answered; lives 24 hours, as long as platforms repeat."""

    __tablename__ = "seen_delivery"

    digest: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)


class ChatMessage(Base):
    """The number of a message in a chat, so that it can be deleted; lives 48 hours.

    `chat` is a one-way key: the chat itself is known only while its person is asking.
    """

    __tablename__ = "chat_message"

    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    chat: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    message: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sent_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)


class CardUseful(Base):
    """How many people found the answer of a card useful on a day; kept, for it names nobody."""

    __tablename__ = "card_useful"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    card: Mapped[str] = mapped_column(String(40), primary_key=True)
    yes: Mapped[int]
    no: Mapped[int]
