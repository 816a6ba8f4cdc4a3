"""Documents of licences with their texts, codes for signing, how a side signed, a school's clauses and look, filings"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from webapp.core.db import BigId, UtcDateTime

revision = "money_2"
down_revision = "money_1"
branch_labels = None
depends_on = None


def _table(name: str, *columns: sa.Column[Any], unique: tuple[str, ...] = (), person: bool = False) -> None:
    """A table of a licence with the columns every table has."""
    keys = [sa.ForeignKeyConstraint(["licence_id"], ["licence.id"], name=f"fk_{name}_licence_id")]
    keys += [sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=f"fk_{name}_person_id")] if person else []
    single = [sa.UniqueConstraint(*unique, name=f"uq_{name}_{'_'.join(unique)}")] if unique else []
    op.create_table(
        name, sa.Column("licence_id", BigId, nullable=False), *columns, sa.Column("id", BigId, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False), sa.Column("updated_at", UtcDateTime(), nullable=False),
        *keys, *single, sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
    )
    op.create_index(f"ix_{name}_licence_id", name, ["licence_id"])


def _text(name: str, length: int = 0) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length) if length else sa.Text(), nullable=False)


def _whole(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _date(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Date(), nullable=True)


def upgrade() -> None:
    op.add_column("licence", sa.Column("own_clauses", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("school_rule", sa.Column("clauses", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("school_rule", sa.Column("look_sha256", sa.String(64), nullable=False, server_default=""))
    op.add_column("signature", sa.Column("method", sa.String(8), nullable=False, server_default=""))
    op.add_column("signature", sa.Column("proof", sa.String(120), nullable=False, server_default=""))
    op.add_column("signature", sa.Column("consent", sa.Text(), nullable=False, server_default=""))
    _table(
        "licence_paper", _text("kind", 16), _text("about", 40), _whole("version"), _text("number", 60), _text("text"), _text("sha256", 64),
        unique=("licence_id", "kind", "about", "version"),
    )
    _table(
        "signing_code", sa.Column("person_id", BigId, nullable=False), _text("text_hash", 64), _text("code_hash", 64),
        sa.Column("expires_at", UtcDateTime(), nullable=False), _whole("tries"), sa.Column("used_at", UtcDateTime(), nullable=True), person=True,
    )
    _table(
        "filing", _text("kind", 12), _text("state", 16), _date("due_on"), sa.Column("fields", sa.JSON(), nullable=False), _text("number", 20),
        _date("filed_on"), _date("decided_on"), _text("note"), _whole("reminded"), _whole("version"), unique=("licence_id", "kind"),
    )
    # The contracts that stand: their text of record becomes their first document.
    op.execute(
        "INSERT INTO licence_paper (licence_id, kind, about, version, number, text, sha256, created_at, updated_at) "
        "SELECT id, 'CONTRACT', '', 1, 'HT', contract_text, text_hash, updated_at, updated_at FROM licence WHERE contract_text <> ''"
    )
    op.execute(
        "INSERT INTO filing (licence_id, kind, state, fields, number, note, reminded, version, created_at, updated_at) "
        "SELECT id, 'REGISTRATION', 'NOT_FILED', '{}', '', '', 0, 1, updated_at, updated_at FROM licence WHERE effective_on IS NOT NULL"
    )


def downgrade() -> None:
    for table in ("filing", "signing_code", "licence_paper"):
        op.drop_table(table)
    for table, column in (
        ("signature", "consent"), ("signature", "proof"), ("signature", "method"), ("school_rule", "look_sha256"), ("school_rule", "clauses"),
        ("licence", "own_clauses"),
    ):
        op.drop_column(table, column)
