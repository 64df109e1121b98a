"""The words around a name: what tells that a place is meant, and of which kind."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from nlu.vietnamese import normalise, unaccent

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
        "ngoai",
        "trong",
        "dao",
    ]
)
# These words as they are written with accents.
WRITTEN = {
    unaccent(w): w
    for w in [
        "xã",
        "phường",
        "thị",
        "trấn",
        "đặc",
        "huyện",
        "thành",
        "phố",
        "tỉnh",
        "ở",
        "tại",
        "gần",
        "về",
        "tới",
        "đến",
        "từ",
        "dưới",
        "trên",
        "bên",
        "xứ",
        "miệt",
        "quê",
        "vùng",
        "vô",
        "vào",
        "lên",
        "xuống",
        "hướng",
        "phía",
        "sống",
        "ngoài",
        "đảo",
        "ấp",
        "khóm",
        "đường",
        "hẻm",
        "tên",
        "thằng",
        "bé",
        "kênh",
        "ông",
        "bà",
        "chị",
        "chú",
    ]
}
# Two words that place what follows, as typed with accents or without.
HOMES = frozenset(
    form
    for home in ("nhà", "quê")
    for who in ("em", "tôi", "tui", "mình", "con", "chị", "anh", "cô", "bà", "mẹ", "má", "chồng")
    for form in (f"{home} {who}", unaccent(f"{home} {who}"))
)
# Names that are ordinary words too need one of these before them.
SURELY_PLACING = frozenset(
    ["o", "tai", "gan", "que", "ben", "xu", "miet", "vung", "khu", "quanh", "ngoai", "dao"]
)
EXACT_KIND = {"xa": "xã", "x": "xã", "phuong": "phường", "p": "phường", "dac khu": "đặc khu"}
# After these stands the name of something smaller, which no table holds.
SMALLER = frozenset({"ap", "khom", "duong", "hem", "pho", "kenh", "ong", "ba", "chi", "anh", "chu"})
# After these stands the name of somebody: "con em tên Bình An", "bé Ngọc Hòa".
PERSON = frozenset({"ten", "thang", "be"})
# "ở chợ Mỹ Long", "chợ đêm Dương Đông": two words that place what follows.
AT_THE = frozenset({"o cho", "cho dem", "o trong", "o ngoai"})
# What goes on after a place that opens a message: "Vĩnh Hậu có trạm y tế nào".
GOES_ON = frozenset({"co", "gan", "cach", "nay", "ne", "nha"})
_WORD = re.compile(r"[^\W_]+")
# More words than this of one text are not looked at.
MOST_WORDS = 300


# "Mỹ" and "Mĩ", "Vỹ" and "Vĩ" are one sound.
_Y = re.compile(r"(?<=^[hklmstv])[yỳýỷỹỵ]$")
_I = dict(zip("yỳýỷỹỵ", "iìíỉĩị", strict=True))


def words_of(name: str) -> list[str]:
    """The words of a name in lower case, accents and y in one spelling."""
    return [_Y.sub(lambda y: _I[y[0]], w) for w in _WORD.findall(normalise(name).lower())]


def plain(name: str) -> str:
    """A name as it is looked up: lower case, without accents and punctuation."""
    return " ".join(words_of(unaccent(name)))


@dataclass(frozen=True)
class Text:
    """A text as words: `said` in lower case, `plain` without accents, `capital` as typed."""

    said: list[str]
    plain: list[str]
    capital: list[bool]

    @classmethod
    def of(cls, text: str) -> Text:
        """Split a text; the words beyond `MOST_WORDS` are left out."""
        words = _WORD.findall(normalise(text))[:MOST_WORDS]
        said = words_of(" ".join(words))
        return cls(said, [unaccent(w) for w in said], [w[:1].isupper() for w in words])

    @cached_property
    def accented(self) -> bool:
        """Whether the person types accents at all."""
        return self.said != self.plain

    @cached_property
    def _capitals_tell(self) -> bool:
        return sum(self.capital) * 2 <= len(self.capital)

    def before(self, i: int) -> tuple[str, str]:
        """The word before, and the two words before, without accents; "" for one that differs.

        "tính" is no "tỉnh", "tôi" is no "tới".
        """
        near = slice(max(0, i - 2), i)
        pairs = zip(self.said[near], self.plain[near], strict=True)
        words = [p if s in (p, WRITTEN.get(p, p)) else "" for s, p in pairs]
        one = words[-1] if words else ""
        return one, " ".join(words) if len(words) > 1 else ""

    def after(self, j: int) -> str:
        """The word after, without accents; "" at the end."""
        return self.plain[j] if j < len(self.plain) else ""

    def at_home(self, i: int) -> bool:
        """Whether "nhà em", "quê tôi" stands before."""
        return i > 1 and " ".join(self.said[i - 2 : i]) in HOMES

    def kind(self, i: int) -> tuple[str | None, str | None]:
        """What the words before say of the level and of the very kind of a unit."""
        one, two = self.before(i)
        exact = EXACT_KIND.get(two) or EXACT_KIND.get(one)
        return KIND_WORDS.get(two) or KIND_WORDS.get(one), exact

    def named(self, i: int, j: int) -> bool:
        """Whether words stand out by their capitals, in the middle of words without."""
        return self._capitals_tell and all(self.capital[i:j])
