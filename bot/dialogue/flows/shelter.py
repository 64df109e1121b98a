"""A safe place: asks where the person is, and says honestly what An Tâm knows so far."""

from __future__ import annotations

from bot.dialogue.lawyer import articles_for, with_articles
from bot.dialogue.turn import Flow, Turn
from bot.messages import Command, Reply

CONTACTS = ("anh_duong_an_giang", "police", "peace_house")


async def respond(turn: Turn) -> Reply:
    """Ask for a place; with one given, the one-stop centre and the numbers until the table comes.

    The point is not looked at: it is dropped here, and the reply says so.
    """
    words, speak = turn.speak.words, turn.speak
    number = next(c.number for c in speak.calls(CONTACTS[:1]))
    centre = f"{words['shelter.none_yet']}\n{words['shelter.centre'].format(number=number)}"
    if turn.inbound.point is not None or turn.state.awaits_place:
        turn.state.awaits_place = False
        thanks = (words["shelter.thanks_place"],) if turn.inbound.point is not None else ()
        texts = (*thanks, centre, words["shelter.who_else"])
        asks = False
    else:
        turn.state.awaits_place = True
        texts = (centre, words["shelter.who_else"], words["shelter.ask"])
        asks = True
    cards = speak.ranked_cards("find_shelter", turn.text)[:2]
    turn.state.topic = "find_shelter"
    reply = Reply(
        texts=texts,
        calls=speak.calls(CONTACTS),
        choices=tuple(speak.card_choice(c) for c in cards),
        topic="find_shelter",
        card=cards[0].id if cards else None,
        citations=speak.card_choice(cards[0]).citations if cards else (),
        asks_place=asks,
    )
    hits = articles_for(speak, turn.text, "find_shelter")
    return with_articles(speak, reply, cards[0] if cards else None, hits)


FLOW = Flow(
    respond,
    topics=frozenset({"find_shelter"}),
    actions=frozenset({"place"}),
    commands=frozenset({Command.PLACE}),
)
