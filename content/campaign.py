"""Campaigns as content: what is sent on which day, at which hour, to whom.

A file of `campaigns/` is either a template (no ``year``), copied by `antam campaign new`, or the
campaign of one year. Field by field described in `content/README.md`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError, model_validator

from content.day import ZONE as ZONE
from content.models import Card, CardId, CitationEntry, Strict, Text
from content.source import ContentError, Fault, Sheet, explain, read

QUIET_FROM, QUIET_UNTIL = time(21, 0), time(7, 0)  # nobody is written to between these hours
DAY = r"^(0?[1-9]|[12]\d|3[01])/(0?[1-9]|1[0-2])$"
HOUR = r"^([01]\d|2[0-3]):[0-5]\d$"
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=32)]
Day = Annotated[str, StringConstraints(pattern=DAY)]
Hour = Annotated[str, StringConstraints(pattern=HOUR)]
Option = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class Quiz(Strict):
    """A question under a message. With `right` it is a quiz, without it a poll nobody can fail."""

    question: Annotated[str, StringConstraints(min_length=5, max_length=200)]
    options: list[Option] = Field(min_length=2, max_length=4)
    right: int | None = Field(None, ge=1)
    answer: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]

    @model_validator(mode="after")
    def _right_exists(self) -> Quiz:
        if self.right is not None and self.right > len(self.options):
            raise ValueError("right is not the number of an option")
        return self


class Message(Strict):
    """One message of a campaign; `day` is dd/mm and `hour` HH:MM in Asia/Ho_Chi_Minh."""

    key: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,12}$")]
    day: Day
    hour: Hour = "08:00"
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=20, max_length=800)]
    topics: list[str] = Field([])
    picture: str | None = None
    card: CardId | None = None
    link: Annotated[str, StringConstraints(pattern=r"^https://\S+$", max_length=300)] | None = None
    quiz: Quiz | None = None
    citations: list[CitationEntry] = Field([])
    sources: list[Text] = Field([])
    # Figures that stand in `sources` and in no cited article: a person read them there.
    sourced_figures: list[float] = Field([])


class Audience(Strict):
    """Who gets it: empty lists mean everybody who signed up."""

    units: list[str] = Field([])
    topics: list[str] = Field([])
    channels: list[str] = Field([])


class Campaign(Strict):
    """A campaign: of one year, or a template when `year` is None. Minutes where not said else."""

    id: Slug
    title: Annotated[str, StringConstraints(min_length=3, max_length=120)]
    year: int | None = Field(None, ge=2020, le=2100)
    first_day: Day
    last_day: Day
    needs_theme: bool = False
    audience: Audience = Audience()
    spread: int = Field(60, ge=0, le=600)
    grace: int = Field(60, ge=1, le=600)
    last_hour: Hour = "20:30"
    author: Text
    checked_on: date
    messages: list[Message] = Field(min_length=1)

    def message(self, key: str) -> Message:
        """The message of that key. Raises `KeyError`."""
        for message in self.messages:
            if message.key == key:
                return message
        raise KeyError(key)

    def fingerprint(self, theme: str | None) -> str:
        """SHA-256 of everything that is sent and to whom; another one after any change."""
        told = self.model_dump(mode="json") | {"theme_in_force": theme}
        exact = json.dumps(told, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(exact.encode()).hexdigest()

    def text_of(self, message: Message, theme: str | None) -> str:
        """The message's words with the year and its theme filled in."""
        return message.text.replace("{year}", str(self.year or "")).replace("{theme}", theme or "")


class Theme(Strict):
    """The theme of an Action Month, with where it was read; None while nobody has found it."""

    year: int
    theme: str | None
    source: Text
    note: str = ""


@dataclass(frozen=True)
class Campaigns:
    """All campaigns and templates by id, the sheet of each, and the register of themes.

    `approved` is what people were sent, by id: whoever has the database fills it. Taps are answered
    from there, because the files may have been edited since.
    """

    by_id: dict[str, Campaign]
    sheets: dict[str, Sheet]
    themes: dict[int, Theme]
    root: Path | None = None
    approved: dict[str, Campaign] = field(default_factory=dict)

    def refresh(self) -> list[Fault]:
        """Take over files that were changed, added or removed; what is wrong stays as it was.

        Everybody who holds this object sees the new campaigns. Returns the faults of the files
        that were not taken over.
        """
        faults: list[Fault] = []
        if self.root is None:
            return faults
        fresh = load_campaigns(self.root, faults)
        broken = {fault.file for fault in faults}
        for name, sheet in self.sheets.items():
            if sheet.name in broken:
                fresh.by_id[name], fresh.sheets[name] = self.by_id[name], sheet
        for mine, new in ((self.by_id, fresh.by_id), (self.sheets, fresh.sheets)):
            mine.clear()
            mine.update(new)  # type: ignore[arg-type]
        if "themes.yml" not in broken:
            self.themes.clear()
            self.themes.update(fresh.themes)
        return faults

    def theme(self, campaign: Campaign) -> str | None:
        """The theme of the campaign's year, or None when the register has none."""
        found = self.themes.get(campaign.year or 0)
        return found.theme if found else None

    def cards(self) -> Iterator[tuple[Card, Sheet]]:
        """Every message as a card, so that facts in campaigns are checked like facts in cards."""
        for campaign in self.by_id.values():
            sheet = self.sheets[campaign.id]
            for i, message in enumerate(campaign.messages):
                yield _as_card(campaign, message), sheet.part("messages", i)


def on_day(year: int, day: str) -> date:
    """``15/11`` of a year. Raises `ValueError` for a day the year does not have."""
    number, month = (int(p) for p in day.split("/"))
    return date(year, month, number)


def clock(hour: str) -> time:
    """``08:00`` as a time."""
    return time.fromisoformat(hour)


def at(day: date, hour: time) -> datetime:
    """A moment in Asia/Ho_Chi_Minh."""
    return datetime.combine(day, hour, ZONE)


def is_quiet(moment: datetime) -> bool:
    """Whether nobody may be written to at this moment (21:00 to 07:00)."""
    here = moment.astimezone(ZONE).time()
    return here >= QUIET_FROM or here < QUIET_UNTIL


def days(campaign: Campaign) -> list[date]:
    """Every day of the period. Raises `ValueError` for a template, or an impossible day."""
    if campaign.year is None:
        raise ValueError("a template has no year")
    first = on_day(campaign.year, campaign.first_day)
    last = on_day(campaign.year, campaign.last_day)
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]


def load_campaigns(root: Path, faults: list[Fault]) -> Campaigns:
    """Read `campaigns/*.yml` and `themes.yml`; what is wrong is added to `faults`."""
    by_id: dict[str, Campaign] = {}
    sheets: dict[str, Sheet] = {}
    for path in sorted((root / "campaigns").glob("*.yml")):
        try:
            sheet = read(path, root)
            campaign = parse_campaign(sheet)
        except ContentError as error:
            faults.extend(error.faults)
            continue
        if campaign.id != path.stem:
            faults.append(sheet.fault("the id is not the file's name", "rename one", "id"))
        by_id[campaign.id], sheets[campaign.id] = campaign, sheet
    return Campaigns(by_id, sheets, _themes(root, faults), root)


def parse_campaign(sheet: Sheet) -> Campaign:
    """One campaign from its sheet. Raises `ContentError` naming each bad field's line."""
    try:
        return Campaign.model_validate(sheet.data)
    except ValidationError as error:
        raise ContentError(explain(sheet, error)) from None


def new_from(campaigns: Campaigns, template: str, year: int) -> tuple[str, str]:
    """The id and the file of next year's campaign, comments kept.

    Raises `KeyError` for an unknown template and `ValueError` for one that has a year already.
    """
    campaign, sheet = campaigns.by_id[template], campaigns.sheets[template]
    if campaign.year is not None:
        raise ValueError(f"{template} is the campaign of {campaign.year}, not a template")
    name = f"{template}-{year}"
    text = sheet.path.read_text(encoding="utf-8")
    text = re.sub(r"(?m)^id: .*$", f"id: {name}\nyear: {year}", text, count=1)
    return name, text


def _themes(root: Path, faults: list[Fault]) -> dict[int, Theme]:
    path = root / "themes.yml"
    if not path.exists():
        return {}
    try:
        sheet = read(path, root)
        found = TypeAdapter(list[Theme]).validate_python(sheet.data)
    except ContentError as error:
        faults.extend(error.faults)
        return {}
    except ValidationError as error:
        faults.extend(explain(sheet, error))
        return {}
    return {theme.year: theme for theme in found}


def _as_card(campaign: Campaign, message: Message) -> Card:
    quiz = message.quiz
    asked = [quiz.question, *quiz.options, quiz.answer] if quiz else []
    return Card.model_construct(
        id=f"{campaign.id}-{message.key}",
        topic="action_month",
        title=campaign.title,
        label=message.key,
        questions=[],
        body="\n".join([message.text, *asked]),
        steps=[],
        citations=message.citations,
        sources=message.sources,
        sourced_figures=message.sourced_figures,
        checked_on=campaign.checked_on,
    )
