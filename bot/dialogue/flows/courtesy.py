"""Greeting, thanks, goodbye: short and warm; the first greeting says what is not kept."""

from __future__ import annotations

from bot.dialogue.turn import Flow, Turn
from bot.messages import Choice, Command, Reply


async def respond(turn: Turn) -> Reply:
    """Answer a courtesy in kind."""
    words = turn.speak.words
    if turn.topic == "thanks":
        return Reply((words["thanks.text"],), choices=_menu(turn))
    if turn.topic == "goodbye":
        erase = Choice(words["danger.choice_leave"], "leave")
        return Reply((words["goodbye.text"],), choices=(erase,))
    first = turn.inbound.command is Command.START or not turn.state.greeted
    turn.state.greeted = True
    return Reply((words["greeting.first" if first else "greeting.again"],), choices=_menu(turn))


def _menu(turn: Turn) -> tuple[Choice, ...]:
    library = turn.speak.library
    top = [library.topics[t] for t in ("emergency", "find_shelter") if t in library.topics]
    choices = [Choice(t.label, f"topic:{t.id}") for t in top]
    return (*choices, Choice(turn.speak.words["menu.back"], "menu"))


FLOW = Flow(
    respond,
    topics=frozenset({"greeting", "thanks", "goodbye"}),
    commands=frozenset({Command.START}),
)
