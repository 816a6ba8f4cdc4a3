"""Tables of use-first licences: application, eligibility, public notice, events, reports, instalments and receipts."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import Organisation, Person
from webapp.catalog.models import Result
from webapp.core.db import Base, BigId, Row
from webapp.tasks.models import Task

if TYPE_CHECKING:
    from webapp.licences.models_money import Invoice, Overpayment, RoyaltyStatement


class Licence(Row, Base):
    """One company's use-first licence of one result."""

    __tablename__ = "licence"
    __table_args__ = (Index("ix_licence_state", "state"),)

    result_id: Mapped[int] = mapped_column(ForeignKey("result.id"), index=True)
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"), index=True)
    licensor_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    licensee_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    broker_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    applicant_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(String(16), default="DRAFT")
    intended_use: Mapped[str] = mapped_column(Text, default="")
    plan: Mapped[str] = mapped_column(Text, default="")
    related_party: Mapped[str] = mapped_column(Text, default="")
    trial_months: Mapped[int]
    payment_model: Mapped[str] = mapped_column(String(20), default="INSTALMENT")
    price_fen: Mapped[int] = mapped_column(BigId)
    instalment_count: Mapped[int] = mapped_column(default=1)
    payment_terms: Mapped[dict[str, Any]] = mapped_column(default=dict)
    royalty_from: Mapped[date | None]
    trigger: Mapped[str] = mapped_column(String(30), default="TRIAL_END")
    trigger_text: Mapped[str] = mapped_column(Text, default="")
    more_triggers: Mapped[list[str]] = mapped_column(default=list)
    trigger_rule: Mapped[str] = mapped_column(String(3), default="ANY")
    trigger_on: Mapped[date | None]
    trigger_fen: Mapped[int | None] = mapped_column(BigId)
    met: Mapped[dict[str, Any]] = mapped_column(default=dict)
    security: Mapped[str] = mapped_column(String(24), default="PROMISE")
    due_on: Mapped[date | None]
    text_hash: Mapped[str] = mapped_column(String(64), default="")
    effective_on: Mapped[date | None]
    trial_start: Mapped[date | None]
    trial_end: Mapped[date | None]
    contest_until: Mapped[date | None]
    claimed_side: Mapped[str] = mapped_column(String(12), default="")
    claimed_trigger: Mapped[str] = mapped_column(String(30), default="")
    disputed: Mapped[bool] = mapped_column(default=False)
    exit_asked_on: Mapped[date | None]
    awaits: Mapped[str] = mapped_column(String(40), default="")
    clocks: Mapped[dict[str, Any]] = mapped_column(default=dict)
    contract_text: Mapped[str] = mapped_column(Text, default="")
    own_clauses: Mapped[dict[str, Any]] = mapped_column(default=dict)
    security_reference: Mapped[str] = mapped_column(String(120), default="")
    security_until: Mapped[date | None]
    firm_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    rights: Mapped[dict[str, Any]] = mapped_column(default=dict)
    rights_until: Mapped[date | None]
    endorsed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    suspended_on: Mapped[date | None]
    suspended_cause: Mapped[str] = mapped_column(String(12), default="")
    cure_until: Mapped[date | None]
    extension_months: Mapped[int | None]
    extensions: Mapped[int] = mapped_column(default=0)
    conversion: Mapped[str] = mapped_column(String(12), default="")
    conversion_terms: Mapped[str] = mapped_column(Text, default="")
    conversion_agreed_on: Mapped[date | None]
    evaluation: Mapped[str] = mapped_column(Text, default="")
    stop_use: Mapped[dict[str, Any]] = mapped_column(default=dict)
    run_off_until: Mapped[date | None]
    ending_asked_by: Mapped[str] = mapped_column(String(12), default="")
    ending_reason: Mapped[str] = mapped_column(String(20), default="")
    demanded_on: Mapped[date | None]
    plan_asked: Mapped[dict[str, Any]] = mapped_column(default=dict)
    default_stage: Mapped[str] = mapped_column(String(12), default="")
    name_public: Mapped[bool] = mapped_column(default=False)
    delivery_list: Mapped[str] = mapped_column(Text, default="")
    submission: Mapped[str | None] = mapped_column(String(36), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    is_example: Mapped[bool] = mapped_column(default=False)

    __mapper_args__ = {"version_id_col": version}

    result: Mapped[Result] = relationship(lazy="joined")
    task: Mapped[Task | None] = relationship()
    licensor: Mapped[Organisation] = relationship(foreign_keys=licensor_id, lazy="joined")
    licensee: Mapped[Organisation] = relationship(foreign_keys=licensee_id, lazy="joined")
    broker: Mapped[Person | None] = relationship(foreign_keys=broker_id)
    firm: Mapped[Organisation | None] = relationship(foreign_keys=firm_id)
    applicant: Mapped[Person] = relationship(foreign_keys=applicant_id)
    eligibility: Mapped[Eligibility | None] = relationship(back_populates="licence")
    notices: Mapped[list[PublicNotice]] = relationship(back_populates="licence", order_by="PublicNotice.id")
    events: Mapped[list[LicenceEvent]] = relationship(back_populates="licence", order_by="LicenceEvent.id.desc()")
    signatures: Mapped[list[Signature]] = relationship(back_populates="licence", order_by="Signature.id")
    reports: Mapped[list[UsageReport]] = relationship(back_populates="licence", order_by="UsageReport.id")
    instalments: Mapped[list[Instalment]] = relationship(back_populates="licence", order_by="Instalment.position")
    statements: Mapped[list[RoyaltyStatement]] = relationship(back_populates="licence", order_by="RoyaltyStatement.period_to")
    overpayments: Mapped[list[Overpayment]] = relationship(back_populates="licence", order_by="Overpayment.id")

    @property
    def code(self) -> str:
        """The number people quote."""
        return f"SM-L-{self.created_at.year}-{self.id:04d}"

    @property
    def triggers(self) -> list[str]:
        """The codes of every payment trigger agreed, the first one first."""
        return [self.trigger, *self.more_triggers]


class Offer(Row, Base):
    """What applicants for a result may choose from; trial months, places and reference price stand with the result."""

    __tablename__ = "offer"

    result_id: Mapped[int] = mapped_column(ForeignKey("result.id"), unique=True)
    models: Mapped[list[str]] = mapped_column(default=list)
    triggers: Mapped[list[str]] = mapped_column(default=list)
    security: Mapped[str] = mapped_column(String(24), default="NONE")
    conditions: Mapped[str] = mapped_column(Text, default="")
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class SchoolRule(Row, Base):
    """What a school has decided for all its licences: who approves which price, and which clauses its contracts carry."""

    __tablename__ = "school_rule"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), unique=True)
    notice_days: Mapped[int | None]
    notice_day_type: Mapped[str | None] = mapped_column(String(10))
    higher_fen: Mapped[int | None] = mapped_column(BigId)
    higher_body: Mapped[str] = mapped_column(String(80), default="")
    deems_receipt: Mapped[bool] = mapped_column(default=False)
    silence_confirms: Mapped[bool] = mapped_column(default=True)
    late_fee_rate: Mapped[int] = mapped_column(default=0)
    shares: Mapped[dict[str, Any]] = mapped_column(default=dict)
    clauses: Mapped[dict[str, Any]] = mapped_column(default=dict)
    look_sha256: Mapped[str] = mapped_column(String(64), default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Eligibility(Row, Base):
    """The SME calculation as it stood at the application: figures, tier, steps; never recomputed later."""

    __tablename__ = "eligibility"

    licence_id: Mapped[int] = mapped_column(ForeignKey("licence.id"), unique=True)
    size_class: Mapped[str] = mapped_column(String(40))
    staff: Mapped[int | None]
    revenue_fen: Mapped[int | None] = mapped_column(BigId)
    assets_fen: Mapped[int | None] = mapped_column(BigId)
    figures_year: Mapped[int]
    evidence: Mapped[str] = mapped_column(String(200), default="")
    tier: Mapped[str] = mapped_column(String(8))
    calculation: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    controlled_by_large: Mapped[bool] = mapped_column(default=False)
    foreign_controlled: Mapped[bool] = mapped_column(default=False)
    credit_on: Mapped[date | None]
    credit_source: Mapped[str] = mapped_column(String(120), default="")
    checked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    checked_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    confirmed_at: Mapped[datetime | None]

    licence: Mapped[Licence] = relationship(back_populates="eligibility")


class PublicNotice(Row, Base):
    """A public notice of a licence, or of its conversion, with its first and last day."""

    __tablename__ = "public_notice"

    licence_id: Mapped[int] = mapped_column(ForeignKey("licence.id"), index=True)
    about: Mapped[str] = mapped_column(String(12), default="LICENCE")
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    days: Mapped[int]
    day_type: Mapped[str] = mapped_column(String(10))
    passed: Mapped[int] = mapped_column(default=0)
    counted_from: Mapped[date]
    state: Mapped[str] = mapped_column(String(12), default="OPEN")
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)

    licence: Mapped[Licence] = relationship(back_populates="notices")
    objections: Mapped[list[Objection]] = relationship(back_populates="notice")


class Objection(Row, Base):
    """An objection to a public notice; the objector stays hidden from the challenged side."""

    __tablename__ = "objection"

    notice_id: Mapped[int] = mapped_column(ForeignKey("public_notice.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    contact: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    challenged: Mapped[str] = mapped_column(String(12), default="OTHER")
    decision: Mapped[str] = mapped_column(String(12), default="")
    decision_text: Mapped[str] = mapped_column(Text, default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]

    notice: Mapped[PublicNotice] = relationship(back_populates="objections")


class LicenceEvent(Row, Base):
    """One transition of a licence: who, in which role, when, why, over which document; never changed."""

    __tablename__ = "licence_event"

    licence_id: Mapped[int] = mapped_column(ForeignKey("licence.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(String(20))
    action: Mapped[str] = mapped_column(String(30))
    from_state: Mapped[str] = mapped_column(String(16))
    to_state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text, default="")
    document_hash: Mapped[str] = mapped_column(String(64), default="")
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)

    licence: Mapped[Licence] = relationship(back_populates="events")
    person: Mapped[Person | None] = relationship()


class Signature(Row, Base):
    """One side's consent to the contract text with this hash."""

    __tablename__ = "signature"
    __table_args__ = (UniqueConstraint("licence_id", "side", "text_hash"),)

    licence_id: Mapped[int] = mapped_column(ForeignKey("licence.id"), index=True)
    side: Mapped[str] = mapped_column(String(12))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    text_hash: Mapped[str] = mapped_column(String(64))
    method: Mapped[str] = mapped_column(String(8), default="CODE")
    proof: Mapped[str] = mapped_column(String(120), default="")
    consent: Mapped[str] = mapped_column(Text, default="")

    licence: Mapped[Licence] = relationship(back_populates="signatures")
    person: Mapped[Person] = relationship()


class UsageReport(Row, Base):
    """What the company reports about its use in one period of the trial."""

    __tablename__ = "usage_report"
    __table_args__ = (UniqueConstraint("licence_id", "period_end"),)

    licence_id: Mapped[int] = mapped_column(ForeignKey("licence.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    period_end: Mapped[date]
    text: Mapped[str] = mapped_column(Text)
    sales_fen: Mapped[int] = mapped_column(BigId, default=0)

    licence: Mapped[Licence] = relationship(back_populates="reports")


class Instalment(Row, Base):
    """One sum that is or will be due."""

    __tablename__ = "instalment"
    __table_args__ = (UniqueConstraint("licence_id", "position"),)

    licence_id: Mapped[int] = mapped_column(ForeignKey("licence.id"), index=True)
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(12), default="PRICE")
    name: Mapped[str] = mapped_column(String(120), default="")
    amount_fen: Mapped[int] = mapped_column(BigId)
    due_on: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(12), default="SCHEDULED")
    invoice: Mapped[str] = mapped_column(String(60), default="")
    late_fee_fen: Mapped[int] = mapped_column(BigId, default=0)  # run up before a new day was agreed
    stage_claim: Mapped[str] = mapped_column(String(8), default="")  # the school's word that the stage is reached: OPEN, DISPUTED
    claim_until: Mapped[date | None]  # until when the company answers it, or the operator decides

    licence: Mapped[Licence] = relationship(back_populates="instalments")
    receipts: Mapped[list[Receipt]] = relationship(back_populates="instalment", order_by="Receipt.id", lazy="selectin")
    invoices: Mapped[list[Invoice]] = relationship(back_populates="instalment", order_by="Invoice.id")

    @property
    def received_fen(self) -> int:
        """What has been received of it."""
        return sum(receipt.amount_fen for receipt in self.receipts)


class Receipt(Row, Base):
    """Money received for an instalment, with the bank's reference."""

    __tablename__ = "receipt"
    __table_args__ = (UniqueConstraint("instalment_id", "reference"),)

    instalment_id: Mapped[int] = mapped_column(ForeignKey("instalment.id"), index=True)
    amount_fen: Mapped[int] = mapped_column(BigId)
    received_on: Mapped[date]
    reference: Mapped[str] = mapped_column(String(80))
    payer: Mapped[str] = mapped_column(String(12), default="COMPANY")
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    instalment: Mapped[Instalment] = relationship(back_populates="receipts")
