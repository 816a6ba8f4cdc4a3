"""Tables of matchmaking tasks and their log."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import Person
from webapp.core.db import Base, BigId, Row
from webapp.matches.models import Match


class Task(Row, Base):
    """What a broker does so that a demand and a result come together."""

    __tablename__ = "task"

    match_id: Mapped[int] = mapped_column(ForeignKey("match.id"), unique=True)
    broker_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[str] = mapped_column(String(20), default="CREATED", index=True)
    due_on: Mapped[date | None]
    outcome: Mapped[str] = mapped_column(String(24), default="")
    outcome_note: Mapped[str] = mapped_column(Text, default="")
    held_from: Mapped[str] = mapped_column(String(20), default="")
    closed_at: Mapped[datetime | None]
    signed_on: Mapped[date | None]
    contract_value_fen: Mapped[int | None] = mapped_column(BigId)
    technology_value_fen: Mapped[int | None] = mapped_column(BigId)
    registration_no: Mapped[str] = mapped_column(String(20), default="", server_default="")
    version: Mapped[int] = mapped_column(default=1)
    is_example: Mapped[bool] = mapped_column(default=False)

    __mapper_args__ = {"version_id_col": version}

    match: Mapped[Match] = relationship(lazy="joined")
    broker: Mapped[Person | None] = relationship()
    log: Mapped[list[TaskEntry]] = relationship(back_populates="task", order_by="TaskEntry.id.desc()")

    @property
    def code(self) -> str:
        """The number people quote."""
        return f"SM-T-{self.created_at.year}-{self.id:04d}"


class TaskEntry(Row, Base):
    """One line of a task's log: a contact, a note, or a step taken."""

    __tablename__ = "task_entry"

    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(20))
    happened_on: Mapped[date]
    people: Mapped[str] = mapped_column(String(200), default="")
    summary: Mapped[str] = mapped_column(Text, default="")
    next_step: Mapped[str] = mapped_column(String(200), default="")
    due_on: Mapped[date | None]
    visibility: Mapped[str] = mapped_column(String(12), default="PARTIES")
    from_state: Mapped[str] = mapped_column(String(20), default="")
    to_state: Mapped[str] = mapped_column(String(20), default="")
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)

    task: Mapped[Task] = relationship(back_populates="log")
    person: Mapped[Person | None] = relationship()


class TaskReceipt(Row, Base):
    """Money that came in from the contract of a task, as the broker or operator saw the evidence of."""

    __tablename__ = "task_receipt"

    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)
    amount_fen: Mapped[int] = mapped_column(BigId)
    received_on: Mapped[date]
    evidence: Mapped[str] = mapped_column(String(200), default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    task: Mapped[Task] = relationship()


class Rating(Row, Base):
    """How satisfied one side was when a task had closed."""

    __tablename__ = "task_rating"
    __table_args__ = (UniqueConstraint("task_id", "side"),)

    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    side: Mapped[str] = mapped_column(String(12))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    score: Mapped[int]
    note: Mapped[str] = mapped_column(String(500), default="")


class Meeting(Row, Base):
    """A proposal to meet: when and where, and what each side says to it."""

    __tablename__ = "task_meeting"

    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    side: Mapped[str] = mapped_column(String(12))
    starts_at: Mapped[datetime]
    minutes: Mapped[int] = mapped_column(default=60)
    place: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(String(500), default="")
    state: Mapped[str] = mapped_column(String(12), default="PROPOSED")
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    task: Mapped[Task] = relationship()
    proposed_by: Mapped[Person | None] = relationship()


class ContactConsent(Row, Base):
    """One side's yes to exchanging contact details, with those it wants to give; shown once the other side has said yes too."""

    __tablename__ = "task_contact"
    __table_args__ = (UniqueConstraint("task_id", "side"),)

    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    side: Mapped[str] = mapped_column(String(12))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    details: Mapped[str] = mapped_column(String(300))

    person: Mapped[Person] = relationship()


class CalendarFeed(Row, Base):
    """A person's calendar address; only the hash of its secret is kept, and it can be ended."""

    __tablename__ = "calendar_feed"
    __table_args__ = (Index("ix_calendar_feed_secret", "secret_sha256", unique=True),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    secret_sha256: Mapped[str] = mapped_column(String(64))
    ended_at: Mapped[datetime | None]


class FeeRule(Row, Base):
    """A line of the rate table: thousandths of what came in, for one outcome or all, with a cap a task."""

    __tablename__ = "fee_rule"

    outcome: Mapped[str] = mapped_column(String(24), default="")
    rate_permille: Mapped[int]
    cap_fen: Mapped[int | None] = mapped_column(BigId)
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]


class TaskShare(Row, Base):
    """How much of a task's fee a broker gets, in thousandths."""

    __tablename__ = "task_share"
    __table_args__ = (UniqueConstraint("task_id", "person_id"),)

    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    permille: Mapped[int]


class Fee(Row, Base):
    """The fee one receipt brought, by the line of the table in force then."""

    __tablename__ = "fee"

    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)
    receipt_id: Mapped[int] = mapped_column(ForeignKey("task_receipt.id"), unique=True)
    rule_id: Mapped[int] = mapped_column(ForeignKey("fee_rule.id"))
    base_fen: Mapped[int] = mapped_column(BigId)
    amount_fen: Mapped[int] = mapped_column(BigId)

    rule: Mapped[FeeRule] = relationship()


class FeeShare(Row, Base):
    """A broker's part of a fee."""

    __tablename__ = "fee_share"

    fee_id: Mapped[int] = mapped_column(ForeignKey("fee.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    amount_fen: Mapped[int] = mapped_column(BigId)

    person: Mapped[Person] = relationship()
