"""The school's word that a stage is reached, and until when it is answered"""

import sqlalchemy as sa
from alembic import op

revision = "licence_2"
down_revision = "figures_1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("instalment", sa.Column("stage_claim", sa.String(8), nullable=False, server_default=""))
    op.add_column("instalment", sa.Column("claim_until", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("instalment", "claim_until")
    op.drop_column("instalment", "stage_claim")
