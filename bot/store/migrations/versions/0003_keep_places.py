"""Keep the places people can go to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "place",
        sa.Column("id", sa.String(60), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False, index=True),
        sa.Column("organization", sa.String(200), nullable=False),
        sa.Column("address", sa.String(300), nullable=False),
        sa.Column("unit_code", sa.String(10), nullable=False, index=True),
        sa.Column("old_unit", sa.String(80), nullable=False),
        sa.Column("province", sa.String(40), nullable=False),
        sa.Column("latitude", sa.Float()),
        sa.Column("longitude", sa.Float()),
        sa.Column("point", sa.String(12), nullable=False),
        sa.Column("phones", sa.JSON(), nullable=False),
        sa.Column("schedule", sa.String(200), nullable=False),
        sa.Column("open_times", sa.JSON(), nullable=False),
        sa.Column("holidays", sa.String(100), nullable=False),
        sa.Column("takes_in", sa.JSON(), nullable=False),
        sa.Column("languages", sa.String(100), nullable=False),
        sa.Column("cost", sa.String(100), nullable=False),
        sa.Column("capacity", sa.String(200), nullable=False),
        sa.Column("visibility", sa.String(12), nullable=False),
        sa.Column("assured_date", sa.Date()),
        sa.Column("assured_by", sa.String(120), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "place_revision",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("number", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("place_revision")
    op.drop_table("place")
