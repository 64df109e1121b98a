"""Article look-up: "điều 25 luật phòng chống bạo lực gia đình", "d3 luat 13/2022"."""

from __future__ import annotations

from bot.dialogue.flows.answer import gone
from bot.dialogue.speak import article_title
from bot.dialogue.turn import Flow, Turn
from bot.messages import Choice, Citation, Reply
from content.day import today
from content.lookup import Reference, slug
from content.models import Law, LawStatus

# Asked when a message names an article and no law: the laws An Tâm is asked about most.
USUAL_LAWS = ("13/2022/QH15", "73/2006/QH11", "45/2019/QH14")


def hears(turn: Turn) -> bool:
    """Whether the words name an article."""
    return turn.speak.law_names.reference(turn.text) is not None


async def respond(turn: Turn) -> Reply:
    """The article named in the words or behind a tap (``article:LAW:NUMBER``)."""
    reference = _asked(turn)
    if reference is None:
        return gone(turn)
    number = reference.law or _law_before(turn)
    if number is None or number not in turn.speak.library.laws:
        return _which_law(turn, reference)
    law = turn.speak.library.laws[number]
    turn.state.law = number
    over = law.expires is not None and today() >= law.expires
    if law.status is LawStatus.REPLACED or over:
        return _replaced(turn, law)
    return _article(turn, law, reference)


def _asked(turn: Turn) -> Reference | None:
    if turn.argument:
        named, _, article = turn.argument.rpartition(":")
        law = turn.speak.law_names.by_slug(named)
        return Reference(article, None, law) if law and article else None
    return turn.speak.law_names.reference(turn.text)


def _law_before(turn: Turn) -> str | None:
    """The law of this conversation: the one asked last, else that of the card shown last."""
    if turn.state.law:
        return turn.state.law
    card = turn.speak.valid_card(turn.state.card or "")
    return card.citations[0].law if card and card.citations else None


def _which_law(turn: Turn, reference: Reference) -> Reply:
    speak = turn.speak
    laws = [law for n in USUAL_LAWS if (law := speak.library.laws.get(n)) is not None]
    choices = [Choice(law.short[:32], f"article:{slug(law)}:{reference.article}") for law in laws]
    return Reply(
        (speak.words["article.which"].format(article=reference.article),),
        choices=tuple(choices),
        source="search",
    )


def _article(turn: Turn, law: Law, reference: Reference) -> Reply:
    speak, words = turn.speak, turn.speak.words
    summary = speak.library.summary(law.number, reference.article)
    number: int | str = int(reference.article) if reference.article.isdigit() else reference.article
    if summary is None and not law.has_article(number):
        return _no_such(turn, law, reference)
    title = article_title(law, reference.article)
    cards = speak.library.cards_citing(law.number, reference.article)
    order = {h.card: i for i, h in enumerate(speak.search.rank(turn.text, limit=200))}
    cards.sort(key=lambda c: order.get(c.id, len(order)))
    official = words["article.official"].format(title=law.title, number=law.number)
    if summary is None:
        texts = [words["article.no_summary"].format(title=title), official]
    else:
        texts = [f"{title}: {summary.title}\n{summary.summary}", official]
        day = speak.library.summaries[law.number].checked_on.strftime("%d/%m/%Y")
        texts[-1] += " " + words["answer.checked"].format(day=day)
    if caution := speak.caution(law):
        texts[-1] += " " + caution
    clause = reference.clause
    return Reply(
        texts=tuple(texts),
        choices=tuple(speak.card_choice(c) for c in cards[:3]) or (speak.menu_choice(),),
        citations=(Citation(law.number, number, clause, None),),
        source="search",
    )


def _no_such(turn: Turn, law: Law, reference: Reference) -> Reply:
    speak = turn.speak
    known = law.articles if isinstance(law.articles, int) else None
    text = "article.no_such" if known else "article.unknown"
    said = speak.words[text].format(law=law.short, count=known, article=reference.article)
    return Reply((said,), choices=(speak.menu_choice(),), source="search")


def _replaced(turn: Turn, law: Law) -> Reply:
    speak = turn.speak
    new = speak.library.laws.get(law.replaced_by or "")
    said = speak.words["article.replaced"].format(
        old=f"{law.short} ({law.number})", new=f"{new.title} ({new.number})" if new else ""
    )
    hits = speak.search.rank(turn.text, limit=30) if turn.text else []
    cards = [c for h in hits if (c := speak.valid_card(h.card)) is not None]
    holds = [c for c in cards if any(x.law == law.replaced_by for x in c.citations)]
    choices = tuple(speak.card_choice(c) for c in holds[:3])
    return Reply((said,), choices=choices or (speak.menu_choice(),), source="search")


FLOW = Flow(respond, actions=frozenset({"article"}), hears=hears)
