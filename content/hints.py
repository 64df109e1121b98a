"""Who is writing, or who needs help, as far as the words tell: a child, an elder, a man …"""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, TypeAdapter, ValidationError

from content.models import Strict, Text
from content.source import ContentError, read
from nlu.vietnamese import expand_teencode, fold, normalise

_AGE = re.compile(r"(\w+ )?(\w+ )?\b(\d{1,3}) tuoi\b")
_SELF = frozenset({"em", "tôi", "toi", "tui", "mình", "minh", "con", "cháu", "chau", "nay"})


class Ages(Strict):
    """Years of age from–to, said of the writer (``self``) or of anybody."""

    first: int = Field(alias="from")
    last: int = Field(alias="to")
    of: Literal["self", "any"]


class Hint(Strict):
    """The signs of one audience."""

    words: list[Text] = Field(min_length=1)
    ages: Ages | None = None
    contacts: list[str] = Field(default_factory=list)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The phrases, unaccented, as whole words."""
        phrases = sorted((fold(w) for w in self.words), key=len, reverse=True)
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, phrases))})(?!\w)")


class Hints:
    """All audiences and their signs. Immutable."""

    def __init__(self, table: dict[str, Hint]) -> None:
        self._table = table

    @classmethod
    def load(cls, root: Path) -> Hints:
        """Read `hints.yml`. Raises `ContentError`."""
        sheet = read(root / "hints.yml", root)
        try:
            return cls(TypeAdapter(dict[str, Hint]).validate_python(sheet.data))
        except ValidationError as error:
            faults = [
                sheet.fault(d["msg"].lower(), "see the head of the file", *d["loc"])
                for d in error.errors()
            ]
            raise ContentError(faults) from None

    @property
    def audiences(self) -> frozenset[str]:
        """The names of all audiences."""
        return frozenset(self._table)

    def of(self, text: str) -> frozenset[str]:
        """The audiences that the words name; nothing of the words is kept."""
        plain = fold(expand_teencode(normalise(text)))
        ages = [(before, int(years)) for _, before, years in _AGE.findall(plain)]
        return frozenset(
            name
            for name, hint in self._table.items()
            if hint.pattern.search(plain) or any(_fits(hint.ages, b, y) for b, y in ages)
        )

    def contacts(self, audiences: frozenset[str]) -> list[str]:
        """Contact ids that come first for these people."""
        return [c for name in self._table if name in audiences for c in self._table[name].contacts]


def _fits(ages: Ages | None, before: str, years: int) -> bool:
    if ages is None or not ages.first <= years <= ages.last:
        return False
    return ages.of == "any" or before.strip() in _SELF
