"""`antam campaign …`: staff, approval, sending and seeing. The plan itself is in `cli_campaign`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.live import Live
from rich.table import Table

from bot import cli_campaign
from bot.cli_campaign import Name, load_library
from bot.cli_say import err, fail

if TYPE_CHECKING:
    from bot.campaigns.office import Office
    from bot.settings import Settings

app = cli_campaign.app
T = TypeVar("T")
By = Annotated[str, typer.Option("--by", help="Your name, as `antam campaign staff` lists it.")]
staff_app = typer.Typer(help="Who plans and who approves.", no_args_is_help=True)
app.add_typer(staff_app, name="staff")
STEP_SAYS = {
    "submit": "submitted: somebody else approves it now",
    "approve": "approved: `antam campaign run` arms it",
    "run": "armed: each message goes out at its hour while `antam serve` runs",
    "pause": "paused: nothing more goes out",
    "resume": "goes on",
    "cancel": "cancelled: what waited is dropped",
}


@app.command("list")
def list_campaigns() -> None:
    """Every campaign and template, with where it stands."""

    from bot.show_campaign import STATES

    async def work(office: Office, _: Settings) -> None:
        states = await office.desk.states()
        table = Table(box=SIMPLE, padding=(0, 1))
        for name in ("mã", "trạng thái", "kỳ", "tin", "nộp, duyệt"):
            table.add_column(name, no_wrap=True)
        table.add_column("tên")
        for campaign in office.desk.campaigns.by_id.values():
            row = states.get(campaign.id)
            shown = "bản mẫu" if campaign.year is None else (row.state if row else "draft")
            hands = ", ".join(filter(None, (row.submitted_by, row.approved_by))) if row else ""
            period = f"{campaign.first_day}–{campaign.last_day}"
            table.add_row(
                campaign.id, STATES.get(shown, shown), period, str(len(campaign.messages)), hands,
                campaign.title,
            )  # fmt: skip
        Console().print(table)

    _at_work(work)


@app.command("submit")
def submit(name: Name, by: By) -> None:
    """Hand a draft to whoever approves it; only one without faults is taken."""
    from content.check import check

    sheet = load_library().campaigns.sheets.get(name)
    faults = [f for f in check() if sheet is not None and f.file == sheet.name]
    for fault in faults:
        err.print(str(fault), highlight=False, soft_wrap=True)
    if faults:
        fail(f"{len(faults)} faults: mend them, then submit")
    _step(name, "submit", by)


@app.command("approve")
def approve(name: Name, by: By) -> None:
    """Approve what somebody else submitted; from then on it is frozen."""
    _step(name, "approve", by)


@app.command("run")
def run(name: Name, by: By) -> None:
    """Arm an approved campaign: its messages go out at their hours."""
    _step(name, "run", by)


@app.command("pause")
def pause(name: Name, by: By) -> None:
    """Stop sending within a second; what waits is kept."""
    _step(name, "pause", by)


@app.command("resume")
def resume(name: Name, by: By) -> None:
    """Go on after a pause."""
    _step(name, "resume", by)


@app.command("cancel")
def cancel(name: Name, by: By) -> None:
    """End a campaign; what waits is dropped."""
    _step(name, "cancel", by)


@app.command("status")
def status(
    name: Name,
    watch: Annotated[bool, typer.Option(help="Go on showing until all is sent.")] = False,
) -> None:
    """What is sent, per channel and outcome, with rate and time left."""
    from bot.campaigns.figures import reached
    from bot.show_campaign import status_view

    async def work(office: Office, _: Settings) -> None:
        before: tuple[float, int] | None = None
        with Live(console=Console(), refresh_per_second=2) as live:
            while True:
                found = await reached(office.engine, name)
                state = await office.desk.state(name)
                done = sum(r.total - r.left for r in found)
                rate = 0.0
                if before is not None:
                    rate = max(0.0, (done - before[1]) / (time.monotonic() - before[0]))
                live.update(status_view(name, state, found, rate, await office.schedule.next()))
                if not watch or not any(r.left for r in found):
                    return
                before = (time.monotonic(), done)
                await asyncio.sleep(1.0)

    _at_work(work)


@app.command("summary")
def summary(name: Name) -> None:
    """The closing summary: who was reached, who was not and why, what was tapped."""
    from bot.campaigns.figures import reached
    from bot.show_campaign import show_summary
    from bot.store.taps import Taps

    async def work(office: Office, _: Settings) -> None:
        taps = await Taps(office.engine).of(name)
        events = await office.desk.events(name)
        campaign = office.desk.campaigns.by_id.get(name)
        show_summary(Console(), campaign, await reached(office.engine, name), taps, events)

    _at_work(work)


@app.command("test")
def send_test(
    name: Name,
    to: Annotated[list[str], typer.Option("--to", help="A staff name; more than once.")],
    message: Annotated[str | None, typer.Option(help="One message's key. Default: all.")] = None,
) -> None:
    """Send messages to staff chats, as subscribers will see them; nothing is counted."""
    from bot.campaigns.notices import notice
    from bot.cli_campaign import find
    from bot.memory import ChatMemory
    from bot.sending import carriers
    from bot.store.memory import MemoryTraces

    library = load_library()
    campaign = find(library, name)
    keys = [m for m in campaign.messages if message in (None, m.key)]
    if not keys:
        fail(f"{name} has no message {message}")

    async def work(office: Office, settings: Settings) -> None:
        found = carriers(settings, ChatMemory(MemoryTraces()))
        by_channel = {carrier.channel: carrier for carrier in found}
        people = {row.name: row for row in await office.desk.staff(to)}
        theme = library.campaigns.theme(campaign)
        for person in to:
            row = people.get(person)
            carrier = by_channel.get(row.channel) if row else None
            if row is None or row.sealed is None or carrier is None:
                what = "add it with `antam campaign staff add NAME --telegram CHAT`"
                fail(f"{person} has no chat on a platform with a token: {what}")
            chat = office.people.unseal(row.channel, row.sealed)
            for one in keys:
                done = await carrier.deliver(chat, notice(library, campaign, one, theme))
                err.print(f"{person} · {one.key}: {done.outcome} {done.error}", highlight=False)
                await asyncio.sleep(1.0)  # one chat takes about one message a second
        for carrier in found:
            await carrier.close()

    _at_work(work)


@staff_app.command("add")
def staff_add(
    name: Annotated[str, typer.Argument(help="A name people know.")],
    telegram: Annotated[
        str | None, typer.Option(help="Chat id for test sends; kept encrypted.")
    ] = None,
) -> None:
    """Add somebody who may submit and approve, or renew their chat."""
    if telegram is not None and not telegram.lstrip("-").isdecimal():
        fail("a Telegram chat id is a whole number")

    async def work(office: Office, _: Settings) -> None:
        sealed = office.people.seal("telegram", telegram) if telegram else None
        await office.desk.add_staff(name, "telegram" if telegram else "", sealed)
        err.print(f"[green]{name}[/] is staff")

    _at_work(work)


@staff_app.command("list")
def staff_list() -> None:
    """Everybody who may submit and approve."""

    async def work(office: Office, _: Settings) -> None:
        table = Table("tên", "nhận tin thử")
        for row in await office.desk.staff():
            table.add_row(row.name, row.channel or "–")
        Console().print(table)

    _at_work(work)


@staff_app.command("remove")
def staff_remove(name: Annotated[str, typer.Argument(help="The name.")]) -> None:
    """Remove somebody; what they approved stands."""

    async def work(office: Office, _: Settings) -> None:
        if not await office.desk.remove_staff(name):
            fail(f"nobody named {name}")
        err.print(f"{name} is removed")

    _at_work(work)


def _step(name: str, what: str, by: str) -> None:
    async def work(office: Office, _: Settings) -> None:
        await office.desk.step(name, what, by)
        err.print(f"[green]{name}[/] {STEP_SAYS[what]}", highlight=False)

    _at_work(work)


def _at_work(work: Callable[[Office, Settings], Awaitable[T]]) -> T:
    """Run `work` with an office over the configured database; what is wrong is said, exit 2."""
    from bot.campaigns.desk import Refused
    from bot.cli import read_settings
    from bot.store.keys import KeyMissing

    settings = read_settings(quiet=True)

    async def main() -> T:
        from bot.office import opened_office

        async with opened_office(settings, load_library()) as office:
            return await work(office, settings)

    try:
        return asyncio.run(main())
    except (Refused, KeyMissing) as error:
        fail(str(error))
    except typer.Exit:
        raise
    except (OSError, ConnectionError) as error:
        fail(f"the database does not answer ({type(error).__name__}): check ANTAM_DATABASE_URL")
