"""From words to a topic: the model first, lexical search when it is unsure or away."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Container
from dataclasses import dataclass, replace
from typing import Protocol

from bot.dialogue.needs import ASIDE, AT_ONCE, parts, urgency
from content.search import CardSearch

Ranking = tuple[tuple[str, float], ...]

# Chosen on the reliability table of the cross-validation (docs/chat-luong.md): below SURE the
# model's first topic is right too seldom to answer without asking.
SURE = 0.45
# A part of a message that names a topic this clearly is a need of its own.
CLEAR = 0.7
# A second topic with this belief is offered beside the first.
BESIDE = 0.2
# An «emergency» in which the danger model hears nothing is a way of speaking: «mệt muốn chết».
HARMLESS = 0.02
# With this belief that a message is nothing for An Tâm it says so, unless the topic is as good as
# certain: then it asks. With less, a topic must be believed more to be answered without asking
# (docs/decisions/010).
OUTSIDE, CERTAIN = 0.8, 0.9
FOREIGN, FOREIGN_SURE = 0.3, 0.85
DOUBTFUL, DOUBTFUL_SURE = 0.1, 0.6
ELSEWHERE = ("out_of_scope", "abuse_spam")
# A more urgent topic with this share of the best one's belief is answered first.
AS_LIKELY = 0.6
# With the search agreeing, less is enough.
LIKELY = 0.25
# Share of belief that lexical search alone must reach to answer without the model; less where
# being asked back costs more than an answer too many.
SEARCH_SURE, SEARCH_AT_ONCE = 0.5, 0.3


def _needed(topic: str, outside: float) -> float:
    """The belief from which on a topic is answered without asking."""
    if topic in ELSEWHERE or outside < DOUBTFUL:
        return SURE
    if outside < FOREIGN:
        return DOUBTFUL_SURE
    return FOREIGN_SURE if outside < OUTSIDE else math.inf


def without(ranking: Ranking, topic: str) -> Ranking:
    """The ranking without a topic; what it held is shared out among the others."""
    left = [(t, p) for t, p in ranking if t != topic]
    total = sum(p for _, p in left)
    return tuple((t, p / total) for t, p in left) if total > 0 else ()


class Parsed(Protocol):
    """What a model says of a message."""

    @property
    def topic(self) -> str: ...
    @property
    def confidence(self) -> float: ...
    @property
    def ranking(self) -> Ranking: ...
    @property
    def danger(self) -> float | None: ...
    @property
    def outside(self) -> float | None: ...
    @property
    def danger_kind(self) -> str | None: ...


class Model(Protocol):
    """Something that reads a message; returns None when it is away."""

    async def read(self, text: str) -> Parsed | None: ...


@dataclass(frozen=True, slots=True)
class Heard:
    """What the model hears of danger.

    `emergency`: its belief in it, None when it is away; `outside`: its belief that the message is
    nothing for An Tâm; `kind`: of which kind a danger would be.
    """

    emergency: float | None = None
    outside: float = 0.0
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Understanding:
    """Best topic with its confidence, the next best, what found them, and whether it is sure.

    `emergency` is the model's belief that somebody is in danger (None when it is away), `outside`
    its belief that the message is nothing for An Tâm, `danger_kind` the kind of a danger, if any.
    """

    topic: str
    confidence: float
    ranking: Ranking
    source: str
    sure: bool
    emergency: float | None = None
    outside: float = 0.0
    # Other needs of the same message, most urgent first.
    needs: tuple[str, ...] = ()
    danger_kind: str | None = None

    @property
    def heard(self) -> Heard:
        """What the danger check is to know of it."""
        return Heard(self.emergency, self.outside, self.danger_kind)

    @property
    def is_foreign(self) -> bool:
        """Whether it may well be nothing for An Tâm: then no law is shown without asking."""
        return self.outside >= FOREIGN

    @property
    def is_certain(self) -> bool:
        """Whether the topic is as good as certain."""
        return self.confidence >= CERTAIN

    @property
    def alternatives(self) -> tuple[str, ...]:
        """The topics after the best one, at most three."""
        return tuple(t for t, _ in self.ranking if t != self.topic)[:3]


class Understander:
    """Combines the model and the card search."""

    def __init__(self, model: Model | None, search: CardSearch, topics: Container[str]) -> None:
        self._model = model
        self._search = search
        self._topics = topics

    async def understand(self, text: str) -> Understanding:
        """What the message is about. Never raises for any text."""
        parsed = await self._model.read(text) if self._model else None
        if parsed is None or parsed.topic not in self._topics:
            return self._by_search(text)
        return replace(await self._by_model(text, parsed), danger_kind=parsed.danger_kind)

    async def _by_model(self, text: str, parsed: Parsed) -> Understanding:
        emergency, ranking = parsed.danger, parsed.ranking
        if emergency is None:
            emergency = dict(ranking).get("emergency", 0.0)
        elif emergency < HARMLESS and parsed.topic == "emergency":
            ranking = without(ranking, "emergency") or ranking
        topic, confidence = ranking[0]
        outside = parsed.outside or 0.0
        if outside >= OUTSIDE and confidence < CERTAIN and topic not in ELSEWHERE:
            beliefs = dict(ranking)
            topic = max(ELSEWHERE, key=lambda t: beliefs.get(t, 0.0))
            return Understanding(topic, outside, ranking, "nlu", True, emergency, outside)
        if confidence < _needed(topic, outside):
            found = self._unsure(text, ranking, emergency)
            return replace(found, outside=outside, sure=found.sure and outside < DOUBTFUL)
        known = Understanding(topic, confidence, ranking, "nlu", True, emergency, outside)
        return await self._with_needs(text, known)

    async def _with_needs(self, text: str, found: Understanding) -> Understanding:
        """The other needs of the message; the most urgent one is answered first."""
        if self._model is None or found.topic in ASIDE:
            return found
        read = await asyncio.gather(*(self._model.read(part) for part in parts(text)))
        told = [p.topic for p in read if p is not None and p.confidence >= CLEAR]
        beside = [t for t, p in found.ranking[1:2] if p >= BESIDE]
        others = [t for t in dict.fromkeys([*told, *beside]) if t not in ASIDE | {found.topic}]
        # The story around a question names other topics too: only a place for tonight, asked for
        # in so many words, and what is as likely as the best comes before it.
        weights = dict(found.ranking)
        may_lead = {t for t in told if t in AT_ONCE}
        may_lead |= {t for t in others if weights.get(t, 0.0) >= AS_LIKELY * found.confidence}
        first = min([found.topic, *(t for t in others if t in may_lead)], key=urgency)
        rest = sorted((t for t in [found.topic, *others] if t != first), key=urgency)
        known = [t for t in rest if t in self._topics]
        return replace(found, topic=first, needs=tuple(known))

    def _unsure(self, text: str, read: Ranking, emergency: float) -> Understanding:
        found = dict(self._search.topics(text, limit=5))
        best, confidence = read[0]
        mixed = {t: 0.65 * p + 0.35 * found.get(t, 0.0) for t, p in read}
        for topic, share in found.items():
            mixed.setdefault(topic, 0.35 * share)
        ranking = tuple(sorted(mixed.items(), key=lambda p: -p[1])[:10])
        topic, belief = ranking[0]
        agreed = topic == best and confidence >= LIKELY and topic in found
        source = "nlu" if topic == best else "search"
        return Understanding(topic, belief, ranking, source, agreed, emergency)

    def _by_search(self, text: str) -> Understanding:
        ranking = tuple(self._search.topics(text, limit=5))
        if not ranking:
            return Understanding("unclear", 0.0, (), "search", False)
        topic, share = ranking[0]
        needed = SEARCH_AT_ONCE if topic in AT_ONCE else SEARCH_SURE
        return Understanding(topic, share, ranking, "search", share >= needed)
