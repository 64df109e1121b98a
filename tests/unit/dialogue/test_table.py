"""The table of flows in `docs/` is the one the code makes."""

from __future__ import annotations

from bot.dialogue.table import flow_table
from bot.settings import PROJECT_ROOT
from content.library import load


def test_the_table_in_docs_is_up_to_date() -> None:
    written = (PROJECT_ROOT / "docs" / "luong-tra-loi.md").read_text(encoding="utf-8")
    assert written == flow_table(load()), "run: antam content flows --out docs/luong-tra-loi.md"


def test_every_fixed_text_is_said_somewhere() -> None:
    library = load()
    code = "".join(p.read_text(encoding="utf-8") for p in (PROJECT_ROOT / "bot").rglob("*.py"))
    built = ("menu.group_", "menu.more_", "media.", "telegram.cmd_")  # put together by the code
    silent = [
        key
        for key in library.words.texts
        if f'"{key}"' not in code and f"'{key}'" not in code and not key.startswith(built)
    ]
    assert silent == []
