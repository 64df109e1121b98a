"""What is kept, erasing it, and getting the chat out of sight."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue.flows.answer import answer_topic
from bot.dialogue.turn import Flow, Turn
from bot.messages import Choice, Command, Reply


async def respond(turn: Turn) -> Reply:
    """Explain, with erasing one tap away; or erase; or help the person leave."""
    words = turn.speak.words
    name = (turn.inbound.choice or "").partition(":")[0]
    if turn.inbound.command is Command.ERASE or name == "erase":
        return Reply((words["erase.asked"],), erases=True)
    if turn.inbound.command is Command.LEAVE or name == "leave":
        return Reply((words["leave.text"],), leaves=True)
    reply = answer_topic(turn, "privacy")
    erase = Choice(words["erase.choice"], "erase")
    return replace(reply, choices=(erase, *reply.choices)[:4])


FLOW = Flow(
    respond,
    topics=frozenset({"privacy"}),
    actions=frozenset({"erase", "leave"}),
    commands=frozenset({Command.ERASE, Command.LEAVE}),
)
