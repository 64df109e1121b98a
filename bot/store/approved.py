"""What was approved, word for word, at hand in every process that answers taps under it."""

from __future__ import annotations

import json
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot import logs
from bot.store.campaign_models import CampaignState
from content.campaign import Campaign

log = logs.get("campaigns")


@lru_cache(maxsize=32)
def read_told(told: str) -> tuple[Campaign, str | None]:
    """A campaign and its theme from what a row keeps of them; read once, for it is long.

    Raises `ValueError`, `KeyError`.
    """
    said = json.loads(told)
    return Campaign.model_validate(said["campaign"]), said["theme"]


class ApprovedCampaigns:
    """Keeps `approved` (id to campaign) in step with the database."""

    def __init__(self, engine: AsyncEngine, approved: dict[str, Campaign]) -> None:
        self._engine, self._approved = engine, approved
        self._marks: dict[str, str] = {}

    async def refresh(self) -> int:
        """Take over what was approved since the last call. Returns how many campaigns.

        One that was submitted anew stays as it was until somebody approves it: its messages that
        are out there were approved in that form. Raises what the database raises.
        """
        approved = CampaignState.approved_by != ""
        marks = select(CampaignState.id, CampaignState.fingerprint).where(approved)
        async with self._engine.connect() as connection:
            found = (await connection.execute(marks)).all()
            new = [r.id for r in found if self._marks.get(r.id) != r.fingerprint]
            if not new:
                return 0
            told = select(CampaignState.id, CampaignState.fingerprint, CampaignState.told)
            told = told.where(approved, CampaignState.id.in_(new))
            rows = (await connection.execute(told)).all()
        for row in rows:
            self._marks[row.id] = row.fingerprint
            try:
                campaign, _theme = read_told(row.told)
            except (ValueError, KeyError) as error:  # pydantic's own is a ValueError
                log.warning("an approved campaign cannot be read", **logs.describe(error))
                continue
            self._approved[row.id] = campaign
        return len(rows)
