"""Levels of single fields, and accepted non-disclosure agreements.

Revision ID: secure_1
Revises: match_1
"""

import sqlalchemy as sa
from alembic import op

from webapp.core.db import UtcDateTime

revision = "secure_1"
down_revision = "licence_1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("result", "demand"):
        op.add_column(table, sa.Column("field_levels", sa.JSON(), nullable=False, server_default="{}"))
    op.create_table(
        "nda_acceptance",
        sa.Column("organisation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("accepted_at", UtcDateTime(), nullable=False),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_nda_acceptance_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_nda_acceptance_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nda_acceptance")),
        sa.UniqueConstraint("organisation_id", "subject_kind", "subject_id", name=op.f("uq_nda_acceptance_organisation_id_subject_kind_subject_id")),
    )
    op.create_index(op.f("ix_nda_acceptance_organisation_id"), "nda_acceptance", ["organisation_id"])
    op.create_index("ix_nda_acceptance_subject", "nda_acceptance", ["subject_kind", "subject_id"])


def downgrade() -> None:
    op.drop_table("nda_acceptance")
    for table in ("result", "demand"):
        op.drop_column(table, "field_levels")
