"""Conversations, meetings, contact consents, satisfaction, money and calendar addresses of tasks."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from webapp.core.db import BigId, UtcDateTime

revision = "tasks_1"
down_revision = "catalog_1"
branch_labels = None
depends_on = None


def _row(name: str, *columns: sa.Column[Any], keys: tuple[tuple[str, str], ...] = (), unique: tuple[str, ...] = ()) -> None:
    """A table with the columns every table has."""
    foreign = [sa.ForeignKeyConstraint([c], [target], name=f"fk_{name}_{c}") for c, target in keys]
    single = [sa.UniqueConstraint(*unique, name=f"uq_{name}_{'_'.join(unique)}")] if unique else []
    op.create_table(
        name, *columns, sa.Column("id", BigId, nullable=False), sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False), *foreign, *single, sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
    )


def upgrade() -> None:
    with op.batch_alter_table("task") as table:
        table.add_column(sa.Column("signed_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("contract_value_fen", BigId, nullable=True))
        table.add_column(sa.Column("technology_value_fen", BigId, nullable=True))
        table.add_column(sa.Column("registration_no", sa.String(20), nullable=False, server_default=""))
    _row(
        "message", sa.Column("subject_kind", sa.String(40), nullable=False), sa.Column("subject_id", BigId, nullable=False),
        sa.Column("person_id", BigId, nullable=True), sa.Column("side", sa.String(12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False), sa.Column("submission", sa.String(36), nullable=False), keys=(("person_id", "person.id"),),
    )
    op.create_index("ix_message_subject", "message", ["subject_kind", "subject_id", "id"])
    _row(
        "read_mark", sa.Column("subject_kind", sa.String(40), nullable=False), sa.Column("subject_id", BigId, nullable=False),
        sa.Column("person_id", BigId, nullable=False), sa.Column("message_id", BigId, nullable=False), keys=(("person_id", "person.id"),),
        unique=("subject_kind", "subject_id", "person_id"),
    )
    _row(
        "task_receipt", sa.Column("task_id", BigId, nullable=False), sa.Column("amount_fen", BigId, nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False), sa.Column("evidence", sa.String(200), nullable=False),
        sa.Column("person_id", BigId, nullable=True), keys=(("task_id", "task.id"), ("person_id", "person.id")),
    )
    op.create_index("ix_task_receipt_task_id", "task_receipt", ["task_id"])
    _row(
        "task_rating", sa.Column("task_id", BigId, nullable=False), sa.Column("side", sa.String(12), nullable=False),
        sa.Column("person_id", BigId, nullable=False), sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(500), nullable=False), keys=(("task_id", "task.id"), ("person_id", "person.id")), unique=("task_id", "side"),
    )
    _row(
        "task_meeting", sa.Column("task_id", BigId, nullable=False), sa.Column("proposed_by_id", BigId, nullable=True),
        sa.Column("side", sa.String(12), nullable=False), sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False), sa.Column("place", sa.String(200), nullable=False),
        sa.Column("note", sa.String(500), nullable=False), sa.Column("state", sa.String(12), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False), sa.Column("version", sa.Integer(), nullable=False),
        keys=(("task_id", "task.id"), ("proposed_by_id", "person.id")),
    )
    op.create_index("ix_task_meeting_task_id", "task_meeting", ["task_id"])
    _row(
        "task_contact", sa.Column("task_id", BigId, nullable=False), sa.Column("side", sa.String(12), nullable=False),
        sa.Column("person_id", BigId, nullable=False), sa.Column("details", sa.String(300), nullable=False),
        keys=(("task_id", "task.id"), ("person_id", "person.id")), unique=("task_id", "side"),
    )
    _row(
        "calendar_feed", sa.Column("person_id", BigId, nullable=False), sa.Column("secret_sha256", sa.String(64), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True), keys=(("person_id", "person.id"),),
    )
    op.create_index("ix_calendar_feed_person_id", "calendar_feed", ["person_id"])
    op.create_index("ix_calendar_feed_secret", "calendar_feed", ["secret_sha256"], unique=True)


def downgrade() -> None:
    for name in ("calendar_feed", "task_contact", "task_meeting", "task_rating", "task_receipt", "read_mark", "message"):
        op.drop_table(name)
    with op.batch_alter_table("task") as table:
        for name in ("registration_no", "technology_value_fen", "contract_value_fen", "signed_on"):
            table.drop_column(name)
