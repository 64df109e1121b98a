"""The danger reply: numbers first, one calm sentence, where to go; and the way back."""

from __future__ import annotations

from dataclasses import replace

from bot.dialogue import whereabouts
from bot.dialogue.lawyer import beside_danger
from bot.dialogue.turn import Flow, Turn
from bot.messages import Choice, Command, Reply

SAFE_WORD = "safe_word"
# Of several places of one name, so many are offered beside the numbers.
AMBIGUOUS = 3


async def respond(turn: Turn) -> Reply:
    """``danger:no`` takes the alarm back; everything else is the danger reply itself."""
    name, _, argument = (turn.inbound.choice or "").partition(":")
    if name == "danger" and argument == "no":
        turn.state.danger = False
        return Reply((turn.speak.words["danger.mistaken"],), choices=(_menu(turn),))
    return alarm(turn, SAFE_WORD)


def alarm(turn: Turn, kind: str) -> Reply:
    """The reply to danger of one kind. Starts with the numbers, never with a question.

    What stands beside the numbers may break; the numbers go out.
    """
    turn.state.danger = True
    reply = _numbers_first(turn, kind)
    for add in (_with_card, _with_places, _with_law):
        try:
            reply = add(turn, reply)
        except Exception as error:
            turn.failed(error)
    return reply


def _numbers_first(turn: Turn, kind: str) -> Reply:
    speak, words = turn.speak, turn.speak.words
    said = words.danger[kind]
    numbers = words["danger.numbers"].format(numbers=speak.numbers(said.contacts))
    choices = [Choice(words["danger.choice_place"], "place:danger")]
    choices.append(Choice(words["danger.choice_leave"], "leave"))
    if kind != SAFE_WORD:
        choices.append(Choice(words["danger.choice_no"], "danger:no"))
    return Reply(
        texts=(f"{numbers}\n{said.calm}", f"{said.now}\n{words['danger.offer']}"),
        calls=speak.calls(said.contacts),
        choices=tuple(choices),
        topic=turn.topic or "emergency",
        danger=kind,
        source="danger",
    )


def _with_card(turn: Turn, reply: Reply) -> Reply:
    """The card of the danger, and that of the topic beside it as a choice before the way out."""
    speak, topic = turn.speak, turn.topic
    card = speak.valid_card(speak.words.danger[reply.danger or SAFE_WORD].card)
    reply = replace(reply, card=card.id if card else None)
    if not topic or topic in ("emergency", "find_shelter", "unclear"):
        return reply
    beside = speak.best_card(topic, turn.text)
    if beside is None or not beside.citations:
        return reply
    first, *rest = reply.choices
    return replace(reply, choices=(first, speak.card_choice(beside), *rest))


def _with_law(turn: Turn, reply: Reply) -> Reply:
    """Who asks the law in the same breath is told it too, after the numbers and the way out."""
    return beside_danger(turn.speak, reply, turn.text)


def _with_places(turn: Turn, reply: Reply) -> Reply:
    """A place named in the cry is used at once: the nearest places follow the numbers."""
    if turn.inbound.text == "":
        return reply
    found = whereabouts.located(turn, asked=False)
    unit = found.best
    if unit is None or unit.level == "old_province":
        return reply
    if found.ambiguous:
        places = whereabouts.choices(found)[:AMBIGUOUS]
        return replace(reply, choices=(reply.choices[0], *places, *reply.choices[1:]))
    nearby = whereabouts.near(turn, unit.lat, unit.lon)
    said = turn.speak.words["shelter.understood"].format(unit=whereabouts.title(unit))
    return replace(reply, texts=(*reply.texts, said, *nearby.texts), places=nearby.spots)


def _menu(turn: Turn) -> Choice:
    return Choice(turn.speak.words["menu.back"], "menu")


FLOW = Flow(
    respond,
    topics=frozenset(),
    actions=frozenset({"danger", "sos"}),
    commands=frozenset({Command.SOS}),
)
