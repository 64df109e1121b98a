"""Editable tables: two columns, tab between them, ``#`` starts a comment line."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parent


class TableError(ValueError):
    """A table line that cannot be read; names file and line."""


def read_table(name: str, folder: Path = FOLDER) -> dict[str, str]:
    """``tables/<name>.tsv`` as a mapping. Raises `TableError` for a bad or doubled line."""
    path = folder / f"{name}.tsv"
    found: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = line.split("\t")
        if len(parts) != 2 or not all(p.strip() for p in parts):
            raise TableError(f"{path.name}:{number}: expected two columns with a tab between them")
        left, right = (p.strip() for p in parts)
        if left in found:
            raise TableError(f"{path.name}:{number}: “{left}” stands here twice")
        found[left] = right
    return found
