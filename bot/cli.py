"""`antam …`: the commands. Exit 0 on success, 2 on bad input; messages go to stderr."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import Progress

from bot import cli_content, cli_locations, cli_sending, logs
from bot.cli_say import err, fail
from bot.messages import Inbound, Reply
from bot.settings import PROJECT_ROOT, Settings

app = typer.Typer(
    name="antam",
    help="An Tâm: trợ lý trò chuyện về bình đẳng giới và an toàn cho người dân An Giang.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a traceback with local variables could show a person's words
    add_completion=False,
)
nlu_app = typer.Typer(help="The Rasa model: train, test, serve.", no_args_is_help=True)
db_app = typer.Typer(help="The database.", no_args_is_help=True)
app.add_typer(nlu_app, name="nlu")
app.add_typer(cli_content.app, name="content")
app.add_typer(db_app, name="db")
app.add_typer(cli_locations.app, name="locations")
app.add_typer(cli_sending.app, name="campaign")
app.command("locate")(cli_locations.locate)
app.command("nearest")(cli_locations.nearest)

T = TypeVar("T")


def read_settings(quiet: bool = False) -> Settings:
    """The settings; `quiet` commands leave start-up news out of the terminal."""
    try:
        settings = Settings()
    except ValidationError as error:
        lines = [
            f"ANTAM_{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()
        ]
        fail("a setting is wrong, see docs/settings.md:\n  " + "\n  ".join(lines))
    logs.setup("WARNING" if quiet and settings.log_level == "INFO" else settings.log_level)
    return settings


def _run(work: Callable[[], Awaitable[T]]) -> T:
    """Run a coroutine; content faults and missing keys become messages, not tracebacks."""
    from bot.nlu.commands import NluError
    from bot.serve import NothingToDo, PortTaken
    from bot.store.keys import KeyMissing
    from content.source import ContentError

    async def main() -> T:
        return await work()

    try:
        return asyncio.run(main())
    except ContentError as error:
        fail(f"the content cannot be served; run `antam content check`\n{error}")
    except (KeyMissing, NluError, NothingToDo, PortTaken) as error:
        fail(str(error))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


@app.command()
def serve(
    port: Annotated[int | None, typer.Option(help="Port of the web page.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    role: Annotated[
        list[str] | None,
        typer.Option(help="web, scheduler or sender; more than once for several. Default: all."),
    ] = None,
) -> None:
    """Serve the web chat, Telegram when it has a token, the campaigns and the model."""
    from bot.serve import ALL
    from bot.serve import serve as run_server

    roles = frozenset(role or ALL)
    if roles - ALL:
        fail(f"unknown role {', '.join(sorted(roles - ALL))}: use {', '.join(sorted(ALL))}")
    settings = read_settings()
    changed = {k: v for k, v in {"port": port, "host": host}.items() if v is not None}
    settings = settings.model_copy(update=changed)
    _run(lambda: run_server(settings, err, roles))


@app.command()
def chat() -> None:
    """Talk with An Tâm in the terminal."""
    from bot.app import running
    from bot.channels.terminal.chat import Talk, read_line

    settings = read_settings(quiet=True)

    async def talk() -> None:
        async with running(settings, use_database=False) as antam:
            await Talk(antam.reply, antam.forget, Console(), read_line).run()

    _run(talk)


@app.command()
def ask(
    text: Annotated[str | None, typer.Argument(help="The question.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help='Read {"id","text"} lines, answer in order.')
    ] = False,
    nlu: Annotated[
        bool, typer.Option(help="Wait for the model; --no-nlu answers from rules and search.")
    ] = True,
) -> None:
    """Ask one question, or many as JSON lines on standard input."""
    from bot.app import running
    from bot.channels.terminal.ask import ask_lines, ask_one
    from bot.channels.terminal.chat import show

    if jsonl == (text is not None):
        fail('give a question, or --jsonl with lines like {"id":1,"text":"…"} on standard input')
    settings = read_settings(quiet=True).unhurried
    if not nlu:
        settings = settings.model_copy(update={"nlu_enabled": False})

    async def answer() -> int:
        async with running(settings, use_database=False) as antam:
            await antam.ready(err)
            if jsonl:
                sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
                return await ask_lines(antam.reply, sys.stdin.readline, _print_line)
            found = await ask_one(antam.reply, text or "")
            if as_json:
                _print_line(json.dumps(found.as_json(), ensure_ascii=False) + "\n")
            else:
                show(found, Console())
            return 0

    if _run(answer):
        fail("some lines were not understood; their errors stand in their place")


def _print_line(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()


@db_app.command("upgrade")
def db_upgrade() -> None:
    """Bring the database's tables up to date."""
    from bot.store.database import migrate

    settings = read_settings()
    try:
        migrate(settings.database)
    except Exception as error:
        fail(
            f"the database could not be upgraded ({type(error).__name__}): "
            "check ANTAM_DATABASE_URL and that the database runs"
        )
    err.print("[green]the database is up to date[/]")


@db_app.command("rotate-key")
def db_rotate_key(
    old: Annotated[
        str, typer.Option(envvar="ANTAM_OLD_SECRET_KEY", help="The key in use until now.")
    ],
) -> None:
    """Seal subscribers' ids anew with ANTAM_SECRET_KEY; stop the other processes first."""
    from bot.store import database, keys, vault

    settings = read_settings()
    new = settings.secret_key.get_secret_value()
    if not new:
        fail("set ANTAM_SECRET_KEY to the new key, and ANTAM_OLD_SECRET_KEY to the old one")

    async def work() -> int:
        await database.migrate_async(settings.database)
        engine = database.open_engine(settings.database)
        with Progress(console=err) as progress:
            task = progress.add_task("mã hoá lại", total=None)
            try:
                return await vault.rotate(
                    engine,
                    keys.secret(old, settings.data_dir),
                    keys.secret(new, settings.data_dir),
                    lambda count: progress.advance(task, count),
                )
            finally:
                await engine.dispose()

    count = _run(work)
    err.print(f"[green]{count} subscribers sealed anew.[/] Start the processes with the new key.")


@nlu_app.command("train")
def nlu_train(
    force: Annotated[bool, typer.Option(help="Train even when nothing changed.")] = False,
) -> None:
    """Train the model; at once when one for the same data is there."""
    from bot.nlu import commands

    settings = read_settings()
    try:
        model = commands.train(project_root=PROJECT_ROOT, data_dir=settings.data_dir, force=force)
    except commands.NluError as error:
        fail(str(error))
    err.print(f"[green]model ready:[/] {model.name}")


@nlu_app.command("test")
def nlu_test(
    folds: Annotated[int, typer.Option(min=2, max=20, help="Folds of the cross-validation.")] = 5,
    csv: Annotated[
        Path | None, typer.Option(help="Score this CSV (text,topic,style) instead.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Also write the figures as JSON.")] = None,
) -> None:
    """Cross-validate: accuracy, macro-F1, per topic, confusions, with and without accents."""
    from bot.nlu import commands

    settings = read_settings()
    try:
        commands.evaluate(
            project_root=PROJECT_ROOT, data_dir=settings.data_dir, folds=folds, csv=csv, out=out
        )
    except commands.NluError as error:
        fail(str(error))


def _scored(score: Callable[[Callable[[Inbound], Awaitable[Reply]]], Awaitable[T]]) -> T:
    """Run `score` with a way to ask the whole bot, once the model is ready."""
    from bot.app import running

    settings = read_settings(quiet=True).unhurried

    async def work() -> T:
        async with running(settings, use_database=False) as antam:
            await antam.ready(err)

            async def ask(inbound: Inbound) -> Reply:
                return (await antam.reply(inbound)).reply

            return await score(ask)

    try:
        return _run(work)
    except (OSError, ValueError) as error:
        fail(str(error))


@nlu_app.command("danger")
def nlu_danger(
    csv: Annotated[Path, typer.Argument(help="Labelled messages: text,danger[,kind].")],
    every: Annotated[bool, typer.Option(help="Also list each miss and false alarm.")] = True,
) -> None:
    """Score the danger check, rules and model together, on labelled messages."""
    from bot.quality import score_danger, show_danger
    from content.danger_rules import load_danger_rules

    kinds = load_danger_rules().all_kinds
    show_danger(_scored(lambda ask: score_danger(ask, csv, kinds)), Console(), every)


@nlu_app.command("topics")
def nlu_topics(
    csv: Annotated[list[Path], typer.Argument(help="Labelled messages: text,topic[,style,also].")],
) -> None:
    """Score the whole bot's choice of topic on labelled messages, by style and topic."""
    from bot.quality_topics import score_topics, show_topics

    show_topics(_scored(lambda ask: score_topics(ask, csv)), Console())


@nlu_app.command("questions")
def nlu_questions(
    csv: Annotated[Path, typer.Argument(help="Questions with their articles: text,articles.")],
    every: Annotated[bool, typer.Option(help="Also list each question missed.")] = True,
) -> None:
    """Score the articles cited in answers to questions of law."""
    from bot.quality_topics import score_questions, show_questions

    show_questions(*_scored(lambda ask: score_questions(ask, csv)), Console(), every)


@nlu_app.command("serve")
def nlu_serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port.")] = 5005,
) -> None:
    """Serve the model alone, for bots on other machines (ANTAM_NLU_URL, ANTAM_NLU_TOKEN)."""
    from bot.nlu import commands

    settings = read_settings()
    try:
        commands.serve(
            project_root=PROJECT_ROOT, data_dir=settings.data_dir, host=host, port=port,
            token=settings.nlu_token.get_secret_value(),
        )  # fmt: skip
    except commands.NluError as error:
        fail(str(error))


def main() -> None:
    """The entry point; anything unforeseen is one line with its class, never a stack trace."""
    try:
        app()
    except Exception as error:
        told = logs.describe(error)
        err.print(
            f"[bold red]antam:[/] unforeseen {told['error']} at {told['where'] or 'start'}; "
            "please report it",
            highlight=False,
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
