"""Several needs in one message: "bị đánh, muốn ly hôn, con nhỏ"."""

from __future__ import annotations

import re

from nlu.vietnamese import expand_teencode, normalise

PARTS = 4
# A part shorter than this says nothing of its own.
WORDS = 2
_BREAKS = re.compile(
    r"[.,;!?\n…]+|\s(?:rồi còn|mà còn|với lại|ngoài ra|và muốn|nên muốn|giờ muốn|muốn hỏi thêm)\s"
)
# Who needs help first when a message tells of several things.
FIRST = (
    *("emergency", "find_shelter", "child_abuse", "sexual_violence", "trafficking_forced_labour"),
    *("elder_abuse", "protection_order", "online_violence", "male_victim"),
    *("sexual_harassment_work", "lgbt", "report_violence"),
)
# What cannot wait behind a question of law in the same message.
AT_ONCE = frozenset({"emergency", "find_shelter"})
# Never a need beside another.
ASIDE = frozenset(
    {"unclear", "greeting", "thanks", "goodbye", "out_of_scope", "abuse_spam", "bot_identity"}
    | {"privacy", "subscribe", "unsubscribe", "emergency", "human_handoff"}
)


def parts(text: str) -> list[str]:
    """The parts of a message that could each be a need; empty for a message of one piece."""
    pieces = [p.strip() for p in _BREAKS.split(expand_teencode(normalise(text)))]
    said = [p for p in pieces if len(p.split()) >= WORDS]
    return said[:PARTS] if len(said) > 1 else []


def urgency(topic: str) -> int:
    """Lower is more urgent; topics without urgency of their own share the last place."""
    return FIRST.index(topic) if topic in FIRST else len(FIRST)
