"""When An Tâm is not sure: it says so, offers the three closest topics and the numbers."""

from __future__ import annotations

from bot.dialogue.lawyer import by_article_alone
from bot.dialogue.turn import Flow, Turn
from bot.dialogue.understanding import ELSEWHERE
from bot.messages import Choice, Reply

# Topics that are no use as a guess: nobody means "did you want to say hello?".
NEVER_OFFERED = frozenset(
    {"unclear", "out_of_scope", "abuse_spam", "greeting", "thanks", "goodbye", "emergency"}
)
# With this belief in what the law has no answer to, no article is offered as one.
LIKELY_ELSEWHERE = 0.3
FALLBACK = ("find_shelter", "what_is_violence", "report_violence")


async def respond(turn: Turn) -> Reply:
    """The three closest topics as choices, the menu, and people to call."""
    speak, words = turn.speak, turn.speak.words
    ranked = turn.understood.ranking if turn.understood else ()
    elsewhere = sum(p for t, p in ranked if t in ELSEWHERE) >= LIKELY_ELSEWHERE
    if turn.understood and not elsewhere and not turn.understood.is_foreign:
        answered = by_article_alone(speak, turn.text)
        if answered is not None:
            return answered
    closest = [t for t, p in ranked if t not in NEVER_OFFERED and t in speak.library.topics]
    knows = turn.understood is not None and turn.understood.topic != "unclear" and closest
    shown = (closest if knows else list(FALLBACK))[:3]
    choices = [speak.topic_choice(t, turn.text) for t in shown]
    choices.append(Choice(words["menu.back"], "menu"))
    numbers = words["unsure.numbers"].format(numbers=speak.numbers())
    return Reply(
        texts=(words["unsure.text" if knows else "unsure.none"], numbers),
        calls=speak.calls(speak.default),
        choices=tuple(choices),
    )


FLOW = Flow(respond, topics=frozenset({"unclear"}))
