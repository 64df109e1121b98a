"""Which article of which law a message names: "d3 luat 13/2022", "luật bình đẳng giới điều 40"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from content.library import Library
from content.models import Law
from nlu.vietnamese import normalise, unaccent

_ARTICLE = re.compile(
    r"\b(?:dieu(?:\s+so)?\s*|d\.?\s*(?=\d))(\d{1,3})\s?([a-d](?![\w)]))?(?![\d/.])"
)
_CLAUSE = re.compile(r"\b(?:khoan|k\.?)\s*(\d{1,2})\b")
# Bare "d3" is an article only beside a law; else it may be a road or a vitamin.
_SPELLED_OUT = re.compile(r"\bdieu(?:\s+so)?\s*\d")
_NUMBER = re.compile(r"^(\d+)/(\d{4})")


@dataclass(frozen=True, slots=True)
class Reference:
    """An article named in a message; `law` is None when the message names no law we know."""

    article: str
    clause: int | None
    law: str | None


class LawNames:
    """The names by which people call the laws of the register."""

    def __init__(self, library: Library) -> None:
        names: dict[str, str] = {}
        for law in library.laws.values():
            for name in _names(law):
                names.setdefault(name, law.number)
        # The longest name first: "luật bình đẳng giới" before "luật".
        self._names = sorted(names.items(), key=lambda n: -len(n[0]))

        self._slugs = {slug(law): law.number for law in library.laws.values()}

    def by_slug(self, named: str) -> str | None:
        """The law number behind a `slug`, or None."""
        return self._slugs.get(named)

    def law_in(self, text: str) -> str | None:
        """The number of the law that `text` names, or None."""
        plain = plain_form(text)
        for name, number in self._names:
            if re.search(rf"(?<![\w/]){re.escape(name)}(?![\w])", plain):
                return number
        return None

    def reference(self, text: str) -> Reference | None:
        """The article that `text` asks for, or None when it names no article."""
        plain = plain_form(text)
        found = _ARTICLE.search(plain)
        if found is None:
            return None
        law = self.law_in(text)
        if law is None and not _SPELLED_OUT.search(plain):
            return None
        clause = _CLAUSE.search(plain)
        return Reference(
            found.group(1).lstrip("0") + (found.group(2) or ""),
            int(clause.group(1)) if clause else None,
            law,
        )


def slug(law: Law) -> str:
    """The law's number in ASCII, as taps carry it: ``282/2025/ND-CP``."""
    return unaccent(law.number)


def plain_form(text: str) -> str:
    """Lower case, without accents, signs other than ``/`` and ``.`` as spaces."""
    plain = unaccent(normalise(text)).lower()
    return " ".join(re.sub(r"[^\w/.]+", " ", plain).split())


def _names(law: Law) -> set[str]:
    names = {plain_form(name) for name in (*law.aliases, law.number)}
    if law.kind.endswith("uật"):
        names.add(plain_form(re.sub(r"\s\d{4}$", "", law.short)))
    number = _NUMBER.match(law.number)
    if number:
        kind = plain_form(law.kind)
        short, year = number.group(1), number.group(2)
        names |= {f"{short}/{year}", f"{kind} {short}", f"{kind} so {short}"}
        names |= {f"{kind} {short} nam {year}", f"{kind} {short} {year}", f"nd {short}"}
    return names - {""}
