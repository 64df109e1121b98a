"""The supervisor with a child that is not Rasa: start, death, restart, silence, end."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import sys
from pathlib import Path

import pytest

from bot.nlu.server import RUNNING, RasaServer, find_running

CHILD = """
import http.server, sys
print("ValueError: lời bí mật của ai đó", flush=True)
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"{}")
    def log_message(self, *a):
        print("lời bí mật", flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""


def server(folder: Path) -> RasaServer:
    made = RasaServer(folder, folder)
    made._command = [sys.executable, "-c", CHILD, str(made._port)]
    return made


async def until(made: RasaServer, state: str) -> None:
    for _ in range(200):
        if made.state == state:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(made.state)


async def test_it_starts_is_found_and_ends(tmp_path: Path) -> None:
    made = server(tmp_path)
    await made.start()
    assert made.state == "loading"  # the bot does not wait for it
    assert await made.wait_ready(10)
    told = tmp_path / RUNNING
    assert stat.S_IMODE(told.stat().st_mode) == 0o600
    found = await asyncio.to_thread(find_running, tmp_path)
    assert found is not None
    assert (found.url, found.token) == (made.url, made.token)
    pid = made.pid
    await made.stop()
    assert await asyncio.to_thread(find_running, tmp_path) is None
    assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_it_comes_back_when_killed(tmp_path: Path) -> None:
    made = server(tmp_path)
    await made.start()
    assert await made.wait_ready(10)
    first = made.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await until(made, "away")
    await until(made, "ready")
    assert made.pid != first
    await made.stop()


async def test_what_the_child_prints_is_not_passed_on(tmp_path: Path, quiet_logs: Path) -> None:
    made = server(tmp_path)
    await made.start()
    assert await made.wait_ready(10)
    await made.stop()
    said = await asyncio.to_thread(quiet_logs.read_text, "utf-8")
    assert "ValueError" in said
    assert "bí mật" not in said
    assert made.token not in said


async def test_without_environment_it_says_what_to_do(tmp_path: Path, quiet_logs: Path) -> None:
    made = RasaServer(tmp_path, tmp_path)
    await made.start()
    assert made.state == "away"
    assert not await made.wait_ready(0.1)
    assert "make setup" in await asyncio.to_thread(quiet_logs.read_text, "utf-8")
    await made.stop()
