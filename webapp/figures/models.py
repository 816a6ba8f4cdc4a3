"""Tables of figures: the 2028 targets, what was reported against them, and the aggregates the pages read."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Double, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import Person
from webapp.core.db import Base, BigId, Row


class KpiTarget(Base):
    """One target of the founding policy."""

    __tablename__ = "kpi_target"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    zh: Mapped[str] = mapped_column(String(80))
    en: Mapped[str] = mapped_column(String(160))
    definition_zh: Mapped[str] = mapped_column(Text)
    definition_en: Mapped[str] = mapped_column(Text)
    unit_zh: Mapped[str] = mapped_column(String(20))
    unit_en: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(8))
    comparison: Mapped[str] = mapped_column(String(4))
    value: Mapped[float]
    source: Mapped[str] = mapped_column(String(80))
    as_of: Mapped[date]
    position: Mapped[int] = mapped_column(default=0)


class KpiFact(Row, Base):
    """What the competent office reported for a target on one day; a later report for the same day replaces it."""

    __tablename__ = "kpi_fact"
    __table_args__ = (UniqueConstraint("code", "as_of"),)

    code: Mapped[str] = mapped_column(ForeignKey("kpi_target.code"))
    as_of: Mapped[date]
    value: Mapped[float] = mapped_column(Double)
    source: Mapped[str] = mapped_column(String(120))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    person: Mapped[Person | None] = relationship()


class Cell(Base):
    """One aggregate: how much of a measure a subject has in a period, perhaps split once more by `other`.

    `kind` and `key` name the subject (the whole district, a circle, an organisation, an industry, a person); `period` is a
    year, a month, or empty for what stands now. The job that fills the table is the only writer.
    """

    __tablename__ = "figure_cell"
    __table_args__ = (
        UniqueConstraint("measure", "kind", "key", "other", "period"),
        Index("ix_figure_cell_subject", "kind", "key", "measure", "period"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    measure: Mapped[str] = mapped_column(String(24))
    kind: Mapped[str] = mapped_column(String(12))
    key: Mapped[str] = mapped_column(String(40))
    other: Mapped[str] = mapped_column(String(40))
    period: Mapped[str] = mapped_column(String(7))
    value: Mapped[float] = mapped_column(Double)


class Filling(Base):
    """When the aggregates were last made, from which state of the rows, and how long that took."""

    __tablename__ = "figure_filling"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    mark: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    seconds: Mapped[float] = mapped_column(Double)
