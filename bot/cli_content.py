"""`antam content …`: check the cards and lay them out for a reviewer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli_say import err, fail

if TYPE_CHECKING:
    from content.against import Texts
    from content.library import Library

app = typer.Typer(help="Cards, laws, contacts.", no_args_is_help=True)


@app.command("check")
def check_content(
    root: Annotated[Path | None, typer.Option(help="A content folder other than ours.")] = None,
    against: Annotated[
        Path | None, typer.Option(help="A folder of law texts to compare the cards with.")
    ] = None,
) -> None:
    """Check cards, laws and contacts; each fault with file, line and what to do."""
    from content.against import compare
    from content.check import check
    from content.day import today
    from content.library import CONTENT_DIR

    faults = check(root or CONTENT_DIR)
    compared = ""
    if against is not None and not faults:
        texts, library = _texts(against), _library(root)
        faults = list(compare(library, texts, today()))
        compared = f", compared with {len(texts.laws)} law texts"
    for fault in faults:
        err.print(str(fault), highlight=False, soft_wrap=True)
    if faults:
        fail(f"{len(faults)} faults")
    library = _library(root)
    topics = len({c.topic for c in library.cards.values()})
    summaries = sum(len(s.articles) for s in library.summaries.values())
    err.print(
        f"[green]content is sound:[/] {len(library.cards)} cards in {topics} topics, "
        f"{len(library.laws)} laws, {summaries} article summaries, "
        f"{len(library.contacts)} contacts{compared}"
    )


@app.command("report")
def report_content(
    out: Annotated[Path, typer.Option(help="The page to write (HTML).")],
    against: Annotated[
        Path | None, typer.Option(help="A folder of law texts to show beside the cards.")
    ] = None,
) -> None:
    """Write one page with every card and its citations, for a person who reviews them."""
    from content.day import today
    from content.report import write_report

    texts = _texts(against) if against is not None else None
    try:
        stale = write_report(_library(None), out, today(), texts)
    except OSError as error:
        fail(f"{out} cannot be written ({error.strerror}): choose another file")
    err.print(f"[green]{out}[/]: {stale} cards need reading again now")


@app.command("flows")
def flows_table(
    out: Annotated[Path, typer.Option(help="The page to write (Markdown).")],
) -> None:
    """Write the table of all flows, states and fixed words."""
    from bot.dialogue.table import flow_table

    out.write_text(flow_table(_library(None)), encoding="utf-8")
    err.print(f"[green]{out}[/]: written")


def _texts(folder: Path) -> Texts:
    from content.against import Texts

    try:
        return Texts.read(folder)
    except ValueError as error:
        fail(str(error))


def _library(root: Path | None) -> Library:
    from content.library import CONTENT_DIR, load
    from content.source import ContentError

    try:
        return load(root or CONTENT_DIR)
    except ContentError as error:
        fail(f"the content cannot be read; run `antam content check`\n{error}")
