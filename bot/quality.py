"""Scoring the danger check on labelled messages: ``text,danger,kind`` rows."""

from __future__ import annotations

import csv
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.messages import Inbound, Reply


@dataclass
class DangerFigures:
    """Counts over a set: recall is found/present, false alarms are sounded/absent."""

    present: int = 0
    found: int = 0
    absent: int = 0
    sounded: int = 0
    right_kind: int = 0
    missed: list[str] = field(default_factory=list)
    alarms: list[tuple[str, str]] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """Share of the dangers that were found."""
        return self.found / self.present if self.present else 1.0

    @property
    def false_alarms(self) -> float:
        """Share of the harmless messages that sounded the alarm."""
        return self.sounded / self.absent if self.absent else 0.0


async def score_danger(ask: Callable[[Inbound], Awaitable[Reply]], path: Path) -> DangerFigures:
    """Ask every message of the CSV file as a person of its own.

    Raises `ValueError` when a column is missing.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or not {"text", "danger"} <= set(rows[0]):
        raise ValueError(f"{path.name}: expected the columns text, danger and perhaps kind")
    figures = DangerFigures()
    for number, row in enumerate(rows):
        reply = await ask(Inbound("score", str(number), text=row["text"]))
        if row["danger"] == "1":
            figures.present += 1
            figures.found += bool(reply.danger)
            figures.right_kind += reply.danger == row.get("kind")
            if not reply.danger:
                figures.missed.append(row["text"])
        else:
            figures.absent += 1
            figures.sounded += bool(reply.danger)
            if reply.danger:
                figures.alarms.append((reply.danger, row["text"]))
    return figures


def show_danger(figures: DangerFigures, console: Console, every: bool) -> None:
    """Print the figures; with `every`, each miss and each false alarm."""
    table = Table(title="Danger check", title_justify="left")
    for column in ("", "messages", "alarm", "share"):
        table.add_column(column, justify="left" if not column else "right")
    found, sounded = f"{figures.recall:.3f}", f"{figures.false_alarms:.3f}"
    table.add_row("danger", str(figures.present), str(figures.found), found)
    table.add_row("harmless", str(figures.absent), str(figures.sounded), sounded)
    console.print(table)
    console.print(f"of the found, {figures.right_kind} have the labelled kind")
    if every:
        for text in figures.missed:
            console.print(f"missed: {text}", highlight=False)
        for kind, text in figures.alarms:
            console.print(f"false alarm ({kind}): {text}", highlight=False)
