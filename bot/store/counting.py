"""Adding to a count while somebody waits for an answer."""

from __future__ import annotations

import asyncio

from sqlalchemy import Executable
from sqlalchemy.ext.asyncio import AsyncEngine

from bot import logs

log = logs.get("counts")
PATIENCE = 1.0  # seconds an answer may wait for its count


async def count(engine: AsyncEngine, counted: Executable) -> None:
    """Write one count. Never raises: a count that the database cannot take is lost, and said so."""
    try:
        async with asyncio.timeout(PATIENCE), engine.begin() as connection:
            await connection.execute(counted)
    except Exception as error:
        log.warning("a count was lost", **logs.describe(error))
