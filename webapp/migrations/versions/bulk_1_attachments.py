"""What the worker finds in an attachment: words, pages, a picture of the first page"""

import sqlalchemy as sa
from alembic import op

revision = 'bulk_1'
down_revision = 'messages_1'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('attachment') as table:
        table.add_column(sa.Column('state', sa.String(length=12), nullable=False, server_default='NEW'))
        table.add_column(sa.Column('text', sa.Text(), nullable=False, server_default=''))
        table.add_column(sa.Column('pages', sa.Integer(), nullable=True))
        table.add_column(sa.Column('preview', sa.String(length=64), nullable=True))
        table.add_column(sa.Column('note', sa.String(length=20), nullable=False, server_default=''))
        table.add_column(sa.Column('purged_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index('ix_attachment_sha256', 'attachment', ['sha256'])


def downgrade() -> None:
    op.drop_index('ix_attachment_sha256', 'attachment')
    with op.batch_alter_table('attachment') as table:
        for name in ('purged_at', 'note', 'preview', 'pages', 'text', 'state'):
            table.drop_column(name)
