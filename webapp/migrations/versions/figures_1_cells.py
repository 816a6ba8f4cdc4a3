"""Figures: the aggregates the pages read, and what was reported against the 2028 targets."""

import sqlalchemy as sa
from alembic import op

from webapp.core.db import BigId, UtcDateTime

revision = "figures_1"
down_revision = "money_2"
branch_labels = None
depends_on = None

CELL = ("measure", "kind", "key", "other", "period")


def upgrade() -> None:
    op.create_table(
        "figure_cell",
        sa.Column("id", BigId, nullable=False),
        sa.Column("measure", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("other", sa.String(40), nullable=False),
        sa.Column("period", sa.String(7), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.UniqueConstraint(*CELL, name="uq_figure_cell_measure_kind_key_other_period"),
        sa.PrimaryKeyConstraint("id", name="pk_figure_cell"),
    )
    op.create_index("ix_figure_cell_subject", "figure_cell", ["kind", "key", "measure", "period"])
    op.create_table(
        "figure_filling",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_figure_filling"),
    )
    op.create_table(
        "kpi_fact",
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("source", sa.String(120), nullable=False),
        sa.Column("person_id", BigId, nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["code"], ["kpi_target.code"], name="fk_kpi_fact_code"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_kpi_fact_person_id"),
        sa.UniqueConstraint("code", "as_of", name="uq_kpi_fact_code_as_of"),
        sa.PrimaryKeyConstraint("id", name="pk_kpi_fact"),
    )


def downgrade() -> None:
    op.drop_table("kpi_fact")
    op.drop_table("figure_filling")
    op.drop_table("figure_cell")
