"""Opening the database and bringing its tables up to date."""

from __future__ import annotations

import asyncio
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

KEPT_STATEMENTS = 16  # a connection; SQLite's own default is 128
MIGRATIONS = Path(__file__).parent / "migrations"


def open_engine(url: str) -> AsyncEngine:
    """An async engine; SQLite gets WAL and a patient lock. Never echoes statements."""
    # A statement over N rows is another one for each N: those that are kept cost memory.
    lite = {"cached_statements": KEPT_STATEMENTS} if url.startswith("sqlite") else {}
    engine = create_async_engine(
        url, echo=False, hide_parameters=True, pool_pre_ping=True, connect_args=lite
    )
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _sqlite_pragmas)
        event.listen(engine.sync_engine, "connect", _stop_once)
    return engine


def _stop_once(connection: object, _: ConnectionPoolEntry) -> None:
    """Let the driver be stopped by several, each of whom sees it stopped.

    A call that is cancelled twice asks aiosqlite (0.22) to stop twice: the second one waits for a
    thread that has ended, for ever, and the process could not end.
    """
    driver = connection.driver_connection  # type: ignore[attr-defined]
    driver.stop = cache(driver.stop)


def _sqlite_pragmas(connection: object, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    # Patience first: changing the mode of a file that somebody writes to needs it.
    for pragma in ("busy_timeout=5000", "journal_mode=WAL", "synchronous=NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    # Deleted rows are overwritten: what was erased is erased on the disk too.
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


def migrate(url: str, revision: str = "head") -> None:
    """Bring the tables to `revision` (``head``, ``base`` or one by name)."""
    database = make_url(url).database
    if url.startswith("sqlite") and database and database != ":memory:":
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    step = command.downgrade if revision == "base" else command.upgrade
    step(config, revision)


async def migrate_async(url: str) -> None:
    """`migrate` to head from a running event loop."""
    await asyncio.to_thread(migrate, url)
