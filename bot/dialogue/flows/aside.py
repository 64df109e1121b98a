"""What An Tâm is not for: other subjects, insults, advertising."""

from __future__ import annotations

from bot.dialogue.flows.unsure import NEVER_OFFERED
from bot.dialogue.turn import Flow, Turn
from bot.messages import Choice, Reply

# A topic believed this much is offered all the same: it may have been ours.
MAYBE_OURS = 0.4


async def respond(turn: Turn) -> Reply:
    """Say so, calmly; an insult gets one calm sentence once, then a shorter one."""
    words = turn.speak.words
    menu = (Choice(words["menu.back"], "menu"),)
    if turn.topic != "abuse_spam":
        return Reply((words["scope.text"],), choices=(*_maybe_ours(turn), *menu))
    turn.state.insults += 1
    return Reply(
        (words["abuse.first" if turn.state.insults == 1 else "abuse.again"],), choices=menu
    )


def _maybe_ours(turn: Turn) -> tuple[Choice, ...]:
    ranked = turn.understood.ranking if turn.understood else ()
    topics = [t for t, p in ranked[:1] if p >= MAYBE_OURS and t not in NEVER_OFFERED]
    known = [t for t in topics if t in turn.speak.library.topics]
    return tuple(turn.speak.topic_choice(t, turn.text) for t in known)


FLOW = Flow(respond, topics=frozenset({"out_of_scope", "abuse_spam"}))
