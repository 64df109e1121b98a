"""Signing up for the messages of the Action Month, wishes about them, stopping, going on."""

from __future__ import annotations

from bot.dialogue import whereabouts
from bot.dialogue.turn import Flow, Turn
from bot.messages import Choice, Command, Reply
from nlu.vietnamese import normalise

# Whole messages that mean the thing, as people type them; «dung» too, for phones without accents.
STOP = frozenset(
    {"dừng", "dung", "ngừng", "ngung", "stop", "huỷ", "hủy", "huy", "thôi nhận", "thoi nhan"}
    | {"dừng lại", "dừng nhận tin", "dung nhan tin", "ngừng nhận tin", "huỷ đăng ký"}
    | {"hủy đăng ký", "huy dang ky", "thôi nhận tin", "thoi nhan tin", "đừng gửi nữa"}
    | {"dung gui nua", "đừng gửi tin nữa", "dung gui tin nua"}
)
RESUME = frozenset(
    {"nhận tin lại", "nhan tin lai", "nhận lại tin", "nhan lai tin", "tiếp tục nhận tin"}
    | {"tiep tuc nhan tin"}
)
BEGIN = frozenset({"đăng ký", "đăng kí", "dang ky", "dang ki", "đăng ký nhận tin"})
HOURS = ("morning", "noon", "evening")
# What people may choose to hear about; a message without a topic goes to everybody.
ABOUT = {
    "family": ("education_family_equality", "maternity", "property_economic", "child_abuse",
               "elder_abuse"),
    "work": ("gender_equality_labour", "maternity", "sexual_harassment_work",
             "women_startup_support", "gender_equality_politics"),
    "help": ("what_is_violence", "report_violence", "bystander_help", "protection_order",
             "legal_aid", "find_shelter", "online_violence", "male_victim", "perpetrator_help"),
}  # fmt: skip


async def respond(turn: Turn) -> Reply:
    """By tap, command or words: start, wish, stop, resume."""
    inbound, people = turn.inbound, turn.subscriptions
    turn.state.awaits_unit, asked_unit = False, turn.state.awaits_unit
    if not people.reaches(inbound.channel):
        return _say(turn, "elsewhere")
    name, _, tapped = (inbound.choice or "").partition(":")
    said = _said(turn)
    if _stops(turn, name, said):
        return await _stop(turn)
    if said in RESUME or (name == "sub" and tapped == "resume"):
        return await _resume(turn)
    if asked_unit and inbound.text:
        return await _unit(turn)
    if name == "sub" and tapped:
        return await _tapped(turn, tapped)
    return await _begin(turn)


def hears(turn: Turn) -> bool:
    """The words for stopping, going on and beginning, and the name of a unit that was asked for."""
    if not turn.inbound.text:
        return False
    if turn.state.awaits_unit and whereabouts.located(turn, asked=True).matches:
        return True
    return _said(turn) in STOP | RESUME | BEGIN


def _said(turn: Turn) -> str:
    return normalise(turn.inbound.text).lower().strip(" .!?,«»\"'/")


def _stops(turn: Turn, name: str, said: str) -> bool:
    if turn.inbound.command is Command.STOP or name == "unsub" or said in STOP:
        return True
    return turn.topic == "unsubscribe" and said != "" and said not in BEGIN | RESUME


async def _begin(turn: Turn) -> Reply:
    """What it is, and one tap to say yes; never in a chat that met danger."""
    inbound, people = turn.inbound, turn.subscriptions
    mine = await people.of(inbound.channel, inbound.person)
    if mine is not None and mine.paused:
        return _say(turn, "paused", _choice(turn, "resume"), _choice(turn, "stop", "unsub"))
    if mine is not None:
        return _say(turn, "already", *_wishes(turn), _choice(turn, "stop", "unsub"))
    if await people.is_quiet(inbound.channel, inbound.person):
        return _say(turn, "quiet")
    return _say(turn, "consent", _choice(turn, "yes"), _back(turn))


async def _tapped(turn: Turn, tapped: str) -> Reply:
    inbound, people = turn.inbound, turn.subscriptions
    what, _, value = tapped.partition(":")
    if what == "yes":
        begun = await people.start(inbound.channel, inbound.person)
        return _say(turn, "begun", *_wishes(turn)) if begun else _say(turn, "quiet")
    if await people.of(inbound.channel, inbound.person) is None:
        return await _begin(turn)
    if what == "hour":
        return await _hour(turn, value)
    if what == "about":
        return await _about(turn, value)
    if what == "unit":
        turn.state.awaits_unit = True
        return _say(turn, "ask_unit")
    return await _begin(turn)


async def _hour(turn: Turn, value: str) -> Reply:
    inbound = turn.inbound
    if value not in HOURS:
        chosen = [_choice(turn, hour, f"sub:hour:{hour}") for hour in HOURS]
        return _say(turn, "ask_hour", *chosen)
    await turn.subscriptions.wish(inbound.channel, inbound.person, hour=value)
    return _say(turn, "kept", *_wishes(turn))


async def _about(turn: Turn, value: str) -> Reply:
    """Each tap adds a subject or takes it away; none chosen means all."""
    inbound, people = turn.inbound, turn.subscriptions
    mine = await people.of(inbound.channel, inbound.person)
    chosen = {name for name, topics in ABOUT.items() if mine and set(topics) <= mine.topics}
    if value in ABOUT:
        chosen ^= {value}
        topics = frozenset(t for name in chosen for t in ABOUT[name])
        await people.wish(inbound.channel, inbound.person, topics=topics)
    elif value == "all":
        chosen = set()
        await people.wish(inbound.channel, inbound.person, topics=frozenset())
    choices = []
    for name in ABOUT:
        label = turn.speak.words[f"subscription.{name}"]
        choices.append(Choice(f"✓ {label}" if name in chosen else label, f"sub:about:{name}"))
    return _say(turn, "ask_about", *choices, _choice(turn, "all", "sub:about:all"), _back(turn))


async def _unit(turn: Turn) -> Reply:
    inbound = turn.inbound
    unit = whereabouts.located(turn, asked=True).best
    if unit is None or len(unit.now) != 1:
        turn.state.awaits_unit = True
        return _say(turn, "unit_unclear", _back(turn))
    await turn.subscriptions.wish(inbound.channel, inbound.person, unit=unit.now[0])
    said = turn.speak.words["subscription.unit_kept"].format(unit=whereabouts.title(unit))
    return Reply((said,), choices=_wishes(turn))


async def _stop(turn: Turn) -> Reply:
    inbound = turn.inbound
    ended = await turn.subscriptions.stop(inbound.channel, inbound.person)
    if not ended:
        return _say(turn, "none", _back(turn))
    await turn.count_tap("", "", "stop")
    return _say(turn, "stopped", _back(turn))


async def _resume(turn: Turn) -> Reply:
    inbound = turn.inbound
    if await turn.subscriptions.resume(inbound.channel, inbound.person):
        return _say(turn, "resumed", *_wishes(turn))
    return await _begin(turn)


def _say(turn: Turn, text: str, *choices: Choice) -> Reply:
    return Reply((turn.speak.words[f"subscription.{text}"],), choices=choices or (_back(turn),))


def _choice(turn: Turn, word: str, action: str = "") -> Choice:
    return Choice(turn.speak.words[f"subscription.choice_{word}"], action or f"sub:{word}")


def _wishes(turn: Turn) -> tuple[Choice, ...]:
    named = (("set_hour", "sub:hour:"), ("set_about", "sub:about:"), ("set_unit", "sub:unit"))
    return tuple(_choice(turn, word, action) for word, action in named)


def _back(turn: Turn) -> Choice:
    return turn.speak.menu_choice()


FLOW = Flow(
    respond,
    topics=frozenset({"subscribe", "unsubscribe"}),
    actions=frozenset({"sub", "unsub"}),
    commands=frozenset({Command.SUBSCRIBE, Command.STOP}),
    hears=hears,
)
