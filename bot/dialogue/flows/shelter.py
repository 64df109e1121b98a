"""A safe place: where somebody is, from a point, a tap or words, and the nearest places there."""

from __future__ import annotations

from bot.dialogue import whereabouts
from bot.dialogue.lawyer import articles_for, with_articles
from bot.dialogue.turn import Flow, Turn
from bot.messages import Call, Command, Reply
from locations.gazetteer import Located
from locations.units import Unit, new_units

CONTACTS = ("anh_duong_an_giang", "police", "peace_house")
NATIONAL = ("police", "peace_house", "child_helpline")
# From these a Vietnamese number may not be reached.
ABROAD = frozenset(
    {"Campuchia", "Đài Loan", "Hàn Quốc", "Trung Quốc", "Nhật Bản", "Thái Lan", "Malaysia"}
)
# The centre that takes people in from the whole province.
CENTRE = (10.3661, 105.423)  # phường Long Xuyên, its unit's centre
# Topics that a place name alone may go on with.
LOOSE = frozenset({"unclear", "find_shelter", "emergency", "out_of_scope", "greeting"})


async def respond(turn: Turn) -> Reply:
    """The nearest places; which of several units is meant; or the question where, once.

    A point is used for the distances and dropped with the turn.
    """
    state, point = turn.state, turn.inbound.point
    asked, state.awaits_place = state.awaits_place, False
    state.topic = "find_shelter"
    whereabouts.groups(turn)  # also when the answer is a question: the next message says where
    if point is not None:
        return _near(turn, turn.speak.words["shelter.by_point"], point.lat, point.lon, None)
    tapped = whereabouts.unit_of_choice(turn.argument)
    found = Located() if tapped else whereabouts.located(turn, asked=asked)
    unit = tapped or found.best
    if found.outside and unit is None:
        return _outside(turn, found.outside)
    if found.ambiguous and tapped is None:
        state.awaits_place = True
        return _which(turn, found)
    if unit is None or unit.level == "old_province":
        return _ask(turn) if not asked else _province_wide(turn)
    said = turn.speak.words["shelter.understood"].format(unit=whereabouts.title(unit))
    return _near(turn, said, unit.lat, unit.lon, unit)


def hears(turn: Turn) -> bool:
    """A place that was asked for, or named after an alarm."""
    if not (turn.state.awaits_place or turn.state.danger):
        return False
    understood = turn.understood
    loose = understood is None or not understood.sure or understood.topic in LOOSE
    found = whereabouts.located(turn, asked=turn.state.awaits_place)
    if found.matches or found.outside:
        return loose or len(turn.text.split()) <= 6
    return turn.state.awaits_place and understood is not None and not understood.sure


def _near(turn: Turn, said: str, lat: float, lon: float, unit: Unit | None) -> Reply:
    speak, words = turn.speak, turn.speak.words
    nearby = whereabouts.near(turn, lat, lon)
    texts = [said, *nearby.texts, words["shelter.before"]]
    now = [new_units()[c] for c in unit.now if c in new_units()] if unit else []
    if len(now) == 1:
        texts.append(words["shelter.authority"].format(unit=f"{now[0].kind} {now[0].name}"))
    if "men" in turn.state.groups:
        texts.append(words["shelter.who_else"])
    calls = _once((*nearby.calls, *speak.calls(CONTACTS)))
    return _with_law(turn, Reply(tuple(texts), calls, places=nearby.spots))


def _which(turn: Turn, found: Located) -> Reply:
    speak = turn.speak
    return Reply(
        (speak.words["shelter.which"],),
        calls=speak.calls(CONTACTS),
        choices=whereabouts.choices(found),
        topic="find_shelter",
    )


def _ask(turn: Turn) -> Reply:
    turn.state.awaits_place = True
    texts, calls = [turn.speak.words["shelter.ask"]], turn.speak.calls(CONTACTS)
    nearby = whereabouts.anywhere(turn, *CENTRE)
    if len(nearby.found) == 1:  # one place for the whole province: the question need not wait
        texts += nearby.texts
        calls = _once((*nearby.calls, *calls))
    return _with_law(turn, Reply(tuple(texts), calls, asks_place=True))


def _province_wide(turn: Turn) -> Reply:
    words = turn.speak.words
    nearby = whereabouts.anywhere(turn, *CENTRE)
    first = (words["shelter.province_wide"],) if nearby.found else ()
    said = (*first, *nearby.texts, words["shelter.who_else"])
    return _with_law(turn, Reply(said, _once((*nearby.calls, *turn.speak.calls(CONTACTS)))))


def _outside(turn: Turn, place: str) -> Reply:
    speak, words = turn.speak, turn.speak.words
    if place in ABROAD:
        return _with_law(turn, Reply((words["shelter.abroad"].format(place=place),),
                                     speak.calls(NATIONAL)))  # fmt: skip
    known = whereabouts.elsewhere(turn, place)
    if not known:
        said = words["shelter.outside"].format(place=place)
        return _with_law(turn, Reply((said,), speak.calls(NATIONAL)))
    found = [whereabouts.bare(p) for p in known[:3]]
    texts = [words["shelter.outside_has"].format(place=place)]
    texts += [whereabouts.place_text(words, i, f) for i, f in enumerate(found, 1)]
    spots = tuple(whereabouts.spot(f) for f in found)
    return _with_law(turn, Reply(tuple(texts), speak.calls(NATIONAL), places=spots))


def _with_law(turn: Turn, reply: Reply) -> Reply:
    """The reply with the cards on shelters beside it, and the article a question is about."""
    speak = turn.speak
    cards = speak.ranked_cards("find_shelter", turn.text)[:2]
    full = Reply(
        texts=reply.texts,
        calls=reply.calls,
        choices=(*reply.choices, *(speak.card_choice(c) for c in cards)),
        topic="find_shelter",
        card=cards[0].id if cards else None,
        citations=speak.card_choice(cards[0]).citations if cards else (),
        places=reply.places,
        asks_place=reply.asks_place,
    )
    hits = articles_for(speak, turn.text, "find_shelter")
    return with_articles(speak, full, cards[0] if cards else None, hits)


def _once(calls: tuple[Call, ...]) -> tuple[Call, ...]:
    """Each number once, where it first stood; at most four."""
    first: dict[str, Call] = {}
    for call in calls:
        first.setdefault(call.dial, call)
    return tuple(first.values())[:4]


FLOW = Flow(
    respond,
    topics=frozenset({"find_shelter"}),
    actions=frozenset({"place"}),
    commands=frozenset({Command.PLACE}),
    hears=hears,
)
