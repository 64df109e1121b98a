"""What outlives a restart, on SQLite and on a real PostgreSQL; migrations up and down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect, text, update

from bot.store import database, keys
from bot.store.models import ChatMessage, SeenDelivery
from bot.store.traces import Traces

KEY = b"0123456789abcdef0123456789abcdef"


@pytest.fixture
async def traces(url: str) -> AsyncIterator[Traces]:
    """Traces on fresh tables."""
    await database.migrate_async(url)
    engine = database.open_engine(url)
    yield Traces(engine, KEY)
    await engine.dispose()
    await asyncio.to_thread(database.migrate, url, "base")


async def test_a_delivery_is_new_once(traces: Traces) -> None:
    assert await traces.first_time("telegram", "1")
    assert not await traces.first_time("telegram", "1")
    assert await traces.first_time("telegram", "2")
    assert await traces.first_time("zalo", "1")


async def test_of_many_at_once_one_is_first(traces: Traces) -> None:
    found = await asyncio.gather(*(traces.first_time("telegram", "9") for _ in range(20)))
    assert sum(found) == 1


async def test_message_numbers_of_a_chat(traces: Traces) -> None:
    await traces.remember("telegram", "77", 5, 3)
    await traces.remember("telegram", "77", 5, 9)
    await traces.remember("telegram", "78", 1)
    assert await traces.messages("telegram", "77") == [3, 5, 9]
    assert await traces.forget("telegram", "77") == 3
    assert await traces.messages("telegram", "77") == []
    assert await traces.messages("telegram", "78") == [1]


async def test_old_rows_are_swept(traces: Traces) -> None:
    await traces.first_time("telegram", "1")
    await traces.remember("telegram", "77", 5)
    old = datetime.now(UTC) - timedelta(hours=49)
    async with traces._engine.begin() as connection:
        await connection.execute(update(SeenDelivery).values(seen_at=old))
        await connection.execute(update(ChatMessage).values(sent_at=old))
    assert await traces.messages("telegram", "77") == []
    await traces.sweep()
    async with traces._engine.connect() as connection:
        for table in ("seen_delivery", "chat_message"):
            count = await connection.scalar(text(f"select count(*) from {table}"))
            assert count == 0


async def test_no_chat_stands_in_the_rows(traces: Traces) -> None:
    await traces.remember("telegram", "918273645", 5)
    async with traces._engine.connect() as connection:
        rows = (await connection.execute(text("select * from chat_message"))).all()
    assert "918273645" not in str(rows)


async def test_migrations_go_up_and_down(url: str) -> None:
    await database.migrate_async(url)
    await asyncio.to_thread(database.migrate, url, "base")
    await database.migrate_async(url)
    engine = database.open_engine(url)
    async with engine.connect() as connection:
        names = await connection.run_sync(lambda c: set(inspect(c).get_table_names()))
    assert {"seen_delivery", "chat_message"} <= names
    await engine.dispose()
    await asyncio.to_thread(database.migrate, url, "base")


def test_the_key_file_is_made_once_and_is_private(tmp_path: Path) -> None:
    first = keys.secret("", tmp_path / "data")
    assert keys.secret("", tmp_path / "data") == first
    assert (tmp_path / "data" / "secret.key").stat().st_mode & 0o077 == 0
    with pytest.raises(keys.KeyMissing, match="16"):
        keys.secret("short", tmp_path)
    (tmp_path / "data" / "secret.key").write_text("x")
    with pytest.raises(keys.KeyMissing, match="damaged"):
        keys.secret("", tmp_path / "data")
