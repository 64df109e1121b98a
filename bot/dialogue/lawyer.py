"""Questions of law: the article a question is about, beside the card that answers it."""

from __future__ import annotations

import re
import textwrap
from dataclasses import replace

from bot.dialogue.speak import Speaker, article_title, cites
from bot.messages import Choice, Citation, Reply
from content.lookup import slug
from content.models import Card
from content.search import ArticleHit
from nlu.vietnamese import expand_teencode, normalise, unaccent

# Words by which a message shows that it asks something a law may answer; read without accents,
# as half of all phones write.
ASKS_LAW = re.compile(
    r"\b(?:luat|quy dinh|nghi dinh|phat|toi gi|pham toi|hinh su|quyen|trach nhiem|nghia vu"
    r"|dieu kien|thu tuc|tham quyen|xu ly|cam|boi thuong|khieu nai|to cao|kien|bat buoc|toa"
    r"|phan cong|chinh sach|quyet dinh|xin phep|giay to|ho so|huong|doi"
    r"|gi|nao|sao|ai|may|bao nhieu|bao lau|bao gio|khi nao|dau|khong|chua)\b"
)
LONG = 7  # words; a shorter message names a topic, not an article
# The share of the question's terms that an article must hold to be shown beside the card.
FITS = 0.28
# To be offered as a choice: that share, and this part of the best one's score.
OFFERED, OFFERED_SCORE = 0.25, 0.5
# To answer alone, when the topic of the question is not clear; and its BM25 score then.
ALONE, ALONE_SCORE = 0.33, 45.0
# What a law of the register sets, and the words that ask for it; such a law's articles count more.
SETS = {
    "fines": r"\bphat\b",
    "crimes": r"\b(?:toi gi|toi nao|pham toi|bi toi|ve toi|di tu|o tu|hinh su|bo luat hinh)\b",
}
MEANT = 1.4
# How much more an article counts if every citation of the topic's cards were of its law.
USUAL = 0.3
# How official titles open without saying what about.
_OPENING = re.compile(r"^(?:Hành vi|Vi phạm quy định về|Các hành vi|Trách nhiệm của)\s+")
# So many articles stand beside a card; the second only when it is this close to the first.
MOST_BESIDE, CLOSE = 2, 0.8


def asks_law(text: str) -> bool:
    """Whether the message is a question of law, long enough to be about one article."""
    return len(text.split()) >= LONG and ASKS_LAW.search(_plain(text)) is not None


def _plain(text: str) -> str:
    return unaccent(expand_teencode(normalise(text))).lower()


def articles_for(speak: Speaker, text: str, topic: str | None = None) -> list[ArticleHit]:
    """The articles a question of law is about, best first; empty for other messages.

    Who asks for the fine is shown the decree that sets it, who asks for the crime the code; the
    laws that the cards of the topic rest on count more than others.
    """
    if not asks_law(text):
        return []
    said = _plain(text)
    kinds = {kind for kind, words in SETS.items() if re.search(words, said)}
    usual = speak.library.laws_of(topic) if topic else {}

    def weight(hit: ArticleHit) -> float:
        meant = MEANT if speak.library.laws[hit.law].sets in kinds else 1.0
        return meant * (1.0 + USUAL * usual.get(hit.law, 0.0))

    found = [h for h in speak.articles.rank(text, 15) if speak.library.may_cite(h.law)]
    hits = [replace(h, score=h.score * weight(h)) for h in found]
    return sorted(hits, key=lambda h: -h.score)[:5]


def with_articles(speak: Speaker, reply: Reply, card: Card | None, hits: list[ArticleHit]) -> Reply:
    """The answer with the articles the card does not cite, and the next as choices."""
    if not hits:
        return reply
    best = hits[0].score
    close = [h for h in hits[:MOST_BESIDE] if h.share >= FITS and h.score >= CLOSE * best]
    for hit in [h for h in close if card is None or not cites(card, h)]:
        reply = _beside(speak, reply, hit)
    near = [h for h in hits[:4] if h.share >= OFFERED and h.score >= OFFERED_SCORE * best]
    rest = [h for h in near if not _cited(reply, h)]
    loud = [c for c in reply.choices if not c.quiet]
    quiet = tuple(c for c in reply.choices if c.quiet)
    # A card that rests on the best article has answered: its siblings matter more than articles.
    kept = 2 if card is not None and cites(card, hits[0]) else 1
    offered = [article_choice(speak, h) for h in rest[: 3 - kept]]
    return replace(reply, choices=(*[*loud[:kept], *offered, *loud[kept:]][:3], *quiet))


def by_article_alone(speak: Speaker, text: str) -> Reply | None:
    """An answer from the articles, for a question of law whose topic is not clear."""
    hits = articles_for(speak, text)
    if not hits or hits[0].share < ALONE or hits[0].score < ALONE_SCORE:
        return None
    best = hits[0]
    law = speak.library.laws[best.law]
    intro = speak.words["article.closest"]
    checked = speak.words["answer.checked"].format(
        day=speak.library.summaries[best.law].checked_on.strftime("%d/%m/%Y")
    )
    last = " ".join(filter(None, [checked, speak.caution(law)]))
    reply = _beside(speak, Reply((intro, last), choices=(speak.menu_choice(),)), best)
    reply = with_articles(speak, reply, None, hits[1:])
    cards = speak.library.cards_citing(best.law, best.article)[:1]
    first = [speak.card_choice(c) for c in cards]
    return replace(reply, choices=(*first, *reply.choices)[:3], source="search")


def beside_danger(speak: Speaker, reply: Reply, text: str) -> Reply:
    """The danger reply with the article that the same message asks about, at its very end."""
    hits = articles_for(speak, text)
    if not hits or hits[0].share < FITS:
        return reply
    told = _beside(speak, replace(reply, texts=()), hits[0])
    return replace(reply, texts=(*reply.texts, *told.texts), citations=told.citations)


def article_choice(speak: Speaker, hit: ArticleHit) -> Choice:
    """A choice that leads to an article."""
    law = speak.library.laws[hit.law]
    said = speak.library.summary(hit.law, hit.article)
    about = _OPENING.sub("", said.title) if said else law.short
    label = textwrap.shorten(f"Điều {hit.article}: {about}", 40, placeholder="…")
    citation = Citation(hit.law, _number(hit.article))
    return Choice(label, f"article:{slug(law)}:{hit.article}", None, (citation,))


def _beside(speak: Speaker, reply: Reply, hit: ArticleHit) -> Reply:
    law = speak.library.laws[hit.law]
    said = speak.library.summary(hit.law, hit.article)
    if said is None:
        return reply
    title = article_title(law, hit.article)
    if law.number not in title:
        title = f"{title} ({law.number})"
    text = speak.words["article.beside"].format(title=title, summary=said.summary)
    texts = (
        (*reply.texts[:-1], text, reply.texts[-1]) if len(reply.texts) > 1 else (*reply.texts, text)
    )
    citation = Citation(hit.law, _number(hit.article))
    return replace(reply, texts=texts, citations=(*reply.citations, citation))


def _cited(reply: Reply, hit: ArticleHit) -> bool:
    return any(c.law == hit.law and str(c.article) == hit.article for c in reply.citations)


def _number(article: str) -> int | str:
    return int(article) if article.isdigit() else article
