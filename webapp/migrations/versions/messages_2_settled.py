"""An index by which the notices about one page are found, to be settled when what they ask for is done"""

from alembic import op

revision = "messages_2"
down_revision = "catalog_3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_notice_url", "notice", ["url"])


def downgrade() -> None:
    op.drop_index("ix_notice_url", "notice")
