"""Reading YAML so that every value knows the line it stands on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class Fault:
    """Something wrong in a content file: where, what, and what to do about it."""

    file: str
    line: int
    what: str
    do: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what} → {self.do}"


class ContentError(Exception):
    """Content that cannot be served. `faults` names each place and what to do."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(f) for f in faults))


@dataclass(frozen=True)
class Sheet:
    """A parsed YAML file: its data and the line of each value.

    Example: ``sheet.line("citations", 0, "law")`` is the 1-based line of that key.
    """

    path: Path
    name: str
    data: Any
    lines: dict[Path_, int]

    def line(self, *where: str | int) -> int:
        """Line of the value at `where`, or of the nearest thing around it."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1)

    def part(self, *where: str | int) -> Sheet:
        """The sheet of what stands at `where`, with lines still counted in the whole file."""
        size = len(where)
        lines = {at[size:]: line for at, line in self.lines.items() if at[:size] == where}
        return Sheet(self.path, self.name, None, lines)

    def fault(self, what: str, do: str, *where: str | int) -> Fault:
        """A `Fault` at the line of `where`."""
        return Fault(self.name, self.line(*where), what, do)


def read(path: Path, root: Path) -> Sheet:
    """Parse one YAML file. Raises `ContentError` with the line of the first syntax error."""
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except (yaml.MarkedYAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(error, "problem", None) or "the file is not UTF-8 text"
        raise ContentError(
            [Fault(name, line, f"not readable as YAML: {problem}", "mend the line")]
        ) from None
    lines: dict[Path_, int] = {}
    if node is not None:
        _walk(node, (), lines)
    loader = yaml.CSafeLoader("")
    try:
        data = loader.construct_document(node) if node is not None else None
    except (yaml.MarkedYAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise ContentError(
            [Fault(name, line, f"a value is not valid: {error}", "mend the value")]
        ) from None
    finally:
        loader.dispose()
    return Sheet(path, name, data, lines)


def _walk(node: yaml.Node, where: Path_, lines: dict[Path_, int]) -> None:
    lines.setdefault(where, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            lines[(*where, str(key.value))] = key.start_mark.line + 1
            _walk(value, (*where, str(key.value)), lines)
    elif isinstance(node, yaml.SequenceNode):
        for i, value in enumerate(node.value):
            _walk(value, (*where, i), lines)


def explain(sheet: Sheet, error: ValidationError) -> list[Fault]:
    """A model's refusal of a sheet as faults, each at the line of its field."""
    return [
        sheet.fault(_what(detail), "see content/README.md", *detail["loc"])
        for detail in error.errors()
    ]


def _what(detail: Any) -> str:
    where = ".".join(str(part) for part in detail["loc"]) or "the file"
    return f"{where}: {detail['msg'].lower()}"
