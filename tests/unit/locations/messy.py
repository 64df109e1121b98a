"""Messy ways to say a place, made from the table of units: what people type on a phone."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from locations.units import Unit, load_units
from nlu.vietnamese import unaccent

SHORT_KIND = {"xã": "x", "phường": "p", "thị trấn": "tt", "huyện": "h", "thành phố": "tp",
              "thị xã": "tx", "đặc khu": "dac khu"}  # fmt: skip
MESSAGES = (
    "em đang ở {}, chồng đuổi đánh", "gần {} có chỗ nào tạm lánh không",
    "chị ơi nhà em {} đi đâu bây giờ", "tui ở {} nè", "mình ở {}", "{}", "o {} ne",
    "con o {} so qua co oi", "bị đánh, hiện ở {}, có con nhỏ",
)  # fmt: skip


@dataclass(frozen=True)
class Said:
    """A messy text and the unit it was made from."""

    text: str
    unit: Unit
    how: str


def messy(count: int, seed: int) -> Iterator[Said]:
    """`count` texts, the same for the same seed."""
    dice = random.Random(seed)
    units = [u for u in load_units() if u.level in ("new", "old_commune", "old_district")]
    for _ in range(count):
        unit = dice.choice(units)
        name, how = _name(unit, dice)
        text = dice.choice(MESSAGES).format(name)
        if dice.random() < 0.45:
            text, how = unaccent(text), f"{how}, no accents"
        yield Said(text.lower() if dice.random() < 0.5 else text, unit, how)


def _name(unit: Unit, dice: random.Random) -> tuple[str, str]:
    kind = dice.choice((unit.kind, SHORT_KIND[unit.kind], ""))
    # Nobody writes "TT" before the name of a town that bears its district's name without a kind.
    said = f"{kind} {unit.name}".strip()
    how = "kind" if kind else "bare"
    if unit.district and dice.random() < 0.5:
        said, how = f"{said}{dice.choice((', ', ' '))}{unit.district}", f"{how}, district"
    if dice.random() < 0.3 and len(unit.name) >= 7:
        said, how = said.replace(unit.name, _slip(unit.name, dice)), f"{how}, slip"
    if dice.random() < 0.2:
        said += dice.choice((", {}", " {}")).format(unit.old_province or "An Giang")
    return said, how


def _slip(name: str, dice: random.Random) -> str:
    """One slip of the finger: a letter dropped, doubled, or two changed about."""
    at = dice.choice([i for i in range(1, len(name) - 1) if name[i] != " " != name[i + 1]])
    kind = dice.choice(("drop", "double", "swap"))
    if kind == "drop":
        return name[:at] + name[at + 1 :]
    if kind == "double":
        return name[:at] + name[at] + name[at:]
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
