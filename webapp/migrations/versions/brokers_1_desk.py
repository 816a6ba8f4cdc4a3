"""Brokers' profiles, certificates, training, visits; fees by a rate table, shared among brokers."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from webapp.core.db import BigId, UtcDateTime

revision = "brokers_1"
down_revision = "tasks_1"
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


PERSON = ("person_id", "person.id")


def upgrade() -> None:
    _row(
        "broker_profile", _number("person_id"), _text("about"), _text("level", 12), sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("industries", sa.JSON(), nullable=False), sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False), sa.Column("suspended_at", UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False), keys=(PERSON,), unique=("person_id",),
    )
    _row(
        "broker_certificate", _number("person_id"), _text("kind", 20), _text("title", 120), _text("issuer", 120), _text("number", 60),
        _date("issued_on", True), _date("expires_on", True), sa.Column("verified_at", UtcDateTime(), nullable=True), _number("verified_by_id", True),
        keys=(PERSON, ("verified_by_id", "person.id")), unique=("person_id", "kind", "number"), index=("person_id",),
    )
    _row(
        "broker_training", _number("person_id"), _text("title", 120), _text("organiser", 120), sa.Column("hours", sa.Integer(), nullable=False),
        _date("ended_on"), sa.Column("high_level", sa.Boolean(), nullable=False), keys=(PERSON,), unique=("person_id", "title", "ended_on"),
        index=("person_id",),
    )
    _row(
        "visit", _number("person_id"), _number("organisation_id"), _date("visited_on"), _text("people", 200), _text("summary"),
        _text("next_step", 200), _text("submission", 36), keys=(PERSON, ("organisation_id", "organisation.id")),
        index=("person_id", "organisation_id", "submission"),
    )
    _row(
        "visit_demand", _number("visit_id"), _number("demand_id"), keys=(("visit_id", "visit.id"), ("demand_id", "demand.id")),
        unique=("demand_id",), index=("visit_id",),
    )
    _row(
        "fee_rule", _text("outcome", 24), sa.Column("rate_permille", sa.Integer(), nullable=False), _number("cap_fen", True), _date("valid_from"),
        _date("valid_until", True),
    )
    _row(
        "task_share", _number("task_id"), _number("person_id"), sa.Column("permille", sa.Integer(), nullable=False),
        keys=(("task_id", "task.id"), PERSON), unique=("task_id", "person_id"),
    )
    _row(
        "fee", _number("task_id"), _number("receipt_id"), _number("rule_id"), _number("base_fen"), _number("amount_fen"),
        keys=(("task_id", "task.id"), ("receipt_id", "task_receipt.id"), ("rule_id", "fee_rule.id")), unique=("receipt_id",), index=("task_id",),
    )
    _row(
        "fee_share", _number("fee_id"), _number("person_id"), _number("amount_fen"), keys=(("fee_id", "fee.id"), PERSON),
        index=("fee_id", "person_id"),
    )


def downgrade() -> None:
    for name in (
        "fee_share", "fee", "task_share", "fee_rule", "visit_demand", "visit", "broker_training", "broker_certificate", "broker_profile",
    ):
        op.drop_table(name)
