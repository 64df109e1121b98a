"""`antam serve` told to stop, as `systemctl restart` does it: what was begun is ended first."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from bot.campaigns.desk import Desk
from bot.store import database
from bot.store.campaign_models import Opening, OutboxRow, Subscription
from bot.store.vault import open_vault
from content.campaign import Campaigns
from tests.campaigns import approve, one_day, subscribe
from tests.fakes.bot_api import TOKEN, BotApi, Fault
from tests.integration.conftest import Live, serve

SECRET = "0123456789abcdef0123456789abcdef"
COUNT, FIRST, ME = 400, 10_001, 777
both = pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])


def settings(api: BotApi, url: str) -> dict[str, str]:
    """A server on Telegram, twenty campaign messages a second."""
    return {
        "ANTAM_TELEGRAM_TOKEN": TOKEN, "ANTAM_TELEGRAM_BASE_URL": api.url,
        "ANTAM_TELEGRAM_RATE": "20", "ANTAM_DATABASE_URL": url, "ANTAM_SECRET_KEY": SECRET,
    }  # fmt: skip


def until(true: Callable[[], bool], live: Live, seconds: float = 60.0) -> None:
    """Wait for something to become true; fail when it does not."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"it did not come: {live.out.read_text()}"
        time.sleep(0.02)


def told(live: Live, sign: signal.Signals) -> str:
    """Stop the server; its exit code is 0. What it printed."""
    live.process.send_signal(sign)
    assert live.process.wait(timeout=60) == 0, live.out.read_text()
    return live.out.read_text()


async def open_now(url: str) -> None:
    """A message for `COUNT` people that is due now, of a campaign whose hour is far away."""
    await database.migrate_async(url)
    engine = database.open_engine(url)
    await subscribe(engine, await open_vault(engine, SECRET.encode()), COUNT, first=FIRST)
    desk = Desk(engine, Campaigns({}, {}, {}))
    await approve(desk, one_day(year=time.localtime().tm_year + 1))
    now = int(time.time() * 1000)
    hour = 3_600_000
    opening = {"id": 1, "campaign": "thu", "message": "chao", "state": "open", "opened_ms": now,
               "last_ms": now + hour, "grace_ms": hour, "beat_ms": now, "total": COUNT}  # fmt: skip
    async with engine.begin() as connection:
        await connection.execute(insert(Opening), [opening])
        ids = (await connection.execute(select(Subscription.id))).scalars().all()
        rows = [
            {"opening": 1, "subscription": i, "channel": "telegram", "state": "waiting",
             "due_ms": now}
            for i in ids
        ]  # fmt: skip
        await connection.execute(insert(OutboxRow), rows)
    await engine.dispose()


async def states(url: str) -> Counter[str]:
    """How many rows of the outbox are in which state."""
    engine = database.open_engine(url)
    query = select(OutboxRow.state, func.count()).group_by(OutboxRow.state)
    async with engine.connect() as connection:
        found = Counter({s: n for s, n in (await connection.execute(query)).all()})
    await engine.dispose()
    return found


@both
def test_a_campaign_under_way_is_closed(
    tmp_path: Path, telegram_api: BotApi, sign: signal.Signals
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'antam.sqlite3'}"
    asyncio.run(open_now(url))
    with serve(tmp_path, None, **settings(telegram_api, url)) as live:
        until(lambda: telegram_api.count("sendMessage") >= 20, live)
        said = told(live, sign)
    ended = asyncio.run(states(url))
    people = range(FIRST, FIRST + COUNT)
    got = Counter({chat: len(telegram_api.sent(chat)) for chat in people})
    assert ended["sending"] == 0
    assert ended["sent"] == sum(got.values()) >= 20
    assert ended["sent"] + ended["waiting"] == COUNT
    assert max(got.values()) == 1
    assert "event=stopped" in said


@both
def test_a_reply_in_progress_is_given(
    tmp_path: Path, telegram_api: BotApi, sign: signal.Signals
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'antam.sqlite3'}"
    with serve(tmp_path, None, **settings(telegram_api, url)) as live:
        telegram_api.plan("sendMessage", Fault(429, "Too Many Requests", retry_after=2))
        telegram_api.says(ME, "chồng em đang cầm dao ngoài cửa")
        until(lambda: telegram_api.count("sendMessage") == 1, live)
        said = told(live, sign)
    assert telegram_api.texts(ME)[0].startswith("Gọi ngay: 113")
    assert "event=stopped" in said


def test_a_second_signal_does_not_wait(tmp_path: Path, telegram_api: BotApi) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'antam.sqlite3'}"
    with serve(tmp_path, None, **settings(telegram_api, url)) as live:
        telegram_api.plan("sendMessage", Fault(429, "Too Many Requests", retry_after=90))
        telegram_api.says(ME, "xin chào")
        until(lambda: telegram_api.count("sendMessage") == 1, live)
        live.process.send_signal(signal.SIGTERM)
        until(lambda: "event=stopping" in live.out.read_text(), live)
        live.process.send_signal(signal.SIGTERM)
        assert live.process.wait(timeout=45) == -signal.SIGTERM
