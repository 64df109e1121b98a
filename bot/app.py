"""The composition root: the only place that knows every part and puts them together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from rich.console import Console
from sqlalchemy.ext.asyncio import AsyncEngine

from bot import logs, metrics
from bot.campaigns.office import Office
from bot.dialogue.danger import DangerRules
from bot.dialogue.engine import Answered, Conversation
from bot.dialogue.speak import Speaker
from bot.dialogue.turn import Flows
from bot.dialogue.understanding import Understander
from bot.memory import ChatMemory
from bot.messages import Inbound
from bot.nlu.client import NluAway, Parsed, RasaClient
from bot.nlu.server import RasaServer, find_running
from bot.settings import PROJECT_ROOT, Settings
from bot.store import database, keys
from bot.store.memory import MemoryTraces
from bot.store.subscriptions import Subscriptions
from bot.store.taps import Taps
from bot.store.traces import Traces
from bot.store.usefulness import Usefulness
from bot.store.vault import open_vault
from bot.subscribing import Kept
from content.library import Library, load
from content.search import CardSearch
from locations.shown import ShownPlaces
from locations.store import Places

log = logs.get("app")
SWEEP_EVERY = 3600.0  # seconds
PLACES_EVERY = 5.0  # seconds
PAY_EVERY = 2.0  # seconds


class RasaModel:
    """The model as the dialogue sees it: words in, topic out, None when it is away."""

    def __init__(self, client: RasaClient) -> None:
        self._client = client

    async def read(self, text: str) -> Parsed | None:
        """What the model says of `text`, or None when it does not answer."""
        try:
            parsed = await self._client.parse(text)
        except NluAway:
            metrics.NLU_READY.set(0)
            return None
        metrics.NLU_READY.set(1)
        return parsed


@dataclass
class App:
    """All parts of a running An Tâm. Made by `running`."""

    settings: Settings
    library: Library
    conversation: Conversation
    memory: ChatMemory = field(default_factory=lambda: ChatMemory(MemoryTraces()))
    office: Office | None = None
    client: RasaClient | None = None
    server: RasaServer | None = None
    engine: AsyncEngine | None = None

    async def reply(self, inbound: Inbound) -> Answered:
        """`Conversation.reply`, timed and counted."""
        started = time.perf_counter()
        answered = await self.conversation.reply(inbound)
        metrics.REPLY_SECONDS.observe(time.perf_counter() - started)
        reply = answered.reply
        if not answered.again:
            topic = reply.topic or "none"
            metrics.REPLIES.labels(inbound.channel, topic, reply.source).inc()
            if reply.danger:
                metrics.DANGER.labels(inbound.channel, reply.danger).inc()
        return answered

    def forget(self, channel: str, person: str) -> bool:
        """Erase the dialogue state of a person."""
        return self.conversation.forget(channel, person)

    async def ready(self, console: Console, patience: float = 60.0) -> bool:
        """Wait for a model that is loading, showing so; False when it does not come."""
        if self.server is None or self.server.state == "ready":
            return self.client is not None
        with console.status("đang nạp mô hình…"):
            await self.server.wait_ready(patience)
        if self.server.state != "ready":
            console.print("antam: the model is away; answering from danger rules and search")
        return self.server.state == "ready"

    @property
    def campaigns_state(self) -> str:
        """``ok``, or ``off`` without a database or with a key that does not fit it."""
        return "ok" if self.office is not None else "off"

    @property
    def store_state(self) -> str:
        """``ok``, or ``away`` while what must outlive a restart is kept in memory."""
        return "ok" if self.engine is not None else "away"

    @property
    def nlu_state(self) -> str:
        """``ready``, ``loading``, ``away`` or ``off``, as `/health` shows it."""
        if self.client is None:
            return "off"
        return self.server.state if self.server is not None else "remote"


def parts(library: Library) -> tuple[Speaker, CardSearch, DangerRules]:
    """What is made of the content once and never changes; safe to share between apps."""
    search = CardSearch(library)
    return Speaker(library, search), search, DangerRules.load()


def assemble(settings: Settings, speak: Speaker, search: CardSearch, danger: DangerRules) -> App:
    """An app of ready parts, without network, database or model."""
    return App(settings, speak.library, _conversation(speak, search, danger, None))


def _conversation(
    speak: Speaker, search: CardSearch, danger: DangerRules, model: RasaModel | None
) -> Conversation:
    understander = Understander(model, search, speak.library.topics)
    conversation = Conversation(speak, danger, understander, Flows.discover())
    conversation.failed = _failed  # type: ignore[method-assign]
    return conversation


def _failed(error: Exception) -> None:
    metrics.FAILURES.inc()
    action = "the person got the numbers to call; look at the named line"
    log.error("a turn broke", action=action, **logs.describe(error))


@asynccontextmanager
async def running(
    settings: Settings, *, serve_nlu: bool = True, use_database: bool = True
) -> AsyncIterator[App]:
    """Everything started, and stopped when the block ends.

    With `serve_nlu` a Rasa child is started unless one is configured or already running for this
    data folder. A database that cannot be reached is logged and done without: people still get
    answers.
    """
    library = load()
    speak, search, danger = parts(library)
    server, client = await _nlu(settings, serve_nlu)
    model = RasaModel(client) if client else None
    conversation = _conversation(speak, search, danger, model)
    app = App(settings, library, conversation, client=client, server=server)
    sweeping: asyncio.Task[None] | None = None
    if use_database:
        sweeping = await _open_store(app)
    try:
        yield app
    finally:
        if sweeping is not None:
            sweeping.cancel()
        if client is not None:
            await client.close()
        if server is not None:
            await server.stop()
        if app.engine is not None:
            await app.engine.dispose()


async def _nlu(settings: Settings, serve: bool) -> tuple[RasaServer | None, RasaClient | None]:
    if not settings.nlu_enabled:
        return None, None
    if settings.nlu_url:
        return None, RasaClient(settings.nlu_url, settings.nlu_token.get_secret_value())
    found = find_running(settings.data_dir)
    if found is not None:
        return None, RasaClient(found.url, found.token)
    if not serve:
        return None, None
    server = RasaServer(project_root=PROJECT_ROOT, data_dir=settings.data_dir)
    await server.start()
    return server, RasaClient(server.url, server.token)


async def _open_store(app: App) -> asyncio.Task[None] | None:
    try:
        key = keys.secret(app.settings.secret_key.get_secret_value(), app.settings.data_dir)
        await database.migrate_async(app.settings.database)
        app.engine = database.open_engine(app.settings.database)
        traces = Traces(app.engine, key)
        app.memory = ChatMemory(traces)
        app.conversation.count_useful = Usefulness(app.engine).add
        shown = ShownPlaces(Places(app.engine), app.settings.demo)
        await shown.fill()
        app.conversation.finder = await shown.finder()
        people = await _open_people(app, key, traces)
    except keys.KeyMissing:
        raise
    except Exception as error:
        action = "check ANTAM_DATABASE_URL and that the database runs; answers go on without it"
        log.error("the database is away", action=action, **logs.describe(error))
        return None
    return asyncio.create_task(_housekeep(app, traces, shown, people))


async def _open_people(app: App, key: bytes, traces: Traces) -> Kept | None:
    """Subscriptions and campaigns; without them, said loudly, when the key is another one."""
    assert app.engine is not None  # noqa: S101 (the caller opened it)
    try:
        vault = await open_vault(app.engine, key)
    except keys.KeyWrong as error:
        log.error("subscriptions and campaigns are off", action=str(error))
        return None
    table = Subscriptions(app.engine, vault, app.settings.channels)
    people = Kept(table)
    app.conversation.subscriptions = people
    app.conversation.count_tap = Taps(app.engine).add
    app.memory = ChatMemory(traces, people)
    app.office = Office(app.engine, app.library, table)
    return people


async def _housekeep(app: App, traces: Traces, shown: ShownPlaces, people: Kept | None) -> None:
    """The sweeps, the look for changed places and what is owed to chats, side by side."""
    await asyncio.gather(_sweep(app, traces), _follow_places(app, shown), _pay(people))


async def _pay(people: Kept | None) -> None:
    """Quieten the chats that the database could not be told of in time."""
    while people is not None:
        await asyncio.sleep(PAY_EVERY)
        await people.pay()


async def _follow_places(app: App, shown: ShownPlaces) -> None:
    """Take over the places as they change, here or in another process."""
    while True:
        await asyncio.sleep(PLACES_EVERY)
        try:
            if await shown.changed():
                app.conversation.finder = await shown.finder()
                log.info("the places changed", count=len(app.conversation.finder.places))
        except Exception as error:
            log.warning("the places could not be read, tried again", **logs.describe(error))


async def _sweep(app: App, traces: Traces) -> None:
    while True:
        try:
            await traces.sweep()
            if app.office is not None:
                await app.office.sweep()
        except Exception as error:
            log.warning("sweeping failed, tried again in an hour", **logs.describe(error))
        await asyncio.sleep(SWEEP_EVERY)
