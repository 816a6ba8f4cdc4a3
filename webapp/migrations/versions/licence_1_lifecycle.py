"""Offers, school rules, several triggers, suspension, extension, conversion, default stages"""

import sqlalchemy as sa
from alembic import op

import webapp.core.db

revision = 'licence_1'
down_revision = 'match_1'
branch_labels = None
depends_on = None


def reference(table: str, column: str, target: str, name: str) -> None:
    """A column that points to another table, written so that SQLite need not copy the table."""
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind} CONSTRAINT {name} REFERENCES {target} (id)")


def upgrade() -> None:
    op.create_table('school_rule',
    sa.Column('organisation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('notice_days', sa.Integer(), nullable=True),
    sa.Column('notice_day_type', sa.String(length=10), nullable=True),
    sa.Column('higher_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('higher_body', sa.String(length=80), nullable=False),
    sa.Column('deems_receipt', sa.Boolean(), nullable=False),
    sa.Column('silence_confirms', sa.Boolean(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_school_rule_organisation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_school_rule')),
    sa.UniqueConstraint('organisation_id', name=op.f('uq_school_rule_organisation_id'))
    )
    op.create_table('offer',
    sa.Column('result_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('models', sa.JSON(), nullable=False),
    sa.Column('triggers', sa.JSON(), nullable=False),
    sa.Column('security', sa.String(length=24), nullable=False),
    sa.Column('conditions', sa.Text(), nullable=False),
    sa.Column('set_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['result_id'], ['result.id'], name=op.f('fk_offer_result_id')),
    sa.ForeignKeyConstraint(['set_by_id'], ['person.id'], name=op.f('fk_offer_set_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_offer')),
    sa.UniqueConstraint('result_id', name=op.f('uq_offer_result_id'))
    )
    op.add_column('eligibility', sa.Column('foreign_controlled', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column('eligibility', sa.Column('credit_on', sa.Date(), nullable=True))
    op.add_column('eligibility', sa.Column('credit_source', sa.String(length=120), nullable=False, server_default=''))
    op.add_column('licence', sa.Column('more_triggers', sa.JSON(), nullable=False, server_default='[]'))
    op.add_column('licence', sa.Column('trigger_rule', sa.String(length=3), nullable=False, server_default='ANY'))
    op.add_column('licence', sa.Column('trigger_on', sa.Date(), nullable=True))
    op.add_column('licence', sa.Column('trigger_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
    op.add_column('licence', sa.Column('met', sa.JSON(), nullable=False, server_default='{}'))
    op.add_column('licence', sa.Column('claimed_trigger', sa.String(length=30), nullable=False, server_default=''))
    op.add_column('licence', sa.Column('security_until', sa.Date(), nullable=True))
    reference('licence', 'firm_id', 'organisation', 'fk_licence_firm_id')
    op.add_column('licence', sa.Column('rights', sa.JSON(), nullable=False, server_default='{}'))
    op.add_column('licence', sa.Column('rights_until', sa.Date(), nullable=True))
    reference('licence', 'endorsed_by_id', 'person', 'fk_licence_endorsed_by_id')
    op.add_column('licence', sa.Column('suspended_on', sa.Date(), nullable=True))
    op.add_column('licence', sa.Column('suspended_cause', sa.String(length=12), nullable=False, server_default=''))
    op.add_column('licence', sa.Column('cure_until', sa.Date(), nullable=True))
    op.add_column('licence', sa.Column('extension_months', sa.Integer(), nullable=True))
    op.add_column('licence', sa.Column('extensions', sa.Integer(), nullable=False, server_default='0'))
    op.add_column('licence', sa.Column('conversion', sa.String(length=12), nullable=False, server_default=''))
    op.add_column('licence', sa.Column('conversion_terms', sa.Text(), nullable=False, server_default=''))
    op.add_column('licence', sa.Column('conversion_agreed_on', sa.Date(), nullable=True))
    op.add_column('licence', sa.Column('evaluation', sa.Text(), nullable=False, server_default=''))
    op.add_column('licence', sa.Column('stop_use', sa.JSON(), nullable=False, server_default='{}'))
    op.add_column('licence', sa.Column('run_off_until', sa.Date(), nullable=True))
    op.add_column('licence', sa.Column('ending_asked_by', sa.String(length=12), nullable=False, server_default=''))
    op.add_column('licence', sa.Column('ending_reason', sa.String(length=20), nullable=False, server_default=''))
    op.add_column('licence', sa.Column('demanded_on', sa.Date(), nullable=True))
    op.add_column('licence', sa.Column('plan_asked', sa.JSON(), nullable=False, server_default='{}'))
    op.add_column('licence', sa.Column('default_stage', sa.String(length=12), nullable=False, server_default=''))
    op.add_column('licence', sa.Column('name_public', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column('public_notice', sa.Column('about', sa.String(length=12), nullable=False, server_default='LICENCE'))
    op.add_column('receipt', sa.Column('payer', sa.String(length=12), nullable=False, server_default='COMPANY'))


def downgrade() -> None:
    op.drop_column('receipt', 'payer')
    op.drop_column('public_notice', 'about')
    op.drop_constraint(op.f('fk_licence_endorsed_by_id'), 'licence', type_='foreignkey')
    op.drop_constraint(op.f('fk_licence_firm_id'), 'licence', type_='foreignkey')
    op.drop_column('licence', 'name_public')
    op.drop_column('licence', 'default_stage')
    op.drop_column('licence', 'plan_asked')
    op.drop_column('licence', 'demanded_on')
    op.drop_column('licence', 'ending_reason')
    op.drop_column('licence', 'ending_asked_by')
    op.drop_column('licence', 'run_off_until')
    op.drop_column('licence', 'stop_use')
    op.drop_column('licence', 'evaluation')
    op.drop_column('licence', 'conversion_agreed_on')
    op.drop_column('licence', 'conversion_terms')
    op.drop_column('licence', 'conversion')
    op.drop_column('licence', 'extensions')
    op.drop_column('licence', 'extension_months')
    op.drop_column('licence', 'cure_until')
    op.drop_column('licence', 'suspended_cause')
    op.drop_column('licence', 'suspended_on')
    op.drop_column('licence', 'endorsed_by_id')
    op.drop_column('licence', 'rights_until')
    op.drop_column('licence', 'rights')
    op.drop_column('licence', 'firm_id')
    op.drop_column('licence', 'security_until')
    op.drop_column('licence', 'claimed_trigger')
    op.drop_column('licence', 'met')
    op.drop_column('licence', 'trigger_fen')
    op.drop_column('licence', 'trigger_on')
    op.drop_column('licence', 'trigger_rule')
    op.drop_column('licence', 'more_triggers')
    op.drop_column('eligibility', 'credit_source')
    op.drop_column('eligibility', 'credit_on')
    op.drop_column('eligibility', 'foreign_controlled')
    op.drop_table('offer')
    op.drop_table('school_rule')
