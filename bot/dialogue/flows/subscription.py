"""Sign-up for the campaign messages: not open yet, and said so."""

from __future__ import annotations

from bot.dialogue.turn import Flow, Turn
from bot.messages import Choice, Reply


async def respond(turn: Turn) -> Reply:
    """Nothing is sent to anybody yet; offer what there is."""
    words, speak = turn.speak.words, turn.speak
    choices = [speak.topic_choice("action_month")] if "action_month" in speak.library.topics else []
    choices.append(Choice(words["menu.back"], "menu"))
    return Reply((words["subscription.soon"],), choices=tuple(choices))


FLOW = Flow(respond, topics=frozenset({"subscribe", "unsubscribe"}))
