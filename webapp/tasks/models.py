"""Tables of matchmaking tasks and their log."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import Person
from webapp.core.db import Base, Row
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
