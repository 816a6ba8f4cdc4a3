"""Tables of brokers: profile, certificates, training, visits and the demands that came of them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import Organisation, Person
from webapp.catalog.models import Demand
from webapp.core.db import Base, Row


class BrokerProfile(Row, Base):
    """What a broker says of the own work; public only when the broker wants it."""

    __tablename__ = "broker_profile"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    about: Mapped[str] = mapped_column(Text, default="")
    level: Mapped[str] = mapped_column(String(12), default="")
    fields: Mapped[list[str]] = mapped_column(default=list)
    industries: Mapped[list[str]] = mapped_column(default=list)
    capacity: Mapped[int] = mapped_column(default=15)
    is_public: Mapped[bool] = mapped_column(default=False)
    suspended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    person: Mapped[Person] = relationship(lazy="joined")


class Certificate(Row, Base):
    """A certificate a broker names; it counts once an operator has seen the evidence."""

    __tablename__ = "broker_certificate"
    __table_args__ = (UniqueConstraint("person_id", "kind", "number"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(120))
    issuer: Mapped[str] = mapped_column(String(120), default="")
    number: Mapped[str] = mapped_column(String(60), default="")
    issued_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    verified_at: Mapped[datetime | None]
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    person: Mapped[Person] = relationship(foreign_keys=person_id)


class Training(Row, Base):
    """A course a broker took; `high_level` ones count for the district's target of trained technology managers."""

    __tablename__ = "broker_training"
    __table_args__ = (UniqueConstraint("person_id", "title", "ended_on"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    title: Mapped[str] = mapped_column(String(120))
    organiser: Mapped[str] = mapped_column(String(120), default="")
    hours: Mapped[int]
    ended_on: Mapped[date]
    high_level: Mapped[bool] = mapped_column(default=False)


class Visit(Row, Base):
    """A broker's visit to a company and what was said."""

    __tablename__ = "visit"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    visited_on: Mapped[date]
    people: Mapped[str] = mapped_column(String(200), default="")
    summary: Mapped[str] = mapped_column(Text)
    next_step: Mapped[str] = mapped_column(String(200), default="")
    submission: Mapped[str] = mapped_column(String(36), default="", index=True)

    person: Mapped[Person] = relationship(lazy="joined")
    organisation: Mapped[Organisation] = relationship(lazy="joined")
    collected: Mapped[list[Collected]] = relationship(back_populates="visit", order_by="Collected.id")


class Collected(Row, Base):
    """A demand a visit brought home."""

    __tablename__ = "visit_demand"

    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), index=True)
    demand_id: Mapped[int] = mapped_column(ForeignKey("demand.id"), unique=True)

    visit: Mapped[Visit] = relationship(back_populates="collected")
    demand: Mapped[Demand] = relationship(lazy="joined")
