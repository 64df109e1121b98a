"""Remember deliveries seen and the numbers of messages that may be deleted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seen_delivery",
        sa.Column("digest", sa.LargeBinary(16), primary_key=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_seen_delivery_seen_at", "seen_delivery", ["seen_at"])
    op.create_table(
        "chat_message",
        sa.Column("channel", sa.String(16), primary_key=True),
        sa.Column("chat", sa.LargeBinary(16), primary_key=True),
        sa.Column("message", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_chat_message_sent_at", "chat_message", ["sent_at"])


def downgrade() -> None:
    op.drop_table("chat_message")
    op.drop_table("seen_delivery")
