"""Count, per card and day, how many people found the answer useful."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "card_useful",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("card", sa.String(40), primary_key=True),
        sa.Column("yes", sa.Integer(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("card_useful")
