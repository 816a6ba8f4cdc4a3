"""Tables of matches and of the verdicts brokers and both sides give."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import Person
from webapp.catalog.models import Demand, Result
from webapp.core.db import Base, Row


class Match(Row, Base):
    """One demand with one result: score, grade, reasons, and how far it has come."""

    __tablename__ = "match"
    __table_args__ = (
        UniqueConstraint("demand_id", "result_id"),
        # The whole queue is answered from this index: rows themselves carry their reasons and are heavy to read.
        Index("ix_match_queue", "state", "grade", "score", "demand_id", "result_id"),
    )

    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"), index=True)
    result_id: Mapped[int] = mapped_column(ForeignKey("result.id"), index=True)
    state: Mapped[str] = mapped_column(String(24), default="SUGGESTED")
    score: Mapped[float]
    grade: Mapped[int] = mapped_column(index=True)
    position: Mapped[int] = mapped_column(default=0)
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    hidden_share: Mapped[float] = mapped_column(default=0.0)
    engine_version: Mapped[str] = mapped_column(String(40), default="")
    demand_text: Mapped[str] = mapped_column(String(16), default="")
    result_text: Mapped[str] = mapped_column(String(16), default="")
    broker_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    reviewed_at: Mapped[datetime | None]
    recommended_at: Mapped[datetime | None]
    reply_until: Mapped[datetime | None]
    company_answer: Mapped[str] = mapped_column(String(12), default="")
    researcher_answer: Mapped[str] = mapped_column(String(12), default="")
    version: Mapped[int] = mapped_column(default=1)
    is_example: Mapped[bool] = mapped_column(default=False)

    __mapper_args__ = {"version_id_col": version}

    demand: Mapped[Demand] = relationship(lazy="joined")
    result: Mapped[Result] = relationship(lazy="joined")
    broker: Mapped[Person | None] = relationship()


class Verdict(Row, Base):
    """What somebody decided about a pair, with the reason; kept for ever, learnt from unless undone."""

    __tablename__ = "verdict"

    match_id: Mapped[int] = mapped_column(ForeignKey("match.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    part: Mapped[str] = mapped_column(String(12))
    decision: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(24), default="")
    note: Mapped[str] = mapped_column(Text, default="")
    grade: Mapped[int | None]
    score: Mapped[float]
    position: Mapped[int]
    before: Mapped[str] = mapped_column(String(24))
    undone_at: Mapped[datetime | None]
    is_example: Mapped[bool] = mapped_column(default=False)

    match: Mapped[Match] = relationship()
    person: Mapped[Person] = relationship()
