"""The shapes of what An Tâm knows. Field by field described in `content/README.md`."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

CardId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
ArticleNo = int | Annotated[str, StringConstraints(pattern=r"^[0-9]{1,3}[a-z]$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LawStatus(StrEnum):
    """Whether a law may be cited on a day, as far as we know."""

    IN_FORCE = "in_force"
    AMENDED = "amended"  # in force, changed by a later law whose text was not at hand
    NOT_YET = "not_yet"
    REPLACED = "replaced"
    UNVERIFIED = "unverified"  # no source says it ended, none was found that says it holds


class Law(Strict):
    """One entry of the law register. `articles` lists the articles known, as a count or a list."""

    number: Text
    title: Text
    short: Text
    kind: Text
    issued: date | None = None
    effective: date | None = None
    expires: date | None = None
    # The day from which its last known change holds: cards checked before it are read again.
    changed_on: date | None = None
    status: LawStatus
    replaced_by: str | None = None
    articles: int | list[ArticleNo] | None = None
    complete: bool = True
    # Other names people use, in any spelling; `short` and `number` are names already.
    aliases: list[Text] = []
    # What the law is asked for, where it is one thing: fines or crimes.
    sets: Literal["fines", "crimes"] | None = None
    source: Text
    checked_on: date
    note: str = ""

    def has_article(self, number: ArticleNo) -> bool:
        """Whether the register knows this article."""
        if isinstance(self.articles, int):
            return isinstance(number, int) and 1 <= number <= self.articles
        return number in (self.articles or [])

    def citable_on(self, day: date) -> bool:
        """Whether the law may be cited as valid on `day`."""
        if self.status in (LawStatus.REPLACED, LawStatus.NOT_YET):
            return False
        if self.effective and day < self.effective:
            return False
        return not (self.expires and day >= self.expires)


class CitationEntry(Strict):
    """Law, article and, where there is one, clause (khoản) and point (điểm)."""

    law: Text
    article: ArticleNo
    clause: int | None = Field(None, ge=1)
    point: str | None = None


class Contact(Strict):
    """A number to call. `number` is what is shown, digits are what is dialled."""

    id: str
    name: Text
    short: Text
    number: Annotated[str, StringConstraints(pattern=r"^[0-9+][0-9 .]{1,19}$")]
    hours: str = ""
    cost: str = ""
    purpose: Text
    area: str = ""
    source: Text
    certainty: str = ""
    checked_on: date
    note: str = ""


class TopicEntry(Strict):
    """A topic as menus and choices show it.

    `calm`: who surely writes about it is seldom in danger this minute.
    """

    id: str
    label: Annotated[str, StringConstraints(max_length=40)]
    group: str
    menu: bool = False
    calm: bool = False


class Card(Strict):
    """A reviewed answer."""

    id: CardId
    topic: str
    title: Annotated[str, StringConstraints(min_length=3, max_length=80)]
    label: Annotated[str, StringConstraints(min_length=3, max_length=32)]
    questions: list[Text] = Field(min_length=1)
    body: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=900)]
    steps: list[Annotated[str, StringConstraints(max_length=160)]] = Field([], max_length=5)
    citations: list[CitationEntry] = []
    sources: list[Text] = []
    # Figures that stand in `sources` and in no cited article: a person read them there.
    sourced_figures: list[float] = []
    contacts: list[str] = Field([], max_length=3)
    related: list[str] = Field([], max_length=3)
    audience: list[str] = []
    checked_on: date
    valid_from: date | None = None
    valid_until: date | None = None
    reviewer: str | None = None
    reviewed_on: date | None = None

    def valid_on(self, day: date) -> bool:
        """Whether the card may be shown on `day`."""
        if self.valid_from and day < self.valid_from:
            return False
        return not (self.valid_until and day > self.valid_until)
