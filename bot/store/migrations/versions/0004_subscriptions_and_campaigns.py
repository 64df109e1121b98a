"""Subscriptions, campaigns and their outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TABLES = (
    *("campaign_tap", "rate_budget", "tally", "outbox", "opening", "campaign_event"),
    *("campaign_state", "staff", "quiet_chat", "subscription", "vault_key"),
)


def upgrade() -> None:
    _people()
    _campaigns()
    _outbox()
    _counts()


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)


def _people() -> None:
    op.create_table(
        "vault_key",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "subscription",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("person", sa.LargeBinary(16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("unit", sa.String(10), nullable=False, server_default=""),
        sa.Column("topics", sa.String(400), nullable=False, server_default=""),
        sa.Column("hour", sa.String(8), nullable=False, server_default=""),
        sa.Column("since", sa.Date(), nullable=False),
        sa.UniqueConstraint("channel", "person"),
    )
    op.create_table(
        "quiet_chat",
        sa.Column("channel", sa.String(16), primary_key=True),
        sa.Column("person", sa.LargeBinary(16), primary_key=True),
    )
    op.create_table(
        "staff",
        sa.Column("name", sa.String(60), primary_key=True),
        sa.Column("channel", sa.String(16), nullable=False, server_default=""),
        sa.Column("sealed", sa.LargeBinary()),
    )


def _campaigns() -> None:
    op.create_table(
        "campaign_state",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("submitted_by", sa.String(60), nullable=False, server_default=""),
        sa.Column("approved_by", sa.String(60), nullable=False, server_default=""),
    )
    op.create_table(
        "campaign_event",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("campaign", sa.String(32), nullable=False, index=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(60), nullable=False),
        sa.Column("what", sa.String(20), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
    )
    op.create_table(
        "opening",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("campaign", sa.String(32), nullable=False),
        sa.Column("message", sa.String(12), nullable=False),
        sa.Column("state", sa.String(8), nullable=False, index=True),
        sa.Column("opened_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.Column("grace_ms", sa.BigInteger(), nullable=False),
        sa.Column("beat_ms", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.UniqueConstraint("campaign", "message"),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("opening", BIG, nullable=False),
        sa.Column("subscription", BIG, nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("again", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("lease", sa.String(32), nullable=False, server_default=""),
        sa.Column("until_ms", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("error", sa.String(40), nullable=False, server_default=""),
        sa.UniqueConstraint("opening", "subscription"),
    )
    for name, columns, state in (
        ("ix_outbox_waiting", ["opening", "channel", "due_ms"], "waiting"),
        ("ix_outbox_sending", ["channel", "until_ms"], "sending"),
        ("ix_outbox_person", ["subscription"], "waiting"),
    ):
        where = sa.text(f"state = '{state}'")
        op.create_index(name, "outbox", columns, sqlite_where=where, postgresql_where=where)


def _counts() -> None:
    op.create_table(
        "tally",
        sa.Column("opening", BIG, primary_key=True),
        sa.Column("channel", sa.String(16), primary_key=True),
        sa.Column("outcome", sa.String(12), primary_key=True),
        sa.Column("again", sa.Boolean(), primary_key=True),
        sa.Column("count", sa.Integer(), nullable=False),
    )
    op.create_table(
        "rate_budget",
        sa.Column("channel", sa.String(16), primary_key=True),
        sa.Column("next_ms", sa.Float(), nullable=False),
    )
    op.create_table(
        "campaign_tap",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("campaign", sa.String(32), primary_key=True),
        sa.Column("message", sa.String(12), primary_key=True),
        sa.Column("what", sa.String(8), primary_key=True),
        sa.Column("count", sa.Integer(), nullable=False),
    )
