""" "Was this useful?": counted per card and day, with nothing about who answered."""

from __future__ import annotations

from bot.dialogue.turn import Flow, Turn
from bot.messages import Reply


async def respond(turn: Turn) -> Reply:
    """``useful:yes:CARD`` or ``useful:no:CARD``; a forged or old card is thanked, not counted."""
    speak, words = turn.speak, turn.speak.words
    said, _, card = turn.argument.partition(":")
    if card in speak.library.cards and said in ("yes", "no"):
        await turn.count_useful(card, said == "yes")
    if said == "yes":
        return Reply((words["useful.thanks"],))
    return Reply(
        (words["useful.sorry"].format(numbers=speak.numbers()),),
        calls=speak.calls(speak.default),
        choices=(speak.menu_choice(),),
    )


FLOW = Flow(respond, actions=frozenset({"useful"}))
