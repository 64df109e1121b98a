"""Ids of people at rest: sealed, found again, sealed anew with another key."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.store.campaign_models import Staff, Subscription
from bot.store.keys import KeyWrong
from bot.store.subscriptions import Subscriptions
from bot.store.vault import open_vault, rotate
from tests.campaigns import subscribe
from tests.integration.campaigns.conftest import SECRET, Desktop

OTHER = b"another-secret-another-secret-12"
MARKED = "8811223344"


async def sealed(desk: Desktop) -> list[bytes]:
    """Everything kept of subscribers and staff."""
    async with desk.engine.connect() as connection:
        people = (await connection.execute(select(Subscription.sealed, Subscription.person))).all()
        staff = (await connection.execute(select(Staff.sealed))).scalars()
        return [bytes(value) for row in people for value in row] + [bytes(s) for s in staff if s]


async def test_no_id_stands_in_the_tables(desk: Desktop) -> None:
    await desk.people.start("telegram", MARKED)
    seal = desk.people.seal("telegram", MARKED)
    await desk.office.desk.add_staff("Lan", "telegram", seal)
    kept = await sealed(desk)
    assert len(kept) == 3
    assert not any(MARKED.encode() in value for value in kept)
    assert desk.people.unseal("telegram", seal) == MARKED
    with pytest.raises(KeyWrong):
        desk.people.unseal("zalo", seal)


async def test_another_secret_opens_nothing_and_says_what_to_do(desk: Desktop) -> None:
    with pytest.raises(KeyWrong, match="set ANTAM_SECRET_KEY"):
        await open_vault(desk.engine, OTHER)


async def test_a_new_key_loses_nobody(desk: Desktop) -> None:
    await subscribe(desk.engine, desk.vault, 300)
    await desk.people.quieten("telegram", "99999")
    await desk.office.desk.add_staff("Lan", "telegram", desk.people.seal("telegram", MARKED))
    before, told = await sealed(desk), []
    assert await rotate(desk.engine, SECRET, OTHER, told.append) == 300
    assert sum(told) == 300
    with pytest.raises(KeyWrong):
        await open_vault(desk.engine, SECRET)
    people = Subscriptions(desk.engine, await open_vault(desk.engine, OTHER), {"telegram"})
    row = await people.row("telegram", "17")
    assert row is not None, "found again by the same one-way key"
    assert people.unseal("telegram", row.sealed) == "17"
    assert await people.is_quiet("telegram", "99999")
    lan = (await desk.office.desk.staff(["Lan"]))[0]
    assert people.unseal("telegram", lan.sealed) == MARKED
    one_way = {bytes(r) for r in before if len(r) == 16}
    assert set(before) & set(await sealed(desk)) == one_way, "every id was sealed anew"


async def test_a_wrong_old_key_changes_nothing(desk: Desktop) -> None:
    await subscribe(desk.engine, desk.vault, 5)
    before = await sealed(desk)
    with pytest.raises(KeyWrong):
        await rotate(desk.engine, OTHER, b"a-third-secret-a-third-secret-12")
    assert await sealed(desk) == before
    await open_vault(desk.engine, SECRET)
