"""How commands speak to the operator: messages on stderr, exit 2 on bad input."""

from __future__ import annotations

from typing import NoReturn

import typer
from rich.console import Console

err = Console(stderr=True)


def fail(message: str, code: int = 2) -> NoReturn:
    """Say what is wrong and leave with `code`."""
    err.print(f"[bold red]antam:[/] {message}", highlight=False)
    raise typer.Exit(code)
