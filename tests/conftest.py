"""What all tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot import logs
from bot.app import App, assemble, parts
from bot.settings import Settings
from content.library import Library, load
from tests.fakes.bot_api import BotApi, bot_api

MUST_RUN = bool(os.environ.get("ANTAM_TESTS_MUST_RUN"))


def absent(what: str) -> None:
    """Skip with a reason; on a machine that must run everything, fail instead."""
    if MUST_RUN:
        pytest.fail(f"{what}, and this machine must run every test")
    pytest.skip(what)


# How long a reply waits for what is beside it. In production less than a second: then it goes
# out without. A test that is not about this waits on, or a busy machine would change what is said.
WAITS = (
    "bot.dialogue.quiet.PATIENCE",
    "bot.store.counting.PATIENCE",
    "bot.channels.telegram.keeping.CHECK",
)
UNHURRIED = 60.0  # seconds


@pytest.fixture(autouse=True)
def unhurried(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replies wait for databases and models, but in tests marked `hurried`."""
    if request.node.get_closest_marker("hurried") is None:
        for name in WAITS:
            monkeypatch.setattr(name, UNHURRIED)


@pytest.fixture(scope="session")
def library() -> Library:
    """Everything An Tâm knows, as shipped."""
    return load()


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a fresh installation in a folder of its own."""
    for name in [n for n in os.environ if n.startswith("ANTAM_") and n != "ANTAM_TESTS_MUST_RUN"]:
        monkeypatch.delenv(name)
    return Settings(data_dir=tmp_path / "data", nlu_enabled=False, port=0)


@pytest.fixture(scope="session")
def made_once(library: Library) -> tuple[Any, ...]:
    """The parts of an app that never change: words, search and danger rules."""
    return parts(library)


@pytest.fixture
def antam(settings: Settings, made_once: tuple[Any, ...]) -> App:
    """An app without model and database: danger rules and search."""
    return assemble(settings, *made_once)


@pytest.fixture
def telegram_api() -> Iterator[BotApi]:
    """A local Bot API server."""
    with bot_api() as api:
        yield api


@pytest.fixture
def quiet_logs(tmp_path: Path) -> Iterator[Path]:
    """The log of this test, as a file that can be read byte by byte."""
    path = tmp_path / "antam.log"
    with path.open("w", encoding="utf-8") as stream:
        logs.setup("DEBUG", stream)
        yield path
    logs.setup("WARNING")
