"""What tests and benchmarks of campaigns share: a carrier with moods, subscribers, a set clock."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.campaigns.desk import Desk
from bot.delivery import Delivered, Notice, Outcome
from bot.store.campaign_models import Subscription
from bot.store.vault import Vault
from content.campaign import ZONE, Campaign, Message

AUTHOR, APPROVER = "Lan", "Bình"


class SetClock:
    """A clock that stands still until it is moved."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


class FakeCarrier:
    """A platform in memory: remembers who got what, and fails as told."""

    def __init__(self, channel: str = "telegram", rate: float = 0.0) -> None:
        self.channel, self.rate = channel, rate
        self.got: Counter[tuple[str, str]] = Counter()
        self.when: list[tuple[str, str]] = []
        self.mood: Callable[[str, int], Delivered | None] = lambda person, tries: None
        self.tries: Counter[str] = Counter()
        self.spare, self.delay = 0.0, 0.0
        self.open = asyncio.Event()  # until it is set again, no call that was begun ends
        self.open.set()

    async def deliver(self, person: str, notice: Notice) -> Delivered:
        self.tries[person] += 1
        if self.delay:
            await asyncio.sleep(self.delay)
        await self.open.wait()
        said = self.mood(person, self.tries[person])
        if said is not None and said.outcome is not Outcome.SENT:
            return said
        self.got[person, notice.text] += 1
        self.when.append((person, notice.text))
        return Delivered(Outcome.SENT)


def moody(seed: int = 1) -> Callable[[str, int], Delivered | None]:
    """20 % server errors, 5 % time-outs, 3 % blocked, now and then a request to wait."""
    chance = random.Random(seed)

    def mood(person: str, tries: int) -> Delivered | None:
        if int(person) % 33 == 0:
            return Delivered(Outcome.UNREACHABLE, "Forbidden")
        dice = chance.random()
        if dice < 0.20:
            return Delivered(Outcome.TRANSIENT, "NetworkError")
        if dice < 0.25:
            return Delivered(Outcome.UNKNOWN, "TimedOut")
        if dice < 0.26:
            return Delivered(Outcome.THROTTLED, "RetryAfter", retry_after=0.05)
        return None

    return mood


async def subscribe(
    engine: AsyncEngine, vault: Vault, count: int, *, channel: str = "telegram", first: int = 1
) -> None:
    """`count` people with the ids ``first``, ``first + 1``, …"""
    today = datetime.now(UTC).date()
    for start in range(first, first + count, 10_000):
        rows = [
            {
                "channel": channel, "person": vault.person(channel, str(i)),
                "sealed": vault.seal(channel, str(i)), "state": "active",
                "unit": "", "topics": "", "hour": "", "since": today,
            }
            for i in range(start, min(start + 10_000, first + count))
        ]  # fmt: skip
        async with engine.begin() as connection:
            await connection.execute(insert(Subscription), rows)


def one_day(
    name: str = "thu", hour: str = "08:00", day: str = "25/11", **fields: object
) -> Campaign:
    """A campaign of one message in 2027."""
    text = "Chào bạn, đây là một tin để thử, đủ dài để được nhận."
    message = Message(key="chao", day=day, hour=hour, text=text)
    settings: dict[str, object] = {
        "id": name, "title": "Chiến dịch thử", "year": 2027, "first_day": day, "last_day": day,
        "spread": 0, "author": AUTHOR, "checked_on": date(2026, 11, 24), "messages": [message],
    }  # fmt: skip
    return Campaign.model_validate(settings | fields)


def moment(text: str) -> datetime:
    """``2027-11-25 08:00`` in An Giang."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


async def approve(desk: Desk, campaign: Campaign) -> None:
    """Submitted by one person, approved by another, armed."""
    desk.campaigns.by_id[campaign.id] = campaign
    for person in (AUTHOR, APPROVER):
        await desk.add_staff(person)
    await desk.step(campaign.id, "submit", AUTHOR)
    await desk.step(campaign.id, "approve", APPROVER)
    await desk.step(campaign.id, "run", AUTHOR)
