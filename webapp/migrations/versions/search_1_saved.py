"""Searches people save, and what was found for them."""

import sqlalchemy as sa
from alembic import op

from webapp.core.db import BigId, UtcDateTime

revision = "search_1"
down_revision = "catalog_2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_search",
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("organisation_id", BigId, nullable=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("address", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("watching", sa.Boolean(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("known", sa.JSON(), nullable=True),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.Column("opened_at", UtcDateTime(), nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_saved_search_person_id"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name="fk_saved_search_organisation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_search"),
        sa.UniqueConstraint("person_id", "fingerprint", name="uq_saved_search_person_id_fingerprint"),
    )
    op.create_table(
        "search_find",
        sa.Column("id", BigId, nullable=False),
        sa.Column("search_id", BigId, nullable=False),
        sa.Column("row_key", sa.String(80), nullable=False),
        sa.Column("found_at", UtcDateTime(), nullable=False),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["search_id"], ["saved_search.id"], name="fk_search_find_search_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_search_find"),
        sa.UniqueConstraint("search_id", "row_key", name="uq_search_find_search_id_row_key"),
    )
    op.create_index("ix_search_find_told", "search_find", ["told_at"])


def downgrade() -> None:
    op.drop_table("search_find")
    op.drop_table("saved_search")
