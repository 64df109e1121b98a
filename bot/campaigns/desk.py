"""The desk of a campaign: who submitted it, who approved it, whether it runs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot import logs
from bot.campaigns.clock import Clock, WallClock, ms
from bot.store.approved import read_told
from bot.store.campaign_models import CampaignEvent, CampaignState, Opening, OutboxRow, Staff
from bot.store.dialect import insert_for
from content.campaign import Campaign, Campaigns

log = logs.get("campaigns")
STATES = (
    *("draft", "submitted", "approved", "scheduled", "running", "done"),
    *("paused", "cancelled"),
)
# From which states each step may be taken.
STEPS = {
    "submit": ("draft",),
    "approve": ("submitted",),
    "run": ("approved",),
    "pause": ("scheduled", "running"),
    "resume": ("paused",),
    "cancel": ("submitted", "approved", "scheduled", "running", "paused"),
}
AFTER = {
    "submit": "submitted",
    "approve": "approved",
    "run": "scheduled",
    "pause": "paused",
    "resume": "running",
    "cancel": "cancelled",
}
FROZEN = ("submitted", "approved", "scheduled", "running", "paused")


class Refused(Exception):
    """A step that may not be taken now; the message says why and what to do."""


class Desk:
    """States and approvals in the database. What was approved is kept word for word."""

    def __init__(
        self, engine: AsyncEngine, campaigns: Campaigns, clock: Clock | None = None
    ) -> None:
        self._engine, self.campaigns = engine, campaigns
        self._clock = clock or WallClock()

    async def step(self, name: str, what: str, who: str) -> str:
        """Take one step (`STEPS`) in somebody's name. Returns the new state.

        Raises `Refused` for an unknown person, a step out of turn, a theme nobody knows, an
        approval by an author or by the one who submitted, or a campaign that was changed since.
        """
        campaign = self._campaign(name)
        async with self._engine.begin() as connection:
            await self._known(connection, who)
            row = await self._row(connection, campaign)
            state = row.state if row else "draft"
            if what == "submit" and state in ("done", "cancelled"):
                state = "draft"
            if state not in STEPS[what]:
                may = ", ".join(STEPS[what])
                raise Refused(f"{name} is {state}; {what} needs it to be {may}")
            self._may(campaign, row, what, who)
            await self._write(connection, campaign, row, what, who)
            if what == "resume":
                await self._go_on(connection, name)
            if what == "cancel":
                await self._give_up(connection, name)
        return AFTER[what]

    async def state(self, name: str) -> str:
        """The state of a campaign; ``draft`` for one nobody has submitted."""
        async with self._engine.connect() as connection:
            query = select(CampaignState.state).where(CampaignState.id == name)
            return str(await connection.scalar(query) or "draft")

    async def states(self) -> dict[str, Any]:
        """Every known campaign's row by id."""
        async with self._engine.connect() as connection:
            return {r.id: r for r in (await connection.execute(select(CampaignState))).all()}

    def refresh(self) -> None:
        """Look at the files again; one that cannot be read leaves its campaign as it was."""
        for fault in self.campaigns.refresh():
            log.warning("a campaign file cannot be read", path=fault.file, action=fault.do)

    async def live(self) -> list[tuple[Campaign, str | None]]:
        """What is scheduled or running, as approved, each with its theme.

        One whose file was changed since is put back to draft here, so that nothing more goes out.
        """
        found = []
        async with self._engine.begin() as connection:
            query = select(CampaignState).where(CampaignState.state.in_(("scheduled", "running")))
            for row in (await connection.execute(query)).all():
                if self._changed(row):
                    # Not when somebody took a step meanwhile: that is looked at next time.
                    same = (CampaignState.state == row.state,
                            CampaignState.fingerprint == row.fingerprint)  # fmt: skip
                    here = update(CampaignState).where(CampaignState.id == row.id, *same)
                    if (await connection.execute(here.values(state="draft"))).rowcount:
                        await self._event(connection, row.id, "An Tâm", "changed", row.fingerprint)
                    continue
                found.append(read_told(row.told))
        return found

    async def move(self, name: str, before: str, after: str) -> bool:
        """Move a campaign on without a person: ``running`` at its first message, ``done``.

        Returns False, and leaves it, when it is not `before` any more: a person's step counts.
        """
        async with self._engine.begin() as connection:
            here = update(CampaignState).where(
                CampaignState.id == name, CampaignState.state == before
            )
            moved = bool((await connection.execute(here.values(state=after))).rowcount)
            if moved:
                await self._event(connection, name, "An Tâm", after, "")
        return moved

    async def events(self, name: str) -> list[Any]:
        """Who did what to a campaign, oldest first."""
        query = select(CampaignEvent).where(CampaignEvent.campaign == name)
        async with self._engine.connect() as connection:
            return list((await connection.execute(query.order_by(CampaignEvent.id))).all())

    async def add_staff(self, name: str, channel: str = "", sealed: bytes | None = None) -> None:
        """Add somebody, or renew their chat for test sends."""
        row = {"name": name, "channel": channel, "sealed": sealed}
        put = insert_for(self._engine)(Staff).values(row)
        put = put.on_conflict_do_update(index_elements=["name"], set_=row)
        async with self._engine.begin() as connection:
            await connection.execute(put)

    async def remove_staff(self, name: str) -> bool:
        """Remove somebody. False when they were not there."""
        async with self._engine.begin() as connection:
            gone = await connection.execute(delete(Staff).where(Staff.name == name))
            return bool(gone.rowcount)

    async def staff(self, names: Iterable[str] = ()) -> list[Any]:
        """Staff rows by name; all of them without names."""
        query = select(Staff).order_by(Staff.name)
        wanted = list(names)
        if wanted:
            query = query.where(Staff.name.in_(wanted))
        async with self._engine.connect() as connection:
            return list((await connection.execute(query)).all())

    def _campaign(self, name: str) -> Campaign:
        campaign = self.campaigns.by_id.get(name)
        if campaign is None:
            raise Refused(f"no campaign {name}: see `antam campaign list`")
        if campaign.year is None:
            what = f"antam campaign new --from {name} --year …"
            raise Refused(f"{name} is a template: make a year's campaign with `{what}`")
        return campaign

    def _may(self, campaign: Campaign, row: Any, what: str, who: str) -> None:
        theme = self.campaigns.theme(campaign)
        if what in ("approve", "run") and row.fingerprint != campaign.fingerprint(theme):
            raise Refused(f"{campaign.id} was changed since it was submitted: submit it again")
        if what == "approve" and campaign.needs_theme and not theme:
            raise Refused(
                f"the theme of {campaign.year} is not known: add it, with its source, to "
                "content/themes.yml, then submit again"
            )
        if what == "approve" and row.submitted_by == who:
            raise Refused("somebody else must approve what you submitted")
        if what == "approve" and who.casefold() in _names(campaign.author):
            raise Refused("somebody else must approve what you wrote")

    async def _write(
        self, connection: AsyncConnection, campaign: Campaign, row: Any, what: str, who: str
    ) -> None:
        theme = self.campaigns.theme(campaign)
        values: dict[str, Any] = {"state": AFTER[what]}
        if what == "submit":
            told = {"campaign": campaign.model_dump(mode="json"), "theme": theme}
            values |= {
                "fingerprint": campaign.fingerprint(theme),
                "told": json.dumps(told, ensure_ascii=False),
                "submitted_by": who,
                "approved_by": "",
            }
        if what == "approve":
            values["approved_by"] = who
        if row is None:
            await connection.execute(insert(CampaignState).values(id=campaign.id, **values))
        else:
            # Still as it was read: not every database locks a row that is only looked at.
            same = (CampaignState.state.in_((row.state, *STEPS[what])),
                    CampaignState.fingerprint == row.fingerprint)  # fmt: skip
            here = update(CampaignState).where(CampaignState.id == campaign.id, *same)
            if not (await connection.execute(here.values(**values))).rowcount:
                raise Refused(f"{campaign.id} has just been changed: look at it, and try again")
        mark = values.get("fingerprint") or row.fingerprint
        await self._event(connection, campaign.id, who, what, mark)

    async def _row(self, connection: AsyncConnection, campaign: Campaign) -> Any:
        """The state's row; put back to draft first when the file was changed since."""
        query = select(CampaignState).where(CampaignState.id == campaign.id).with_for_update()
        row = (await connection.execute(query)).first()
        if row is not None and row.state in FROZEN and self._changed(row):
            here = update(CampaignState).where(CampaignState.id == campaign.id)
            await connection.execute(here.values(state="draft"))
            row = (await connection.execute(query)).first()
        return row

    def _changed(self, row: Any) -> bool:
        campaign = self.campaigns.by_id.get(row.id)
        if campaign is None:
            return False  # this machine does not have the file: what was approved stands
        return bool(row.fingerprint != campaign.fingerprint(self.campaigns.theme(campaign)))

    async def _known(self, connection: AsyncConnection, who: str) -> None:
        if await connection.scalar(select(Staff.name).where(Staff.name == who)) is None:
            raise Refused(f"nobody named {who}: add them with `antam campaign staff add {who}`")

    async def _go_on(self, connection: AsyncConnection, name: str) -> None:
        """A pause is no outage: what waited through it is not late."""
        now = ms(self._clock.now())
        here = update(Opening).where(Opening.campaign == name, Opening.state == "open")
        await connection.execute(here.values(beat_ms=now))

    async def _give_up(self, connection: AsyncConnection, name: str) -> None:
        mine = select(Opening.id).where(Opening.campaign == name)
        waiting = (OutboxRow.opening.in_(mine), OutboxRow.state == "waiting")
        await connection.execute(update(OutboxRow).where(*waiting).values(state="cancelled"))

    async def _event(
        self, connection: AsyncConnection, name: str, who: str, what: str, mark: str
    ) -> None:
        row = {"campaign": name, "at": self._clock.now(), "who": who, "what": what}
        await connection.execute(insert(CampaignEvent).values(fingerprint=mark, **row))


def _names(author: str) -> list[str]:
    """Everybody an ``author`` field names: ``Lan``, or ``Lan và Minh``, or ``Lan, Minh``."""
    return [name.strip().casefold() for name in re.split(r"[,;&]|\bvà\b", author)]
