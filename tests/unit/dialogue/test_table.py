"""The table of flows in `docs/` is the one the code makes."""

from __future__ import annotations

import re

from bot.dialogue.flows.subscription import ABOUT, HOURS
from bot.dialogue.table import flow_table
from bot.settings import PROJECT_ROOT
from content.library import load


def test_the_table_in_docs_is_up_to_date() -> None:
    written = (PROJECT_ROOT / "docs" / "luong-tra-loi.md").read_text(encoding="utf-8")
    assert written == flow_table(load()), "run: antam content flows --out docs/luong-tra-loi.md"


def test_every_fixed_text_is_said_somewhere() -> None:
    library = load()
    code = "".join(p.read_text(encoding="utf-8") for p in (PROJECT_ROOT / "bot").rglob("*.py"))
    flow = (PROJECT_ROOT / "bot/dialogue/flows/subscription.py").read_text(encoding="utf-8")
    built = ("menu.group_", "menu.more_", "media.", "telegram.cmd_")  # put together by the code
    said = [key for key in library.words.texts if f'"{key}"' in code or f"'{key}'" in code]
    said += [f"subscription.{w}" for w in re.findall(r'_say\(turn, "(\w+)"', flow)]
    said += [f"subscription.choice_{w}" for w in re.findall(r'_choice\(turn, "(\w+)"', flow)]
    said += [f"subscription.{name}" for name in ABOUT]
    said += [f"subscription.choice_{hour}" for hour in HOURS]
    said += [f"subscription.choice_set_{what}" for what in ("hour", "about", "unit")]
    silent = [k for k in library.words.texts if k not in said and not k.startswith(built)]
    assert silent == []
