"""People sign in with second factors and passkeys, join organisations, declare interests; data of people ends in time"""

import sqlalchemy as sa
from alembic import op

import webapp.core.db

revision = 'people_1'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('attempt',
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('since', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('locked_until', webapp.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_attempt'))
    )
    op.create_index(op.f('ix_attempt_locked_until'), 'attempt', ['locked_until'], unique=False)
    op.create_table('retention_run',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('rule', sa.String(length=40), nullable=False),
    sa.Column('before', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('ended', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_retention_run'))
    )
    op.create_index(op.f('ix_retention_run_at'), 'retention_run', ['at'], unique=False)
    op.create_table('passkey',
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('credential_id', sa.LargeBinary(length=1024), nullable=False),
    sa.Column('public_key', sa.LargeBinary(), nullable=False),
    sa.Column('sign_count', sa.Integer(), nullable=True),
    sa.Column('transports', sa.JSON(), nullable=True),
    sa.Column('backup_state', sa.Boolean(), nullable=False),
    sa.Column('device_type', sa.String(length=64), nullable=False),
    sa.Column('extensions', sa.String(length=255), nullable=True),
    sa.Column('lastuse_datetime', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('usage', sa.String(length=64), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['person.id'], name=op.f('fk_passkey_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_passkey')),
    sa.UniqueConstraint('credential_id', name=op.f('uq_passkey_credential_id'))
    )
    op.create_index(op.f('ix_passkey_user_id'), 'passkey', ['user_id'], unique=False)
    op.create_table('sign_in',
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('secret_hash', sa.String(length=64), nullable=False),
    sa.Column('way', sa.String(length=40), nullable=False),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('agent', sa.String(length=300), nullable=False),
    sa.Column('seen_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('expires_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('ended_at', webapp.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_sign_in_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in')),
    sa.UniqueConstraint('secret_hash', name=op.f('uq_sign_in_secret_hash'))
    )
    op.create_index(op.f('ix_sign_in_person_id'), 'sign_in', ['person_id'], unique=False)
    op.create_table('expert',
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('organisation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('title', sa.String(length=80), nullable=False),
    sa.Column('department', sa.String(length=120), nullable=False),
    sa.Column('fields', sa.JSON(), nullable=False),
    sa.Column('keywords', sa.JSON(), nullable=False),
    sa.Column('summary', sa.Text(), nullable=False),
    sa.Column('shows_results', sa.Boolean(), nullable=False),
    sa.Column('consented_at', webapp.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_at', webapp.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('is_example', sa.Boolean(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_expert_organisation_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_expert_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_expert')),
    sa.UniqueConstraint('person_id', 'organisation_id', name=op.f('uq_expert_person_id_organisation_id'))
    )
    op.create_index(op.f('ix_expert_organisation_id'), 'expert', ['organisation_id'], unique=False)
    op.create_table('faculty',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('organisation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('name_en', sa.String(length=200), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_faculty_organisation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_faculty')),
    sa.UniqueConstraint('organisation_id', 'name', name=op.f('uq_faculty_organisation_id_name'))
    )
    op.create_table('interest',
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('organisation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('other_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('note', sa.String(length=400), nullable=False),
    sa.Column('ended_at', webapp.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_interest_organisation_id')),
    sa.ForeignKeyConstraint(['other_id'], ['organisation.id'], name=op.f('fk_interest_other_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_interest_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_interest'))
    )
    op.create_index(op.f('ix_interest_organisation_id'), 'interest', ['organisation_id'], unique=False)
    op.create_index(op.f('ix_interest_person_id'), 'interest', ['person_id'], unique=False)
    op.create_table('joining',
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('organisation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('role', sa.String(length=20), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('email', sa.String(length=255), nullable=False),
    sa.Column('secret_hash', sa.String(length=64), nullable=True),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('department', sa.String(length=120), nullable=False),
    sa.Column('note', sa.String(length=400), nullable=False),
    sa.Column('made_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('expires_at', webapp.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('decided_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('decided_at', webapp.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('decision_note', sa.String(length=400), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['decided_by_id'], ['person.id'], name=op.f('fk_joining_decided_by_id')),
    sa.ForeignKeyConstraint(['made_by_id'], ['person.id'], name=op.f('fk_joining_made_by_id')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_joining_organisation_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_joining_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_joining')),
    sa.UniqueConstraint('secret_hash', name=op.f('uq_joining_secret_hash'))
    )
    op.create_index(op.f('ix_joining_organisation_id'), 'joining', ['organisation_id'], unique=False)
    op.create_index(op.f('ix_joining_person_id'), 'joining', ['person_id'], unique=False)
    op.create_index(op.f('ix_joining_state'), 'joining', ['state'], unique=False)
    op.create_table('rivalry',
    sa.Column('organisation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('rival_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('made_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('ended_at', webapp.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['made_by_id'], ['person.id'], name=op.f('fk_rivalry_made_by_id')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_rivalry_organisation_id')),
    sa.ForeignKeyConstraint(['rival_id'], ['organisation.id'], name=op.f('fk_rivalry_rival_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rivalry')),
    sa.UniqueConstraint('organisation_id', 'rival_id', name=op.f('uq_rivalry_organisation_id_rival_id'))
    )
    op.create_index(op.f('ix_rivalry_organisation_id'), 'rivalry', ['organisation_id'], unique=False)
    op.create_index(op.f('ix_rivalry_rival_id'), 'rivalry', ['rival_id'], unique=False)
    op.create_table('verification',
    sa.Column('organisation_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('submitted_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('decided_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('decided_at', webapp.core.db.UtcDateTime(timezone=True), nullable=True),
    sa.Column('decision_note', sa.Text(), nullable=False),
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', webapp.core.db.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['decided_by_id'], ['person.id'], name=op.f('fk_verification_decided_by_id')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisation.id'], name=op.f('fk_verification_organisation_id')),
    sa.ForeignKeyConstraint(['submitted_by_id'], ['person.id'], name=op.f('fk_verification_submitted_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_verification'))
    )
    op.create_index(op.f('ix_verification_organisation_id'), 'verification', ['organisation_id'], unique=False)
    op.create_index(op.f('ix_verification_state'), 'verification', ['state'], unique=False)
    op.add_column('membership', sa.Column('department', sa.String(length=120), nullable=False, server_default=''))
    op.add_column('membership', sa.Column('ended_at', webapp.core.db.UtcDateTime(timezone=True), nullable=True))
    op.add_column('organisation', sa.Column('controlled_by_large', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column('organisation', sa.Column('website', sa.String(length=200), nullable=False, server_default=''))
    op.add_column('organisation', sa.Column('summary', sa.Text(), nullable=False, server_default=''))
    op.add_column('organisation', sa.Column('summary_en', sa.Text(), nullable=False, server_default=''))
    op.add_column('organisation', sa.Column('services', sa.JSON(), nullable=False, server_default='[]'))
    op.add_column(
        'organisation',
        sa.Column('verified_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.ForeignKey('person.id', name='fk_organisation_verified_by_id'), nullable=True),
        inline_references=True,
    )
    op.add_column(
        'organisation',
        sa.Column('founder_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), sa.ForeignKey('person.id', name='fk_organisation_founder_id'), nullable=True),
        inline_references=True,
    )
    op.add_column('organisation', sa.Column('version', sa.Integer(), nullable=False, server_default='1'))
    op.add_column('person', sa.Column('phone', sa.String(length=40), nullable=False, server_default=''))
    op.add_column('person', sa.Column('tf_primary_method', sa.String(length=64), nullable=True))
    op.add_column('person', sa.Column('tf_totp_secret', sa.String(length=255), nullable=True))
    op.add_column('person', sa.Column('totp_counter', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
    op.add_column('person', sa.Column('mf_recovery_codes', sa.JSON(), nullable=True))
    op.add_column('person', sa.Column('fs_webauthn_user_handle', sa.String(length=64), nullable=True))
    op.add_column('person', sa.Column('agreed_at', webapp.core.db.UtcDateTime(timezone=True), nullable=True))
    op.add_column('person', sa.Column('closed_at', webapp.core.db.UtcDateTime(timezone=True), nullable=True))
    op.create_index(op.f('ix_person_fs_webauthn_user_handle'), 'person', ['fs_webauthn_user_handle'], unique=True)


def downgrade() -> None:
    op.drop_index(op.f('ix_person_fs_webauthn_user_handle'), table_name='person')
    op.drop_column('person', 'closed_at')
    op.drop_column('person', 'agreed_at')
    op.drop_column('person', 'fs_webauthn_user_handle')
    op.drop_column('person', 'mf_recovery_codes')
    op.drop_column('person', 'totp_counter')
    op.drop_column('person', 'tf_totp_secret')
    op.drop_column('person', 'tf_primary_method')
    op.drop_column('person', 'phone')
    op.drop_column('organisation', 'version')
    op.drop_column('organisation', 'founder_id')
    op.drop_column('organisation', 'verified_by_id')
    op.drop_column('organisation', 'services')
    op.drop_column('organisation', 'summary_en')
    op.drop_column('organisation', 'summary')
    op.drop_column('organisation', 'website')
    op.drop_column('organisation', 'controlled_by_large')
    op.drop_column('membership', 'ended_at')
    op.drop_column('membership', 'department')
    op.drop_index(op.f('ix_verification_state'), table_name='verification')
    op.drop_index(op.f('ix_verification_organisation_id'), table_name='verification')
    op.drop_table('verification')
    op.drop_index(op.f('ix_rivalry_rival_id'), table_name='rivalry')
    op.drop_index(op.f('ix_rivalry_organisation_id'), table_name='rivalry')
    op.drop_table('rivalry')
    op.drop_index(op.f('ix_joining_state'), table_name='joining')
    op.drop_index(op.f('ix_joining_person_id'), table_name='joining')
    op.drop_index(op.f('ix_joining_organisation_id'), table_name='joining')
    op.drop_table('joining')
    op.drop_index(op.f('ix_interest_person_id'), table_name='interest')
    op.drop_index(op.f('ix_interest_organisation_id'), table_name='interest')
    op.drop_table('interest')
    op.drop_table('faculty')
    op.drop_index(op.f('ix_expert_organisation_id'), table_name='expert')
    op.drop_table('expert')
    op.drop_index(op.f('ix_sign_in_person_id'), table_name='sign_in')
    op.drop_table('sign_in')
    op.drop_index(op.f('ix_passkey_user_id'), table_name='passkey')
    op.drop_table('passkey')
    op.drop_index(op.f('ix_retention_run_at'), table_name='retention_run')
    op.drop_table('retention_run')
    op.drop_index(op.f('ix_attempt_locked_until'), table_name='attempt')
    op.drop_table('attempt')
