"""Lexical search over the card questions and titles, with and without accents (BM25).

Used when the model is unsure or away, and to choose the best card inside a topic.
"""

from __future__ import annotations

import itertools
import re
import sys
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from content.day import today
from content.library import Library
from content.models import Card
from nlu.vietnamese import expand_teencode, normalise, unaccent

if TYPE_CHECKING:
    import bm25s

WORD = re.compile(r"\w+")
STOP = frozenset(
    {"a", "ơi", "à", "ạ", "nhé", "nha", "vậy", "thì", "mà", "là", "cho", "của", "và", "có", "được"}
    | {"không", "em", "tôi", "mình", "bạn", "tui", "chị", "anh", "dạ", "với", "hỏi", "xin", "xem"}
    | {"về", "cái", "này", "đó", "kia", "rồi"}
)

# A difference of so many points of BM25 makes a topic e times as likely: with 2, of the topics
# held for right with a share of 0.7 about 0.7 are (900 messages of the evaluation sets).
DOUBT = 2.0


@dataclass(frozen=True, slots=True)
class Hit:
    """A card and how well it fits. `score` is BM25, comparable within one query only."""

    card: str
    topic: str
    score: float


class CardSearch:
    """BM25 index over every question form and title; it finds the cards valid on the day asked.

    A card's score is that of its best question. The index of some hundred cards is built at the
    first query, in well under a second; a query takes well under a millisecond.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self._cards = list(library.cards)
        self._topics = {card.id: card.topic for card in library.cards.values()}
        said = [_said(card) for card in library.cards.values()]
        self._card_of = np.repeat(np.arange(len(said)), [len(texts) for texts in said])
        self._day: date | None = None
        self._hidden: npt.NDArray[np.intp] = np.array([], dtype=np.intp)

    @cached_property
    def _index(self) -> bm25s.BM25 | None:
        cards = self._library.cards.values()
        return _index([terms(text) for card in cards for text in _said(card)], 0.5)

    def rank(
        self, text: str, topic: str | None = None, limit: int = 10, day: date | None = None
    ) -> list[Hit]:
        """The best cards for `text`, best first; only those of `topic` when one is given.

        Only cards that may be shown on `day` (default: today).
        """
        scores = _scores(self._index, terms(text))
        if scores is None:
            return []
        best = np.zeros(len(self._cards), dtype=np.float32)
        np.maximum.at(best, self._card_of, scores)
        best[self._not_on(day or today())] = 0
        order = np.argsort(-best, kind="stable")
        hits: list[Hit] = []
        for i in order:
            if best[i] <= 0 or len(hits) >= limit:
                break
            card = self._cards[i]
            if topic is None or self._topics[card] == topic:
                hits.append(Hit(card, self._topics[card], float(best[i])))
        return hits

    def _not_on(self, day: date) -> npt.NDArray[np.intp]:
        """Which cards may not be shown on a day; kept until another day is asked for."""
        if day != self._day:
            cards, shown = self._library.cards, self._library.may_show
            hidden = [i for i, c in enumerate(self._cards) if not shown(cards[c], day)]
            self._day, self._hidden = day, np.array(hidden, dtype=np.intp)
        return self._hidden

    def topics(self, text: str, limit: int = 3) -> list[tuple[str, float]]:
        """The best topics for `text` with a share of belief in 0..1, best first."""
        best: dict[str, float] = {}
        for hit in self.rank(text, limit=25):
            best[hit.topic] = max(best.get(hit.topic, 0.0), hit.score)
        if not best:
            return []
        values = np.array(list(best.values()))
        weights = np.exp((values - values.max()) / DOUBT)
        shares = weights / weights.sum()
        pairs = sorted(zip(best, shares, strict=True), key=lambda p: -p[1])
        return [(topic, float(share)) for topic, share in pairs[:limit]]


def _said(card: Card) -> list[str]:
    """All that a card is found by."""
    return [*card.questions, card.title, card.label]


@dataclass(frozen=True, slots=True)
class ArticleHit:
    """An article and how well it fits; `share` is the part of the question's terms it holds."""

    law: str
    article: str
    score: float
    share: float


# How much the best of an article's asked forms counts beside the whole of its words.
ASKED = 1.2


class ArticleSearch:
    """BM25 over articles: their summaries and the questions that lead to them.

    An article's score is that of all its words together plus that of the one asked form which
    fits best.
    """

    def __init__(self, library: Library) -> None:
        once = cache(terms)  # a card's questions stand under each of its articles
        citing: dict[tuple[str, str], list[Card]] = {}
        for card in library.cards.values():
            for cited in card.citations:
                citing.setdefault((cited.law, str(cited.article)), []).append(card)
        self._owners: list[tuple[str, str]] = []
        self._texts: list[npt.NDArray[np.int32]] = []  # the terms of each article, by number
        corpus: list[list[str]] = []
        asked: list[list[str]] = []
        of: list[int] = []
        for of_law in library.summaries.values():
            for said in of_law.articles:
                key = (of_law.law, str(said.number))
                cards = [t for c in citing.get(key, [])[:6] for t in (c.title, *c.questions)]
                texts = [said.title, said.title, said.summary, *cards, *said.asked]
                asked += [once(question) for question in said.asked]
                of += [len(corpus)] * len(said.asked)
                found = [term for text in texts for term in once(text)]
                corpus.append(found)
                self._owners.append(key)
        self._index = _index(corpus, 0.6)
        number = self._index.vocab_dict if self._index else {}
        for found in corpus:
            self._texts.append(np.unique(np.array([number[t] for t in found], np.int32)))
        self._asked = _index(asked, 0.5)
        self._of = np.array(of, dtype=np.intp)

    def rank(self, text: str, limit: int = 5) -> list[ArticleHit]:
        """The best articles for a question, best first; empty when none shares a term."""
        asked = terms(text)
        scores = _scores(self._index, asked)
        if scores is None:
            return []
        forms = _scores(self._asked, asked)
        if forms is not None:
            best = np.zeros_like(scores)
            np.maximum.at(best, self._of, forms)
            scores = scores + ASKED * best
        number = self._index.vocab_dict if self._index else {}
        numbers = np.array([number.get(t, -1) for t in asked], np.int32)
        hits = []
        for i in np.argsort(-scores)[:limit]:
            if scores[i] <= 0:
                break
            share = float(np.isin(numbers, self._texts[i]).mean())
            law, article = self._owners[i]
            hits.append(ArticleHit(law, article, float(scores[i]), share))
        return hits


def _index(corpus: list[list[str]], b: float) -> bm25s.BM25 | None:
    """A BM25 index, or None over nothing."""
    if not corpus:
        return None
    import bm25s  # a sixth of a second, in which a page could have opened

    index = bm25s.BM25(method="lucene", k1=1.2, b=b)
    index.index(corpus, show_progress=False)
    return index


def _scores(index: bm25s.BM25 | None, asked: list[str]) -> npt.NDArray[np.float32] | None:
    """The score of every text, or None when the index knows none of the terms."""
    if index is None or not (known := [t for t in asked if t in index.vocab_dict]):
        return None
    scores: npt.NDArray[np.float32] = index.get_scores(known)
    return scores


_bare = lru_cache(20_000)(unaccent)


def terms(text: str) -> list[str]:
    """Search terms: accented words (marked), unaccented syllables and pairs of syllables."""
    written = WORD.findall(expand_teencode(normalise(text)).lower())
    accented = [w for w in written if w not in STOP]
    plain = [_bare(w) for w in accented]
    pairs = [f"{a}_{b}" for a, b in itertools.pairwise(plain)]
    marked = ["=" + w for w in accented if not w.isascii()]
    return [sys.intern(term) for term in (*plain, *pairs, *marked)]
