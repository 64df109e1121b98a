"""`antam locations …`, `antam locate`, `antam nearest`: the table of places and its search."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from bot.cli_say import err, fail

if TYPE_CHECKING:
    from locations.importing import Plan
    from locations.store import Places

app = typer.Typer(help="The table of safe places.", no_args_is_help=True)
T = TypeVar("T")
Latitude = Annotated[float, typer.Option(min=-90, max=90, help="Decimal degrees.")]
Longitude = Annotated[float, typer.Option(min=-180, max=180, help="Decimal degrees.")]


def locate(
    text: Annotated[str, typer.Argument(help="Words in which somebody says where they are.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    asked: Annotated[
        bool, typer.Option(help="As if the person had just been asked for a place.")
    ] = False,
) -> None:
    """Which unit or landmark the words mean."""
    from locations.gazetteer import gazetteer

    found = gazetteer().locate(text, asked=asked)
    rows = [
        {
            "name": m.unit.name, "kind": m.unit.kind, "level": m.unit.level,
            "district": m.unit.district or None, "province": "An Giang",
            "now": list(m.unit.now), "lat": m.unit.lat, "lon": m.unit.lon, "score": m.score,
        }
        for m in found.matches
    ]  # fmt: skip
    if as_json:
        told = {"matches": rows, "ambiguous": found.ambiguous, "outside": found.outside}
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        return
    if found.outside:
        err.print(f"outside the province: {found.outside}")
    table = Table("unit", "lat", "lon", "score")
    for m in found.matches:
        table.add_row(m.unit.title, f"{m.unit.lat}", f"{m.unit.lon}", f"{m.score:.2f}")
    Console().print(table)


def nearest(
    lat: Latitude,
    lon: Longitude,
    n: Annotated[int, typer.Option("-n", min=1, max=50, help="How many.")] = 3,
    kind: Annotated[str | None, typer.Option(help="Only this kind, such as shelter.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """The nearest places to a point, as a person would be shown them."""
    from bot.dialogue.whereabouts import spot
    from locations.place import Kind
    from locations.shown import ShownPlaces

    if kind is not None and kind not in {k.value for k in Kind}:
        fail("--kind is one of " + ", ".join(Kind))

    async def find(places: Places) -> list[dict[str, Any]]:
        shown = ShownPlaces(places, _demo())
        kinds = frozenset({kind}) if kind else None
        found = (await shown.finder()).nearest(lat, lon, n, kinds=kinds)
        return [spot(f).as_json() for f in found]

    rows = _with_places(find)
    if as_json:
        sys.stdout.write(json.dumps({"places": rows}, ensure_ascii=False) + "\n")
        return
    table = Table("km", "place", "phone", "hours", "checked")
    for row in rows:
        table.add_row(
            str(row["distance_km"]), row["name"], row["phone"], row["hours"], row["checked_on"]
        )
    Console().print(table)


@app.command("import")
def import_places(
    file: Annotated[Path, typer.Argument(help="An .xlsx or .csv file.", exists=True)],
    dry_run: Annotated[bool, typer.Option(help="Show the difference, write nothing.")] = False,
) -> None:
    """Bring a spreadsheet into the table; refused rows are named and leave the rest alone."""
    from locations.importing import plan
    from locations.sheet import SheetFault, read

    try:
        sheet = read(file)
    except SheetFault as fault:
        fail(str(fault))

    async def bring(places: Places) -> Plan:
        made = plan(sheet, await places.all())
        if not dry_run and (made.created or made.changed):
            await places.apply(made)
        return made

    with err.status("đang so với bảng…"):
        made = _with_places(bring)
    _show(made, dry_run)
    if made.refused:
        raise typer.Exit(2)


@app.command("export")
def export_places(
    file: Annotated[Path, typer.Argument(help="Ends in .xlsx, .csv, .geojson or .json (HSDS 3).")],
    inner: Annotated[
        bool,
        typer.Option("--internal", help="With addresses by phone only and hidden rows; keep safe."),
    ] = False,
) -> None:
    """Write the table to a file; a public one holds nothing that may only be told by phone."""
    from locations.exporting import write

    async def read_all(places: Places) -> int:
        shown = [p for p in await places.all() if _demo() or inner or not p.is_sample]
        return write(shown, file, public=not inner)

    try:
        count = _with_places(read_all)
    except (OSError, ValueError) as error:
        fail(str(error))
    err.print(f"{count} places written to {file}")


@app.command("template")
def template(
    file: Annotated[Path, typer.Argument(help="Where to write the workbook.")] = Path(
        "mau-dia-diem.xlsx"
    ),
) -> None:
    """Write the empty workbook that offices fill in."""
    from locations.template import write

    write(file)
    err.print(f"{file} written: fill it in, then `antam locations import {file} --dry-run`")


@app.command("check")
def check_places() -> None:
    """What is stale, without phone, outside, twice, in the wrong unit, or not as shipped."""
    from content.day import today
    from locations.check import check
    from locations.shipped import corrections

    async def look(places: Places) -> list[str]:
        table = await places.all()
        return [str(f) for f in (*check(table, today()), *corrections(table)[1])]

    findings = _with_places(look)
    for finding in findings:
        err.print(finding, highlight=False, soft_wrap=True)
    err.print(f"{len(findings)} findings" if findings else "[green]nothing to look at[/]")


@app.command("build-units")
def build_units(
    folder: Annotated[Path, typer.Argument(help="A folder with the units, old and new.")],
) -> None:
    """Build the gazetteer's own data file from a folder of units."""
    from locations.build import write

    try:
        count = write(folder)
    except (OSError, ValueError, KeyError) as error:
        fail(str(error))
    err.print(f"{count} units written")


def _show(made: Plan, dry_run: bool) -> None:
    for refusal in made.refused:
        err.print(str(refusal), highlight=False, soft_wrap=True, markup=False)
    for remark in made.kept:
        err.print(f"! {remark}", highlight=False, soft_wrap=True, markup=False)
    for change in made.changed:
        fields = ", ".join(change.differs)
        err.print(f"~ {change.place.id}: {fields}", highlight=False, markup=False)
    for place in made.missing[:20]:
        err.print(f"? {place.id} is not in the file; it stays", highlight=False, markup=False)
    if len(made.missing) > 20:
        err.print(f"? … and {len(made.missing) - 20} more that stay", highlight=False)
    done = "would be" if dry_run else "were"
    rows = len({r.row for r in made.refused})
    err.print(
        f"{len(made.created)} {done} created, {len(made.changed)} changed, "
        f"{made.unchanged} unchanged, {rows} rows refused, {len(made.kept)} empty cells kept as "
        f"they were, {len(made.missing)} not in the file",
        highlight=False,
    )


def _demo() -> bool:
    from bot.settings import Settings

    return Settings().demo


def _with_places(work: Callable[[Places], Awaitable[T]]) -> T:
    """Run `work` on the table, its tables brought up to date first."""
    from bot import logs
    from bot.settings import Settings
    from bot.store import database
    from locations.shown import ShownPlaces
    from locations.store import Places

    settings = Settings()
    logs.setup("WARNING")

    async def run() -> T:
        await database.migrate_async(settings.database)
        engine = database.open_engine(settings.database)
        try:
            await ShownPlaces(Places(engine), settings.demo).fill()
            return await work(Places(engine))
        finally:
            await engine.dispose()

    return asyncio.run(run())
