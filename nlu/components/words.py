"""Vietnamese words (not syllables) by underthesea, safe for whatever is typed."""

from __future__ import annotations

from functools import lru_cache
from typing import List

from underthesea import word_tokenize


@lru_cache(maxsize=4096)
def _segment(text: str) -> tuple:
    # use_token_normalize rewrites words ("hoà" → "hòa"); ours have their one form already, and a
    # rewritten word would not be found in the text again.
    return tuple(w.replace(" ", "_") for w in word_tokenize(text, use_token_normalize=False))


def segment(text: str) -> List[str]:
    """The words of a normalised text, syllables of one word joined by ``_``."""
    return list(_segment(text)) if text.strip() else []
