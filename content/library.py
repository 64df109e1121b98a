"""Loading everything An Tâm knows into one frozen `Library`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from content.articles import ArticleSummary, LawSummaries
from content.campaign import Campaigns, load_campaigns
from content.day import today
from content.hints import Hints
from content.models import ArticleNo, Card, Contact, Law, TopicEntry
from content.source import ContentError, Fault, Sheet, explain, read
from content.words import Words

CONTENT_DIR = Path(__file__).resolve().parent
M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")


@dataclass(frozen=True)
class Library:
    """Cards, laws, contacts, topics and fixed words, with the sheet each card came from."""

    cards: dict[str, Card]
    laws: dict[str, Law]
    contacts: dict[str, Contact]
    topics: dict[str, TopicEntry]
    words: Words
    sheets: dict[str, Sheet]
    summaries: dict[str, LawSummaries]
    hints: Hints
    campaigns: Campaigns

    def cards_of(self, topic: str, day: date | None = None) -> list[Card]:
        """The cards of a topic that may be shown on `day` (default: today), in file order."""
        return [c for c in self.cards.values() if c.topic == topic and self.may_show(c, day)]

    def may_show(self, card: Card, day: date | None = None) -> bool:
        """Whether a card is valid on `day` (default: today) and so is every law that it cites."""
        on = day or today()
        return card.valid_on(on) and all(self.may_cite(cited.law, on) for cited in card.citations)

    def may_cite(self, law: str, day: date | None = None) -> bool:
        """Whether a law of the register is in force on `day` (default: today)."""
        known = self.laws.get(law)
        return known is None or known.citable_on(day or today())

    def told(self) -> Iterator[tuple[Card, Sheet]]:
        """Everything that states facts, with its sheet: the cards and the campaigns' messages."""
        for card_id, card in self.cards.items():
            yield card, self.sheets[card_id]
        yield from self.campaigns.cards()

    def summary(self, law: str, article: ArticleNo | str) -> ArticleSummary | None:
        """What an article says in our own words, or None when we have not written it."""
        of_law = self.summaries.get(law)
        if of_law is None:
            return None
        return next((a for a in of_law.articles if str(a.number) == str(article)), None)

    def laws_of(self, topic: str) -> dict[str, float]:
        """The laws that the cards of a topic cite, with their share of the citations."""
        cited = [c.law for card in self.cards_of(topic) for c in card.citations]
        return {law: cited.count(law) / len(cited) for law in set(cited)}

    def cards_citing(self, law: str, article: ArticleNo | str) -> list[Card]:
        """The cards valid today that rest on an article, those that cite it first in front."""
        found: list[tuple[int, Card]] = []
        for card in self.cards.values():
            places = [
                i
                for i, cited in enumerate(card.citations)
                if cited.law == law and str(cited.article) == str(article)
            ]
            if places and self.may_show(card):
                found.append((places[0], card))
        return [card for _, card in sorted(found, key=lambda f: f[0])]


def load(root: Path = CONTENT_DIR) -> Library:
    """Read the whole content folder.

    Raises `ContentError` with every fault found (file, line, what to do), not only the first.
    What the files say about one another is the business of `content.check`.
    """
    faults: list[Fault] = []
    laws = _index(_entries(root / "laws.yml", Law, root, faults), "number")
    contacts = _index(_entries(root / "contacts.yml", Contact, root, faults), "id")
    topics = _index(_entries(root / "topics.yml", TopicEntry, root, faults), "id")
    cards, sheets = _cards(root, faults)
    words = _read_or_none(lambda: Words.load(root), faults)
    summaries = {s.law: s for s in _summaries(root, faults)}
    hints = _read_or_none(lambda: Hints.load(root), faults)
    campaigns = load_campaigns(root, faults)
    if faults or words is None or hints is None:
        raise ContentError(faults)
    return Library(cards, laws, contacts, topics, words, sheets, summaries, hints, campaigns)


def parse_card(sheet: Sheet) -> Card:
    """One card from its sheet. Raises `ContentError` naming each bad field's line."""
    try:
        return Card.model_validate(sheet.data)
    except ValidationError as error:
        raise ContentError(explain(sheet, error)) from None


def _summaries(root: Path, faults: list[Fault]) -> list[LawSummaries]:
    found = []
    for path in sorted((root / "articles").glob("*.yml")):
        try:
            sheet = read(path, root)
            found.append(LawSummaries.model_validate(sheet.data))
        except ContentError as error:
            faults.extend(error.faults)
        except ValidationError as error:
            faults.extend(explain(sheet, error))
    return found


def _read_or_none(read_it: Callable[[], T], faults: list[Fault]) -> T | None:
    try:
        return read_it()
    except ContentError as error:
        faults.extend(error.faults)
        return None


def _cards(root: Path, faults: list[Fault]) -> tuple[dict[str, Card], dict[str, Sheet]]:
    cards: dict[str, Card] = {}
    sheets: dict[str, Sheet] = {}
    for path in sorted((root / "cards").rglob("*.yml")):
        try:
            sheet = read(path, root)
            card = parse_card(sheet)
        except ContentError as error:
            faults.extend(error.faults)
            continue
        if card.id in cards:
            other = sheets[card.id].name
            faults.append(sheet.fault(f"card id {card.id} is also in {other}", "rename one", "id"))
        cards[card.id] = card
        sheets[card.id] = sheet
    return cards, sheets


def _entries(path: Path, model: type[M], root: Path, faults: list[Fault]) -> list[M]:
    try:
        sheet = read(path, root)
    except ContentError as error:
        faults.extend(error.faults)
        return []
    except FileNotFoundError:
        faults.append(Fault(path.name, 1, "the file is missing", "restore it"))
        return []
    try:
        return TypeAdapter(list[model]).validate_python(sheet.data)  # type: ignore[valid-type]
    except ValidationError as error:
        faults.extend(explain(sheet, error))
        return []


def _index(entries: list[M], key: str) -> dict[str, M]:
    return {getattr(entry, key): entry for entry in entries}
