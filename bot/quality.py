"""Scoring the danger check on labelled messages: ``text,danger,kind`` rows."""

from __future__ import annotations

import csv
from collections.abc import Awaitable, Callable, Container
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
    kinds: dict[str, list[bool]] = field(default_factory=dict)  # by the labelled kind: named so?
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


async def score_danger(
    ask: Callable[[Inbound], Awaitable[Reply]], path: Path, kinds: Container[str]
) -> DangerFigures:
    """Ask every message of the CSV file as a person of its own.

    Only labels among `kinds`, those that have a reply of their own, count as kinds. Raises
    `ValueError` when a column is missing.
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
            kind = row.get("kind", "")
            if reply.danger and kind in kinds:
                figures.kinds.setdefault(kind, []).append(reply.danger == kind)
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
    if figures.kinds:
        console.print(_kinds(figures.kinds))
    if every:
        for text in figures.missed:
            console.print(f"missed: {text}", highlight=False)
        for kind, text in figures.alarms:
            console.print(f"false alarm ({kind}): {text}", highlight=False)


def _kinds(kinds: dict[str, list[bool]]) -> Table:
    table = Table(title="Of the found, named as labelled", title_justify="left")
    table.add_column("kind")
    for column in ("messages", "named so", "share"):
        table.add_column(column, justify="right")
    everything = [right for each in kinds.values() for right in each]
    for kind, rights in (*sorted(kinds.items()), ("all", everything)):
        share = f"{sum(rights) / len(rights):.3f}"
        table.add_row(kind, str(len(rights)), str(sum(rights)), share)
    return table
