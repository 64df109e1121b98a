"""Scoring topics and citations on labelled messages, asked as people would ask the bot.

Messages: ``text,topic[,style][,also]``; ``also`` names another topic that would be as right.
Questions: ``text,articles`` with ``;`` between ``<law> <article>`` pairs.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.dialogue.understanding import ELSEWHERE
from bot.messages import Citation, Inbound, Reply

Ask = Callable[[Inbound], Awaitable[Reply]]
# Topics whose answer states no law: a law card given to them is a mistake of its own.
NO_LAW = frozenset(ELSEWHERE)


@dataclass
class Tally:
    """How often something was right among how many."""

    asked: int = 0
    first: int = 0
    three: int = 0

    def add(self, first: bool, three: bool) -> None:
        """Count one message."""
        self.asked += 1
        self.first += first
        self.three += three or first

    @property
    def shares(self) -> tuple[float, float]:
        """Right first, and right within three, in 0..1."""
        return (self.first / self.asked, self.three / self.asked) if self.asked else (0.0, 0.0)


@dataclass
class TopicFigures:
    """Right topics by style and topic, what was taken for what.

    `no_law`: of messages that are nothing for An Tâm, by kind, how many were answered with law
    (`first`), and with law, any other card or an alarm (`three`).
    """

    styles: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    topics: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    taken_for: Counter[tuple[str, str]] = field(default_factory=Counter)
    no_law: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))


def read_rows(path: Path, needed: set[str]) -> list[dict[str, str]]:
    """Rows of a CSV file. Raises `ValueError` naming the columns it lacks."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    missing = needed - set(rows[0]) if rows else needed
    if missing:
        raise ValueError(f"{path.name}: the columns {', '.join(sorted(missing))} are missing")
    return rows


async def score_topics(ask: Ask, paths: Iterable[Path]) -> TopicFigures:
    """Ask every message as a person of its own. A danger reply is right for `emergency`."""
    figures = TopicFigures()
    rows = [row for path in paths for row in read_rows(path, {"text", "topic"})]
    for number, row in enumerate(rows):
        reply = await ask(Inbound("score", str(number), text=row["text"]))
        right = {row["topic"], *(row.get("also") or "").replace(";", ",").split(",")}
        right = {topic.strip() for topic in right} - {""}
        said = reply.topic or "unclear"
        first = said in right or ("emergency" in right and bool(reply.danger))
        three = bool(right & {said, *reply.alternatives[:2]})
        style = row.get("style") or "all"
        for tally in (figures.styles[style], figures.styles["all"], figures.topics[row["topic"]]):
            tally.add(first, three)
        if not first:
            figures.taken_for[(row["topic"], said)] += 1
        if row["topic"] in NO_LAW:
            taken = bool(reply.danger) or (reply.card is not None and reply.topic not in NO_LAW)
            for kind in dict.fromkeys((row.get("kind") or "all", "all")):
                figures.no_law[kind].add(bool(reply.citations), taken)
    return figures


async def score_questions(ask: Ask, path: Path) -> tuple[Tally, list[str]]:
    """Whether a right article is cited in the first answer, and in it or its choices.

    Returns the counts and the questions whose answer cites none of the right articles at all.
    """
    tally, missed = Tally(), []
    for number, row in enumerate(read_rows(path, {"text", "articles"})):
        reply = await ask(Inbound("score", f"q{number}", text=row["text"]))
        right = {" ".join(a.split()) for a in row["articles"].split(";") if a.strip()}
        first = bool(right & _names(reply.citations))
        offered = [c for choice in reply.choices[:3] for c in choice.citations]
        tally.add(first, bool(right & _names(offered)))
        if not first and not right & _names(offered):
            missed.append(f"{row['text']} → {row['articles']}; said {reply.topic}/{reply.card}")
    return tally, missed


def _names(citations: Iterable[Citation]) -> set[str]:
    return {f"{c.law} {c.article}" for c in citations}


def show_topics(figures: TopicFigures, console: Console) -> None:
    """Print the figures by style and topic, and the commonest mistakes."""
    for title, tallies in (("By style", figures.styles), ("By topic", figures.topics)):
        table = Table(title=title, title_justify="left")
        for column in ("", "messages", "right first", "in first 3"):
            table.add_column(column, justify="left" if not column else "right")
        for name, tally in sorted(tallies.items(), key=lambda t: t[1].shares):
            first, three = tally.shares
            table.add_row(name, str(tally.asked), f"{first:.3f}", f"{three:.3f}")
        console.print(table)
    for (topic, said), count in figures.taken_for.most_common(25):
        console.print(f"{count:3d} {topic} → {said}", highlight=False)
    for kind, tally in figures.no_law.items():
        console.print(
            f"nothing for An Tâm, {kind}: {tally.first} of {tally.asked} answered with law, "
            f"{tally.three} with any card or an alarm",
            highlight=False,
        )


def show_questions(tally: Tally, missed: list[str], console: Console, every: bool) -> None:
    """Print the shares; with `every`, each question without a right article."""
    first, three = tally.shares
    console.print(
        f"{tally.asked} questions: a right article in the first answer {first:.3f}, "
        f"in it or its three choices {three:.3f}",
        highlight=False,
    )
    for line in missed if every else []:
        console.print(f"missed: {line}", highlight=False)
