"""Building replies from cards, contacts and fixed words. The only place where parts are joined."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from bot.messages import Call, Choice, Citation, Reply
from content.day import today
from content.library import Library
from content.lookup import LawNames
from content.models import Card, CitationEntry, Law, LawStatus
from content.search import ArticleHit, ArticleSearch, CardSearch
from content.words import Words

# How much a card for the people whom the words name counts, as a share of the best score.
FOR_THEM = 0.25
# The same for a card that cites the first, second and third article found for the question.
CITES = (0.6, 0.35, 0.2)
DEFAULT_NUMBERS = ("police", "anh_duong_an_giang", "child_helpline")


class Speaker:
    """Turns what the library holds into parts of a `Reply`."""

    def __init__(self, library: Library, search: CardSearch) -> None:
        self.library = library
        self.search = search
        self.law_names = LawNames(library)

    @cached_property
    def articles(self) -> ArticleSearch:
        """The search over all articles; made when first asked for, in about a second."""
        return ArticleSearch(self.library)

    default = DEFAULT_NUMBERS

    @property
    def words(self) -> Words:
        """The fixed words of the flows."""
        return self.library.words

    def calls(self, contacts: Iterable[str]) -> tuple[Call, ...]:
        """The numbers of these contact ids, in order; ids that do not exist are left out."""
        found = (self.library.contacts.get(c) for c in contacts)
        return tuple(Call(c.name, c.number, c.hours, c.cost) for c in found if c is not None)

    def numbers(self, contacts: Iterable[str] = DEFAULT_NUMBERS) -> str:
        """The numbers in one line: ``113 (Công an) · 1800 8077 (…, 24/7, miễn phí)``."""
        parts = []
        for contact_id in contacts:
            contact = self.library.contacts.get(contact_id)
            if contact is None:
                continue
            extra = ", ".join(x for x in (contact.short, contact.cost) if x)
            parts.append(f"{contact.number} ({extra})")
        return " · ".join(parts)

    def card_choice(self, card: Card) -> Choice:
        """A choice that leads to a card."""
        return Choice(card.label, f"card:{card.id}", card.id, _citations(card.citations))

    def topic_choice(self, topic: str, text: str = "") -> Choice:
        """A choice that leads to a topic, with the card that would answer `text`."""
        entry = self.library.topics[topic]
        card = self.best_card(topic, text)
        if card is None:
            return Choice(entry.label, f"topic:{topic}")
        return Choice(entry.label, f"topic:{topic}", card.id, _citations(card.citations))

    def valid_card(self, card_id: str) -> Card | None:
        """The card of this id if it may be shown today."""
        card = self.library.cards.get(card_id)
        return card if card is not None and self.library.may_show(card) else None

    def best_card(self, topic: str, text: str = "") -> Card | None:
        """The card of a topic that fits the words best; the topic's first card without words."""
        ranked = self.ranked_cards(topic, text)
        return ranked[0] if ranked else None

    def ranked_cards(
        self,
        topic: str,
        text: str = "",
        hints: frozenset[str] = frozenset(),
        articles: Sequence[ArticleHit] = (),
    ) -> list[Card]:
        """The cards of a topic valid today, best fit first.

        Those for these people, and those that cite the articles the question is about, count more.
        """
        cards = self.library.cards_of(topic)
        if not text:
            return cards
        scores = {h.card: h.score for h in self.search.rank(text, topic, limit=50)}
        best = max(scores.values(), default=0.0)
        for card in cards:
            if hints & set(card.audience):
                scores[card.id] = scores.get(card.id, 0.0) + FOR_THEM * best
            for hit, weight in zip(articles, CITES, strict=False):
                if cites(card, hit):
                    scores[card.id] = scores.get(card.id, 0.0) + weight * best
        return sorted(cards, key=lambda c: -scores.get(c.id, 0.0))

    def answer(
        self,
        card: Card,
        siblings: Iterable[Card] = (),
        needs: Iterable[Choice] = (),
        hints: frozenset[str] = frozenset(),
    ) -> Reply:
        """A card as a reply: body, steps, its legal basis, numbers, up to three next steps.

        `needs` are choices for the other needs of the message; they come first. When the words
        name a child, the children's number leads the numbers.
        """
        texts = [card.body.strip()]
        if card.steps:
            steps = "\n".join(f"• {step}" for step in card.steps)
            texts.append(f"{self.words['answer.steps']}\n{steps}")
        basis = self._basis(card)
        if basis:
            texts.append(basis)
        return Reply(
            texts=tuple(texts),
            calls=self.calls(self._first_for(hints, card)),
            choices=(*needs, *self._next_steps(card, siblings))[:3] + self._asked_useful(card),
            topic=card.topic,
            card=card.id,
            citations=_citations(card.citations),
        )

    def caution(self, law: Law) -> str:
        """What to say beside a law that may have changed; empty for one in force as it stands."""
        if law.effective and today() < law.effective:
            day = law.effective.strftime("%d/%m/%Y")
            return self.words["answer.not_yet"].format(law=law.short, day=day)
        if law.status is LawStatus.UNVERIFIED:
            return self.words["answer.unverified"].format(law=law.short)
        if law.status is LawStatus.AMENDED:
            return self.words["answer.amended"].format(law=law.short)
        return ""

    def menu_choice(self) -> Choice:
        """The way back to the menu."""
        return Choice(self.words["menu.back"], "menu")

    def _first_for(self, hints: frozenset[str], card: Card) -> list[str]:
        """The card's numbers, those for these people in front; none where the card has none."""
        if not card.contacts or "official" in card.audience:
            return card.contacts
        return list(dict.fromkeys([*self.library.hints.contacts(hints), *card.contacts]))[:3]

    def _asked_useful(self, card: Card) -> tuple[Choice, ...]:
        """Two quiet choices at the end of an answer that states law."""
        if not card.citations:
            return ()
        return (
            Choice(self.words["useful.right"], f"useful:yes:{card.id}", quiet=True),
            Choice(self.words["useful.wrong"], f"useful:no:{card.id}", quiet=True),
        )

    def _next_steps(self, card: Card, siblings: Iterable[Card]) -> tuple[Choice, ...]:
        related = [c for c in map(self.valid_card, card.related) if c is not None]
        chosen: dict[str, Card] = {}
        for other in [*siblings, *related]:
            if other.id != card.id and len(chosen) < 3:
                chosen.setdefault(other.id, other)
        return tuple(self.card_choice(c) for c in chosen.values())

    def _basis(self, card: Card) -> str:
        words = self.words
        if not card.citations and not card.sources:
            return ""
        lines = []
        if card.citations:
            cited = cite(self.library, card.citations)
            lines.append(words["answer.basis"].format(citations=cited))
        elif card.sources:
            lines.append(words["answer.source"].format(sources="; ".join(card.sources[:2])))
        for number in dict.fromkeys(c.law for c in card.citations):
            law = self.library.laws.get(number)
            if law is not None and (said := self.caution(law)):
                lines.append(said)
        day = card.checked_on.strftime("%d/%m/%Y")
        lines.append(words["answer.checked"].format(day=day))
        return " ".join(lines)


def cites(card: Card, hit: ArticleHit) -> bool:
    """Whether a card rests on the article."""
    return any(c.law == hit.law and str(c.article) == hit.article for c in card.citations)


def article_title(law: Law, article: int | str) -> str:
    """``Điều 40 Luật Bình đẳng giới``, ``Điều 37 Nghị định 282/2025/NĐ-CP``."""
    named = law.short if law.kind.endswith("uật") else f"{law.kind} {law.number}"
    return f"Điều {article} {named}"


def cite(library: Library, citations: Iterable[CitationEntry]) -> str:
    """Citations as people read them: ``khoản 1, 3 Điều 25, Điều 26 Luật … (13/2022/QH15); …``.

    One law after the other, articles in order, the clauses of an article together.
    """
    laws: dict[str, dict[int | str, list[str]]] = {}
    for c in citations:
        clauses = laws.setdefault(c.law, {}).setdefault(c.article, [])
        clause = f"{c.clause}{c.point or ''}" if c.clause else ""
        if clause and clause not in clauses:
            clauses.append(clause)
    return "; ".join(_law_cited(library, law, articles) for law, articles in laws.items())


def _law_cited(library: Library, number: str, articles: dict[int | str, list[str]]) -> str:
    parts = []
    for article, clauses in sorted(articles.items(), key=lambda a: _order(str(a[0]))):
        listed = ", ".join(sorted(clauses, key=_order))
        parts.append(f"khoản {listed} Điều {article}" if listed else f"Điều {article}")
    law = library.laws.get(number)
    if law is None:
        title = number
    elif law.kind.endswith("uật"):
        title = f"{law.short} ({number})"
    else:
        title = f"{law.kind} {number}"
    return f"{', '.join(parts)} {title}"


def _order(numbered: str) -> tuple[int, str]:
    """Sorts ``2`` before ``10`` and ``1a`` before ``1b``."""
    digits = "".join(c for c in numbered if c.isdigit())
    return int(digits or 0), numbered


def _citations(entries: Iterable[CitationEntry]) -> tuple[Citation, ...]:
    return tuple(Citation(c.law, c.article, c.clause, c.point) for c in entries)
