"""`antam campaign …`: the plan itself, as files. What is sent and when stands in `cli_sending`."""

from __future__ import annotations

import calendar as months
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.cli_say import err, fail

if TYPE_CHECKING:
    from content.campaign import Campaign
    from content.library import Library

app = typer.Typer(help="Campaigns: plan, approve, send, see.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The campaign's id, as `antam campaign list` shows it.")]
DAYS = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")


@app.command("show")
def show(name: Name) -> None:
    """One campaign whole: every message as people will read it."""
    library = load_library()
    campaign = find(library, name)
    theme = library.campaigns.theme(campaign)
    out = Console()
    out.print(f"[bold]{campaign.title}[/]  {campaign.first_day}–{campaign.last_day}")
    if campaign.needs_theme:
        out.print(f"Chủ đề: {theme or '[yellow]chưa có trong content/themes.yml[/]'}")
    first, last = library.words["campaign.first_line"], library.words["campaign.last_line"]
    for message in campaign.messages:
        out.rule(f"{message.day} {message.hour} · {message.key}", align="left")
        out.print(f"[dim]{first}[/]\n{campaign.text_of(message, theme)}", highlight=False)
        if message.quiz:
            out.print(f"[cyan]{message.quiz.question}[/]", highlight=False)
            for i, option in enumerate(message.quiz.options, 1):
                mark = "✓" if message.quiz.right == i else " "
                out.print(f"  {mark} {option}", highlight=False)
            out.print(f"  → {message.quiz.answer}", highlight=False)
        extras = {"hình": message.picture, "thẻ": message.card, "liên kết": message.link}
        out.print("  ".join(f"[dim]{k}: {v}[/]" for k, v in extras.items() if v))
        out.print(f"[dim]{last}[/]", highlight=False)


@app.command("check")
def check(
    against: Annotated[
        Path | None, typer.Option(help="A folder of law texts to compare the facts with.")
    ] = None,
) -> None:
    """Check all content, campaigns included; each fault with file, line and what to do."""
    from bot.cli_content import check_content

    check_content(None, against)


@app.command("new")
def new(
    template: Annotated[str, typer.Option("--from", help="The template's id.")],
    year: Annotated[int, typer.Option(min=2020, max=2100, help="The year it is for.")],
) -> None:
    """Make a year's campaign from a template, as a file to edit."""
    from content.campaign import new_from
    from content.library import CONTENT_DIR

    library = load_library()
    find(library, template)
    try:
        name, text = new_from(library.campaigns, template, year)
    except ValueError as error:
        fail(f"{error}: use one of the templates that `antam campaign list` shows")
    path = CONTENT_DIR / "campaigns" / f"{name}.yml"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        fail(f"{path.name} is there already: edit it, or remove it first")
    except OSError as error:
        fail(f"{path.name} cannot be written ({error.strerror}): check the folder's rights")
    err.print(f"[green]content/campaigns/{path.name}[/]: edit it, then `antam campaign check`")
    campaign = load_library().campaigns.by_id[name]
    if campaign.needs_theme and not library.campaigns.theme(campaign):
        err.print(
            f"[yellow]the theme of {year} is not known:[/] add it to content/themes.yml with its "
            "source; until then this campaign cannot be approved"
        )


@app.command("calendar")
def calendar(
    month: Annotated[int | None, typer.Option(min=1, max=12, help="One month only.")] = None,
    year: Annotated[
        int | None, typer.Option(min=2020, max=2100, help="Default: this year.")
    ] = None,
    ics: Annotated[Path | None, typer.Option(help="Write an iCalendar file instead.")] = None,
) -> None:
    """What goes out on which day, in the terminal or as a file for office calendars."""
    from bot.campaigns.calendar import as_ics, moments
    from content.campaign import ZONE

    library = load_library()
    now = datetime.now(ZONE)
    found = moments(library.campaigns, year or now.year, month)
    if ics is not None:
        try:
            ics.write_bytes(as_ics(found, library.campaigns, now))
        except OSError as error:
            fail(f"{ics} cannot be written ({error.strerror}): choose another file")
        err.print(f"[green]{ics}[/]: {len(found)} messages")
        return
    out = Console()
    if not found:
        out.print("Không có tin nào trong khoảng này.")
    for number in sorted({m.begins.month for m in found}):
        of_month = {
            day: [m for m in found if (m.begins.month, m.begins.day) == (number, day)]
            for day in range(1, 32)
        }
        out.print(_month(year or now.year, number, of_month))


def _month(year: int, month: int, found: dict[int, list]) -> Table:  # type: ignore[type-arg]
    from bot.campaigns.calendar import first_words

    table = Table(title=f"Tháng {month}/{year}", show_lines=True, expand=True)
    for name in DAYS:
        table.add_column(name, ratio=1, vertical="top")
    for week in months.monthcalendar(year, month):
        cells = []
        for day in week:
            lines = [f"[bold]{day}[/]"] if day else []
            for moment in found.get(day, []):
                made = moment.campaign.year is not None
                hour = f"[{'green' if made else 'yellow'}]{moment.message.hour}[/]"
                lines.append(f"{hour} {first_words(moment.message.text, 40)}")
            cells.append("\n".join(lines))
        table.add_row(*cells)
    table.caption = "vàng: bản mẫu, chưa lập cho năm này"
    return table


def load_library() -> Library:
    """The content, or exit 2 naming what cannot be read."""
    from content.library import load
    from content.source import ContentError

    try:
        return load()
    except ContentError as error:
        fail(f"the content cannot be read; run `antam content check`\n{error}")


def find(library: Library, name: str) -> Campaign:
    """The campaign of that id, or exit 2 naming those that are there."""
    found = library.campaigns.by_id.get(name)
    if found is None:
        fail(f"no campaign {name}; there are: {', '.join(sorted(library.campaigns.by_id))}")
    return found
