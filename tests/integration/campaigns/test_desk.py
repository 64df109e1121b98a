"""From draft to running: who may do what, and what a change undoes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.campaigns.desk import Refused
from bot.campaigns.figures import reached
from bot.store.campaign_models import OutboxRow, Tally
from bot.store.taps import Taps
from tests.campaigns import APPROVER, AUTHOR, approve, one_day, subscribe
from tests.integration.campaigns.conftest import Desktop


async def staffed(desk: Desktop, **fields: object) -> str:
    """A draft with two people at the desk. Returns its id."""
    campaign = one_day(**fields)  # type: ignore[arg-type]
    desk.office.desk.campaigns.by_id[campaign.id] = campaign
    for person in (AUTHOR, APPROVER):
        await desk.office.desk.add_staff(person)
    return campaign.id


async def test_four_eyes(desk: Desktop) -> None:
    name, at_desk = await staffed(desk), desk.office.desk
    with pytest.raises(Refused, match="is draft"):
        await at_desk.step(name, "approve", APPROVER)
    with pytest.raises(Refused, match="nobody named Ai Đó"):
        await at_desk.step(name, "submit", "Ai Đó")
    assert await at_desk.step(name, "submit", AUTHOR) == "submitted"
    with pytest.raises(Refused, match="somebody else"):
        await at_desk.step(name, "approve", AUTHOR)
    with pytest.raises(Refused, match="needs it to be approved"):
        await at_desk.step(name, "run", APPROVER)
    assert await at_desk.step(name, "approve", APPROVER) == "approved"
    assert await at_desk.step(name, "run", AUTHOR) == "scheduled"
    said = [(e.who, e.what) for e in await at_desk.events(name)]
    assert said == [(AUTHOR, "submit"), (APPROVER, "approve"), (AUTHOR, "run")]


async def test_who_wrote_it_does_not_approve_it(desk: Desktop) -> None:
    name, at_desk = await staffed(desk, author=f"Minh và {APPROVER.upper()}"), desk.office.desk
    await at_desk.step(name, "submit", AUTHOR)
    with pytest.raises(Refused, match="what you wrote"):
        await at_desk.step(name, "approve", APPROVER)
    await at_desk.add_staff("Hoa")
    assert await at_desk.step(name, "approve", "Hoa") == "approved"


@pytest.mark.parametrize(("step", "state"), [("pause", "paused"), ("cancel", "cancelled")])
async def test_a_step_while_the_schedule_looks_is_kept(
    desk: Desktop, step: str, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_desk, campaign = desk.office.desk, one_day()
    await subscribe(desk.engine, desk.vault, 2)
    await approve(at_desk, campaign)
    read = at_desk.state

    async def then_a_person_comes(name: str) -> str:
        found = await read(name)
        if found == "scheduled":
            await at_desk.step(name, step, AUTHOR)
        return found

    with monkeypatch.context() as between:
        between.setattr(at_desk, "state", then_a_person_comes)
        await desk.office.schedule.look()
    assert await at_desk.state(campaign.id) == state
    assert await desk.office.outbox.claim("telegram", 9, desk.now) == []
    assert [e.what for e in await at_desk.events(campaign.id)][-1] == step


async def test_one_that_was_armed_again_after_its_first_message_ends(desk: Desktop) -> None:
    campaign, at_desk = one_day(), desk.office.desk
    await subscribe(desk.engine, desk.vault, 3)
    await approve(at_desk, campaign)
    await desk.office.schedule.look()
    assert await desk.send() == {"sent": 3}
    changed = campaign.model_copy(update={"title": "Một tên khác"})
    at_desk.campaigns.by_id[campaign.id] = changed
    await desk.office.schedule.look()
    assert await at_desk.state(campaign.id) == "draft"
    await approve(at_desk, changed)
    await desk.office.schedule.look()
    assert await at_desk.state(campaign.id) == "running"
    desk.clock.moment += timedelta(days=1)
    await desk.office.outbox.tidy(desk.now)
    await desk.office.schedule.look()
    assert await at_desk.state(campaign.id) == "done"


async def test_a_template_and_an_unknown_name_are_refused(desk: Desktop) -> None:
    name = await staffed(desk, year=None)
    with pytest.raises(Refused, match="is a template"):
        await desk.office.desk.step(name, "submit", AUTHOR)
    with pytest.raises(Refused, match="no campaign gone"):
        await desk.office.desk.step("gone", "submit", AUTHOR)


async def test_a_year_without_a_theme_cannot_be_approved(desk: Desktop) -> None:
    at_desk = desk.office.desk
    assert at_desk.campaigns.themes[2026].theme is None, "the register knows a theme by now"
    name = await staffed(desk, year=2026, needs_theme=True)
    await at_desk.step(name, "submit", AUTHOR)
    with pytest.raises(Refused, match="the theme of 2026 is not known"):
        await at_desk.step(name, "approve", APPROVER)


async def test_a_change_puts_it_back_to_draft_and_nothing_more_goes_out(desk: Desktop) -> None:
    campaign = one_day()
    await subscribe(desk.engine, desk.vault, 3)
    await approve(desk.office.desk, campaign)
    other = campaign.messages[0].model_copy(update={"text": "Chào bạn, ai đó đã sửa tin này rồi."})
    changed = campaign.model_copy(update={"messages": [other]})
    desk.office.desk.campaigns.by_id[campaign.id] = changed
    assert await desk.office.schedule.look() == []
    assert await desk.office.desk.state(campaign.id) == "draft"
    assert not await desk.states()
    with pytest.raises(Refused, match="is draft"):
        await desk.office.desk.step(campaign.id, "run", AUTHOR)
    await approve(desk.office.desk, changed)
    await desk.office.schedule.look()
    assert await desk.send() == {"sent": 3}
    assert all("đã sửa" in text for _, text in desk.carrier.got)


async def test_after_thirty_days_only_counts_are_left(desk: Desktop) -> None:
    await subscribe(desk.engine, desk.vault, 5)
    campaign = one_day()
    await approve(desk.office.desk, campaign)
    await desk.office.schedule.look()
    await desk.send()
    await Taps(desk.engine).add(campaign.id, "chao", "stop")
    before = await reached(desk.engine, campaign.id)
    desk.clock.moment += timedelta(days=29)
    assert await desk.office.sweep() == 0
    desk.clock.moment += timedelta(days=2)
    assert await desk.office.sweep() == 5
    async with desk.engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(OutboxRow)) == 0
        assert await connection.scalar(select(func.sum(Tally.count))) == 5
    after = await reached(desk.engine, campaign.id)
    assert [one.of("sent") for one in after] == [one.of("sent") for one in before] == [5]
    assert await Taps(desk.engine).of(campaign.id) == {"chao": {"stop": 1}}
    assert await desk.office.sweep() == 0


async def test_what_no_sender_ever_took_is_a_count_too(desk: Desktop) -> None:
    await subscribe(desk.engine, desk.vault, 4)
    campaign = one_day()
    await approve(desk.office.desk, campaign)
    await desk.office.schedule.look()
    desk.clock.moment += timedelta(days=31)
    assert await desk.office.sweep() == 4
    assert [one.of("expired") for one in await reached(desk.engine, campaign.id)] == [4]
