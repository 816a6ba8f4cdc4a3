"""Tables of results, demands and their figures, and of the lists they are classified by."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Numeric, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from webapp.accounts.models import Organisation, Person
from webapp.core.db import Base, BigId, Row


class Classification(Base):
    """One entry of a list (industry, field …) in one version, with the dates it is valid."""

    __tablename__ = "classification"
    __table_args__ = (UniqueConstraint("scheme", "code", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    scheme: Mapped[str] = mapped_column(String(40), index=True)
    code: Mapped[str] = mapped_column(String(40))
    version: Mapped[str] = mapped_column(String(20))
    zh: Mapped[str] = mapped_column(String(80))
    en: Mapped[str] = mapped_column(String(160))
    parent: Mapped[str] = mapped_column(String(40), default="")
    position: Mapped[int] = mapped_column(default=0)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]


class Cluster(Base):
    """A campus innovation circle."""

    __tablename__ = "cluster"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    zh: Mapped[str] = mapped_column(String(80))
    en: Mapped[str] = mapped_column(String(160))
    short_zh: Mapped[str] = mapped_column(String(40))
    short_en: Mapped[str] = mapped_column(String(80))
    summary_zh: Mapped[str] = mapped_column(Text, default="")
    summary_en: Mapped[str] = mapped_column(Text, default="")
    focus: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    position: Mapped[int] = mapped_column(default=0)


class Posting(Row):
    """What a result and a demand have in common."""

    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[str] = mapped_column(Text, default="")
    keywords: Mapped[list[str]] = mapped_column(default=list)
    field_code: Mapped[str | None] = mapped_column(String(40))
    industry_code: Mapped[str | None] = mapped_column(String(40), index=True)
    cluster_code: Mapped[str | None] = mapped_column(String(40), index=True)
    price_kind: Mapped[str] = mapped_column(String(12), default="NEGOTIABLE")
    price_min_fen: Mapped[int | None] = mapped_column(BigId)
    price_max_fen: Mapped[int | None] = mapped_column(BigId)
    modes: Mapped[list[str]] = mapped_column(default=list)
    confidentiality: Mapped[int] = mapped_column(default=0)
    contact: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str] = mapped_column(String(20), index=True)
    version: Mapped[int] = mapped_column(default=1)
    changed_by: Mapped[str] = mapped_column(String(80), default="")
    source: Mapped[str] = mapped_column(String(40), default="web")
    external_id: Mapped[str | None] = mapped_column(String(120))
    submission: Mapped[str | None] = mapped_column(String(36), unique=True)
    published_at: Mapped[datetime | None] = mapped_column(index=True)
    confirmed_at: Mapped[datetime | None]
    valid_until: Mapped[date | None]
    returned_note: Mapped[str] = mapped_column(Text, default="")
    is_example: Mapped[bool] = mapped_column(default=False)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - the name SQLAlchemy looks for
        return {"version_id_col": cls.version}


class Result(Posting, Base):
    """A research result of a school."""

    __tablename__ = "result"
    __table_args__ = (UniqueConstraint("source", "external_id"), Index("ix_result_state_published", "state", "published_at"))

    department: Mapped[str] = mapped_column(String(120), default="")
    lead: Mapped[str] = mapped_column(String(80), default="")
    form: Mapped[str] = mapped_column(String(20), default="")
    stage: Mapped[str | None] = mapped_column(String(20))
    trl: Mapped[int | None]
    use_first_offered: Mapped[bool] = mapped_column(default=False)
    trial_months: Mapped[int | None]
    max_concurrent_trials: Mapped[int] = mapped_column(default=3)
    payment_model: Mapped[str] = mapped_column(String(20), default="INSTALMENT")
    exclusive_in_force: Mapped[bool] = mapped_column(default=False)
    non_secret: Mapped[bool] = mapped_column(default=False)
    ownership_clear: Mapped[bool] = mapped_column(default=False)
    inventors_agree: Mapped[bool] = mapped_column(default=False)
    unfiled: Mapped[bool] = mapped_column(default=False)

    organisation: Mapped[Organisation] = relationship(lazy="joined")
    created_by: Mapped[Person | None] = relationship()
    indicators: Mapped[list[Indicator]] = relationship(
        back_populates="result", cascade="all, delete-orphan", order_by="Indicator.position", lazy="selectin"
    )

    @property
    def code(self) -> str:
        """The number people quote."""
        return f"SM-R-{self.created_at.year}-{self.id:04d}"


class Demand(Posting, Base):
    """A technology demand of a company."""

    __tablename__ = "demand"
    __table_args__ = (UniqueConstraint("source", "external_id"), Index("ix_demand_state_published", "state", "published_at"))

    kind: Mapped[str] = mapped_column(String(20), default="TACKLE")
    min_trl: Mapped[int | None]
    deadline: Mapped[date | None]
    location: Mapped[str] = mapped_column(String(120), default="")
    wants_use_first: Mapped[bool] = mapped_column(default=False)
    verified_at: Mapped[datetime | None]
    verified_note: Mapped[str] = mapped_column(Text, default="")

    organisation: Mapped[Organisation] = relationship(lazy="joined")
    created_by: Mapped[Person | None] = relationship()
    targets: Mapped[list[Target]] = relationship(
        back_populates="demand", cascade="all, delete-orphan", order_by="Target.position", lazy="selectin"
    )

    @property
    def code(self) -> str:
        """The number people quote."""
        return f"SM-D-{self.created_at.year}-{self.id:04d}"


class Figure:
    """A quantity with a name: comparison, value (a second one for ranges) and unit."""

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(80))
    comparison: Mapped[str] = mapped_column(String(8), default="EQ")
    value: Mapped[float] = mapped_column(Numeric(24, 8, asdecimal=False))
    value_max: Mapped[float | None] = mapped_column(Numeric(24, 8, asdecimal=False))
    unit: Mapped[str] = mapped_column(String(24), default="")


class Indicator(Figure, Base):
    """What a result reaches."""

    __tablename__ = "indicator"

    result_id: Mapped[int] = mapped_column(ForeignKey("result.id", ondelete="CASCADE"), index=True)
    result: Mapped[Result] = relationship(back_populates="indicators")


class Target(Figure, Base):
    """What a demand asks for; a must-target that is missed rules out the grade strong."""

    __tablename__ = "target"

    must: Mapped[bool] = mapped_column(default=False)
    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id", ondelete="CASCADE"), index=True)
    demand: Mapped[Demand] = relationship(back_populates="targets")
