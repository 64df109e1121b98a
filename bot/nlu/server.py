"""Rasa's own server as a child process: started, watched, restarted, and never quoted."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import secrets
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from bot import logs
from bot.nlu.models import newest_model, rasa_python

log = logs.get("nlu")
RUNNING = "nlu-server.json"
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before a restart, doubled at each failure
PAGE_FIRST = 15.0  # seconds the child waits for the page at most
LOADING = 120.0  # seconds a model may take to load
# Of the child's output only this much is passed on: a line may quote what somebody wrote.
ERROR_CLASS = re.compile(r"^(?:[\w.]+\.)?([A-Z]\w*(?:Error|Exception|Interrupt))\b")


@dataclass(frozen=True)
class Running:
    """A Rasa server that another An Tâm on this data folder has started."""

    url: str
    token: str


def find_running(data_dir: Path) -> Running | None:
    """The running server of this data folder, if it answers."""
    try:
        told = json.loads((data_dir / RUNNING).read_text(encoding="utf-8"))
        found = Running(str(told["url"]), str(told["token"]))
        answer = httpx.get(
            f"{found.url}/status", params={"token": found.token}, timeout=1.0, trust_env=False
        )
    except (OSError, ValueError, KeyError, TypeError, httpx.HTTPError):
        return None
    return found if answer.status_code == 200 else None


class RasaServer:
    """Keeps one Rasa child alive. `start` returns at once; the model joins when it is loaded."""

    def __init__(
        self,
        project_root: Path,
        data_dir: Path,
        command: list[str] | None = None,
    ) -> None:
        self._root, self._data = project_root, data_dir
        self._command = command
        self._port = _free_port()
        self.token = secrets.token_urlsafe(24)
        self.url = f"http://127.0.0.1:{self._port}"
        self.state = "loading"
        self._ready = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._watching: asyncio.Task[None] | None = None

    async def start(self, page: asyncio.Event | None = None) -> None:
        """Begin; says what to do when there is no environment or model, and goes without.

        With a `page` the child begins when that is open: both at once would keep it waiting.
        """
        command = self._command or self._rasa()
        if command is None:
            self.state = "away"
            return
        self._watching = asyncio.create_task(self._watch(command, page))

    async def stop(self) -> None:
        """End the child and everything it started."""
        if self._watching is not None:
            self._watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watching
        await self._end()
        with contextlib.suppress(OSError):
            (self._data / RUNNING).unlink()

    async def wait_ready(self, patience: float) -> bool:
        """Wait until the model answers; at most `patience` seconds."""
        if self._watching is None:
            return False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._ready.wait()
        return self.state == "ready"

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._process.pid if self._process else None

    def _rasa(self) -> list[str] | None:
        python = rasa_python(self._root)
        model = newest_model(self._root, self._data)
        if not python.exists() or model is None:
            what = "the Rasa environment" if not python.exists() else "a trained model"
            log.warning("the model is away", action=f"run `make setup`: {what} is missing")
            return None
        return [str(python), "-m", "nlu.serve", str(model), "127.0.0.1", str(self._port)]

    async def _watch(self, command: list[str], page: asyncio.Event | None) -> None:
        pause = FIRST_PAUSE
        if page is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PAGE_FIRST):
                    await page.wait()
        while True:
            self.state = "loading"
            started = time.monotonic()
            await self._begin(command)
            if await self._loaded():
                self._publish()
                seconds = round(time.monotonic() - started, 1)
                log.info("the model answers", seconds=seconds, pid=self.pid or 0)
                pause = FIRST_PAUSE
            code = await self._ended()
            self.state = "away"
            self._ready.clear()
            log.warning("the model is away, started again", exit_code=code, seconds=pause)
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)

    async def _begin(self, command: list[str]) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("ANTAM_")}
        environment |= {
            "PYTHONPATH": str(self._root),
            "PYTHONDONTWRITEBYTECODE": "1",
            "ANTAM_NLU_TOKEN": self.token,
            "ANTAM_NLU_CHILD": "1",
            "RASA_TELEMETRY_ENABLED": "false",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "OMP_NUM_THREADS": "1",
        }
        self._process = await asyncio.create_subprocess_exec(
            *command,
            cwd=self._root,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )

    async def _loaded(self) -> bool:
        """Whether the server answers within its time; its output is read meanwhile."""
        self._listening = asyncio.create_task(self._listen())
        deadline = time.monotonic() + LOADING
        async with httpx.AsyncClient(trust_env=False, timeout=1.0) as http:
            while time.monotonic() < deadline and self._is_alive():
                with contextlib.suppress(httpx.HTTPError):
                    answer = await http.get(f"{self.url}/status", params={"token": self.token})
                    if answer.status_code == 200:
                        await self._warm(http)
                        self.state = "ready"
                        self._ready.set()
                        return True
                await asyncio.sleep(0.1)
        return False

    async def _warm(self, http: httpx.AsyncClient) -> None:
        """Ask once, so that the first person does not wait for what is loaded at first use."""
        with contextlib.suppress(httpx.HTTPError):
            query, message = {"token": self.token}, {"text": "xin chào"}
            url = f"{self.url}/model/parse"
            await http.post(url, params=query, json=message, timeout=20.0)

    def _is_alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def _listen(self) -> None:
        """Read the child's output to its end; pass on nothing but the classes of errors."""
        process = self._process
        if process is None or process.stdout is None:
            return
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:  # a line longer than the reader's buffer
                continue
            if not line:
                return
            error = ERROR_CLASS.match(line.decode("utf-8", "replace").strip())
            if error:
                log.warning("the model's server reported an error", error=error.group(1))

    async def _ended(self) -> int:
        process = self._process
        if process is None:
            return -1
        if self.state != "ready":
            await self._end()  # it had its time to load
        code = await process.wait()
        await self._listening
        return code

    def _publish(self) -> None:
        """Let other commands on this data folder use the same server."""
        path = self._data / RUNNING
        told = json.dumps({"url": self.url, "token": self.token, "pid": self.pid})
        try:
            self._data.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(told)
        except OSError as error:
            log.warning("other commands cannot find the model", **logs.describe(error))

    async def _end(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        for sign, patience in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, sign)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await process.wait()
                    return


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
