"""A real person: the numbers and their hours."""

from __future__ import annotations

from bot.dialogue.turn import Flow, Turn
from bot.messages import Reply

CONTACTS = ("anh_duong_an_giang", "child_helpline", "peace_house")


async def respond(turn: Turn) -> Reply:
    """Who answers the phone, at what hours."""
    speak = turn.speak
    lines = [
        f"• {c.name}: {c.number}" + (f" ({', '.join(x for x in (c.hours, c.cost) if x)})")
        for c in speak.calls(CONTACTS)
    ]
    text = speak.words["human.text"].format(numbers="\n".join(lines))
    return Reply((text,), calls=speak.calls(CONTACTS), topic="human_handoff")


FLOW = Flow(respond, topics=frozenset({"human_handoff"}), actions=frozenset({"human"}))
