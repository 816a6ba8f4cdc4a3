"""Tables of matches, of the verdicts brokers and both sides give, and of what the engine learnt from them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import Person
from webapp.catalog.models import Demand, Result
from webapp.core.db import Base, BigId, Row


class Match(Row, Base):
    """One demand with one result: score, grade, reasons, and how far it has come."""

    __tablename__ = "match"
    __table_args__ = (
        UniqueConstraint("demand_id", "result_id"),
        # The whole queue is answered from this index: rows themselves carry their reasons and are heavy to read.
        Index("ix_match_queue", "state", "urgent", "grade", "score", "demand_id", "result_id", "broker_id", "held_until"),
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
    # Who looks after it; while it is still to be judged, only until `held_until`: then anybody may take it.
    broker_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    held_until: Mapped[datetime | None]
    # How many of the two sides asked to talk by themselves: such pairs come before all others.
    urgent: Mapped[int] = mapped_column(default=0)
    reviewed_at: Mapped[datetime | None]
    recommended_at: Mapped[datetime | None]
    reply_until: Mapped[datetime | None]
    company_answer: Mapped[str] = mapped_column(String(12), default="")
    researcher_answer: Mapped[str] = mapped_column(String(12), default="")
    reminders: Mapped[int] = mapped_column(default=0)
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
    share_note: Mapped[bool] = mapped_column(default=False)
    undone_at: Mapped[datetime | None]
    is_example: Mapped[bool] = mapped_column(default=False)
    engine_version: Mapped[str] = mapped_column(String(40), default="")

    match: Mapped[Match] = relationship()
    person: Mapped[Person] = relationship()


class Wish(Row, Base):
    """One side found the pair in its own list and wants to talk, before any broker recommended it."""

    __tablename__ = "match_wish"

    match_id: Mapped[int] = mapped_column(ForeignKey("match.id", ondelete="CASCADE"), index=True)
    part: Mapped[str] = mapped_column(String(12))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]

    match: Mapped[Match] = relationship()
    person: Mapped[Person] = relationship()


class SavedFilter(Row, Base):
    """A way of narrowing the queue that a broker keeps under a name."""

    __tablename__ = "queue_filter"
    __table_args__ = (UniqueConstraint("person_id", "name"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(String(40))
    query: Mapped[dict[str, Any]]


class Preference(Row, Base):
    """How one person wants the pages to behave; without a row everything stands as delivered."""

    __tablename__ = "desk_preference"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    keys: Mapped[bool] = mapped_column(default=True)
    personal: Mapped[bool] = mapped_column(default=True)


class Watch(Row, Base):
    """A demand nothing suitable was found for: looked at again with every new result until one fits."""

    __tablename__ = "demand_watch"

    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"), unique=True)
    told_at: Mapped[datetime | None]
    match_id: Mapped[int | None] = mapped_column(ForeignKey("match.id", ondelete="SET NULL"))


class Lesson(Row, Base):
    """One version of what the engine learnt: all standing verdicts up to one of them, tried out before use."""

    __tablename__ = "lesson"

    upto: Mapped[int] = mapped_column(BigId)
    verdicts: Mapped[int]
    unlearned: Mapped[float | None]
    learned: Mapped[float | None]
    state: Mapped[str] = mapped_column(String(10), default="CURRENT", index=True)
    chosen_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    chosen_by: Mapped[Person | None] = relationship()
