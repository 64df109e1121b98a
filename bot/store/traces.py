"""Deliveries seen and message numbers, in the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.dialect import insert_for
from bot.store.keys import one_way
from bot.store.models import ChatMessage, SeenDelivery

DELIVERY_LIFE = timedelta(hours=24)
MESSAGE_LIFE = timedelta(hours=48)  # what Telegram lets a bot delete


class Traces:
    """What must outlive a restart so that nothing is answered twice and `/xoa` can delete."""

    def __init__(self, engine: AsyncEngine, key: bytes) -> None:
        self._engine = engine
        self._key = key
        self._insert = insert_for(engine)

    async def first_time(self, channel: str, delivery: str) -> bool:
        """Whether this delivery was not seen before, in any process on this database."""
        digest = one_way(self._key, "delivery", channel, delivery)
        row = {"digest": digest, "seen_at": datetime.now(UTC)}
        statement = self._insert(SeenDelivery).values(row).on_conflict_do_nothing()
        async with self._engine.begin() as connection:
            result = await connection.execute(statement)
        return bool(result.rowcount)

    async def remember(self, channel: str, chat: str, *messages: int) -> None:
        """Keep the numbers of messages for a later deletion."""
        if not messages:
            return
        key, now = one_way(self._key, "chat", channel, chat), datetime.now(UTC)
        rows = [{"channel": channel, "chat": key, "message": m, "sent_at": now} for m in messages]
        async with self._engine.begin() as connection:
            statement = self._insert(ChatMessage).values(rows).on_conflict_do_nothing()
            await connection.execute(statement)

    async def messages(self, channel: str, chat: str) -> list[int]:
        """The numbers of messages young enough to be deleted."""
        since = datetime.now(UTC) - MESSAGE_LIFE
        mine = self._of(channel, chat)
        query = select(ChatMessage.message).where(*mine, ChatMessage.sent_at >= since)
        async with self._engine.connect() as connection:
            return sorted((await connection.execute(query)).scalars())

    async def forget(self, channel: str, chat: str) -> int:
        """Drop what is kept for a chat. Returns how many numbers were dropped."""
        async with self._engine.begin() as connection:
            result = await connection.execute(delete(ChatMessage).where(*self._of(channel, chat)))
        return int(result.rowcount)

    async def sweep(self) -> None:
        """Delete what has outlived its time. Called every hour."""
        now = datetime.now(UTC)
        async with self._engine.begin() as connection:
            old = SeenDelivery.seen_at < now - DELIVERY_LIFE
            await connection.execute(delete(SeenDelivery).where(old))
            gone = ChatMessage.sent_at < now - MESSAGE_LIFE
            await connection.execute(delete(ChatMessage).where(gone))

    def _of(self, channel: str, chat: str):  # type: ignore[no-untyped-def]
        key = one_way(self._key, "chat", channel, chat)
        return ChatMessage.channel == channel, ChatMessage.chat == key
