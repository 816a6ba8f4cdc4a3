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
    field_levels: Mapped[dict[str, Any]] = mapped_column(default=dict)  # fields kept closer than the row, see layers.py
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
    reminded_at: Mapped[datetime | None]  # of the validity that runs out; empty again once confirmed
    paused_for: Mapped[str] = mapped_column(Text, default="")  # why the platform took the row from the lists
    merged_into_id: Mapped[int | None] = mapped_column(BigId)  # the row of the same kind this one went up in
    sealed: Mapped[bool] = mapped_column(default=False)  # taken down as a possible state secret: nobody but the operator reads it
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - the name SQLAlchemy looks for
        return {"version_id_col": cls.version}


class Result(Posting, Base):
    """A research result of a school."""

    __tablename__ = "result"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        Index("ix_result_offered", "use_first_offered", "state", "exclusive_in_force", "trl", "confidentiality", "sealed", "organisation_id", "published_at"),
        Index("ix_result_state_published", "state", "published_at"),
        # Whatever the home page and the lists count stands in here: rows are wide, and counting them took a fifth of a second at 30,000.
        Index(
            "ix_result_counted",
            "state", "cluster_code", "use_first_offered", "industry_code", "stage", "confidentiality", "sealed", "organisation_id", "published_at",
        ),
    )  # fmt: skip

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
    members: Mapped[list[dict[str, Any]]] = mapped_column(default=list)  # the team in its order: name, unit, part, share
    scenes: Mapped[list[str]] = mapped_column(default=list)
    evidence: Mapped[list[dict[str, Any]]] = mapped_column(default=list)  # awards, reports and the like: kind, title, issuer, day
    project: Mapped[str] = mapped_column(String(200), default="")
    research_from: Mapped[date | None]
    research_to: Mapped[date | None]
    nature: Mapped[str] = mapped_column(String(20), default="")
    standing: Mapped[str] = mapped_column(String(20), default="")
    trl_evidence: Mapped[str] = mapped_column(Text, default="")
    cases: Mapped[str] = mapped_column(Text, default="")
    benefits: Mapped[str] = mapped_column(Text, default="")
    trial_trigger: Mapped[str] = mapped_column(String(24), default="")
    use_first_price_fen: Mapped[int | None] = mapped_column(BigId)
    exclusivity: Mapped[str] = mapped_column(String(12), default="PLAIN")
    landing: Mapped[str] = mapped_column(String(20), default="ANY")
    supports: Mapped[list[str]] = mapped_column(default=list)
    compliance: Mapped[list[str]] = mapped_column(default=list)

    organisation: Mapped[Organisation] = relationship(lazy="joined")
    created_by: Mapped[Person | None] = relationship()
    indicators: Mapped[list[Indicator]] = relationship(
        back_populates="result", cascade="all, delete-orphan", order_by="Indicator.position", lazy="selectin"
    )

    ip_rights: Mapped[list[IpRight]] = relationship(
        back_populates="result", cascade="all, delete-orphan", order_by="IpRight.position", lazy="selectin"
    )

    @property
    def code(self) -> str:
        """The number people quote."""
        return f"SM-R-{self.created_at.year}-{self.id:04d}"


class Demand(Posting, Base):
    """A technology demand of a company."""

    __tablename__ = "demand"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        Index("ix_demand_state_published", "state", "published_at"),
        Index("ix_demand_counted", "state", "industry_code", "confidentiality", "sealed", "organisation_id", "published_at"),
    )

    kind: Mapped[str] = mapped_column(String(20), default="TACKLE")
    min_trl: Mapped[int | None]
    deadline: Mapped[date | None]
    location: Mapped[str] = mapped_column(String(120), default="")
    wants_use_first: Mapped[bool] = mapped_column(default=False)
    verified_at: Mapped[datetime | None]
    verified_note: Mapped[str] = mapped_column(Text, default="")
    verified_how: Mapped[str] = mapped_column(String(12), default="")
    background: Mapped[str] = mapped_column(Text, default="")
    present: Mapped[str] = mapped_column(Text, default="")
    scope: Mapped[str] = mapped_column(Text, default="")
    conditions: Mapped[str] = mapped_column(Text, default="")
    cooperations: Mapped[list[str]] = mapped_column(default=list)
    ip_ownership: Mapped[str] = mapped_column(String(12), default="")
    experts: Mapped[str] = mapped_column(String(200), default="")
    fundings: Mapped[list[str]] = mapped_column(default=list)
    months: Mapped[int | None]
    wants_board: Mapped[bool] = mapped_column(default=False)
    answer_note: Mapped[str] = mapped_column(Text, default="")
    answer_result_id: Mapped[int | None] = mapped_column(BigId)

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


class IpRight(Base):
    """One intellectual property right a result stands on."""

    __tablename__ = "ip_right"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str] = mapped_column(String(12))
    number: Mapped[str] = mapped_column(String(60), default="")
    status: Mapped[str] = mapped_column(String(12))
    holder: Mapped[str] = mapped_column(String(200), default="")
    co_owned: Mapped[bool] = mapped_column(default=False)
    expires: Mapped[date | None] = mapped_column(index=True)
    fee_paid_until: Mapped[date | None] = mapped_column(index=True)
    warned_for: Mapped[date | None]  # the day its end was announced for
    result_id: Mapped[int] = mapped_column(ForeignKey("result.id", ondelete="CASCADE"), index=True)
    result: Mapped[Result] = relationship(back_populates="ip_rights")


class Draft(Base):
    """What somebody is typing, kept as typed: one per person and page, gone once the row is saved."""

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("person_id", "kind", "row_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[str] = mapped_column(String(20))
    row_id: Mapped[int] = mapped_column(BigId, default=0)  # 0: a row that is not saved yet
    typed: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]


class Revision(Base):
    """One change of a saved row: the changed fields as they were and as they became."""

    __tablename__ = "revision"
    __table_args__ = (Index("ix_revision_row", "kind", "row_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    row_id: Mapped[int] = mapped_column(BigId)
    version: Mapped[int]
    action: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
    person_id: Mapped[int | None] = mapped_column(BigId)
    name: Mapped[str] = mapped_column(String(80), default="")
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]


class SavedList(Base):
    """Filters and columns of a list somebody keeps under a name."""

    __tablename__ = "saved_list"
    __table_args__ = (UniqueConstraint("person_id", "page", "name"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    page: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class Report(Row, Base):
    """Somebody says a published row should not be there; the operator decides, and the record stays."""

    __tablename__ = "report"
    __table_args__ = (Index("ix_report_row", "kind", "row_id"),)

    kind: Mapped[str] = mapped_column(String(20))
    row_id: Mapped[int] = mapped_column(BigId)
    reason: Mapped[str] = mapped_column(String(12))
    text: Mapped[str] = mapped_column(Text, default="")
    contact: Mapped[str] = mapped_column(String(200), default="")
    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(String(12), default="OPEN", index=True)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decision: Mapped[str] = mapped_column(Text, default="")


class Likeness(Base):
    """Two rows of one kind that look like the same thing; people say whether they are."""

    __tablename__ = "likeness"
    __table_args__ = (UniqueConstraint("kind", "first_id", "second_id"), Index("ix_likeness_second", "kind", "second_id"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    first_id: Mapped[int] = mapped_column(BigId)  # the older row
    second_id: Mapped[int] = mapped_column(BigId)
    score: Mapped[float]
    state: Mapped[str] = mapped_column(String(12), default="OPEN", index=True)  # OPEN, DIFFERENT, MERGED
    found_at: Mapped[datetime]
    decided_by: Mapped[str] = mapped_column(String(80), default="")
