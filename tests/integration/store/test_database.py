"""An engine lets go of its database however it is given up."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store import database


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """An engine over one small table."""
    engine = database.open_engine(f"sqlite+aiosqlite:///{tmp_path / 'db.sqlite3'}")
    async with engine.begin() as connection:
        await connection.execute(text("create table t (n integer)"))
    yield engine
    await engine.dispose()


async def write(engine: AsyncEngine) -> None:
    """One row, as soon as nobody else writes."""
    async with engine.begin() as connection:
        await connection.execute(text("insert into t values (1)"))


async def test_a_call_that_is_cancelled_twice_leaves_nothing_behind(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    """As at the end of a process: whoever called gives up, then the loop cancels what is left."""
    ours = asyncio.all_tasks()
    with closing(sqlite3.connect(tmp_path / "db.sqlite3", isolation_level=None)) as other:
        other.execute("begin immediate")
        call = asyncio.create_task(write(engine))
        await asyncio.sleep(0.2)  # it waits for the other writer, in the driver's thread
        call.cancel()
        await asyncio.sleep(0.1)  # its connection is being closed
        for task in asyncio.all_tasks() - ours:
            task.cancel()
        await asyncio.sleep(0.1)
        other.execute("rollback")
    left = asyncio.all_tasks() - ours
    assert call in left or call.done()
    _, stuck = await asyncio.wait(left | {call}, timeout=20)
    assert not stuck
    await write(engine)
