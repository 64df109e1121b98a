"""Who asked for the messages, and where nobody is to be written to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from typing import Any

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.campaign_models import OutboxRow, QuietChat, Subscription
from bot.store.dialect import insert_for
from bot.store.vault import Vault
from content.day import today

ACTIVE, PAUSED = "active", "paused"
CHUNK = 1_000


class Subscriptions:
    """The table of subscriptions. `channels` are those that can be written to."""

    def __init__(self, engine: AsyncEngine, vault: Vault, channels: Collection[str]) -> None:
        self._engine, self._vault = engine, vault
        self._channels = frozenset(channels)
        self._insert = insert_for(engine)

    def reaches(self, channel: str) -> bool:
        """Whether people of this channel can be written to."""
        return channel in self._channels

    async def row(self, channel: str, person: str) -> Any | None:
        """The whole row of a person's subscription, or None."""
        async with self._engine.connect() as connection:
            found = await connection.execute(select(Subscription).where(*self._of(channel, person)))
            return found.first()

    async def is_quiet(self, channel: str, person: str) -> bool:
        """Whether this chat met danger or asked for a shelter."""
        async with self._engine.connect() as connection:
            return bool(await connection.scalar(select(self._quiet(channel, person))))

    async def start(self, channel: str, person: str) -> bool:
        """Subscribe, once. False in a quiet chat."""
        row = {
            "channel": channel,
            "person": self._vault.person(channel, person),
            "sealed": self._vault.seal(channel, person),
            "state": ACTIVE,
            "unit": "",
            "topics": "",
            "hour": "",
            "since": today(),
        }
        async with self._engine.begin() as connection:
            if await connection.scalar(select(self._quiet(channel, person))):
                return False
            await connection.execute(
                self._insert(Subscription).values(row).on_conflict_do_nothing()
            )
        return True

    async def change(self, channel: str, person: str, **wishes: str) -> bool:
        """Set `unit`, `topics` (``,a,b,``) or `hour`. False when there is no subscription."""
        async with self._engine.begin() as connection:
            change = update(Subscription).where(*self._of(channel, person)).values(**wishes)
            return bool((await connection.execute(change)).rowcount)

    async def stop(self, channel: str, person: str) -> bool:
        """Delete the subscription; what waits for it is stopped. False when there was none."""
        async with self._engine.begin() as connection:
            return await self._end(connection, channel, person)

    async def resume(self, channel: str, person: str) -> bool:
        """Go on after a pause; the chat is no longer quiet, by its person's own word."""
        async with self._engine.begin() as connection:
            mine = (*self._of(channel, person), Subscription.state == PAUSED)
            change = update(Subscription).where(*mine).values(state=ACTIVE)
            if not (await connection.execute(change)).rowcount:
                return False
            await connection.execute(delete(QuietChat).where(*self._quietly(channel, person)))
            return True

    async def quieten(self, channel: str, person: str) -> bool:
        """Mark the chat and pause its subscription. True when an active one was paused."""
        key = {"channel": channel, "person": self._vault.person(channel, person)}
        async with self._engine.begin() as connection:
            await connection.execute(self._insert(QuietChat).values(key).on_conflict_do_nothing())
            mine = (*self._of(channel, person), Subscription.state == ACTIVE)
            change = update(Subscription).where(*mine).values(state=PAUSED)
            paused = (await connection.execute(change.returning(Subscription.id))).scalar()
            if paused is not None:
                await _drop_waiting(connection, paused, "withheld")
            return paused is not None

    async def forget(self, channel: str, person: str) -> bool:
        """Erase all of it, the quiet mark too. True when there was a subscription."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(QuietChat).where(*self._quietly(channel, person)))
            return await self._end(connection, channel, person)

    def seal(self, channel: str, platform_id: str) -> bytes:
        """A platform id, encrypted."""
        return self._vault.seal(channel, platform_id)

    def unseal(self, channel: str, sealed: bytes) -> str:
        """The platform id behind a sealed one. Raises `KeyWrong`."""
        return self._vault.unseal(channel, sealed)

    async def gone(self, subscription: int) -> None:
        """Nobody is there any more: delete the subscription, and what waits for it."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(Subscription).where(Subscription.id == subscription))
            await _drop_waiting(connection, subscription, "unreachable")

    async def moved(self, subscription: int, platform_id: str) -> None:
        """The platform gave somebody a new id; one who signed up there too keeps that one."""
        async with self._engine.begin() as connection:
            query = select(Subscription.channel).where(Subscription.id == subscription)
            channel = await connection.scalar(query)
            if channel is None:
                return
            if await connection.scalar(select(exists().where(*self._of(channel, platform_id)))):
                await connection.execute(
                    delete(Subscription).where(Subscription.id == subscription)
                )
                return
            anew = {
                "person": self._vault.person(channel, platform_id),
                "sealed": self._vault.seal(channel, platform_id),
            }
            here = update(Subscription).where(Subscription.id == subscription)
            await connection.execute(here.values(**anew))

    async def everybody(self) -> AsyncIterator[tuple[str, str]]:
        """Channel and platform id of every subscription. Raises `KeyWrong`."""
        last = 0
        while True:
            query = select(Subscription.id, Subscription.channel, Subscription.sealed)
            query = query.where(Subscription.id > last).order_by(Subscription.id).limit(CHUNK)
            async with self._engine.connect() as connection:
                rows = (await connection.execute(query)).all()
            for row in rows:
                yield row.channel, self._vault.unseal(row.channel, row.sealed)
            if len(rows) < CHUNK:
                return
            last = rows[-1].id

    async def count(self) -> dict[tuple[str, str], int]:
        """(channel, state) to how many."""
        kind = (Subscription.channel, Subscription.state)
        query = select(*kind, func.count()).group_by(*kind)
        async with self._engine.connect() as connection:
            return {(r[0], r[1]): r[2] for r in await connection.execute(query)}

    async def _end(self, connection: AsyncConnection, channel: str, person: str) -> bool:
        ended = delete(Subscription).where(*self._of(channel, person)).returning(Subscription.id)
        found = (await connection.execute(ended)).scalar()
        if found is not None:
            await _drop_waiting(connection, found, "stopped")
        return found is not None

    def _of(self, channel: str, person: str) -> tuple[Any, ...]:
        key = self._vault.person(channel, person)
        return (Subscription.channel == channel, Subscription.person == key)

    def _quietly(self, channel: str, person: str) -> tuple[Any, ...]:
        key = self._vault.person(channel, person)
        return (QuietChat.channel == channel, QuietChat.person == key)

    def _quiet(self, channel: str, person: str) -> Any:
        return exists().where(*self._quietly(channel, person))


async def _drop_waiting(connection: AsyncConnection, subscription: int, state: str) -> None:
    waiting = (OutboxRow.subscription == subscription, OutboxRow.state == "waiting")
    await connection.execute(update(OutboxRow).where(*waiting).values(state=state))
