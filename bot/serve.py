"""`antam serve`: the web server, the platforms' channels and the model in one process group."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from rich.console import Console

from bot import logs, metrics
from bot.app import App, running
from bot.channels.web import web_channel
from bot.messages import Call
from bot.sending import sending
from bot.settings import Settings

log = logs.get("serve")
ALL = frozenset({"web", "scheduler", "sender"})
PAGE_NUMBERS = ("police", "anh_duong_an_giang", "child_helpline")


def make_web(app: App) -> FastAPI:
    """The HTTP side: page, chat, health, metrics."""
    speak = app.conversation.speak
    web = FastAPI(title="An Tâm", docs_url=None, redoc_url=None, openapi_url=None)
    numbers: tuple[Call, ...] = speak.calls(PAGE_NUMBERS)
    web.include_router(
        web_channel(
            app,
            app.conversation.failure,
            numbers,
            app.settings.web_exit_url,
            app.settings.trusted_proxies,
        )
    )

    @web.get("/health", include_in_schema=False)
    async def health() -> JSONResponse:
        return JSONResponse(
            {
                "status": "ok",
                "nlu": app.nlu_state,
                "store": app.store_state,
                "campaigns": app.campaigns_state,
            }
        )

    @web.get("/ready", include_in_schema=False)
    async def ready() -> JSONResponse:
        """Ready means answering; a loading model makes answers plainer, not absent."""
        return JSONResponse({"ready": True, "nlu": app.nlu_state})

    @web.get("/metrics", include_in_schema=False)
    async def exposed() -> Response:
        return Response(metrics.exposition(), media_type="text/plain; version=0.0.4")

    @web.exception_handler(Exception)
    async def broken(_: Request, error: Exception) -> JSONResponse:
        metrics.FAILURES.inc()
        log.error("a request broke", **logs.describe(error))
        return JSONResponse(app.conversation.failure().as_json(), 500)

    return web


async def serve(settings: Settings, console: Console, roles: frozenset[str] = ALL) -> None:
    """Serve in these roles until a signal comes, then end what was begun. Raises `PortTaken`."""
    stopped = _on_signals()
    if "web" not in roles:
        await _work(settings, console, roles, stopped)
        return
    listening = _listen(settings.host, settings.port)
    page = asyncio.Event()
    async with (
        running(settings, page=page) as app,
        _campaigns(app, roles),
        _platforms(app, settings),
    ):
        host, port = listening.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        console.print(
            f"[bold green]An Tâm[/] đang mở ở [bold]http://{shown}:{port}/[/]  (Ctrl-C để tắt)"
        )
        log.info("serving", port=port, state=app.nlu_state)
        config = uvicorn.Config(
            make_web(app), log_config=None, access_log=False, server_header=False,
            timeout_graceful_shutdown=5, proxy_headers=False,
        )  # fmt: skip
        await _Server(config, page, stopped).serve(sockets=[listening])
        log.info("stopping")
    log.info("stopped")


class _Server(uvicorn.Server):
    """Sets `opened` when the page can be asked for, and serves until `stopped`.

    uvicorn's own handlers would raise the signal again once the page is closed, and so end the
    process before its channels, senders and database are.
    """

    def __init__(
        self, config: uvicorn.Config, opened: asyncio.Event, stopped: asyncio.Event
    ) -> None:
        super().__init__(config)
        self._opened, self._stopped = opened, stopped

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say so when the page is open."""
        await super().startup(sockets)
        self._opened.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are heard by `serve`."""
        yield

    async def on_tick(self, counter: int) -> bool:
        """Whether to stop; asked ten times a second."""
        return self._stopped.is_set() or await super().on_tick(counter)


def _on_signals() -> asyncio.Event:
    """Set by the first SIGINT or SIGTERM; the second one ends the process as it always does."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)

    def stop() -> None:
        stopped.set()
        for one in signals:
            loop.remove_signal_handler(one)

    for one in signals:
        loop.add_signal_handler(one, stop)
    return stopped


@contextlib.asynccontextmanager
async def _campaigns(app: App, roles: frozenset[str]) -> AsyncIterator[None]:
    """The schedule and the senders, from the moment the database is there."""
    over = asyncio.Event()

    async def work() -> None:
        if not await _either(app.stored, over):
            return
        try:
            async with sending(app, roles):
                await over.wait()
        except Exception as error:
            action = "no campaign goes out: look at the named line, then restart"
            log.error("sending broke", action=action, **logs.describe(error))

    working = asyncio.create_task(work())
    try:
        yield
    finally:
        over.set()
        await working


async def _either(wanted: asyncio.Event, over: asyncio.Event) -> bool:
    """Wait for one of both. Returns whether it is the wanted one alone."""
    waits = [asyncio.create_task(event.wait()) for event in (wanted, over)]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    return not over.is_set()


async def _work(
    settings: Settings, console: Console, roles: frozenset[str], stopped: asyncio.Event
) -> None:
    """The roles that nobody talks to: no page, no model, until a signal comes."""
    quiet = settings.model_copy(update={"nlu_enabled": False})
    async with running(quiet, serve_nlu=False) as app:
        if not await _either(app.stored, stopped):
            return
        async with sending(app, roles) as works:
            if not works:
                raise NothingToDo(
                    "nothing to do in this role: check ANTAM_SECRET_KEY and the platforms' tokens"
                )
            console.print(f"[bold green]An Tâm[/] làm việc: {', '.join(sorted(roles))}")
            await stopped.wait()
    log.info("stopped")


class NothingToDo(Exception):
    """A role without what it needs; the message says what to check."""


class PortTaken(Exception):
    """The port cannot be listened on; the message says what to do."""


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio sends without delay only on sockets that name it.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        what = f"cannot listen on {host}:{port} ({error.strerror}): "
        raise PortTaken(what + "stop what is there, or set ANTAM_PORT to another port") from None
    return listening


@contextlib.asynccontextmanager
async def _platforms(app: App, settings: Settings) -> AsyncIterator[None]:
    """The platforms that have a token, started beside the web server."""
    token = settings.telegram_token.get_secret_value()
    if not token:
        yield
        return
    from bot.channels.telegram import TelegramChannel

    channel = TelegramChannel(app, app.memory, app.library.words, token, settings.telegram_base_url)
    starting = asyncio.create_task(channel.run())
    try:
        yield
    finally:
        await channel.stop()
        starting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await starting


__all__ = ["ALL", "NothingToDo", "PortTaken", "make_web", "serve"]
