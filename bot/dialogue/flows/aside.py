"""What An Tâm is not for: other subjects, insults, advertising."""

from __future__ import annotations

from bot.dialogue.turn import Flow, Turn
from bot.messages import Choice, Reply


async def respond(turn: Turn) -> Reply:
    """Say so, calmly; an insult gets one calm sentence once, then a shorter one."""
    words = turn.speak.words
    menu = (Choice(words["menu.back"], "menu"),)
    if turn.topic != "abuse_spam":
        return Reply((words["scope.text"],), choices=menu)
    turn.state.insults += 1
    return Reply(
        (words["abuse.first" if turn.state.insults == 1 else "abuse.again"],), choices=menu
    )


FLOW = Flow(respond, topics=frozenset({"out_of_scope", "abuse_spam"}))
