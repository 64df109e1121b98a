"""From words to a topic: the model first, lexical search when it is unsure or away."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Protocol

from content.search import CardSearch

Ranking = tuple[tuple[str, float], ...]

# Chosen on the reliability table of the cross-validation (docs/chat-luong.md): below SURE the
# model's first topic is right too seldom to answer without asking.
SURE = 0.45
# With the search agreeing, less is enough.
LIKELY = 0.25
# Share of belief that lexical search alone must reach to answer without the model.
SEARCH_SURE = 0.5


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


class Model(Protocol):
    """Something that reads a message; returns None when it is away."""

    async def read(self, text: str) -> Parsed | None: ...


@dataclass(frozen=True, slots=True)
class Understanding:
    """Best topic with its confidence, the next best, what found them, and whether it is sure.

    `emergency` is the model's belief that somebody is in danger (None when it is away).
    """

    topic: str
    confidence: float
    ranking: Ranking
    source: str
    sure: bool
    emergency: float | None = None

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
        emergency = parsed.danger
        if emergency is None:
            emergency = dict(parsed.ranking).get("emergency", 0.0)
        if parsed.confidence >= SURE:
            return Understanding(
                parsed.topic, parsed.confidence, parsed.ranking, "nlu", True, emergency
            )
        return self._unsure(text, parsed, emergency)

    def _unsure(self, text: str, parsed: Parsed, emergency: float) -> Understanding:
        found = dict(self._search.topics(text, limit=5))
        mixed = {t: 0.65 * p + 0.35 * found.get(t, 0.0) for t, p in parsed.ranking}
        for topic, share in found.items():
            mixed.setdefault(topic, 0.35 * share)
        ranking = tuple(sorted(mixed.items(), key=lambda p: -p[1])[:10])
        topic, belief = ranking[0]
        agreed = topic == parsed.topic and parsed.confidence >= LIKELY and topic in found
        source = "nlu" if topic == parsed.topic else "search"
        return Understanding(topic, belief, ranking, source, agreed, emergency)

    def _by_search(self, text: str) -> Understanding:
        ranking = tuple(self._search.topics(text, limit=5))
        if not ranking:
            return Understanding("unclear", 0.0, (), "search", False)
        topic, share = ranking[0]
        return Understanding(topic, share, ranking, "search", share >= SEARCH_SURE)
