"""`antam content check --against DIR`: what the cards say about the texts of the laws.

DIR holds one JSON file per law, ``{"id", "articles": [{"number", "title", "text"}]}``, and, if
there are facts that no law holds, ``facts.json``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from content.articles import LawSummaries
from content.figures import all_figures, figures
from content.library import Library
from content.models import ArticleNo, Card, CitationEntry
from content.source import Fault, Sheet
from nlu.vietnamese import unaccent


@dataclass(frozen=True)
class Article:
    """One article of a law text."""

    title: str
    text: str

    @cached_property
    def clauses(self) -> dict[int, str]:
        """Clause number to its text; empty for an article of one paragraph."""
        marks = list(re.finditer(r"(?m)^\s*(\d{1,2})\.\s", self.text))
        starts = [m.start() for m in marks] + [len(self.text)]
        return {int(m.group(1)): self.text[starts[i] : starts[i + 1]] for i, m in enumerate(marks)}

    def has(self, clause: int | None, point: str | None) -> bool:
        """Whether the clause, and the point in it, stand in the article."""
        if clause is not None and clause not in self.clauses:
            return False
        if point is None:
            return True
        where = self.clauses.get(clause, self.text) if clause is not None else self.text
        return bool(re.search(rf"(?m)(^|\s){re.escape(point)}\)\s", where))


@dataclass(frozen=True)
class Texts:
    """Law texts by number, and the facts beside them."""

    laws: dict[str, dict[str, Article]]
    facts: str = ""

    @classmethod
    def read(cls, folder: Path) -> Texts:
        """Read a folder of law texts. Raises `ValueError` naming a file that is not one."""
        laws: dict[str, dict[str, Article]] = {}
        facts = ""
        files = sorted(folder.glob("*.json"))
        if not files:
            raise ValueError(f"no law texts (*.json) in {folder}")
        for path in files:
            try:
                data = json.loads(path.read_text(encoding="utf-8"))
                if path.name == "facts.json":
                    facts = json.dumps(data, ensure_ascii=False)
                    continue
                laws[data["id"]] = {
                    str(a["number"]): Article(a.get("title") or "", a.get("text") or "")
                    for a in data["articles"]
                }
            except (json.JSONDecodeError, KeyError, TypeError) as error:
                raise ValueError(f"{path.name} is not a law text: {error}") from None
        return cls(laws, facts)

    def article(self, law: str, number: ArticleNo) -> Article | None:
        """The article, or None when its text is not at hand."""
        return self.laws.get(law, {}).get(str(number))


def compare(library: Library, texts: Texts, day: date) -> Iterator[Fault]:
    """Every citation and figure of the cards that the texts do not bear out."""
    for card, sheet in library.told():
        yield from _citations(card, sheet, texts)
        yield from _figures(card, sheet, library, texts)
        yield from _in_force(card, sheet, library, day)
    for of_law in library.summaries.values():
        yield from _summaries(of_law, texts)


def _summaries(of_law: LawSummaries, texts: Texts) -> Iterator[Fault]:
    """Summaries stand under the article's own title and hold only its figures."""
    file = f"articles: {of_law.law}"
    for said in of_law.articles:
        article = texts.article(of_law.law, said.number)
        if article is None:
            if of_law.law in texts.laws:
                what = f"no article {said.number} in the text"
                yield Fault(file, 1, what, "mend the number")
            continue
        if article.title and _plain(article.title) != _plain(said.title):
            what = f"article {said.number} is called “{article.title}”"
            yield Fault(file, 1, what, "use the official title")
        for number in sorted(figures(said.summary) - all_figures(article.text)):
            what = f"{number:.15g} does not stand in article {said.number}"
            yield Fault(file, 1, what, "mend the figure")


def _plain(title: str) -> str:
    return " ".join(re.findall(r"\w+", unaccent(title).lower()))


def _citations(card: Card, sheet: Sheet, texts: Texts) -> Iterator[Fault]:
    for i, cited in enumerate(card.citations):
        if cited.law not in texts.laws:
            continue
        article = texts.article(cited.law, cited.article)
        if article is None:
            what = f"{cited.law} has no article {cited.article} in the texts"
            yield sheet.fault(what, "mend the article", "citations", i, "article")
        elif not article.has(cited.clause, cited.point):
            yield sheet.fault(
                f"{_name(cited)} is not in the text",
                "mend the clause or point, or cite the whole article",
                *("citations", i, "clause"),
            )


def _figures(card: Card, sheet: Sheet, library: Library, texts: Texts) -> Iterator[Fault]:
    found = [(c, texts.article(c.law, c.article)) for c in card.citations]
    if any(article is None for _, article in found):
        return  # a cited text is not at hand; the report shows the card to a reader
    topic = library.topics.get(card.topic)
    if topic is not None and topic.group == "bot":
        return  # speaks of An Tâm itself
    known = " ".join(f"{a.title} {a.text}" for _, a in found if a)
    held = all_figures(known) | set(card.sourced_figures) | _years(card, library)
    if card.sources:
        held |= all_figures(texts.facts)
    for field, said in (("body", card.body), *(("steps", step) for step in card.steps)):
        for number in sorted(figures(said) - held):
            yield sheet.fault(
                f"{number:.15g} stands in no cited article",
                "mend the figure, or cite the article that holds it",
                field,
            )


def _years(card: Card, library: Library) -> set[float]:
    """Years by which the cited laws are called, and in which they began, changed or will end."""
    laws = [library.laws[c.law] for c in card.citations if c.law in library.laws]
    days = [day for law in laws for day in (law.issued, law.effective, law.expires) if day]
    noted = " ".join(f"{law.number} {law.note}" for law in laws)
    return {float(day.year) for day in days} | {
        float(year) for year in re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", noted)
    }


def _in_force(card: Card, sheet: Sheet, library: Library, day: date) -> Iterator[Fault]:
    for i, cited in enumerate(card.citations):
        law = library.laws.get(cited.law)
        if law is not None and not law.citable_on(day):
            what = f"{cited.law} is not in force on {day:%d/%m/%Y}"
            yield sheet.fault(what, "cite the law in force", "citations", i, "law")


def _name(cited: CitationEntry) -> str:
    parts = [f"{cited.law} article {cited.article}"]
    parts += [f"clause {cited.clause}"] if cited.clause is not None else []
    parts += [f"point {cited.point}"] if cited.point else []
    return ", ".join(parts)
