"""The desk: claims with a lease, wishes of both sides, reminders, saved filters, watched demands."""

import sqlalchemy as sa
from alembic import op

import webapp.core.db

revision = 'desk_1'
down_revision = "secure_1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('desk_preference',
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('keys', sa.Boolean(), nullable=False),
    sa.Column('personal', sa.Boolean(), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_desk_preference_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_desk_preference')),
    sa.UniqueConstraint('person_id', name=op.f('uq_desk_preference_person_id'))
    )
    op.create_table('queue_filter',
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('query', sa.JSON(), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_queue_filter_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_queue_filter')),
    sa.UniqueConstraint('person_id', 'name', name=op.f('uq_queue_filter_person_id_name'))
    )
    op.create_table('demand_watch',
    sa.Column('demand_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('told_at', webapp.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('match_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['demand_id'], ['demand.id'], name=op.f('fk_demand_watch_demand_id')),
    sa.ForeignKeyConstraint(['match_id'], ['match.id'], name=op.f('fk_demand_watch_match_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_demand_watch')),
    sa.UniqueConstraint('demand_id', name=op.f('uq_demand_watch_demand_id'))
    )
    op.create_table('match_wish',
    sa.Column('match_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('part', sa.String(length=12), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ended_at', webapp.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['match_id'], ['match.id'], name=op.f('fk_match_wish_match_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_match_wish_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_match_wish'))
    )
    op.create_index(op.f('ix_match_wish_match_id'), 'match_wish', ['match_id'], unique=False)
    op.add_column('match', sa.Column('held_until', webapp.core.db.UtcDateTime(timezone=True), nullable=True))
    op.add_column('match', sa.Column('urgent', sa.Integer(), nullable=False, server_default='0'))
    op.add_column('match', sa.Column('reminders', sa.Integer(), nullable=False, server_default='0'))
    op.drop_index(op.f('ix_match_queue'), table_name='match')
    op.create_index('ix_match_queue', 'match', ['state', 'urgent', 'grade', 'score', 'demand_id', 'result_id', 'broker_id', 'held_until'], unique=False)
    op.add_column('verdict', sa.Column('share_note', sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column('verdict', 'share_note')
    op.drop_index('ix_match_queue', table_name='match')
    op.create_index(op.f('ix_match_queue'), 'match', ['state', 'grade', 'score', 'demand_id', 'result_id'], unique=False)
    op.drop_column('match', 'reminders')
    op.drop_column('match', 'urgent')
    op.drop_column('match', 'held_until')
    op.drop_index(op.f('ix_match_wish_match_id'), table_name='match_wish')
    op.drop_table('match_wish')
    op.drop_table('demand_watch')
    op.drop_table('queue_filter')
    op.drop_table('desk_preference')
