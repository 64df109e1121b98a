"""The tables of places: `Place` mapped as it is, and a number that tells of every change."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)  # fmt: skip
from sqlalchemy.orm import registry

from locations.place import Place

metadata = MetaData()
_registry = registry(metadata=metadata)


def _text(name: str, length: int, index: bool = False) -> Column[str]:
    return Column(name, String(length), nullable=False, index=index)


place = Table(
    "place", metadata,
    Column("id", String(60), primary_key=True),
    _text("name", 200), _text("kind", 20, index=True), _text("organization", 200),
    _text("address", 300), _text("unit_code", 10, index=True), _text("old_unit", 80),
    _text("province", 40), Column("latitude", Float), Column("longitude", Float),
    _text("point", 12), Column("phones", JSON, nullable=False), _text("schedule", 200),
    Column("open_times", JSON, nullable=False), _text("holidays", 100),
    Column("takes_in", JSON, nullable=False), _text("languages", 100), _text("cost", 100),
    _text("capacity", 200), _text("visibility", 12), Column("assured_date", Date),
    _text("assured_by", 120), Column("source", Text, nullable=False),
    Column("is_sample", Boolean, nullable=False),
)  # fmt: skip

# One row: every write raises the number, so that other processes see that the table changed.
place_revision = Table(
    "place_revision", metadata,
    Column("id", Integer, primary_key=True),
    Column("number", Integer, nullable=False),
)  # fmt: skip

_registry.map_imperatively(Place, place)
