"""From an approved message to what goes out: neutral first line, words, taps, the way to stop."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.delivery import Notice
from bot.messages import Choice
from bot.store.approved import read_told
from bot.store.campaign_models import CampaignState
from content.campaign import Campaign, Message
from content.library import CONTENT_DIR, Library

PICTURES = CONTENT_DIR / "campaigns" / "pictures"


class Approved:
    """Notices of what was approved, read from the database and kept until it changes."""

    def __init__(self, engine: AsyncEngine, library: Library, pictures: Path = PICTURES) -> None:
        self._engine, self._library, self._pictures = engine, library, pictures
        self._known: dict[str, tuple[str, Campaign, str | None]] = {}
        self._made: dict[tuple[str, str], Notice] = {}

    async def load(self, campaigns: set[str]) -> None:
        """Have these campaigns at hand, as approved now."""
        marks = select(CampaignState.id, CampaignState.fingerprint)
        async with self._engine.connect() as connection:
            rows = await connection.execute(marks.where(CampaignState.id.in_(campaigns)))
            new = [r.id for r in rows.all() if self._mark(r.id) != r.fingerprint]
            if not new:
                return
            told = select(CampaignState.id, CampaignState.fingerprint, CampaignState.told)
            for row in (await connection.execute(told.where(CampaignState.id.in_(new)))).all():
                self._known[row.id] = (row.fingerprint, *read_told(row.told))
        self._made = {key: n for key, n in self._made.items() if key[0] not in new}

    def of(self, campaign: str, message: str) -> Notice | None:
        """The notice of a message, or None when it is not in what was approved."""
        made = self._made.get((campaign, message))
        if made is not None:
            return made
        if campaign not in self._known:
            return None
        _, whole, theme = self._known[campaign]
        try:
            made = notice(self._library, whole, whole.message(message), theme, self._pictures)
        except KeyError:
            return None
        self._made[campaign, message] = made
        return made

    def _mark(self, campaign: str) -> str:
        known = self._known.get(campaign)
        return known[0] if known else ""


def notice(
    library: Library,
    campaign: Campaign,
    message: Message,
    theme: str | None,
    pictures: Path = PICTURES,
) -> Notice:
    """One message as it goes out."""
    words = library.words
    parts = [words["campaign.first_line"], campaign.text_of(message, theme)]
    parts += [part for part in (message.link, _question(message)) if part]
    parts.append(words["campaign.last_line"])
    tap = f"cm:{campaign.id}:{message.key}"
    options = message.quiz.options if message.quiz else []
    choices = [Choice(option, f"{tap}:{i}") for i, option in enumerate(options, 1)]
    if message.card and not message.quiz:
        card = library.cards.get(message.card)
        choices.append(Choice(card.label if card else words["campaign.more"], f"{tap}:card"))
    choices.append(Choice(words["campaign.stop"], f"{tap}:stop", quiet=True))
    picture = pictures / message.picture if message.picture else None
    return Notice("\n".join(parts), tuple(choices), picture)


def _question(message: Message) -> str:
    return message.quiz.question if message.quiz else ""
