"""The menu of topics, and help."""

from __future__ import annotations

from bot.dialogue.turn import Flow, Turn
from bot.messages import Choice, Command, Reply


async def respond(turn: Turn) -> Reply:
    """The first menu, or every topic of a group behind ``menu:<group>``."""
    words, library = turn.speak.words, turn.speak.library
    group = turn.argument
    entries = [t for t in library.topics.values() if t.group == group]
    if group and entries:
        shown = [t for t in entries if t.group != "bot" or t.id in BOT_SHOWN]
        choices = [Choice(t.label, f"topic:{t.id}") for t in shown]
        choices.append(Choice(words["menu.back"], "menu"))
        return Reply((words[f"menu.group_{group}"],), choices=tuple(choices))
    choices = [Choice(t.label, f"topic:{t.id}") for t in library.topics.values() if t.menu]
    choices += [Choice(words[f"menu.more_{g}"], f"menu:{g}") for g in ("need", "equality", "bot")]
    return Reply((words["menu.text"],), choices=tuple(choices))


# Courtesies and the like are topics too, but nobody chooses them from a list.
BOT_SHOWN = frozenset({"subscribe", "unsubscribe", "privacy", "bot_identity", "human_handoff"})

FLOW = Flow(respond, actions=frozenset({"menu"}), commands=frozenset({Command.HELP}))
