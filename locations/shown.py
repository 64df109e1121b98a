"""The places a running bot shows: read from the table, read again when it changes."""

from __future__ import annotations

from contextlib import suppress
from itertools import chain

import structlog
from sqlalchemy.exc import IntegrityError

from locations.finder import Finder
from locations.shipped import authorities, corrections, institutions, samples
from locations.store import Places

log = structlog.get_logger(part="places")


class ShownPlaces:
    """Keeps a `Finder` in step with the table. `demo` loads and shows the made-up samples."""

    def __init__(self, places: Places, demo: bool) -> None:
        self._places, self._demo = places, demo
        self._revision = -1

    async def fill(self) -> None:
        """Put in the shipped places that are not there yet, and the samples when trying out.

        A shipped institution that nobody edited follows the file, so that a corrected number is
        served. What an office changed or hid is left as it is (`shipped.corrections` names it).
        Two processes may do this at once.
        """
        table = await self._places.all()
        there = {p.id for p in table}
        fresh, kept = corrections(table)
        if fresh:
            await self._places.put(fresh)
        if fresh or kept:
            action = "antam locations check names the shipped places that staff edited: they stay"
            log.info("shipped places brought up to date", count=len(fresh), action=action)
        shipped = chain(institutions(), authorities(), samples() if self._demo else ())
        if missing := [p for p in shipped if p.id not in there]:
            with suppress(IntegrityError):  # the other process was faster
                await self._places.put(missing)

    async def changed(self) -> bool:
        """Whether somebody wrote to the table since the last `finder`."""
        return await self._places.revision() != self._revision

    async def finder(self) -> Finder:
        """A finder over the places as they are now. Samples are left out unless trying out."""
        self._revision = await self._places.revision()
        return Finder(await self._places.all(), demo=self._demo)
