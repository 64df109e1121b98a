"""Follow-ups: "còn phạt tiền thì sao", "nếu có con nhỏ thì sao", "ở đâu"."""

from __future__ import annotations

import re

from bot.dialogue.turn import Turn
from bot.dialogue.understanding import Understanding
from nlu.vietnamese import fold

MOST_WORDS = 9
_BEGINS = re.compile(
    r"^(con|vay con|the con|neu|vay neu|lo|roi|vay|the|o dau|bao lau|bao nhieu|khi nao|ai|goi ai"
    r"|can gi|mat bao lau|ton bao nhieu|lam sao|la sao|the nao|cu the|noi ro|tai sao|vi sao|sao)\b"
)
# Topics that are not gone on with.
_CLOSED = frozenset({"greeting", "thanks", "goodbye", "out_of_scope", "abuse_spam", "unclear"})
# A follow-up that names another topic this clearly is a new question.
CLEARLY = 0.8


def follows(turn: Turn, understood: Understanding) -> bool:
    """Whether the words go on with the topic of the conversation."""
    topic = turn.state.topic
    if topic is None or topic in _CLOSED or (topic == understood.topic and understood.sure):
        return False
    plain = fold(turn.text)
    if len(plain.split()) > MOST_WORDS or not _BEGINS.match(plain):
        return False
    if understood.topic in _CLOSED:
        return True
    return understood.confidence < CLEARLY or not understood.sure
