"""The fixed words of the flows: loaded once, asked by name, never missing at run time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from content.source import ContentError, Fault, read

Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1200)]


class DangerKind(BaseModel):
    """What is said and whom to call for one kind of danger, and the id of the card about it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    calm: Said
    now: Said
    contacts: list[str] = Field(min_length=1, max_length=4)
    card: str


@dataclass(frozen=True)
class Words:
    """`words["unsure.text"]` is the text of that name in `replies.yml`."""

    texts: dict[str, str]
    danger: dict[str, DangerKind]

    def __getitem__(self, key: str) -> str:
        """Raises `KeyError` naming a text that `replies.yml` does not have."""
        return self.texts[key]

    @classmethod
    def load(cls, root: Path) -> Words:
        """Read `replies.yml` and `danger.yml`. Raises `ContentError`."""
        texts: dict[str, str] = {}
        sheet = read(root / "replies.yml", root)
        faults: list[Fault] = []
        for group, entries in (sheet.data or {}).items():
            for name, text in (entries or {}).items():
                if isinstance(text, str) and text.strip():
                    texts[f"{group}.{name}"] = text.strip()
                else:
                    fault = sheet.fault("not a text", "write the words in quotes", group, name)
                    faults.append(fault)
        kinds_sheet = read(root / "danger.yml", root)
        try:
            kinds = TypeAdapter(dict[str, DangerKind]).validate_python(kinds_sheet.data)
        except ValidationError as error:
            kinds = {}
            faults += [
                kinds_sheet.fault(d["msg"].lower(), "see content/README.md", *d["loc"])
                for d in error.errors()
            ]
        if faults:
            raise ContentError(faults)
        return cls(texts, kinds)
