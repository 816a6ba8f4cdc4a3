"""An index that holds what the catalogue of offers counts and lists"""

from alembic import op

revision = "catalog_4"
down_revision = "messages_2"
branch_labels = None
depends_on = None

OFFERED = ["use_first_offered", "state", "exclusive_in_force", "trl", "confidentiality", "sealed", "organisation_id", "published_at"]


def upgrade() -> None:
    op.create_index("ix_result_offered", "result", OFFERED)


def downgrade() -> None:
    op.drop_index("ix_result_offered", "result")
