"""The places a running bot shows: read from the table, read again when it changes."""

from __future__ import annotations

from itertools import chain

from locations.finder import Finder
from locations.shipped import authorities, institutions, samples
from locations.store import Places


class ShownPlaces:
    """Keeps a `Finder` in step with the table. `demo` loads and shows the made-up samples."""

    def __init__(self, places: Places, demo: bool) -> None:
        self._places, self._demo = places, demo
        self._revision = -1

    async def fill(self) -> None:
        """Put the shipped places into an empty table, and the samples when trying out."""
        if await self._places.count() == 0:
            await self._places.put(chain(institutions(), authorities()))
        if self._demo and not any(p.is_sample for p in await self._places.all()):
            await self._places.put(samples())

    async def changed(self) -> bool:
        """Whether somebody wrote to the table since the last `finder`."""
        return await self._places.revision() != self._revision

    async def finder(self) -> Finder:
        """A finder over the places as they are now. Samples are left out unless trying out."""
        self._revision = await self._places.revision()
        return Finder(await self._places.all(), demo=self._demo)
