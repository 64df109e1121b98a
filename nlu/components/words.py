"""Vietnamese words (not syllables) by underthesea, safe for whatever is typed."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import List

from underthesea import word_tokenize

from nlu.vietnamese import unaccent

_PIECE = re.compile(r"\w+|[^\w\s]+")


@lru_cache(maxsize=4096)
def _segment(text: str) -> tuple:
    if text == unaccent(text):
        # Without accents underthesea finds few words, and takes as long: each syllable is one.
        return tuple(_PIECE.findall(text))
    # use_token_normalize rewrites words ("hoà" → "hòa"); ours have their one form already, and a
    # rewritten word would not be found in the text again.
    return tuple(w.replace(" ", "_") for w in word_tokenize(text, use_token_normalize=False))


def segment(text: str) -> List[str]:
    """The words of a normalised text, syllables of one word joined by ``_``.

    Of a text without accents, its syllables.
    """
    return list(_segment(text)) if text.strip() else []
