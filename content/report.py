"""`antam content report`: every card with its citations on one page, for a reviewer."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from content.against import Texts
from content.library import Library
from content.models import Card, CitationEntry, LawStatus

STALE_AFTER = timedelta(days=365)


@dataclass(frozen=True)
class Cited:
    """A citation as the reviewer reads it: where, under what title, and the words of the law."""

    where: str
    title: str
    text: str


@dataclass(frozen=True)
class Entry:
    """One card of the report."""

    card: Card
    file: str
    topic: str
    cited: tuple[Cited, ...]
    contacts: tuple[str, ...]
    stale: tuple[str, ...]


def stale_reasons(card: Card, library: Library, day: date) -> list[str]:
    """Why a card needs to be read again, in Vietnamese; empty when it does not."""
    reasons = []
    if day - card.checked_on > STALE_AFTER:
        reasons.append(f"đối chiếu lần cuối {card.checked_on:%d/%m/%Y}, đã hơn một năm")
    if card.valid_until and card.valid_until < day:
        reasons.append(f"hết hạn hiển thị từ {card.valid_until:%d/%m/%Y}")
    for number in dict.fromkeys(c.law for c in card.citations):
        law = library.laws.get(number)
        if law is None:
            continue
        if law.expires and law.expires <= day + STALE_AFTER:
            reasons.append(f"{number} hết hiệu lực ngày {law.expires:%d/%m/%Y}")
        if law.status is LawStatus.REPLACED:
            reasons.append(f"{number} đã được thay bằng {law.replaced_by}")
        if law.effective and law.effective > card.checked_on:
            reasons.append(f"{number} có hiệu lực sau ngày đối chiếu")
        if law.changed_on and law.changed_on > card.checked_on:
            reasons.append(f"{number} đã sửa ngày {law.changed_on:%d/%m/%Y}, sau ngày đối chiếu")
    return reasons


def write_report(library: Library, out: Path, day: date, texts: Texts | None = None) -> int:
    """Write the page; returns how many cards are stale. With `texts`, articles can be unfolded."""
    entries = [_entry(card, library, day, texts) for card in library.cards.values()]
    order = list(library.topics)
    entries.sort(key=lambda e: (order.index(e.card.topic), e.card.id))
    page = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template("report.html.jinja")
    stale = [e for e in entries if e.stale]
    html = page.render(
        day=day,
        entries=entries,
        stale=stale,
        topics=[(t, n) for t, n in _per_topic(entries, library) if n],
        laws=_per_law(entries, library),
        reviewed=sum(1 for e in entries if e.card.reviewed_on),
    )
    out.write_text(html, encoding="utf-8")
    return len(stale)


def _entry(card: Card, library: Library, day: date, texts: Texts | None) -> Entry:
    contacts = tuple(
        f"{c.short}: {c.number}" for i in card.contacts if (c := library.contacts.get(i))
    )
    return Entry(
        card,
        library.sheets[card.id].name,
        library.topics[card.topic].label,
        tuple(_cited(c, library, texts) for c in card.citations),
        contacts,
        tuple(stale_reasons(card, library, day)),
    )


def _cited(cited: CitationEntry, library: Library, texts: Texts | None) -> Cited:
    point = f"điểm {cited.point} " if cited.point else ""
    clause = f"khoản {cited.clause} " if cited.clause else ""
    law = library.laws[cited.law]
    where = f"{point}{clause}Điều {cited.article}, {law.short} ({law.number})"
    article = texts.article(cited.law, cited.article) if texts else None
    if article is not None:
        return Cited(where, article.title, article.clauses.get(cited.clause or 0, article.text))
    summary = library.summary(cited.law, cited.article)
    return Cited(where, summary.title if summary else "", "")


def _per_topic(entries: list[Entry], library: Library) -> list[tuple[str, int]]:
    counts = Counter(e.card.topic for e in entries)
    return [(entry.label, counts[topic]) for topic, entry in library.topics.items()]


def _per_law(entries: list[Entry], library: Library) -> list[tuple[str, str, int]]:
    counts = Counter(n for e in entries for n in {c.law for c in e.card.citations})
    return [(n, library.laws[n].title, count) for n, count in counts.most_common()]
