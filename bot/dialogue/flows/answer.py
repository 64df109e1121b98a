"""Answers from cards: the best card of the topic, its law, its numbers, the next steps."""

from __future__ import annotations

from bot.dialogue.lawyer import articles_for, with_articles
from bot.dialogue.turn import Flow, Turn
from bot.messages import Choice, Reply


async def respond(turn: Turn) -> Reply:
    """The best card of the topic for the words, or the card behind a tap."""
    if turn.understood is None and (turn.inbound.choice or "").startswith("card:"):
        return _card(turn, turn.argument)
    return answer_topic(turn, turn.topic or turn.argument)


def answer_topic(turn: Turn, topic: str) -> Reply:
    """The best card of `topic`; its siblings come first among the next steps."""
    articles = articles_for(turn.speak, turn.text, topic)
    ranked = turn.speak.ranked_cards(topic, turn.text, turn.hints, articles)
    if not ranked:
        return gone(turn)
    turn.state.topic, turn.state.card = topic, ranked[0].id
    others = turn.understood.needs if turn.understood else ()
    needs = [turn.speak.topic_choice(t, turn.text) for t in others[:2]]
    reply = turn.speak.answer(ranked[0], ranked[1:3], needs, turn.hints)
    return with_articles(turn.speak, reply, ranked[0], articles)


def gone(turn: Turn) -> Reply:
    """Nothing may be shown (a withdrawn card, an old or forged button): numbers and the menu."""
    speak = turn.speak
    numbers = speak.words["unsure.numbers"].format(numbers=speak.numbers())
    menu = Choice(speak.words["menu.back"], "menu")
    return Reply((speak.words["answer.gone"], numbers), speak.calls(speak.default), (menu,))


def _card(turn: Turn, card_id: str) -> Reply:
    card = turn.speak.valid_card(card_id)
    if card is None:
        return gone(turn)
    turn.state.topic, turn.state.card = card.topic, card.id
    return turn.speak.answer(card)


FLOW = Flow(respond, actions=frozenset({"card", "topic"}))
