"""Indexes that hold what the home page and the lists count"""

from alembic import op

revision = "catalog_3"
down_revision = "licence_2"
branch_labels = None
depends_on = None

RESULT = ["state", "cluster_code", "use_first_offered", "industry_code", "stage", "confidentiality", "sealed", "organisation_id", "published_at"]
DEMAND = ["state", "industry_code", "confidentiality", "sealed", "organisation_id", "published_at"]


def upgrade() -> None:
    op.create_index("ix_result_counted", "result", RESULT)
    op.create_index("ix_demand_counted", "demand", DEMAND)


def downgrade() -> None:
    op.drop_index("ix_demand_counted", "demand")
    op.drop_index("ix_result_counted", "result")
