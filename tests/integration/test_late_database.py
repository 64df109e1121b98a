"""A process that started while the database was away, and erasing while it is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from bot import storing
from bot.app import App, running
from bot.memory import ChatMemory
from bot.messages import Inbound
from bot.settings import Settings
from bot.store import database
from bot.store.memory import MemoryTraces
from bot.store.owed import OwedFile
from bot.store.subscriptions import Subscriptions
from bot.store.taps import Taps
from bot.store.traces import Traces
from bot.store.usefulness import Usefulness
from bot.store.vault import open_vault
from bot.subscribing import Kept, NotYetErased, StoreAway
from content.day import today

KEY = "0123456789abcdef0123456789abcdef"
TG, ME, OTHER = "telegram", "777", "778"
CRY = "nó đang cầm dao đòi giết em"


@dataclass
class Disk:
    """A database in a folder that can be taken away; its tables as another process sees them."""

    folder: Path
    engine: AsyncEngine
    people: Subscriptions

    def leave(self) -> None:
        """The folder is gone; a file stands in its place, so that none can be made."""
        self.folder.rename(self.folder.with_name("gone"))
        self.folder.write_text("")

    def back(self) -> None:
        """The folder is there again."""
        self.folder.unlink()
        self.folder.with_name("gone").rename(self.folder)

    async def state(self, person: str) -> str | None:
        """How somebody's subscription stands."""
        row = await self.people.row(TG, person)
        return row.state if row else None


@pytest.fixture
async def disk(tmp_path: Path) -> AsyncIterator[Disk]:
    """A database with two subscribers."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'db' / 'antam.sqlite3'}"
    await database.migrate_async(url)
    engine = database.open_engine(url)
    people = Subscriptions(engine, await open_vault(engine, KEY.encode()), {TG})
    for person in (ME, OTHER):
        assert await people.start(TG, person)
    await engine.dispose()
    yield Disk(tmp_path / "db", engine, people)
    await engine.dispose()


@pytest.fixture
async def late(
    disk: Disk, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[App]:
    """An app that was started without its database, which it tries again every 50 ms."""
    monkeypatch.setattr(storing, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(storing, "LONGEST_PAUSE", 0.05)
    monkeypatch.setattr(storing, "PAY_EVERY", 0.05)
    disk.leave()
    async with running(given(settings, disk)) as app:
        yield app


def given(settings: Settings, disk: Disk) -> Settings:
    """The settings of a process that writes to people on Telegram."""
    own = {
        "database_url": f"sqlite+aiosqlite:///{disk.folder / 'antam.sqlite3'}",
        "secret_key": SecretStr(KEY), "telegram_token": SecretStr("1:none"),
    }  # fmt: skip
    return settings.model_copy(update=own)


async def says(app: App, person: str = ME, **what: str) -> str:
    """One message on Telegram; the words of the reply."""
    reply = (await app.reply(Inbound(TG, person, **what))).reply  # type: ignore[arg-type]
    return "\n".join(reply.texts)


async def opened(app: App) -> None:
    """Wait until the app has its database."""
    async with asyncio.timeout(60):
        await app.stored.wait()


async def test_danger_met_without_the_database_is_recorded_when_it_is_there(
    late: App, disk: Disk
) -> None:
    assert (late.store_state, late.campaigns_state) == ("away", "off")
    assert (await says(late, text=CRY)).startswith("Gọi ngay: 113")
    disk.back()
    await opened(late)
    assert (late.store_state, late.campaigns_state) == ("ok", "ok")
    assert await disk.state(ME) == "paused"
    assert await disk.people.is_quiet(TG, ME)
    assert await disk.state(OTHER) == "active"


async def test_all_that_needs_the_database_starts_then(late: App, disk: Disk) -> None:
    memory = late.memory  # the channel keeps the one it was given
    assert await memory.is_open(TG, "1")
    await memory.answered(TG, "1")
    await memory.remember(TG, ME, 5)
    disk.back()
    await opened(late)
    assert not await memory.is_open(TG, "1")
    await memory.remember(TG, ME, 6)
    assert await memory.messages(TG, ME) == [5, 6]
    assert await Traces(disk.engine, KEY.encode()).messages(TG, ME) == [5, 6]
    card = next(c for c in late.library.cards.values() if c.citations)
    await says(late, choice=f"useful:yes:{card.id}")
    assert await Usefulness(disk.engine).counts(today(), today()) == {card.id: (1, 0)}
    said = await says(late, text="dừng")
    assert said == late.library.words["subscription.stopped"]
    assert (await Taps(disk.engine).of(""))[""] == {"stop": 1}


async def test_it_is_logged_with_an_action_and_without_anybody(
    late: App, disk: Disk, quiet_logs: Path
) -> None:
    await says(late, text=CRY)
    logged = ""
    async with asyncio.timeout(60):
        while "the database is away" not in logged:
            await asyncio.sleep(0.05)
            logged = await asyncio.to_thread(quiet_logs.read_text)
    assert "ANTAM_DATABASE_URL" in logged
    assert ME not in logged


async def test_erasing_without_the_database_is_said_and_done_later(late: App, disk: Disk) -> None:
    with pytest.raises(NotYetErased) as told:
        await late.memory.erase(TG, ME)
    assert "chưa xoá được" in late.library.words[told.value.word]
    disk.back()
    await opened(late)
    assert await disk.state(ME) is None
    assert await disk.state(OTHER) == "active"


async def test_danger_then_erasing_leaves_no_subscription(late: App, disk: Disk) -> None:
    await says(late, text=CRY)
    with pytest.raises(NotYetErased):
        await late.memory.erase(TG, ME)
    disk.back()
    await opened(late)
    assert await disk.state(ME) is None


async def test_erasing_then_danger_is_both(late: App, disk: Disk) -> None:
    with pytest.raises(NotYetErased):
        await late.memory.erase(TG, ME)
    await says(late, text=CRY)
    disk.back()
    await opened(late)
    assert await disk.state(ME) is None
    assert await disk.people.is_quiet(TG, ME)


async def test_what_is_owed_outlives_the_process_as_one_way_keys(
    disk: Disk, settings: Settings
) -> None:
    third = "779"
    assert await disk.people.start(TG, third)
    await disk.engine.dispose()
    disk.leave()
    async with running(given(settings, disk)) as first:
        await says(first, text=CRY)
        with pytest.raises(NotYetErased):
            await first.memory.erase(TG, OTHER)
    (file,) = settings.data_dir.glob("*.owed")
    assert file.stat().st_mode & 0o077 == 0
    lines = file.read_text().splitlines()
    assert sorted(line.partition(" ")[2] for line in lines) == ["forget", "quieten"]
    assert not any(person in line for line in lines for person in (ME, OTHER))
    disk.back()
    async with running(given(settings, disk)):
        assert await disk.state(ME) == "paused"
        assert await disk.people.is_quiet(TG, ME)
        assert await disk.state(OTHER) is None
        assert await disk.state(third) == "active"
        assert not list(settings.data_dir.glob("*.owed"))


async def test_the_file_is_gone_when_nothing_is_owed(disk: Disk, tmp_path: Path) -> None:
    table = Broken(disk.people)
    people = Kept(table, file=OwedFile(tmp_path / "data", KEY.encode()))  # type: ignore[arg-type]
    for _ in range(2):
        with pytest.raises(ConnectionError):
            await people.quieten(TG, ME)
        assert await people.pay() == 0
    assert len(list((tmp_path / "data").iterdir())) == 1
    table.away = False
    assert await people.pay() == 1
    assert not list((tmp_path / "data").iterdir())


class Broken:
    """A table that is away for a while."""

    def __init__(self, table: Subscriptions) -> None:
        self._table, self.away = table, True

    def __getattr__(self, name: str) -> object:
        if self.away and name != "reaches":
            raise ConnectionError("away")
        return getattr(self._table, name)


async def test_what_is_owed_is_kept_until_it_is_done(disk: Disk) -> None:
    table = Broken(disk.people)
    people = Kept(table)  # type: ignore[arg-type]
    for ask in (people.quieten, people.forget):
        with pytest.raises(ConnectionError):
            await ask(TG, ME)
        assert people.owed == 1
    assert await people.pay() == 0
    table.away = False
    assert await people.pay() == 1
    assert people.owed == 0
    assert await disk.state(ME) is None


async def test_their_own_word_undoes_what_is_still_owed(disk: Disk) -> None:
    table = Broken(disk.people)
    people = Kept(table)  # type: ignore[arg-type]
    with pytest.raises(ConnectionError):
        await people.quieten(TG, ME)
    with pytest.raises(ConnectionError):
        await people.forget(TG, OTHER)
    table.away = False
    assert await people.resume(TG, ME)
    assert await people.start(TG, OTHER)
    assert await people.pay() == 0
    assert await disk.state(ME) == "active"
    assert await disk.state(OTHER) == "active"


async def test_numbers_are_erased_though_the_subscription_cannot_be() -> None:
    numbers = MemoryTraces()
    memory = ChatMemory(numbers, Kept(channels={TG}))
    await memory.remember(TG, ME, 5)
    with pytest.raises(NotYetErased) as told:
        await memory.erase(TG, ME)
    assert isinstance(told.value.__cause__, StoreAway)
    assert not told.value.signed
    assert await memory.messages(TG, ME) == []


async def test_numbers_that_could_not_be_erased_are_erased_later(
    late: App, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk.back()
    await opened(late)
    await late.memory.remember(TG, ME, 5)

    async def away(*_: str) -> int:
        raise ConnectionError("away")

    with monkeypatch.context() as gone:
        gone.setattr(Traces, "forget", away)
        with pytest.raises(NotYetErased) as told:
            await late.memory.erase(TG, ME)
        assert told.value.signed
    async with asyncio.timeout(60):
        while await late.memory.messages(TG, ME):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


class Slow:
    """A table that erases when it is let, the first time only."""

    def __init__(self) -> None:
        self.asked, self.free = asyncio.Event(), asyncio.Event()
        self.times = 0

    async def forget(self, channel: str, person: str) -> bool:
        self.times += 1
        self.asked.set()
        await self.free.wait()
        return self.times == 1


async def test_who_waits_is_told_what_was_erased() -> None:
    table = Slow()
    people = Kept(table)  # type: ignore[arg-type]
    erased = asyncio.create_task(people.forget(TG, ME))
    await table.asked.wait()
    paid = asyncio.create_task(people.pay())  # what runs beside it every few seconds
    await asyncio.sleep(0)
    table.free.set()
    assert await paid == 0
    assert await erased, "they were subscribed, and are told so"
    assert table.times == 1


class Stuck:
    """A table whose driver hangs, and hangs longer still when it is asked to give up."""

    def __init__(self) -> None:
        self.free = asyncio.Event()
        self.quiet = False

    def reaches(self, channel: str) -> bool:
        return channel == TG

    async def quieten(self, channel: str, person: str) -> bool:
        try:
            await self.free.wait()
        except asyncio.CancelledError:
            await self.free.wait()
            raise
        self.quiet = True
        return True


@pytest.mark.hurried
async def test_a_danger_reply_waits_for_no_database_that_hangs(antam: App, tmp_path: Path) -> None:
    table, folder = Stuck(), tmp_path / "owed"
    people = Kept(table, file=OwedFile(folder, KEY.encode()))  # type: ignore[arg-type]
    antam.conversation.subscriptions = people
    async with asyncio.timeout(60):
        answered = await antam.reply(Inbound(TG, ME, text=CRY))
    assert answered.reply.danger
    assert people.owed == 1
    assert len(list(folder.glob("*.owed"))) == 1, "on paper, should the process end now"
    table.free.set()
    async with asyncio.timeout(60):
        while people.owed:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert table.quiet, "it went on behind the reply"
    assert not list(folder.glob("*.owed"))
