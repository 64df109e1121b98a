"""`make bench`: speed and size of the whole program on this machine. Measures, asserts nothing.

Loopback only; every loop is bounded in count and time.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bot.nlu.server import find_running
from bot.settings import PROJECT_ROOT
from tests.benchmarks import places
from tests.integration.conftest import MODELS, Live, serve

ASKED = [
    "đánh vợ bị phạt bao nhiêu tiền",
    "nghi thai san duoc may thang",
    "ck e quynh e hoai gio e fai lam sao",
    "gần đây có chỗ nào tạm lánh không",
    "luật bình đẳng giới là gì",
    "chồng giữ hết tiền không đưa đồng nào",
    "hôm nay trời mưa không",
    "ly hôn thì con ở với ai",
]
RATE, SECONDS = 50, 10
FLOOD = 2_000


def quantiles(times: list[float]) -> tuple[str, str]:
    """Median and 95th percentile in milliseconds."""
    cut = statistics.quantiles(times, n=20)
    return f"{statistics.median(times) * 1000:.1f} ms", f"{cut[18] * 1000:.1f} ms"


def memory(pid: int) -> str:
    """Resident memory of a process and its children."""
    listed = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return f"{sum(int(x) for x in listed.stdout.split()) / 1024:.0f} MB"


async def steady(live: Live, http: httpx.AsyncClient) -> list[float]:
    """Reply times at RATE messages a second, whatever the replies take."""

    async def one(number: int) -> float:
        started = time.perf_counter()
        text = ASKED[number % len(ASKED)]
        answer = await http.post("/chat", json={"person": f"bench{number:08d}", "text": text})
        assert answer.status_code in (200, 429)
        return time.perf_counter() - started

    tasks, start = [], time.perf_counter()
    for number in track(range(RATE * SECONDS), "replies at 50/s", transient=True):
        await asyncio.sleep(max(0.0, start + number / RATE - time.perf_counter()))
        tasks.append(asyncio.create_task(one(number)))
    return await asyncio.gather(*tasks)


async def parses(url: str, token: str) -> list[float]:
    """Times of Rasa's /model/parse, one at a time."""
    times = []
    async with httpx.AsyncClient(base_url=url, params={"token": token}) as http:
        for number in range(300):
            started = time.perf_counter()
            text = f"{ASKED[number % len(ASKED)]} {number}"
            await http.post("/model/parse", json={"text": text})
            times.append(time.perf_counter() - started)
    return times


def flood(live: Live) -> float:
    """Replies a second of `antam ask --jsonl` on the running model, start-up left out."""
    import json

    lines = "".join(
        json.dumps({"id": n, "text": f"{ASKED[n % len(ASKED)]} {n}"}) + "\n" for n in range(FLOOD)
    )
    environment = {**os.environ, "ANTAM_DATA_DIR": str(live.data)}
    command = [sys.executable, "-m", "bot.cli", "ask", "--jsonl"]
    times = []
    for typed in ('{"id":0,"text":"chào"}\n', lines):
        started = time.perf_counter()
        subprocess.run(
            command, input=typed, text=True, capture_output=True, check=True, timeout=300,
            env=environment, cwd=PROJECT_ROOT,
        )  # fmt: skip
        times.append(time.perf_counter() - started)
    return FLOOD / (times[1] - times[0])


async def main() -> None:
    """Run everything and print one table."""
    console, table = Console(), Table(title="An Tâm, measured here", title_justify="left")
    for column in ("what", "median", "p95"):
        table.add_column(column)
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        with serve(Path(folder), MODELS) as live:
            table.add_row("page answers", f"{time.perf_counter() - started:.1f} s", "")
            live.until_nlu("ready")
            table.add_row("model ready", f"{time.perf_counter() - started:.1f} s", "")
            async with httpx.AsyncClient(base_url=live.url, timeout=30) as http:
                for _ in range(3):
                    await http.post("/chat", json={"person": "warmwarm", "text": "chào"})
                table.add_row(f"reply at {RATE}/s", *quantiles(await steady(live, http)))
            running = find_running(live.data)
            if running is not None:
                times = await parses(running.url, running.token)
                table.add_row("model parse", *quantiles(times))
            rate = await asyncio.to_thread(flood, live)
            table.add_row("antam ask --jsonl", f"{rate:.0f}/s", "")
            told = (live.data / "nlu-server.json").read_text(encoding="utf-8")
            table.add_row("memory: bot", memory(live.process.pid), "")
            pid = int(told.rsplit('"pid": ', 1)[1].rstrip("}"))
            table.add_row("memory: model", memory(pid), "")
    for name, times in places.measure().items():
        told = quantiles(times) if len(times) > 1 else (f"{times[0] * 1000:.1f} ms", "")
        table.add_row(name, *told)
    console.print(table)


asyncio.run(main())
