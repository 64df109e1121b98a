"""A sender that is told to stop: calls that hang, rows not begun, a database that is away."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.campaigns import sender as sender_module
from bot.campaigns.outbox import LEASE_MS, Closing, Outbox
from bot.store.campaign_models import OutboxRow
from tests.integration.campaigns.conftest import Desktop
from tests.integration.campaigns.test_claims import logged, ready


async def test_calls_that_hang_are_cut_off_and_not_repeated(
    desk: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ready(desk, 400)
    monkeypatch.setattr(sender_module, "STOPPING", 0.3)
    desk.carrier.delay = 600.0
    sender = desk.office.sender(desk.carrier)
    running = asyncio.create_task(sender.run())
    while len(desk.carrier.tries) < sender_module.SIDE_BY_SIDE:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    sender.stop()
    async with asyncio.timeout(60):
        await running
    out = sender_module.SIDE_BY_SIDE
    assert await desk.states() == {"unknown": out, "waiting": 400 - out}
    assert await desk.again() == 0


async def test_what_was_not_begun_is_given_back(
    desk: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ready(desk, 3)
    monkeypatch.setattr(sender_module, "STOPPING", 0.3)
    desk.carrier.rate = 25.0

    async def far_ahead(channel: str, count: int, rate: float, now_ms: float) -> float:
        return 20.0

    monkeypatch.setattr(desk.office.budget, "take", far_ahead)
    sender = desk.office.sender(desk.carrier)
    running = asyncio.create_task(sender.run())
    while (await desk.states())["sending"] < 3:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    sender.stop()
    await running
    assert await desk.states() == {"waiting": 3}
    assert not desk.carrier.tries
    async with desk.engine.connect() as connection:
        assert set(await connection.scalars(select(OutboxRow.tries))) == {0}


async def test_the_last_closings_wait_for_the_database(desk: Desktop) -> None:
    await ready(desk, 3)
    close, sender = desk.office.outbox.close, desk.office.sender(desk.carrier)
    left = 3

    async def away_for_a_while(closings: Iterable[Closing]) -> int:
        nonlocal left
        sender.stop()
        left -= 1
        if left >= 0:
            raise ConnectionError
        return await close(closings)

    desk.office.outbox.close = away_for_a_while  # type: ignore[method-assign]
    await sender.run()
    assert await desk.states() == {"sent": 3}


async def test_a_database_that_stays_away_does_not_hold_the_stop(
    desk: Desktop, monkeypatch: pytest.MonkeyPatch, quiet_logs: Path
) -> None:
    await ready(desk, 3)
    monkeypatch.setattr(sender_module, "FLUSHING", 0.5)
    sender = desk.office.sender(desk.carrier)

    async def hangs(closings: Iterable[Closing]) -> int:
        sender.stop()
        await asyncio.sleep(600)
        return 0

    desk.office.outbox.close = hangs  # type: ignore[method-assign]
    async with asyncio.timeout(60):
        await sender.run()
    (said,) = logged(quiet_logs, "deliveries were not closed")
    assert "count=3" in said


async def test_a_closing_without_its_row_is_said(desk: Desktop, quiet_logs: Path) -> None:
    await ready(desk, 2)
    desk.carrier.open.clear()
    sender = desk.office.sender(desk.carrier)
    running = asyncio.create_task(sender.run())
    while len(desk.carrier.tries) < 2:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    other, late = Outbox(desk.engine), desk.now + LEASE_MS + 1
    other.overdue = 0.0
    await other.tidy(late)
    assert len(await other.claim("telegram", 2, late)) == 2
    desk.carrier.open.set()
    sender.stop()
    await running
    said = "".join(logged(quiet_logs, "closings came too late for their rows"))
    assert sum(map(int, re.findall(r"count=(\d+)", said))) == 2  # in one line or in two
