"""The figures of `antam nlu test` as tables in the terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table


def show(result: dict[str, Any], console: Console) -> None:
    """Print accuracy by form or style, the topics, the confusions, the reliability table."""
    console.print(_forms(result))
    console.print(_topics(result))
    console.print(_confusions(result))
    console.print(_reliability(result))


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for i, column in enumerate(columns):
        table.add_column(column, justify="left" if i == 0 else "right")
    return table


def _forms(result: dict[str, Any]) -> Table:
    table = _table("Topics, first guess", "form", "messages", "accuracy", "macro-F1", "in first 3")
    for form, f in result["forms"].items():
        shares = (f"{f[k]:.3f}" for k in ("accuracy", "macro_f1", "first_three"))
        table.add_row(form, str(f["messages"]), *shares)
    return table


def _topics(result: dict[str, Any]) -> Table:
    forms = [f for f in ("accented", "unaccented", "teencode") if f in result["per_topic"][0]]
    table = _table("F1 by topic", "topic", "messages", *forms)
    for row in result["per_topic"]:
        shares = (f"{row[f]['f1']:.2f}" if f in row else "" for f in forms)
        table.add_row(row["topic"], str(row["messages"]), *shares)
    return table


def _confusions(result: dict[str, Any]) -> Table:
    table = _table("Taken for another", "topic", "said", "count")
    for row in result["confusions"]:
        table.add_row(row["topic"], row["said"], str(row["count"]))
    return table


def _reliability(result: dict[str, Any]) -> Table:
    table = _table("Belief and truth", "belief from", "messages", "mean belief", "right")
    for row in result["reliability"]:
        shares = (f"{row['belief']:.2f}", f"{row['right']:.2f}")
        table.add_row(f"{row['from']:.2f}", str(row["messages"]), *shares)
    return table
