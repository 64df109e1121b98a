"""Chat spellings and Southern forms written out, and back again for training copies."""

from __future__ import annotations

import random
import re

from nlu.vietnamese.accents import unaccent
from nlu.vietnamese.tables import read_table

EXPAND = read_table("teencode")
WRITE = read_table("to_teencode")
# The words with which a form begins, and how many words the longest such form has.
BEGINS: dict[str, int] = {}
for _form in EXPAND:
    _words = _form.split()
    BEGINS[_words[0]] = max(BEGINS.get(_words[0], 0), len(_words))
PIECES = re.compile(r"[^\W_]+|[^\w\s]+|_+|\s+", re.UNICODE)
# "f" for "ph" and "w" for "qu" at the head of a syllable, unless it is a word of the wider world.
WORLD = frozenset(
    {"facebook", "fb", "file", "fan", "fans", "form", "fake", "follow", "fax", "flex", "free"}
    | {"full", "food", "fifa", "website", "web", "wifi", "win", "work", "windows", "wow"}
    | {"whatsapp", "wechat", "word"}
)
VOWELS = "aăâeêioôơuưyáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ"
HEADS = {"f": "ph", "w": "qu", "z": "d", "dz": "v"}


def expand_teencode(text: str) -> str:
    """Chat spellings and Southern forms written out: "ck e quýnh e" → "chồng em đánh em".

    Works on whole words only; "500k" and words of the wider world stay. The longest form wins.
    """
    pieces = PIECES.findall(text)
    words = [i for i, p in enumerate(pieces) if p[0].isalnum()]
    out = list(pieces)
    at = 0
    while at < len(words):
        at += _expand_at(pieces, words, at, out)
    return "".join(out)


def _expand_at(pieces: list[str], words: list[int], at: int, out: list[str]) -> int:
    """Expand the longest form that starts at word `at`. Returns how many words it took."""
    longest = BEGINS.get(pieces[words[at]].lower(), 0)
    for length in range(min(longest, len(words) - at), 0, -1):
        span = words[at : at + length]
        if length > 1 and span[-1] - span[0] != 2 * (length - 1):
            continue  # something other than a space between them
        form = " ".join(pieces[i].lower() for i in span)
        if form in EXPAND and not _is_unit(pieces, words, at, form):
            out[span[0]] = EXPAND[form]
            for i in range(span[0] + 1, span[-1] + 1):
                out[i] = ""
            return length
    out[words[at]] = _head(pieces[words[at]])
    return 1


def _is_unit(pieces: list[str], words: list[int], at: int, form: str) -> bool:
    """Whether a one-letter form stands behind a number: "50 k", "2 h", "3 m"."""
    return len(form) == 1 and at > 0 and pieces[words[at - 1]].isdigit()


def _head(word: str) -> str:
    low = word.lower()
    if low in WORLD or len(low) < 2:
        return word
    for head in ("f", "w"):
        if low.startswith(head) and low[1] in VOWELS:
            return HEADS[head] + low[1:]
    return word


def to_teencode(text: str, seed: int) -> str:
    """A chat-style copy of a training example; the same seed gives the same copy.

    About half of the words that have a chat spelling get it; one copy in two loses its accents.
    """
    dice = random.Random(seed)  # noqa: S311 - for variety, not secrecy
    words = text.split(" ")
    out: list[str] = []
    at = 0
    while at < len(words):
        pair = " ".join(words[at : at + 2]).lower()
        single = words[at].lower()
        if pair in WRITE and dice.random() < 0.6:
            out.append(dice.choice(WRITE[pair].split("|")))
            at += 2
        elif single in WRITE and dice.random() < 0.6:
            out.append(dice.choice(WRITE[single].split("|")))
            at += 1
        else:
            out.append(words[at])
            at += 1
    copy = " ".join(out)
    return unaccent(copy) if dice.random() < 0.5 else copy
