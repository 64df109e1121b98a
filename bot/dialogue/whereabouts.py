"""Where somebody is, and the places near there, as parts of a reply. Nothing of it is kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from bot.dialogue.turn import Turn
from bot.messages import Call, Choice, Point, Spot
from content.words import Words
from locations.cells import WHO, dialled
from locations.check import is_fresh
from locations.finder import FAR, HERE, Found, is_open, map_link
from locations.gazetteer import Located, gazetteer
from locations.hours import ALWAYS
from locations.place import Kind, Place, PointKind, Visibility
from locations.units import Unit, new_units, units_by_key

# What the words say of people, and the groups a place must take in then.
GROUPS = {"man": "men", "elder": "elders", "child": "children"}
# A place named in passing counts when the belief in it reaches this.
NAMED = 0.55
MOST_CHOICES = 4


@dataclass(frozen=True, slots=True)
class Nearby:
    """Texts, numbers and places to put into a reply; all of the same `found`."""

    found: tuple[Found, ...]
    texts: tuple[str, ...]
    calls: tuple[Call, ...]
    spots: tuple[Spot, ...]


def located(turn: Turn, *, asked: bool) -> Located:
    """What the words of the turn say of where the person is."""
    found = gazetteer().locate(turn.text, asked=asked)
    if found.matches and found.matches[0].score < NAMED:
        return Located(outside=found.outside)
    return found


def unit_of_choice(argument: str) -> Unit | None:
    """The unit behind a tap ``place:<key>``."""
    return units_by_key().get(argument)


def choices(found: Located) -> tuple[Choice, ...]:
    """The places that bear the name, to choose from."""
    units = [m.unit for m in found.matches if m.unit.code]
    first = [u for u in units if u.name == units[0].name][:MOST_CHOICES]
    return tuple(Choice(_told(u), f"place:{u.key}") for u in first)


def title(unit: Unit) -> str:
    """The unit as it is said back; an old name with what it is now."""
    now = [new_units()[c] for c in unit.now if c in new_units()]
    if unit.level in ("old_commune", "landmark") and len(now) == 1:
        today = f"{now[0].kind} {now[0].name}"
        return unit.title if today == unit.title else f"{unit.title}, nay thuộc {today}"
    return unit.title


def groups(turn: Turn) -> frozenset[str]:
    """The groups places must take in, named now or before; they are remembered with the state."""
    turn.state.groups |= {GROUPS[h] for h in turn.hints if h in GROUPS}
    return turn.state.groups


def near(turn: Turn, lat: float, lon: float) -> Nearby:
    """At most three safe places near a point (decimal degrees), as words, calls and places.

    When nothing fresh lies near, or nothing takes these people in, the word on that comes first.
    """
    found, is_close = _best(turn, lat, lon)
    warning = ""
    if not found:
        warning = "shelter.none"
    elif not is_close:
        by_day_and_night = found[0].place.open_times == ALWAYS
        warning = "shelter.none_near" if by_day_and_night else "shelter.none_sure"
    return _told_of(turn, found, warning)


def anywhere(turn: Turn, lat: float, lon: float) -> Nearby:
    """The same places for somebody who did not say where they are: no distances."""
    found, is_close = _best(turn, lat, lon)
    warning = "" if is_close else "shelter.none_sure" if found else "shelter.none"
    return _told_of(turn, [unplaced(f) for f in found], warning)


def _best(turn: Turn, lat: float, lon: float) -> tuple[list[Found], bool]:
    """The places to show, and whether a fresh one of them lies near."""
    who = groups(turn)
    found = turn.finder.nearest(lat, lon, 3, who=who)
    close = [f for f in found if f.is_fresh and f.km is not None and f.km <= FAR]
    if not close:
        # The centre takes people in from the whole province: it comes before what is far or stale.
        centre = turn.finder.nearest(lat, lon, 1, kinds=frozenset({Kind.ONE_STOP_CENTRE}), who=who)
        rest = [f for f in found if f.place not in [c.place for c in centre]]
        found = [*centre, *rest][:3]
    return found, bool(close)


def _told_of(turn: Turn, found: list[Found], warning: str) -> Nearby:
    words = turn.speak.words
    texts = [place_text(words, i, f) for i, f in enumerate(found, 1)]
    if warning:
        texts.insert(0, words[warning])
    return Nearby(tuple(found), tuple(texts), _calls(found), tuple(spot(f) for f in found))


def elsewhere(turn: Turn, province: str) -> list[Place]:
    """Places of another province that are reached by phone."""
    return [p for p in turn.finder.by_phone(province) if p.province == province]


def place_text(words: Words, number: int, found: Found) -> str:
    """One place in words: what it is, how far, whom to call, whom it takes in, when checked."""
    place = found.place
    numbers = ", ".join(dialled(p) for p in place.phones)
    who = ", ".join(WHO[w] for w in place.takes_in)
    lines = (
        words["shelter.place"].format(number=number, name=place.name),
        _far(words, found),
        _where(words, place),
        words["shelter.call"].format(numbers=numbers) if numbers else "",
        _hours(words, found),
        words["shelter.takes"].format(who=who) if who else "",
        words["shelter.cost"].format(cost=place.cost) if place.cost else "",
        _checked(words, found),
    )
    return "\n".join(x for x in lines if x)


def spot(found: Found) -> Spot:
    """A place as a reply carries it: nothing that may only be told by phone.

    It holds no more than `place_text` says: of a place that is not public, `distance_km` is the
    same rounded distance to its unit's centre, without a direction.
    """
    place = found.place
    shown = place.visibility == Visibility.PUBLIC
    pinned = shown and place.point == PointKind.EXACT and place.latitude is not None
    return Spot(
        place.id, place.name, place.kind, place.visibility,
        address=place.address if shown else "",
        distance_km=round(found.km, 1) if found.km is not None else None,
        direction=found.direction,
        phones=tuple(dialled(p) for p in place.phones),
        hours=place.schedule,
        checked_on=place.assured_date.isoformat() if place.assured_date else None,
        point=Point(place.latitude or 0.0, place.longitude or 0.0) if pinned else None,
        map_link=map_link(place),
    )  # fmt: skip


def _far(words: Words, found: Found) -> str:
    if found.km is None:
        return ""
    if found.place.visibility != Visibility.PUBLIC:
        return words["shelter.far_rough"].format(km=f"{found.km:.0f}")
    return words["shelter.far"].format(km=_km(found.km), direction=found.direction)


def _where(words: Words, place: Place) -> str:
    if place.visibility != Visibility.PUBLIC:
        return words["shelter.phone_only"]
    unit = new_units().get(place.unit_code)
    if place.point == PointKind.AREA and unit is not None:
        return words["shelter.area"].format(unit=f"{unit.kind} {unit.name}")
    said = words["shelter.address"].format(address=place.address) if place.address else ""
    rough = words["shelter.approximate"] if place.point == PointKind.APPROXIMATE else ""
    return " ".join(x for x in (said, rough) if x)


def _hours(words: Words, found: Found) -> str:
    hours = found.place.schedule
    if not hours:
        return ""
    said = words["shelter.hours"].format(hours=hours)
    if found.is_open is None or found.place.open_times == ALWAYS:
        return said
    return f"{said} {words['shelter.open' if found.is_open else 'shelter.closed']}"


def _checked(words: Words, found: Found) -> str:
    day = found.place.assured_date
    if day is None:
        return words["shelter.never"]
    key = "shelter.fresh" if found.is_fresh else "shelter.stale"
    return words[key].format(day=day.strftime("%d/%m/%Y"))


def _calls(found: list[Found]) -> tuple[Call, ...]:
    return tuple(
        Call(f.place.name, dialled(f.place.phones[0]), f.place.schedule, f.place.cost)
        for f in found
        if f.place.phones
    )


def _km(km: float) -> str:
    return f"{km:.1f}".replace(".", ",") if km < 10 else f"{km:.0f}"


def _told(unit: Unit) -> str:
    old = unit.title.replace(" (cũ)", "")
    return f"{old} (tên cũ)" if unit.level != "new" else old


def unplaced(found: Found) -> Found:
    """The same place without how far it is."""
    return replace(found, km=None, direction="")


def bare(place: Place) -> Found:
    """A place of which no distance is known."""
    now = datetime.now(HERE)
    return Found(place, None, "", is_open(place, now), is_fresh(place, now.date()))
