"""What is owed to chats while the database is away, over the end of the process.

A line is a one-way keyed hash of a chat and what is owed to it: no platform id, and nothing that
leads to one without the secret key and the table of subscriptions. The file lives as long as
something is owed.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot import logs
from bot.store.keys import one_way

log = logs.get("subscriptions")
FORGET, QUIETEN = "forget", "quieten"


@dataclass(frozen=True, slots=True, eq=False)
class Debt:
    """What is owed to one chat: first to forget it, then to quieten it."""

    forget: bool = False
    quieten: bool = False


class OwedFile:
    """A file of this process in `folder`; those of processes that have ended lie beside it."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self._folder, self._key = folder, key
        self._mine = folder / f"{secrets.token_hex(8)}.owed"

    def mark(self, channel: str, person: str) -> str:
        """The one-way key of a chat, as it stands in the file."""
        return one_way(self._key, "owed", channel, person).hex()

    def add(self, channel: str, person: str, debt: Debt) -> None:
        """Write down what is owed to a chat. Never raises: then it is kept in memory alone."""
        owed = [w for w, is_owed in ((FORGET, debt.forget), (QUIETEN, debt.quieten)) if is_owed]
        line = f"{self.mark(channel, person)} {' '.join(owed)}\n"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._mine, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(line)
        except OSError as error:
            action = "check the data folder; do not restart while the database is away"
            log.error("what is owed to a chat is kept in memory alone", action=action,
                      **logs.describe(error))  # fmt: skip

    def clear(self) -> None:
        """Nothing is owed any more."""
        self.drop([self._mine])

    def left(self) -> tuple[list[Path], dict[str, Debt]]:
        """What others left behind: their files, and mark to debt."""
        files = [path for path in self._folder.glob("*.owed") if path != self._mine]
        owed: dict[str, Debt] = {}
        for path in files:
            with suppress(OSError):
                for line in path.read_text(encoding="ascii", errors="replace").splitlines():
                    mark, _, what = line.partition(" ")
                    before = owed.get(mark, Debt())
                    owed[mark] = Debt(
                        before.forget or FORGET in what, before.quieten or QUIETEN in what
                    )
        return files, owed

    def drop(self, files: Iterable[Path]) -> None:
        """Delete files whose debts are paid."""
        for path in files:
            with suppress(OSError):
                path.unlink()
