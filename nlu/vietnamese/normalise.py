"""One form for what is typed in many: accents composed, tone marks in one place, no stray signs."""

from __future__ import annotations

import re
import unicodedata

from nlu.vietnamese.tables import read_table

MOST = 24_000  # characters looked at; of a longer text, its beginning and its end
TAIL = 4_000

TONES = "\u0300\u0301\u0303\u0309\u0323"  # huyền, sắc, ngã, hỏi, nặng
SHAPES = "\u0302\u0306\u031b"  # â, ă, ơ
STACK = re.compile(r"([^\u0300-\u036f]?)([\u0300-\u036f]+)")
OTHER_MARKS = re.compile(r"[\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
REPEATED = re.compile(r"([^\W\d_])\1{2,}")
REPEATED_SIGN = re.compile(r"([^\w\s])\1+")
SPACES = re.compile(r"\s+")

# "hoà" and "hòa" are one word; the old place of the tone mark is ours. After q the u is no vowel.
PAIRS = {"oa": "òa óa ỏa õa ọa", "oe": "òe óe ỏe õe ọe", "uy": "ùy úy ủy ũy ụy"}
NEW = {"oa": "oà oá oả oã oạ", "oe": "oè oé oẻ oẽ oẹ", "uy": "uỳ uý uỷ uỹ uỵ"}
OLD_PLACE = {
    new: old
    for pair in PAIRS
    for new, old in zip(NEW[pair].split(), PAIRS[pair].split(), strict=True)
}
TONE_PLACE = re.compile(
    rf"(?<![qQ])({'|'.join(OLD_PLACE)})(?![^\W\d_])", re.IGNORECASE | re.UNICODE
)
EMOJI = read_table("emoji")


def normalise(text: str) -> str:
    """The text in its one form. Never raises; linear in at most `MOST` characters.

    NFC, one place for tone marks, no zero-width, bidi, control or private characters, no stacked
    marks, emoji dropped or (those that speak: 🆘 🔪) written out by `tables/emoji.tsv`, elongated
    letters shortened ("cứuuuu" → "cứu"), white space folded.
    """
    if len(text) > MOST:
        text = text[: MOST - TAIL] + " " + text[-TAIL:]
    if not text.isascii():
        text = _compose(text)
    text = "".join(map(_sign, text))
    text = REPEATED.sub(r"\1", text)
    text = REPEATED_SIGN.sub(r"\1", text)
    text = TONE_PLACE.sub(_old_place, text)
    return SPACES.sub(" ", text).strip()


def _compose(text: str) -> str:
    """NFC with at most one shape and one tone on each letter."""
    apart = unicodedata.normalize("NFD", OTHER_MARKS.sub("", text))
    return unicodedata.normalize("NFC", STACK.sub(_few_marks, apart))


def _few_marks(match: re.Match[str]) -> str:
    letter, marks = match.group(1), match.group(2)
    if not letter.isalpha():
        return letter
    shape = next((m for m in marks if m in SHAPES), "")
    tone = next((m for m in marks if m in TONES), "")
    return letter + shape + tone


def _sign(char: str) -> str:
    """One character as it stays: itself, a space, or the words of an emoji."""
    if char.isalnum() or char == " ":
        return char
    if char in EMOJI:
        return f" {EMOJI[char]} "
    kind = unicodedata.category(char)
    if kind in ("Cc", "Zs", "Zl", "Zp"):
        return "\n" if char == "\n" else " "
    if kind in ("Cf", "Cs", "Co", "Cn", "Mn", "Me"):
        return ""
    return " " if kind in ("So", "Sk", "Lo") else char


def _old_place(match: re.Match[str]) -> str:
    found = match.group(1)
    old = OLD_PLACE[found.lower()]
    return old.upper() if found.isupper() else old.capitalize() if found[0].isupper() else old
