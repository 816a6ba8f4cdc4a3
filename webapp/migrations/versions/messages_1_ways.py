"""Notices know how they go by mail; mails wait, are retried and given up; people say how they want to be told."""

import sqlalchemy as sa
from alembic import op

from webapp.core.db import BigId, UtcDateTime

revision = "messages_1"
down_revision = "people_1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("mail") as table:
        table.add_column(sa.Column("kind", sa.String(40), nullable=False, server_default=""))
        table.add_column(sa.Column("not_before", UtcDateTime(), nullable=True))
        table.add_column(sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("error", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("failed_at", UtcDateTime(), nullable=True))
    with op.batch_alter_table("notice") as table:
        table.add_column(sa.Column("way", sa.String(8), nullable=False, server_default="NOW"))
        table.add_column(sa.Column("mail_id", BigId, nullable=True))
        table.create_foreign_key("fk_notice_mail_id", "mail", ["mail_id"], ["id"])
        table.create_index("ix_notice_way_mail", ["way", "mail_id"])
    op.create_table(
        "notice_preference",
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("usual", sa.String(8), nullable=False),
        sa.Column("ways", sa.JSON(), nullable=False),
        sa.Column("digest_hour", sa.Integer(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_until", sa.Integer(), nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_notice_preference_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_notice_preference"),
        sa.UniqueConstraint("person_id", name="uq_notice_preference_person_id"),
    )


def downgrade() -> None:
    op.drop_table("notice_preference")
    with op.batch_alter_table("notice") as table:
        table.drop_index("ix_notice_way_mail")
        table.drop_column("mail_id")
        table.drop_column("way")
    with op.batch_alter_table("mail") as table:
        for name in ("failed_at", "error", "attempts", "not_before", "kind"):
            table.drop_column(name)
