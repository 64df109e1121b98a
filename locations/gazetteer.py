"""From words to a unit: names old and new, short forms, no accents, slips of the finger."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz import fuzz, process

from locations.units import DATA, Unit, load_units, read_pairs
from nlu.vietnamese import normalise, unaccent

LONGEST = 6  # words of a name
# Words of kind, without accents, and the levels or kinds they tell.
KIND_WORDS = {
    "xa": "commune", "x": "commune", "phuong": "commune", "p": "commune", "thi tran": "town",
    "tt": "town", "dac khu": "commune", "huyen": "district", "h": "district", "tp": "city",
    "thanh pho": "city", "tx": "city", "thi xa": "city", "tinh": "province",
}  # fmt: skip
PLACING = frozenset(
    [
        "o",
        "tai",
        "gan",
        "ve",
        "toi",
        "den",
        "qua",
        "tu",
        "duoi",
        "tren",
        "ben",
        "xu",
        "miet",
        "khu",
        "ngay",
        "que",
        "vung",
        "ra",
        "vo",
        "vao",
        "len",
        "xuong",
        "huong",
        "phia",
        "quanh",
        "song",
    ]
)
# Names that are ordinary words too need one of these before them.
SURELY_PLACING = frozenset(["o", "tai", "gan", "que", "ben", "xu", "miet", "vung", "khu", "quanh"])
EXACT_KIND = {"xa": "xã", "x": "xã", "phuong": "phường", "p": "phường", "dac khu": "đặc khu"}
# After these stands the name of something smaller, which no table holds.
SMALLER = frozenset({"ap", "khom", "duong", "hem", "pho", "kenh", "ong", "ba", "chi", "anh", "chu"})
# Beliefs below this are no match.
LEAST = 0.5
# Matches of one name this close to one another need no question, in degrees (about 17 km).
NEAR = 0.15
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Match:
    """A unit and the belief in it (0..1)."""

    unit: Unit
    score: float


@dataclass(frozen=True, slots=True)
class Located:
    """What a text says of where somebody is.

    `matches` best first; `outside` names a place beyond the province when that is what was meant;
    `ambiguous` when the first matches bear one name and lie far apart.
    """

    matches: tuple[Match, ...] = ()
    outside: str | None = None
    ambiguous: bool = False

    @property
    def best(self) -> Unit | None:
        """The unit meant, or None."""
        return self.matches[0].unit if self.matches else None


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    units: tuple[Unit, ...]
    score: float


class Gazetteer:
    """Looks names up in a word n-gram index, with kind, district and accents as evidence."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self._index: dict[str, list[Unit]] = defaultdict(list)
        for unit in units:
            for name in (unit.name, *unit.aliases):
                key = _plain(name)
                if unit not in self._index[key]:
                    self._index[key].append(unit)
        self._short = {k: _plain(v) for k, v in read_pairs("short-forms.tsv").items()}
        self._short = {unaccent(k): v for k, v in self._short.items()}
        self._outside = {_plain(k): v for k, v in read_pairs("outside.tsv").items()}
        lines = (DATA / "ordinary.txt").read_text(encoding="utf-8").splitlines()
        self._ordinary = {x for x in lines if x and not x.startswith("#")}
        self._keys = list(self._index)
        self._tight = [k.replace(" ", "") for k in self._keys]

    def locate(self, text: str, *, asked: bool = False) -> Located:
        """Where the text says somebody is.

        `asked`: the person was asked for a place, so bare words are one. Never raises; texts are
        looked at up to some hundred words.
        """
        said = _WORD.findall(normalise(text).lower())[:300]
        plain = [unaccent(w) for w in said]
        spans = self._exact(said, plain, asked)
        outside = self._abroad(plain)
        if not spans or max(s.score for s in spans) < LEAST:
            spans = self._fuzzy(plain, asked)
        spans = [s for s in self._with_context(spans) if s.score >= LEAST]
        if not spans:
            return Located(outside=outside)
        best = max(spans, key=lambda s: (s.score, s.end - s.start, s.start))
        only_province = all(u.level == "old_province" for u in best.units)
        if outside and (only_province or best.score < 0.7):
            return Located(outside=outside)
        return _located(best, spans)

    def _exact(self, said: list[str], plain: list[str], asked: bool) -> list[_Span]:
        spans: list[_Span] = []
        taken = 0
        for i in range(len(plain)):
            if i < taken:
                continue
            for n in range(min(LONGEST, len(plain) - i), 0, -1):
                key = " ".join(plain[i : i + n])
                units = self._index.get(self._short.get(key, key), [])
                if not units:
                    continue
                # "Tân Phú An": the second name may be meant; the longer one wins, then the first.
                short = key in self._short
                span = self._weigh(said, plain, i, i + n, units, short, asked)
                if span is not None:
                    spans.append(span)
                    taken = i + n
                    break
        return spans

    def _weigh(
        self, said: list[str], plain: list[str], i: int, j: int, units: list[Unit],
        short: bool, asked: bool,
    ) -> _Span | None:  # fmt: skip
        accents = sum(a != b for a, b in zip(said[i:j], plain[i:j], strict=True))
        if accents and not short:
            agreeing = [u for u in units if _agrees(u, said[i:j])]
            if agreeing:
                units = agreeing
            elif accents * 2 > j - i:
                return None  # "bình ẩn" is no "Bình An"
        one, two = _before(plain, i)
        kind = KIND_WORDS.get(two) or KIND_WORDS.get(one)
        if kind:
            units = _of_kind(units, kind) or units
            exact = EXACT_KIND.get(two) or EXACT_KIND.get(one)
            units = [u for u in units if u.kind == exact] or units
        ordinary = " ".join(plain[i:j]) in self._ordinary or (j - i == 1 and short)
        score = 0.35 if ordinary else 0.62
        score += 0.13 if accents and not short and not ordinary else 0.0
        score += _beside(kind, one, SURELY_PLACING if ordinary else PLACING)
        score += 0.1 if any(u.level == "landmark" for u in units) else 0.0
        score += 0.2 if asked or len(plain) <= 4 else 0.0
        return _Span(i, j, tuple(units), min(score, 1.0))

    def _fuzzy(self, plain: list[str], asked: bool) -> list[_Span]:
        """Slips of the finger: only where a place is expected."""
        spans = []
        for i in range(len(plain)):
            one, two = _before(plain, i)
            kind = KIND_WORDS.get(two) or KIND_WORDS.get(one)
            expected = kind is not None or one in ("o", "tai", "gan", "que", "xu", "miet", "ve")
            if not (expected or asked or len(plain) <= 3):
                continue
            for n in range(min(4, len(plain) - i), 0, -1):
                words = plain[i : i + n]
                tight = "".join(words)
                if len(tight) < 5 or words[0] in PLACING:
                    continue
                found = process.extractOne(
                    tight, self._tight, scorer=fuzz.ratio, score_cutoff=80 if kind or asked else 84
                )
                if found is None:
                    continue
                units = self._index[self._keys[found[2]]]
                units = (_of_kind(units, kind) or units) if kind else units
                score = 0.35 + 0.4 * (found[1] - 75) / 25 + (0.15 if kind else 0.0)
                score += 0.1 if asked or len(plain) <= 3 else 0.0
                spans.append(_Span(i, i + n, tuple(units), score))
        return spans

    def _with_context(self, spans: list[_Span]) -> list[_Span]:
        """A district or province beside a commune settles which commune; and steps back itself."""
        found = []
        for span in spans:
            for other in spans:
                if other is span or abs(other.start - span.end) > 6:
                    continue
                inside = tuple(u for u in span.units if any(_holds(o, u) for o in other.units))
                if inside:
                    span = replace(span, units=inside, score=min(span.score + 0.25, 1.0))
                elif any(_holds(u, o) for u in span.units for o in other.units):
                    span = replace(span, score=span.score - 0.3)
            found.append(span)
        return found

    def _abroad(self, plain: list[str]) -> str | None:
        for n in (3, 2, 1):
            for i in range(len(plain) - n + 1):
                shown = self._outside.get(" ".join(plain[i : i + n]))
                if shown and (n > 1 or len(plain[i]) >= 3):
                    return shown
        return None


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    """The gazetteer of the province; built in some milliseconds."""
    return Gazetteer(load_units())


def _located(best: _Span, spans: list[_Span]) -> Located:
    ranked = sorted(best.units, key=_rank)
    main = ranked[0]
    # The new unit of an old district's name comes first where they lie together.
    # The old district of the same name holds it, and is told of; it is no other place.
    far = [
        u
        for u in ranked
        if abs(u.lat - main.lat) + abs(u.lon - main.lon) > NEAR
        and not (u.level == "old_district" and main.code and main.code in u.now)
    ]
    ambiguous = bool(far)
    matches = [Match(u, round(best.score - 0.01 * k, 3)) for k, u in enumerate(ranked)]
    others = [s for s in spans if s is not best]
    for span in sorted(others, key=lambda s: -s.score):
        matches += [Match(u, round(span.score - 0.2, 3)) for u in span.units]
    seen: dict[Unit, Match] = {}
    for match in matches:
        seen.setdefault(match.unit, match)
    return Located(tuple(seen.values())[:8], None, ambiguous)


def _rank(unit: Unit) -> int:
    return ("new", "landmark", "old_district", "old_commune", "old_province").index(unit.level)


def _holds(outer: Unit, inner: Unit) -> bool:
    """Whether `outer` is the district, province or new unit that `inner` belongs to."""
    if outer.level == "old_province":
        return inner.old_province == outer.name
    if outer.level == "old_district":
        if inner.level == "new":
            return inner.code in outer.now and inner.name != outer.name
        same = inner.district == outer.name and inner.old_province == outer.old_province
        return inner.level == "old_commune" and same
    if outer.level == "new" and inner.level in ("old_commune", "landmark"):
        return outer.code in inner.now and inner.name != outer.name
    return False


def _of_kind(units: Iterable[Unit], kind: str) -> list[Unit]:
    levels = {
        "commune": ("new", "old_commune"), "town": ("old_commune",), "district": ("old_district",),
        "city": ("old_district",), "province": ("old_province",),
    }[kind]  # fmt: skip
    return [u for u in units if u.level in levels]


def _agrees(unit: Unit, said: list[str]) -> bool:
    """Whether the accents typed are those of the name; words without accents agree with all."""
    for name in (unit.name, *unit.aliases):
        words = _WORD.findall(normalise(name).lower())
        if len(words) == len(said) and all(
            s == w or s == unaccent(w) for s, w in zip(said, words, strict=True)
        ):
            return True
    return False


def _beside(kind: str | None, before: str, placing: frozenset[str]) -> float:
    """What the word before a name adds to the belief that it is a place."""
    if kind:
        return 0.3
    if before in SMALLER:
        return -0.3
    return 0.2 if before in placing else 0.0


def _before(plain: list[str], i: int) -> tuple[str, str]:
    one = plain[i - 1] if i else ""
    return one, f"{plain[i - 2]} {one}" if i > 1 else ""


def _plain(name: str) -> str:
    return " ".join(_WORD.findall(unaccent(normalise(name)).lower()))
