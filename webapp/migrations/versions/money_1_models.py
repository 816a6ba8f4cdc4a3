"""Payment models with terms of their own, royalty statements, invoices, overpayments, kept-apart sums, shares of income, bank lines"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from webapp.core.db import BigId, UtcDateTime

revision = "money_1"
down_revision = "desk_1"
branch_labels = None
depends_on = None


def _row(name: str, *columns: sa.Column[Any], keys: tuple[tuple[str, str], ...] = (), unique: tuple[str, ...] = (), index: tuple[str, ...] = ()) -> None:
    """A table with the columns every table has."""
    foreign = [sa.ForeignKeyConstraint([c], [target], name=f"fk_{name}_{c}") for c, target in keys]
    single = [sa.UniqueConstraint(*unique, name=f"uq_{name}_{'_'.join(unique)}")] if unique else []
    op.create_table(
        name, *columns, sa.Column("id", BigId, nullable=False), sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False), *foreign, *single, sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
    )
    for column in index:
        op.create_index(f"ix_{name}_{column}", name, [column])


def _number(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, BigId, nullable=nullable)


def _text(name: str, length: int = 0) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length) if length else sa.Text(), nullable=False)


def _date(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Date(), nullable=nullable)


LICENCE = ("licence_id", "licence.id")


def upgrade() -> None:
    op.add_column("licence", sa.Column("payment_terms", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("licence", _date("royalty_from", True))
    op.add_column("school_rule", sa.Column("late_fee_rate", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("school_rule", sa.Column("shares", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("instalment", sa.Column("kind", sa.String(12), nullable=False, server_default="PRICE"))
    op.add_column("instalment", sa.Column("name", sa.String(120), nullable=False, server_default=""))
    op.add_column("instalment", sa.Column("late_fee_fen", BigId, nullable=False, server_default="0"))
    _row(
        "royalty_statement", _number("licence_id"), _date("period_from"), _date("period_to"), _number("reported"), _number("computed_fen"),
        _number("due_fen"), _text("note"), _number("person_id", True), _number("found", True), _number("added_fen"),
        keys=(LICENCE, ("person_id", "person.id")), unique=("licence_id", "period_to"), index=("licence_id",),
    )
    _row(
        "invoice", _number("instalment_id"), _text("number", 60), _number("amount_fen"), _date("issued_on"), _date("voided_on", True),
        keys=(("instalment_id", "instalment.id"),), unique=("instalment_id", "number"), index=("instalment_id",),
    )
    _row(
        "overpayment", _number("licence_id"), _number("amount_fen"), _number("used_fen"), _number("refunded_fen"), _date("received_on"),
        _text("reference", 80), _text("refund_reference", 80), _number("recorded_by_id", True),
        keys=(LICENCE, ("recorded_by_id", "person.id")), unique=("licence_id", "reference"), index=("licence_id",),
    )
    _row(
        "contract_amount", _number("licence_id"), _text("kind", 20), _number("amount_fen"), _date("known_on"), _text("basis", 200),
        _number("person_id", True), keys=(LICENCE, ("person_id", "person.id")), index=("licence_id",),
    )
    _row(
        "distribution", _number("licence_id"), _number("received_fen"), _number("costs_fen"), _text("costs_note", 200),
        sa.Column("shares", sa.JSON(), nullable=False), sa.Column("lines", sa.JSON(), nullable=False), _text("state", 12), _date("notice_until"),
        _number("proposed_by_id", True), _number("approved_by_id", True), sa.Column("approved_at", UtcDateTime(), nullable=True), _date("paid_on", True),
        keys=(LICENCE, ("proposed_by_id", "person.id"), ("approved_by_id", "person.id")), index=("licence_id",),
    )
    _row(
        "bank_line", _number("organisation_id"), _date("received_on"), _number("amount_fen"), _text("reference", 80), _text("payer", 120),
        _text("memo", 200), _text("state", 12), _number("licence_id", True), _number("imported_by_id", True),
        keys=(("organisation_id", "organisation.id"), LICENCE, ("imported_by_id", "person.id")), unique=("organisation_id", "reference"),
    )
    op.create_index("ix_bank_line_waiting", "bank_line", ["organisation_id", "state"])
    # Contracts already in force: their fixed sum is their contract value, as the four sums are kept from now on.
    op.execute(
        "INSERT INTO contract_amount (licence_id, kind, amount_fen, known_on, basis, created_at, updated_at) "
        "SELECT id, 'CONTRACT_VALUE', price_fen, effective_on, '', updated_at, updated_at FROM licence "
        "WHERE effective_on IS NOT NULL AND price_fen > 0"
    )


def downgrade() -> None:
    for table in ("bank_line", "distribution", "contract_amount", "overpayment", "invoice", "royalty_statement"):
        op.drop_table(table)
    for table, column in (
        ("instalment", "late_fee_fen"), ("instalment", "name"), ("instalment", "kind"), ("school_rule", "shares"), ("school_rule", "late_fee_rate"),
        ("licence", "royalty_from"), ("licence", "payment_terms"),
    ):
        op.drop_column(table, column)
