"""The day the end of a right was announced for"""

import sqlalchemy as sa
from alembic import op

revision = 'catalog_2'
down_revision = 'brokers_1'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('ip_right', sa.Column('warned_for', sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column('ip_right', 'warned_for')
