"""Every field of results and demands, rights, drafts, revisions, saved lists, reports and likenesses"""

import sqlalchemy as sa
from alembic import op

import webapp.core.db

revision = 'catalog_1'
down_revision = 'bulk_1'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('likeness',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('first_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('second_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('score', sa.Double(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('found_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.String(length=80), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_likeness')),
    sa.UniqueConstraint('kind', 'first_id', 'second_id', name=op.f('uq_likeness_kind_first_id_second_id'))
    )
    op.create_index('ix_likeness_second', 'likeness', ['kind', 'second_id'], unique=False)
    op.create_index(op.f('ix_likeness_state'), 'likeness', ['state'], unique=False)
    op.create_table('revision',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('row_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('action', sa.String(length=20), nullable=False),
    sa.Column('at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.Column('after', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_revision'))
    )
    op.create_index('ix_revision_row', 'revision', ['kind', 'row_id'], unique=False)
    op.create_table('draft',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('organisation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('row_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('typed', sa.JSON(), nullable=False),
    sa.Column('saved_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_draft_organisation_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_draft_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_draft')),
    sa.UniqueConstraint('person_id', 'kind', 'row_id', name=op.f('uq_draft_person_id_kind_row_id'))
    )
    op.create_table('report',
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('row_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reason', sa.String(length=12), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('contact', sa.String(length=200), nullable=False),
    sa.Column('reporter_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('decided_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('decided_at', webapp.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('decision', sa.Text(), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['decided_by_id'], ['person.id'], name=op.f('fk_report_decided_by_id')),
    sa.ForeignKeyConstraint(['reporter_id'], ['person.id'], name=op.f('fk_report_reporter_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report'))
    )
    op.create_index('ix_report_row', 'report', ['kind', 'row_id'], unique=False)
    op.create_index(op.f('ix_report_state'), 'report', ['state'], unique=False)
    op.create_table('saved_list',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('page', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('query', sa.JSON(), nullable=False),
    sa.Column('created_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_saved_list_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_list')),
    sa.UniqueConstraint('person_id', 'page', 'name', name=op.f('uq_saved_list_person_id_page_name'))
    )
    op.create_table('ip_right',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('number', sa.String(length=60), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('holder', sa.String(length=200), nullable=False),
    sa.Column('co_owned', sa.Boolean(), nullable=False),
    sa.Column('expires', sa.Date(), nullable=True),
    sa.Column('fee_paid_until', sa.Date(), nullable=True),
    sa.Column('result_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['result_id'], ['result.id'], name=op.f('fk_ip_right_result_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ip_right'))
    )
    op.create_index(op.f('ix_ip_right_expires'), 'ip_right', ['expires'], unique=False)
    op.create_index(op.f('ix_ip_right_fee_paid_until'), 'ip_right', ['fee_paid_until'], unique=False)
    op.create_index(op.f('ix_ip_right_result_id'), 'ip_right', ['result_id'], unique=False)
    op.add_column('demand', sa.Column('verified_how', sa.String(length=12), nullable=False, server_default=sa.text("''")))
    op.add_column('demand', sa.Column('background', sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column('demand', sa.Column('present', sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column('demand', sa.Column('scope', sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column('demand', sa.Column('conditions', sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column('demand', sa.Column('cooperations', sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
    op.add_column('demand', sa.Column('ip_ownership', sa.String(length=12), nullable=False, server_default=sa.text("''")))
    op.add_column('demand', sa.Column('experts', sa.String(length=200), nullable=False, server_default=sa.text("''")))
    op.add_column('demand', sa.Column('fundings', sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
    op.add_column('demand', sa.Column('months', sa.Integer(), nullable=True))
    op.add_column('demand', sa.Column('wants_board', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column('demand', sa.Column('answer_note', sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column('demand', sa.Column('answer_result_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
    op.add_column('demand', sa.Column('reminded_at', webapp.core.db.UtcDateTime(timezone=True), nullable=True))
    op.add_column('demand', sa.Column('paused_for', sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column('demand', sa.Column('merged_into_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
    op.add_column('demand', sa.Column('sealed', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column('result', sa.Column('members', sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
    op.add_column('result', sa.Column('scenes', sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
    op.add_column('result', sa.Column('evidence', sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
    op.add_column('result', sa.Column('project', sa.String(length=200), nullable=False, server_default=sa.text("''")))
    op.add_column('result', sa.Column('research_from', sa.Date(), nullable=True))
    op.add_column('result', sa.Column('research_to', sa.Date(), nullable=True))
    op.add_column('result', sa.Column('nature', sa.String(length=20), nullable=False, server_default=sa.text("''")))
    op.add_column('result', sa.Column('standing', sa.String(length=20), nullable=False, server_default=sa.text("''")))
    op.add_column('result', sa.Column('trl_evidence', sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column('result', sa.Column('cases', sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column('result', sa.Column('benefits', sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column('result', sa.Column('trial_trigger', sa.String(length=24), nullable=False, server_default=sa.text("''")))
    op.add_column('result', sa.Column('use_first_price_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
    op.add_column('result', sa.Column('exclusivity', sa.String(length=12), nullable=False, server_default=sa.text("'PLAIN'")))
    op.add_column('result', sa.Column('landing', sa.String(length=20), nullable=False, server_default=sa.text("'ANY'")))
    op.add_column('result', sa.Column('supports', sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
    op.add_column('result', sa.Column('compliance', sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
    op.add_column('result', sa.Column('reminded_at', webapp.core.db.UtcDateTime(timezone=True), nullable=True))
    op.add_column('result', sa.Column('paused_for', sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column('result', sa.Column('merged_into_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
    op.add_column('result', sa.Column('sealed', sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column('result', 'sealed')
    op.drop_column('result', 'merged_into_id')
    op.drop_column('result', 'paused_for')
    op.drop_column('result', 'reminded_at')
    op.drop_column('result', 'compliance')
    op.drop_column('result', 'supports')
    op.drop_column('result', 'landing')
    op.drop_column('result', 'exclusivity')
    op.drop_column('result', 'use_first_price_fen')
    op.drop_column('result', 'trial_trigger')
    op.drop_column('result', 'benefits')
    op.drop_column('result', 'cases')
    op.drop_column('result', 'trl_evidence')
    op.drop_column('result', 'standing')
    op.drop_column('result', 'nature')
    op.drop_column('result', 'research_to')
    op.drop_column('result', 'research_from')
    op.drop_column('result', 'project')
    op.drop_column('result', 'evidence')
    op.drop_column('result', 'scenes')
    op.drop_column('result', 'members')
    op.drop_column('demand', 'sealed')
    op.drop_column('demand', 'merged_into_id')
    op.drop_column('demand', 'paused_for')
    op.drop_column('demand', 'reminded_at')
    op.drop_column('demand', 'answer_result_id')
    op.drop_column('demand', 'answer_note')
    op.drop_column('demand', 'wants_board')
    op.drop_column('demand', 'months')
    op.drop_column('demand', 'fundings')
    op.drop_column('demand', 'experts')
    op.drop_column('demand', 'ip_ownership')
    op.drop_column('demand', 'cooperations')
    op.drop_column('demand', 'conditions')
    op.drop_column('demand', 'scope')
    op.drop_column('demand', 'present')
    op.drop_column('demand', 'background')
    op.drop_column('demand', 'verified_how')
    op.drop_index(op.f('ix_ip_right_result_id'), table_name='ip_right')
    op.drop_index(op.f('ix_ip_right_fee_paid_until'), table_name='ip_right')
    op.drop_index(op.f('ix_ip_right_expires'), table_name='ip_right')
    op.drop_table('ip_right')
    op.drop_table('saved_list')
    op.drop_index(op.f('ix_report_state'), table_name='report')
    op.drop_index('ix_report_row', table_name='report')
    op.drop_table('report')
    op.drop_table('draft')
    op.drop_index('ix_revision_row', table_name='revision')
    op.drop_table('revision')
    op.drop_index(op.f('ix_likeness_state'), table_name='likeness')
    op.drop_index('ix_likeness_second', table_name='likeness')
    op.drop_table('likeness')
