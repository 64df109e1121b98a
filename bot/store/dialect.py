"""What differs between the databases."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncEngine


def insert_for(engine: AsyncEngine) -> Any:
    """The dialect's ``insert``, which knows ``on_conflict_do_nothing``."""
    return pg_insert if engine.dialect.name == "postgresql" else sqlite_insert
