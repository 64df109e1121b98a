"""From words to a unit: names old and new, short forms, no accents, slips of the finger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from locations.units import DATA, Unit, load_units, read_pairs
from locations.wording import (
    AT_THE,
    GOES_ON,
    PERSON,
    PLACING,
    SMALLER,
    SURELY_PLACING,
    Text,
    plain,
    words_of,
)
from nlu.vietnamese import unaccent

# Beliefs below this are no match.
LEAST = 0.5
# Matches of one name this close to one another need no question, in degrees (about 5 km).
NEAR = 0.05
# How near, of 100, a slip must be to the name with its accents, in a text that has accents.
ACCENTED_LIKENESS = 70


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
                if unit not in self._index[plain(name)]:
                    self._index[plain(name)].append(unit)
        short = read_pairs("short-forms.tsv")
        self._short = {plain(k): plain(v) for k, v in short.items()}
        self._outside = {plain(k): v for k, v in read_pairs("outside.tsv").items()}
        lines = (DATA / "ordinary.txt").read_text(encoding="utf-8").splitlines()
        self._ordinary = {plain(x) for x in lines if x and not x.startswith("#")}
        self._longest = max(len(k.split()) for k in self._index)  # in words
        self._all = _Names(self._index)
        self._within: dict[Unit, _Names] = {}

    def locate(self, text: str, *, asked: bool = False) -> Located:
        """Where the text says somebody is.

        `asked`: the person was asked for a place, so bare words are one. Never raises; texts are
        looked at up to some hundred words.
        """
        said = Text.of(text)
        exact = _with_context(self._exact(said, asked))
        outside = self._abroad(said.plain)
        slips = self._slips(said, exact, asked)
        spans = [s for s in _with_context([*exact, *slips], again=exact) if s.score >= LEAST]
        if not spans:
            return Located(outside=outside)
        best = max(spans, key=lambda s: (s.score, _depth(s), s.end - s.start, s.start))
        only_province = all(u.level == "old_province" for u in best.units)
        if outside and (only_province or best.score < 0.6):
            return Located(outside=outside)
        return _located(best, spans)

    def _exact(self, text: Text, asked: bool) -> list[_Span]:
        spans: list[_Span] = []
        taken = 0
        for i in range(len(text.plain)):
            if i < taken:
                continue
            for n in range(min(self._longest, len(text.plain) - i), 0, -1):
                key = " ".join(text.plain[i : i + n])
                beyond = " ".join(text.plain[i + 1 : i + n + 1])
                if key in self._short and n > 1 and beyond in self._index:
                    continue  # "p tan chau" is Tân Châu, not Phú Tân
                units = self._index.get(self._short.get(key, key), [])
                # "Tân Phú An": the second name may be meant; the longer one wins, then the first.
                span = self._weigh(text, i, i + n, units, asked) if units else None
                if span is not None:
                    spans.append(span)
                    taken = i + n
                    break
        return spans

    def _weigh(self, text: Text, i: int, j: int, units: list[Unit], asked: bool) -> _Span | None:
        key = " ".join(text.plain[i:j])
        short = key in self._short
        units, accents, wrong = _by_accents(units, text, i, j) if not short else (units, 0, False)
        if not units:
            return None
        kind, exact = text.kind(i)
        if kind:
            units = _of_kind(units, kind) or units
            units = [u for u in units if u.kind == exact] or units
        ordinary = key in self._ordinary or (j - i == 1 and short)
        score = 0.35 if ordinary else 0.62
        score -= 0.3 if wrong else 0.0
        score += 0.13 if accents and not (wrong or ordinary) else 0.0
        score += 0.2 if ordinary and accents and text.named(i, j) else 0.0
        beside = _beside(text, i, kind, SURELY_PLACING if ordinary else PLACING)
        # Without accents any three words may fall into a name: "dieu tri ton bao nhieu".
        small = all(u.level in ("new", "old_commune") for u in units)
        blurred = small and i > 0 and not (ordinary or beside or text.accented)
        score -= 0.15 if blurred else 0.0
        score += 0.2 if ordinary and i == 0 and text.after(j) in GOES_ON else 0.0
        score += beside
        score += 0.1 if any(u.level == "landmark" for u in units) else 0.0
        score += 0.2 if asked or len(text.plain) <= 4 else 0.0
        return _Span(i, j, tuple(units), min(score, 1.0))

    def _slips(self, text: Text, exact: list[_Span], asked: bool) -> list[_Span]:
        """Slips of the finger: only where a place is expected, by what stands before or after."""
        spans = []
        sure = [s for s in exact if s.score >= LEAST]
        covered = {i for s in sure for i in range(s.start, s.end)}
        named = covered | {i for s in exact for i in range(s.start, s.end)}
        whole = {s.start: s for s in sure}
        begin = {s.start: s for s in exact}
        for i in range(len(text.plain)):
            if i in covered and i not in whole:
                continue
            # A window may go on from a name that was found ("Mỹ Hòa Hng"), never into one.
            own = whole.get(i)
            first, taken = (own.end, named) if own else (i, covered)
            windows = [
                j
                for j in range(first + 1, min(i + 4, len(text.plain)) + 1)
                if not any(k in taken for k in range(first, j))
            ]
            found = []
            for j in windows:
                after = begin.get(j) or (begin.get(j + 1) if text.kind(j + 1)[0] else None)
                if slip := self._slip(text, i, j, after, asked, own):
                    found.append(slip)
            if found:
                spans.append(max(found, key=lambda s: s.score))
        return spans

    def _slip(
        self, text: Text, i: int, j: int, after: _Span | None, asked: bool, own: _Span | None
    ) -> _Span | None:  # fmt: skip
        kind, exact = text.kind(i)
        bare = asked or len(text.plain) <= 3
        placed = text.before(i)[0] in SURELY_PLACING or text.at_home(i)
        placed = placed or (i == 0 and text.after(j) in GOES_ON)
        tight, words = "".join(text.plain[i:j]), " ".join(text.plain[i:j])
        if len(tight) < 5 or text.plain[i] in PLACING or words in self._ordinary:
            return None
        names, cutoff = self._all, 80 if kind or asked else 83
        if after is not None and not all(u.level == "old_province" for u in after.units):
            names, cutoff = self._names_in(after.units), 76
        elif not (kind or bare or placed or after):
            return None
        found = names.nearest(tight, cutoff)
        if found is None:
            return None
        name, units, likeness = found
        if own is not None and not name.startswith(" ".join(text.plain[i : own.end]) + " "):
            return None  # "Vĩnh Phú có" is no "Vĩnh Phước"
        units = _of_kind(units, kind) if kind else units
        units = [u for u in units if u.kind == exact] or units
        if not units or (text.accented and not _looks_like(units, "".join(text.said[i:j]))):
            return None
        score = 0.4 + 0.4 * (likeness - 75) / 25 + (0.15 if kind else 0.0)
        score += 0.1 if bare or (placed and after) else 0.0
        score = max(score, own.score + 0.01) if own else score
        return _Span(i, j, tuple(units), score)

    def _names_in(self, outer: tuple[Unit, ...]) -> _Names:
        """The names within a district or new unit, where a slip may go further wrong."""
        for unit in outer:
            if unit not in self._within:
                held = {
                    k: [u for u in v if _holds(unit, u)]
                    for k, v in self._index.items()
                    if any(_holds(unit, u) for u in v)
                }
                self._within[unit] = _Names(held)
        return max((self._within[u] for u in outer), key=len)

    def _abroad(self, said: list[str]) -> str | None:
        for n in (3, 2, 1):
            for i in range(len(said) - n + 1):
                shown = self._outside.get(" ".join(said[i : i + n]))
                if shown and (n > 1 or len(said[i]) >= 3):
                    return shown
        return None


class _Names:
    """Names to compare a misspelt one with."""

    def __init__(self, index: dict[str, list[Unit]]) -> None:
        self._names = list(index.items())
        self._tight = [k.replace(" ", "") for k in index]

    def __len__(self) -> int:
        return len(self._tight)

    def nearest(self, tight: str, cutoff: float) -> tuple[str, list[Unit], float] | None:
        """The name most like `tight` (0..100, at least `cutoff`) and its units."""
        found = process.extractOne(
            tight, self._tight, scorer=OSA.normalized_similarity, score_cutoff=cutoff / 100
        )
        return (*self._names[found[2]], 100 * found[1]) if found else None


def _with_context(spans: list[_Span], again: Sequence[_Span] = ()) -> list[_Span]:
    """A district or province beside a commune settles which commune; and steps back itself.

    Those of `again` were looked at before: only what is new changes them.
    """
    found = []
    for span in spans:
        units, score = span.units, span.score
        for other in spans:
            if other is span or (span in again and other in again):
                continue
            if -1 <= other.start - span.end <= 6:
                inside = tuple(u for u in units if any(_holds(o, u) for o in other.units))
                if inside:
                    # Who names the old district means the old commune of that name.
                    district = any(o.level == "old_district" for o in other.units)
                    units = tuple(sorted(inside, key=lambda u: district and u.level == "new"))
                    # The commune is what was meant, however sure its district is.
                    score = min(max(score + 0.3, other.score - 0.2), 1.0)
            elif -1 <= span.start - other.end <= 6 and any(
                _holds(u, o) for u in span.units for o in other.units
            ):
                score -= 0.3
        found.append(replace(span, units=units, score=score))
    return found


def _by_accents(
    units: list[Unit], text: Text, i: int, j: int
) -> tuple[list[Unit], int, bool]:  # fmt: skip
    """The units whose accents are those typed, how many words have some, and whether all differ."""
    accents = sum(a != b for a, b in zip(text.said[i:j], text.plain[i:j], strict=True))
    if not accents:
        return units, 0, False
    agreeing = [u for u in units if _agrees(u, text.said[i:j])]
    if agreeing:
        return agreeing, accents, False
    if accents * 2 > j - i:
        return [], accents, True  # "bình ẩn" is no "Bình An"
    return units, accents, True  # "nam dù" is hardly "Nam Du"


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
        if abs(u.lat - main.lat) + abs(u.lon - main.lon) > NEAR and not set(u.now) & set(main.now)
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


def _depth(span: _Span) -> int:
    """How small what is meant is: a commune before its district, a district before its province."""
    depth = {"old_province": 0, "old_district": 1}
    return max(depth.get(unit.level, 2) for unit in span.units)


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
        return inner.level in ("old_commune", "landmark") and same
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
        words = words_of(name)
        if len(words) == len(said) and all(
            s == w or s == unaccent(w) for s, w in zip(said, words, strict=True)
        ):
            return True
    return False


def _beside(text: Text, i: int, kind: str | None, placing: frozenset[str]) -> float:
    """What the words before a name add to the belief that it is a place."""
    if kind:
        return 0.3
    one, two = text.before(i)
    if two in AT_THE:
        return 0.2
    if (one in SMALLER or one in PERSON) and not text.at_home(i):
        return -0.3
    if one in SURELY_PLACING or text.at_home(i):
        return 0.3  # "ở Hòn Tre, tàu về tới Rạch Giá": where somebody is, not where the boat goes
    return 0.2 if one in placing else 0.0


def _looks_like(units: Iterable[Unit], said: str) -> bool:
    """Whether an accented text is near one of the names with its accents."""
    tight = ["".join(words_of(n)) for u in units for n in (u.name, *u.aliases)]
    return max(fuzz.ratio(said, t) for t in tight) >= ACCENTED_LIKENESS
