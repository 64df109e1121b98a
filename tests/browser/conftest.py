"""A real Chromium on a real page of ours."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, Route, sync_playwright
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route as Path_

from bot.app import App, assemble
from bot.serve import make_web
from bot.settings import Settings
from tests.conftest import absent

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PLACES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def find_chromium() -> str | None:
    """A Chromium of this machine: $ANTAM_CHROMIUM, or one on PATH."""
    named = os.environ.get("ANTAM_CHROMIUM")
    return named or next((p for p in map(shutil.which, PLACES) if p), None)


@dataclass
class Site:
    """A server in a thread of its own, on a free port of the loopback."""

    url: str
    app: App


def _serve(web: object) -> tuple[uvicorn.Server, threading.Thread, str]:
    config = uvicorn.Config(web, host="127.0.0.1", port=0, log_config=None, access_log=False)  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    return server, thread, f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, made_once: tuple[Any, ...]) -> Iterator[Site]:
    """The chat page; its quick exit leads to a neutral page of the test."""

    async def neutral(_: Request) -> HTMLResponse:
        return HTMLResponse("<title>Thời tiết</title><h1>Trời nắng</h1>")

    elsewhere, other, neutral_url = _serve(Starlette(routes=[Path_("/", neutral)]))
    settings = Settings(
        data_dir=Path(tmp_path_factory.mktemp("data")),
        nlu_enabled=False,
        web_exit_url=f"{neutral_url}/",
    )
    app = assemble(settings, *made_once)
    server, thread, url = _serve(make_web(app))
    yield Site(url, app)
    for running, its in ((server, thread), (elsewhere, other)):
        running.should_exit = True
        its.join(timeout=10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, without a screen."""
    found = find_chromium()
    if found is None:
        absent("no Chromium on this machine (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def phone(browser: Browser, site: Site) -> Iterator[Page]:
    """The page on a small phone. Any request that leaves this machine fails the test."""
    context = browser.new_context(viewport={"width": 360, "height": 700}, locale="vi-VN")
    strangers: list[str] = []

    def watch(route: Route) -> None:
        if "//127.0.0.1" not in route.request.url and not route.request.url.startswith("data:"):
            strangers.append(route.request.url)
        route.continue_()

    context.route("**/*", watch)
    page = context.new_page()
    page.goto(site.url)
    page.get_by_text("mình là An Tâm").wait_for()
    yield page
    context.close()
    assert strangers == []
