"""How fast places are found: the nearest of 100,000, and a place from words."""

from __future__ import annotations

import random
import time
from datetime import datetime
from itertools import islice

from rich.progress import track

from locations.finder import HERE, Finder
from locations.gazetteer import Gazetteer
from locations.place import Place, PointKind
from locations.units import load_units
from tests.unit.locations.messy import messy

PLACES, QUERIES, TEXTS = 100_000, 2_000, 2_000


def made_up(count: int) -> list[Place]:
    """Places all over the province, checked today; a third takes in only women."""
    dice = random.Random(7)
    today = datetime.now(HERE).date()
    return [
        Place(
            id=str(n), name=str(n), kind=dice.choice(("shelter", "trusted_address", "health")),
            latitude=dice.uniform(9.3, 10.95), longitude=dice.uniform(103.4, 105.6),
            point=PointKind.EXACT.value, assured_date=today,
            takes_in=["women"] if n % 3 == 0 else [],
        )
        for n in range(count)
    ]  # fmt: skip


def measure() -> dict[str, list[float]]:
    """Times in seconds: building the finder, one search each, one located text each."""
    dice, places = random.Random(8), made_up(PLACES)
    started = time.perf_counter()
    finder = Finder(places)
    built = time.perf_counter() - started
    searches = []
    for _ in track(range(QUERIES), "nearest of 100,000", transient=True):
        here = dice.uniform(9.3, 10.95), dice.uniform(103.4, 105.6)
        started = time.perf_counter()
        finder.nearest(*here, who=frozenset({"women", "children"}))
        searches.append(time.perf_counter() - started)
    started = time.perf_counter()
    gazetteer = Gazetteer(load_units())
    indexed = time.perf_counter() - started
    texts = []
    for said in islice(messy(TEXTS, seed=9), TEXTS):
        started = time.perf_counter()
        gazetteer.locate(said.text)
        texts.append(time.perf_counter() - started)
    return {
        "100,000 places built": [built], "nearest of 100,000": searches,
        "gazetteer built": [indexed], "a place from words": texts,
    }  # fmt: skip
