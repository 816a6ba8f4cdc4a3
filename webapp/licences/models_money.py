"""Tables of a licence's money beyond instalments: statements, invoices, overpayments, kept-apart sums, shares of income, bank lines."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.core.db import Base, BigId, Row
from webapp.licences.models import Instalment, Licence


class RoyaltyStatement(Row, Base):
    """What the company reports for one period of a share of income, what that makes due, and what an audit found instead."""

    __tablename__ = "royalty_statement"
    __table_args__ = (UniqueConstraint("licence_id", "period_to"),)

    licence_id: Mapped[int] = mapped_column(ForeignKey("licence.id"), index=True)
    period_from: Mapped[date]
    period_to: Mapped[date]
    reported: Mapped[int] = mapped_column(BigId)  # fen, or units where a royalty is paid for each unit
    computed_fen: Mapped[int] = mapped_column(BigId)
    due_fen: Mapped[int] = mapped_column(BigId)
    note: Mapped[str] = mapped_column(Text, default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    found: Mapped[int | None] = mapped_column(BigId)
    added_fen: Mapped[int] = mapped_column(BigId, default=0)

    licence: Mapped[Licence] = relationship(back_populates="statements")


class Invoice(Row, Base):
    """An invoice the school wrote for one sum; a void one stays on record."""

    __tablename__ = "invoice"
    __table_args__ = (UniqueConstraint("instalment_id", "number"),)

    instalment_id: Mapped[int] = mapped_column(ForeignKey("instalment.id"), index=True)
    number: Mapped[str] = mapped_column(String(60))
    amount_fen: Mapped[int] = mapped_column(BigId)
    issued_on: Mapped[date]
    voided_on: Mapped[date | None]

    instalment: Mapped[Instalment] = relationship(back_populates="invoices")


class Overpayment(Row, Base):
    """Money that came beyond what was open: held until it is used for a later sum or paid back."""

    __tablename__ = "overpayment"
    __table_args__ = (UniqueConstraint("licence_id", "reference"),)

    licence_id: Mapped[int] = mapped_column(ForeignKey("licence.id"), index=True)
    amount_fen: Mapped[int] = mapped_column(BigId)
    used_fen: Mapped[int] = mapped_column(BigId, default=0)
    refunded_fen: Mapped[int] = mapped_column(BigId, default=0)
    received_on: Mapped[date]
    reference: Mapped[str] = mapped_column(String(80))
    refund_reference: Mapped[str] = mapped_column(String(80), default="")
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    licence: Mapped[Licence] = relationship(back_populates="overpayments")

    @property
    def held_fen(self) -> int:
        """What is still held."""
        return self.amount_fen - self.used_fen - self.refunded_fen


class ContractAmount(Row, Base):
    """One entry of a sum that is kept apart from the others: contract value, its non-technical part, recognised income."""

    __tablename__ = "contract_amount"

    licence_id: Mapped[int] = mapped_column(ForeignKey("licence.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    amount_fen: Mapped[int] = mapped_column(BigId)
    known_on: Mapped[date]
    basis: Mapped[str] = mapped_column(String(200))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Distribution(Row, Base):
    """Income of a licence divided among team, faculty, school and broker, by shares that total the whole."""

    __tablename__ = "distribution"

    licence_id: Mapped[int] = mapped_column(ForeignKey("licence.id"), index=True)
    received_fen: Mapped[int] = mapped_column(BigId)
    costs_fen: Mapped[int] = mapped_column(BigId, default=0)
    costs_note: Mapped[str] = mapped_column(String(200), default="")
    shares: Mapped[dict[str, Any]] = mapped_column(default=dict)
    lines: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(String(12), default="PROPOSED")
    notice_until: Mapped[date]
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    approved_at: Mapped[datetime | None]
    paid_on: Mapped[date | None]

    licence: Mapped[Licence] = relationship()


class BankLine(Row, Base):
    """One incoming line of a school's bank statement, waiting to be matched with an open sum."""

    __tablename__ = "bank_line"
    __table_args__ = (UniqueConstraint("organisation_id", "reference"), Index("ix_bank_line_waiting", "organisation_id", "state"))

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    received_on: Mapped[date]
    amount_fen: Mapped[int] = mapped_column(BigId)
    reference: Mapped[str] = mapped_column(String(80))
    payer: Mapped[str] = mapped_column(String(120), default="")
    memo: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str] = mapped_column(String(12), default="NEW")
    licence_id: Mapped[int | None] = mapped_column(ForeignKey("licence.id"))
    imported_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
