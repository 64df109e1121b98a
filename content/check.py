"""`antam content check`: what the files say about one another.

Each rule is one function from the library to the faults it sees; add a rule by adding a function
to `RULES`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from content.campaign_check import CAMPAIGN_RULES
from content.day import today
from content.library import CONTENT_DIR, Library, load
from content.models import ArticleNo, Card
from content.source import ContentError, Fault, Sheet

Rule = Callable[[Library, date], Iterator[Fault]]

# Words by which a card shows that it states law, and so needs a citation.
STATES_LAW = re.compile(
    r"\b(luật|nghị định|bộ luật|điều \d+|quy định|bị phạt|phạt tiền|xử phạt|có quyền|bị cấm"
    r"|nghiêm cấm|toà án|tòa án|hình sự)\b",
    re.IGNORECASE,
)
NEVER_SAID = re.compile(
    r"sao (?:bạn )?không (?:bỏ đi|nói sớm|la lên)|vì con mà|nhẫn nhịn|một điều nhịn"
    r"|chín bỏ làm mười|đóng cửa bảo nhau|hai bên cùng có lỗi|mọi chuyện sẽ ổn|hãy bình tĩnh"
    r"|chắc chắn (?:sẽ|bị|thắng)|bạn phải (?:bỏ|ly hôn|tha thứ|trình báo)|đừng lo(?! lắng)|!!"
    r"|không ai biết đâu",
    re.IGNORECASE,
)
PHONE = re.compile(r"(?<![\d.])(1[189]00[ .]?\d{2,4}([ .]?\d{2,4})*|0\d{9}|11[1345])(?![\d.])")


def check(root: Path = CONTENT_DIR, day: date | None = None) -> list[Fault]:
    """Every fault of the content folder, in order of file and line; empty when all is well."""
    try:
        library = load(root)
    except ContentError as error:
        return sorted(error.faults, key=lambda f: (f.file, f.line))
    on = day or today()
    faults = [fault for rule in RULES for fault in rule(library, on)]
    return sorted(faults, key=lambda f: (f.file, f.line))


def _each(library: Library) -> Iterator[tuple[Card, Sheet]]:
    for card_id, card in library.cards.items():
        yield card, library.sheets[card_id]


def file_names(library: Library, _: date) -> Iterator[Fault]:
    """A card stands in the file of its id, in the folder of its topic."""
    for card, sheet in _each(library):
        if sheet.path.stem != card.id or sheet.path.parent.name != card.topic:
            to = f"move it to cards/{card.topic}/{card.id}.yml"
            yield sheet.fault("the file's place does not match the card", to, "id")


def known_topics(library: Library, _: date) -> Iterator[Fault]:
    """Every card's topic is one of `topics.yml`; every topic has a card."""
    for card, sheet in _each(library):
        if card.topic not in library.topics:
            yield sheet.fault(f"unknown topic {card.topic}", "use one of topics.yml", "topic")
    used = {card.topic for card in library.cards.values()}
    for topic in library.topics:
        if topic not in used:
            what, do = f"topic {topic} has no card", f"write one under cards/{topic}/"
            yield Fault("topics.yml", 1, what, do)


def citations(library: Library, day: date) -> Iterator[Fault]:
    """Cited laws are registered, hold the article, and may be cited on the day."""
    for card, sheet in library.told():
        for i, cited in enumerate(card.citations):
            law = library.laws.get(cited.law)
            if law is None:
                do = "add it to laws.yml or mend the number"
                yield sheet.fault(f"unknown law {cited.law}", do, "citations", i, "law")
            elif not law.has_article(cited.article):
                what = f"{cited.law} has no article {cited.article} that we know"
                do = "mend the article, or complete laws.yml from a source"
                yield sheet.fault(what, do, "citations", i, "article")
            elif not law.citable_on(day):
                do = f"cite {law.replaced_by}" if law.replaced_by else "cite the law in force"
                yield sheet.fault(f"{cited.law} is not in force", do, "citations", i, "law")


def law_is_cited(library: Library, _: date) -> Iterator[Fault]:
    """A card that states law cites it."""
    for card, sheet in library.told():
        topic = library.topics.get(card.topic)
        if topic is not None and topic.group == "bot":
            continue  # speaks of An Tâm itself
        said = STATES_LAW.search(" ".join([card.body, *card.steps]))
        if said and not card.citations and not card.sources:
            what = f"states law (“{said.group(0)}”) without a citation"
            yield sheet.fault(what, "add the article under citations", "body")


def links(library: Library, _: date) -> Iterator[Fault]:
    """Related cards and contacts exist; a card does not point at itself."""
    for card, sheet in _each(library):
        for i, other in enumerate(card.related):
            if other not in library.cards:
                yield sheet.fault(f"no card {other}", "mend or remove the link", "related", i)
            elif other == card.id:
                yield sheet.fault("links to itself", "remove the link", "related", i)
        for i, contact in enumerate(card.contacts):
            if contact not in library.contacts:
                do = "use an id of contacts.yml"
                yield sheet.fault(f"no contact {contact}", do, "contacts", i)


def no_numbers_in_words(library: Library, _: date) -> Iterator[Fault]:
    """Numbers to call come from `contacts.yml` alone, so that one edit changes them everywhere."""
    for card, sheet in library.told():
        found = PHONE.search(" ".join([card.body, *card.steps]))
        if found:
            what = f"a phone number in the words: {found.group(0)}"
            yield sheet.fault(what, "use contacts: instead", "body")


def shelf_life(library: Library, day: date) -> Iterator[Fault]:
    """A card is not checked in the future, and its dates are in order."""
    for card, sheet in _each(library):
        if card.checked_on > day:
            yield sheet.fault("checked_on lies in the future", "put the true day", "checked_on")
        if card.valid_from and card.valid_until and card.valid_from > card.valid_until:
            yield sheet.fault("valid_until is before valid_from", "mend the dates", "valid_until")


def replacements(library: Library, _: date) -> Iterator[Fault]:
    """A replaced law says what replaced it, and that law is registered."""
    for law in library.laws.values():
        if law.status == "replaced" and not law.replaced_by:
            yield Fault("laws.yml", 1, f"{law.number} is replaced by nothing", "add replaced_by")
        if law.replaced_by and law.replaced_by not in library.laws:
            yield Fault("laws.yml", 1, f"{law.replaced_by} is not registered", "add it")


def summaries(library: Library, _: date) -> Iterator[Fault]:
    """Article summaries are of registered laws and articles, each once."""
    for of_law in library.summaries.values():
        file = f"articles: {of_law.law}"
        law = library.laws.get(of_law.law)
        if law is None:
            yield Fault(file, 1, "the law is not registered", "add it to laws.yml")
            continue
        seen: set[ArticleNo] = set()
        for said in of_law.articles:
            if said.number in seen:
                yield Fault(file, 1, f"article {said.number} stands twice", "remove one")
            seen.add(said.number)
            if not law.has_article(said.number):
                what = f"{law.number} has no article {said.number} that we know"
                yield Fault(file, 1, what, "mend the number, or complete laws.yml")


def voice(library: Library, _: date) -> Iterator[Fault]:
    """Nothing that `docs/giong-noi.md` rules out: blame, patience preached, promises."""
    for card, sheet in library.told():
        found = NEVER_SAID.search(" ".join([card.title, card.body, *card.steps]))
        if found:
            what = f"never said by An Tâm: “{found.group(0)}”"
            yield sheet.fault(what, "see docs/giong-noi.md", "body")
    for name, text in library.words.texts.items():
        found = NEVER_SAID.search(text)
        if found:
            what = f"{name}: never said by An Tâm: “{found.group(0)}”"
            yield Fault("replies.yml", 1, what, "see docs/giong-noi.md")


def danger_words(library: Library, _: date) -> Iterator[Fault]:
    """Every danger kind calls numbers that exist, and names a card that does."""
    for kind, said in library.words.danger.items():
        for contact in said.contacts:
            if contact not in library.contacts:
                what = f"{kind}: no contact {contact}"
                yield Fault("danger.yml", 1, what, "use an id of contacts.yml")
        if said.card not in library.cards:
            yield Fault("danger.yml", 1, f"{kind}: no card {said.card}", "use an id of cards/")


RULES: tuple[Rule, ...] = (
    file_names,
    known_topics,
    citations,
    law_is_cited,
    links,
    no_numbers_in_words,
    shelf_life,
    replacements,
    summaries,
    voice,
    danger_words,
    *CAMPAIGN_RULES,
)
