"""Reading `danger_rules.yml`: word lists and patterns of the danger check."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from content.source import ContentError, Fault, Sheet, read

CONTENT_DIR = Path(__file__).resolve().parent
NAME = re.compile(r"<([^>]*)>")


class DangerRule(BaseModel):
    """Patterns of one kind.

    `firm` ones sound even beside a question of law or an old story, `sure` ones whatever the model
    believes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    say: list[str] = Field(min_length=1)
    firm: bool = False
    sure: bool = False


class DangerTable(BaseModel):
    """The whole table; what each part is for stands at the head of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    safe_words: list[str] = Field(min_length=1)
    cries: list[str]
    harmless: list[str]
    words: dict[str, list[str]]
    rules: list[DangerRule] = Field(min_length=1)
    calm: list[str]
    mute: list[str]
    past: list[str]
    kinds: dict[str, list[str]]

    @property
    def all_kinds(self) -> frozenset[str]:
        """Every kind of danger that can be named."""
        return frozenset({rule.kind for rule in self.rules} | set(self.kinds))


def load_danger_rules(root: Path = CONTENT_DIR) -> DangerTable:
    """Read the table. Raises `ContentError` for wrong shapes and unknown ``<names>``."""
    sheet = read(root / "danger_rules.yml", root)
    try:
        table = DangerTable.model_validate(sheet.data)
    except ValidationError as error:
        raise ContentError(
            [
                sheet.fault(d["msg"].lower(), "see the head of the file", *d["loc"])
                for d in error.errors()
            ]
        ) from None
    faults = list(_unknown_names(table, sheet))
    if faults:
        raise ContentError(faults)
    return table


def _unknown_names(table: DangerTable, sheet: Sheet) -> list[Fault]:
    faults = []
    for i, rule in enumerate(table.rules):
        for j, say in enumerate(rule.say):
            faults += _names(table, sheet, say, "rules", i, "say", j)
    for part in ("calm", "mute", "past"):
        for j, say in enumerate(getattr(table, part)):
            faults += _names(table, sheet, say, part, j)
    return faults


def _names(table: DangerTable, sheet: Sheet, say: str, *where: str | int) -> list[Fault]:
    return [
        sheet.fault(f"no word list <{name}>", "add it under words:, or mend the name", *where)
        for name in NAME.findall(say)
        if name not in table.words
    ]
