"""Summaries of articles in our own words: one file per law under `content/articles/`."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints, field_validator

from content.models import ArticleNo, Strict, Text

MOST_WORDS = 70


class ArticleSummary(Strict):
    """What an article says, in at most `MOST_WORDS` words, under its official title."""

    number: ArticleNo
    title: Annotated[str, StringConstraints(strip_whitespace=True, max_length=400)]
    summary: Text
    # How people ask for what the article says; found by the search, never shown.
    asked: list[Text] = Field(default_factory=list)

    @field_validator("summary")
    @classmethod
    def _short(cls, summary: str) -> str:
        words = len(summary.split())
        if words > MOST_WORDS:
            raise ValueError(f"{words} words; at most {MOST_WORDS}")
        return summary


class LawSummaries(Strict):
    """All summaries of one law, and the day they were compared with its text."""

    law: Text
    checked_on: date
    articles: list[ArticleSummary] = Field(min_length=1)
