"""What the engine learnt is kept by version; a verdict remembers which engine had ranked the pair."""

import sqlalchemy as sa
from alembic import op

from webapp.core.db import BigId, UtcDateTime

revision = "match_1"
down_revision = "search_1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("verdict") as table:
        table.add_column(sa.Column("engine_version", sa.String(40), nullable=False, server_default=""))
    op.create_table(
        "lesson",
        sa.Column("upto", BigId, nullable=False),
        sa.Column("verdicts", sa.Integer(), nullable=False),
        sa.Column("unlearned", sa.Double(), nullable=True),
        sa.Column("learned", sa.Double(), nullable=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("chosen_by_id", BigId, nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["chosen_by_id"], ["person.id"], name="fk_lesson_chosen_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_lesson"),
    )
    op.create_index("ix_lesson_state", "lesson", ["state"])


def downgrade() -> None:
    op.drop_table("lesson")
    with op.batch_alter_table("verdict") as table:
        table.drop_column("engine_version")
