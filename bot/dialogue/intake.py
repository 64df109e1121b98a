"""Taking in whatever was typed: empty, endless, emoji, right-to-left, stacked marks."""

from __future__ import annotations

from dataclasses import dataclass, field

from nlu.vietnamese import normalise

# The danger rules look at this much of a message; beyond, only its end. People who paste a story
# of this length have written the present into its beginning or its end.
WHOLE_HEAD = 16_000
WHOLE_TAIL = 4_000
# What is read for meaning.
READ = 1_000


@dataclass(frozen=True, slots=True)
class Intake:
    """`text` is read for meaning, `whole` for danger; both are normalised."""

    text: str = field(repr=False)
    whole: str = field(repr=False)
    was_cut: bool
    has_words: bool
    had_signs: bool


def read(raw: str) -> Intake:
    """Normalise what was typed. Never raises; a megabyte takes milliseconds."""
    if len(raw) > WHOLE_HEAD + WHOLE_TAIL:
        raw = raw[:WHOLE_HEAD] + " " + raw[-WHOLE_TAIL:]
    whole = normalise(raw)
    text, was_cut = whole, False
    if len(whole) > READ:
        half = READ // 2
        text, was_cut = whole[:half] + " " + whole[-half:], True
    has_words = any(c.isalnum() for c in text)
    had_signs = bool(raw.strip())
    return Intake(text, whole, was_cut, has_words, had_signs)
