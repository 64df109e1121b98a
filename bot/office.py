"""The campaigns' office over a configured database, for commands that talk to nobody."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from bot.campaigns.office import Office
from bot.settings import Settings
from bot.store import database, keys
from bot.store.subscriptions import Subscriptions
from bot.store.vault import open_vault
from content.library import Library


@contextlib.asynccontextmanager
async def opened_office(settings: Settings, library: Library) -> AsyncIterator[Office]:
    """An office, its tables up to date. Raises `KeyMissing`, or the database's own error."""
    key = keys.secret(settings.secret_key.get_secret_value(), settings.data_dir)
    await database.migrate_async(settings.database)
    engine = database.open_engine(settings.database)
    try:
        vault = await open_vault(engine, key)
        yield Office(engine, library, Subscriptions(engine, vault, settings.channels))
    finally:
        await engine.dispose()
