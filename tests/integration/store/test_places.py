"""The table of places on both databases: filling, changing, all or nothing, other processes."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import inspect

from bot.store import database
from locations import shipped
from locations.importing import Change, Plan
from locations.place import Place, Visibility
from locations.shipped import SAMPLES, fingerprint, institutions, versions
from locations.shown import ShownPlaces
from locations.store import Places
from tests.places import made_up


@pytest.fixture
async def places(url: str):  # type: ignore[no-untyped-def]
    await database.migrate_async(url)
    engine = database.open_engine(url)
    yield Places(engine)
    await engine.dispose()
    await asyncio.to_thread(database.migrate, url, "base")


async def test_what_was_put_is_read_back(places: Places) -> None:
    assert await places.put(made_up()) == 3
    read = {p.id: p.values() for p in await places.all()}
    assert read == {p.id: p.values() for p in made_up()}


async def test_shipped_places_fill_once_and_changes_stay(places: Places) -> None:
    shown = ShownPlaces(places, demo=False)
    await shown.fill()
    count = await places.count()
    assert count == 206
    centre = next(p for p in await places.all() if "Ánh Dương An Giang" in p.name)
    hidden = Change(centre, {"visibility": (centre.visibility, Visibility.HIDDEN.value)})
    await places.apply(Plan(changed=[hidden]))
    await shown.fill()
    assert await places.count() == count
    assert centre.name not in {p.name for p in (await shown.finder()).places}


async def test_a_corrected_number_reaches_a_table_that_is_there(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = ShownPlaces(places, demo=False)
    await shown.fill()
    rows = {p.id: p for p in await places.all()}
    # Read back from either database, a row bears the mark of its version.
    assert all(fingerprint(rows[name]) == marks[-1] for name, marks in versions().items())
    file = shipped._rows()
    file[0]["phones"] = ["+842963852543"]
    monkeypatch.setattr(shipped, "_rows", lambda: file)
    edited, untouched = (p.id for p in list(institutions())[1::-1])
    file[1]["phones"] = ["+842963852544"]
    await places.put([replace(rows[edited], cost="hỏi khi gọi")])
    await shown.fill()
    now = {p.id: p.phones for p in await places.all()}
    assert now[untouched] == ["+842963852543"]
    assert now[edited] == rows[edited].phones
    before = await places.revision()
    await shown.fill()
    assert await places.revision() == before


async def test_samples_come_only_when_trying_out(places: Places) -> None:
    await ShownPlaces(places, demo=True).fill()
    assert await places.count() == 206 + SAMPLES
    # The same table under a server that is not for trying out: none of them is shown.
    told = (await ShownPlaces(places, demo=False).finder()).places
    assert [p.id for p in told if p.is_sample] == []
    trying = (await ShownPlaces(places, demo=True).finder()).places
    assert sum(p.is_sample for p in trying) == SAMPLES


async def test_an_import_is_all_or_nothing(places: Places) -> None:
    await places.put(made_up())
    first, *_ = await places.all()
    broken = Place(**{**first.values(), "id": "new", "kind": None})  # type: ignore[arg-type]
    plan = Plan(created=[broken], changed=[Change(first, {"name": (first.name, "khác")})])
    with pytest.raises(Exception, match="kind"):
        await places.apply(plan)
    assert {p.id: p.name for p in await places.all()} == {p.id: p.name for p in made_up()}


async def test_another_process_sees_a_change(places: Places) -> None:
    here, there = ShownPlaces(places, demo=False), ShownPlaces(places, demo=False)
    await here.fill()
    await there.finder()
    assert not await there.changed()
    await places.put([replace(made_up()[0], name="đổi tên")])
    assert await there.changed()
    assert "đổi tên" in {p.name for p in (await there.finder()).places}
    assert not await there.changed()


async def test_two_that_fill_at_once(places: Places) -> None:
    await asyncio.gather(*(ShownPlaces(places, demo=False).fill() for _ in range(2)))
    assert await places.count() == 206


async def test_the_tables_go_up_and_down(url: str) -> None:
    async def tables() -> set[str]:
        engine = database.open_engine(url)
        async with engine.connect() as connection:
            found = await connection.run_sync(lambda c: set(inspect(c).get_table_names()))
        await engine.dispose()
        return found

    await database.migrate_async(url)
    assert {"place", "place_revision"} <= await tables()
    await asyncio.to_thread(database.migrate, url, "base")
    assert not {"place", "place_revision"} & await tables()
    await database.migrate_async(url)
    assert "place" in await tables()
    await asyncio.to_thread(database.migrate, url, "base")
