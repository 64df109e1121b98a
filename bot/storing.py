"""The database of a running app: opened as soon as it answers, then kept in order."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Never

from sqlalchemy.ext.asyncio import AsyncEngine

from bot import logs
from bot.campaigns.office import Office
from bot.dialogue.subscribing import Nowhere
from bot.memory import ChatMemory
from bot.store import database, keys
from bot.store.approved import ApprovedCampaigns
from bot.store.late import LateTraces
from bot.store.owed import OwedFile
from bot.store.subscriptions import Subscriptions
from bot.store.taps import Taps
from bot.store.traces import Traces
from bot.store.usefulness import Usefulness
from bot.store.vault import Vault, open_vault
from bot.subscribing import Kept
from locations.finder import Finder
from locations.shown import ShownPlaces
from locations.store import Places

if TYPE_CHECKING:
    from bot.app import App

log = logs.get("store")
# All in seconds.
FIRST_PATIENCE = 10.0  # how long the page waits for a database that does not answer
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # between tries to open it, doubled at each
SWEEP_EVERY = 3600.0
PLACES_EVERY = 5.0
CAMPAIGNS_EVERY = 2.0
PAY_EVERY = 2.0
LAST_PATIENCE = 3.0  # for what is owed when the process ends


class Store:
    """Gives an app all that needs the database: at its start, or whenever it is there.

    Until then people are answered, and what must not be lost is owed. Raises `KeyMissing` when
    made without a readable key.
    """

    def __init__(self, app: App) -> None:
        self._app, settings = app, app.settings
        self._key = keys.secret(settings.secret_key.get_secret_value(), settings.data_dir)
        self._numbers = LateTraces()
        file = OwedFile(settings.data_dir, self._key)
        self._people = Kept(channels=settings.channels, file=file)
        app.memory = ChatMemory(self._numbers, self._people)
        app.conversation.subscriptions = self._people
        self._tried = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin. Returns when the database was opened, or was tried once."""
        self._running = asyncio.create_task(self._run())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FIRST_PATIENCE):
                await self._tried.wait()

    async def stop(self) -> None:
        """Pay what is owed, if that can be done now, and close the database."""
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_PATIENCE):
                await self._people.pay()
        if owed := self._people.owed:
            action = "start again with the same data folder and key: what is owed to chats is there"
            log.warning("stopped while the database was away", count=owed, action=action)
        if self._app.engine is not None:
            await self._app.engine.dispose()

    async def _run(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                opened = await self._open()
                break
            except Exception as error:
                action = "check ANTAM_DATABASE_URL and that the database runs; answers go on, and "
                action += "it is tried again"
                log.error("the database is away", action=action, seconds=pause,
                          **logs.describe(error))  # fmt: skip
            self._tried.set()
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)
        self._tried.set()
        await self._keep(*opened)

    async def _open(self) -> tuple[Traces, ShownPlaces, ApprovedCampaigns]:
        """Open the database and everything over it, all or nothing."""
        app = self._app
        await database.migrate_async(app.settings.database)
        engine = database.open_engine(app.settings.database)
        try:
            shown = ShownPlaces(Places(engine), app.settings.demo)
            await shown.fill()
            finder = await shown.finder()
            approved = ApprovedCampaigns(engine, app.library.campaigns.approved)
            await approved.refresh()
            vault = await self._vault(engine)
            traces = Traces(engine, self._key)
            await self._numbers.open(traces)
            if vault is not None:
                await self._open_people(engine, vault)
        except BaseException:
            await engine.dispose()
            raise
        self._give(engine, finder)
        return traces, shown, approved

    async def _vault(self, engine: AsyncEngine) -> Vault | None:
        """The key to subscriptions; None, said loudly, when the database has another one."""
        try:
            return await open_vault(engine, self._key)
        except keys.KeyWrong as error:
            log.error("subscriptions and campaigns are off", action=str(error))
            return None

    async def _open_people(self, engine: AsyncEngine, vault: Vault) -> None:
        table = Subscriptions(engine, vault, self._app.settings.channels)
        # Before anything is sent: some of those who signed up may have met danger meanwhile.
        await self._people.open(table)
        self._app.office = Office(engine, self._app.library, table)

    def _give(self, engine: AsyncEngine, finder: Finder) -> None:
        app = self._app
        app.engine = engine
        app.conversation.finder = finder
        app.conversation.count_useful = Usefulness(engine).add
        if app.office is not None:
            app.conversation.count_tap = Taps(engine).add
        else:
            app.conversation.subscriptions = Nowhere()
        app.stored.set()

    async def _keep(self, traces: Traces, shown: ShownPlaces, approved: ApprovedCampaigns) -> None:
        """The sweeps, what is changed elsewhere and what is owed to chats, side by side."""

        async def sweep() -> None:
            await traces.sweep()
            if self._app.office is not None:
                await self._app.office.sweep()

        async def places() -> None:
            if await shown.changed():
                self._app.conversation.finder = await shown.finder()
                count = len(self._app.conversation.finder.places)
                log.info("the places changed", count=count)

        async def pay() -> None:
            await self._people.pay()
            await self._numbers.pay()

        failed = "could not be done, tried again"
        works = (
            _every(SWEEP_EVERY, sweep, f"sweeping {failed} in an hour"),
            _every(PLACES_EVERY, places, f"reading the places {failed}"),
            _every(CAMPAIGNS_EVERY, approved.refresh, f"reading the campaigns {failed}"),
            _every(PAY_EVERY, pay, f"paying what is owed {failed}"),
        )
        # A group, not a gather: at the stop every one of them has let go of the database.
        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(work)


async def _every(seconds: float, work: Callable[[], Awaitable[object]], failed: str) -> Never:
    """Do something at once and every so often, whatever breaks."""
    while True:
        try:
            await work()
        except Exception as error:
            log.warning(failed, **logs.describe(error))
        await asyncio.sleep(seconds)
