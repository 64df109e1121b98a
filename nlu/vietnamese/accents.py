"""Taking accents away. `đ` does not decompose under NFD and is mapped by hand."""

from __future__ import annotations

import unicodedata

STROKES = str.maketrans({"đ": "d", "Đ": "D"})


def unaccent(text: str) -> str:
    """The text without Vietnamese accents: "Đường" → "Duong". Other scripts stay as they are."""
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFD", text.translate(STROKES))
    return unicodedata.normalize("NFC", "".join(c for c in apart if not unicodedata.combining(c)))
