"""Vietnamese text, pure Python and fast: shared by the bot (3.11+) and the Rasa project (3.10)."""

from nlu.vietnamese.accents import unaccent
from nlu.vietnamese.normalise import normalise
from nlu.vietnamese.spelling import expand_teencode, to_teencode

__all__ = ["expand_teencode", "fold", "normalise", "to_teencode", "tokens", "unaccent"]


def fold(text: str) -> str:
    """Text as rules and search see it: normalised, written out, lower case, without accents."""
    return unaccent(expand_teencode(normalise(text))).lower()


def tokens(text: str) -> list[str]:
    """The syllables of the folded text, without punctuation."""
    return "".join(c if c.isalnum() else " " for c in fold(text)).split()
