"""Lines for the program that started this one: a JSON object each, on standard output."""

from __future__ import annotations

import json
import sys
from typing import Any


def report(**what: Any) -> None:
    """Print one progress line; the bot's commands turn it into a progress bar."""
    sys.stdout.write("@" + json.dumps(what, ensure_ascii=False) + "\n")
    sys.stdout.flush()
