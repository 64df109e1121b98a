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
from bot.store.memory import MemoryTraces
from bot.storing import Store
from bot.trim import trim
from content.library import Library, load
from content.search import CardSearch

log = logs.get("app")
WARM_AFTER = 0.5  # seconds, where there is no page
# Any point and any word: the first search makes what the next ones need.
SOMEWHERE, WORD = (10.4, 105.4), "luật"


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
    """All parts of a running An Tâm. Made by `running`.

    `stored` is set when the database was reached; `office` and `engine` are there from then on.
    """

    settings: Settings
    library: Library
    conversation: Conversation
    memory: ChatMemory = field(default_factory=lambda: ChatMemory(MemoryTraces()))
    office: Office | None = None
    client: RasaClient | None = None
    server: RasaServer | None = None
    engine: AsyncEngine | None = None
    stored: asyncio.Event = field(default_factory=asyncio.Event)

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
    settings: Settings,
    *,
    serve_nlu: bool = True,
    use_database: bool = True,
    page: asyncio.Event | None = None,
) -> AsyncIterator[App]:
    """Everything started, and stopped when the block ends.

    With `serve_nlu` a Rasa child is started unless one is configured or already running for this
    data folder. A database that cannot be reached is logged, done without and tried again: people
    still get answers. With a `page` all that it does not need waits until that is set.

    Raises `ContentError`, `KeyMissing`.
    """
    library = load()
    speak, search, danger = parts(library)
    server, client = await _nlu(settings, serve_nlu, page)
    model = RasaModel(client) if client else None
    conversation = _conversation(speak, search, danger, model)
    conversation.danger_patience = settings.nlu_patience / 4
    app = App(settings, library, conversation, client=client, server=server)
    store: Store | None = None
    warming: asyncio.Task[None] | None = None
    try:
        if use_database:
            store = Store(app)
            await store.start()
        warming = asyncio.create_task(_warm(app, danger, page))
        yield app
    finally:
        if warming is not None:
            warming.cancel()  # one question on the command line needs no search it did not ask for
        if store is not None:
            await store.stop()
        if client is not None:
            await client.close()
        if server is not None:
            await server.stop()


async def _warm(app: App, danger: DangerRules, page: asyncio.Event | None) -> None:
    """What the first page does not need is made once it is open; who asks sooner waits for it."""
    await (asyncio.sleep(WARM_AFTER) if page is None else page.wait())
    await asyncio.to_thread(danger.warm)
    await asyncio.to_thread(app.conversation.speak.search.rank, WORD)
    await asyncio.to_thread(app.conversation.finder.nearest, *SOMEWHERE)
    await asyncio.to_thread(getattr, app.conversation.speak, "articles")
    await asyncio.to_thread(trim)


async def _nlu(
    settings: Settings, serve: bool, page: asyncio.Event | None
) -> tuple[RasaServer | None, RasaClient | None]:
    if not settings.nlu_enabled:
        return None, None
    if settings.nlu_url:
        return None, RasaClient(
            settings.nlu_url, settings.nlu_token.get_secret_value(), settings.nlu_patience
        )
    found = find_running(settings.data_dir)
    if found is not None:
        return None, RasaClient(found.url, found.token, settings.nlu_patience)
    if not serve:
        return None, None
    server = RasaServer(project_root=PROJECT_ROOT, data_dir=settings.data_dir)
    await server.start(page)
    return server, RasaClient(server.url, server.token, settings.nlu_patience)
