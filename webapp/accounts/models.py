"""Tables of people, organisations, memberships and grants."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_security.core import UserMixin
from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.core.db import Base, BigId, Row


class Person(Row, Base, UserMixin):  # type: ignore[misc]
    """Somebody who can sign in; the accounts library names most of these columns."""

    __tablename__ = "person"

    email: Mapped[str] = mapped_column(String(255), unique=True)
    password: Mapped[str | None] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(80))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    confirmed_at: Mapped[datetime | None]
    language: Mapped[str] = mapped_column(String(8), default="zh_CN")
    last_login_at: Mapped[datetime | None]  # type: ignore[assignment]
    current_login_at: Mapped[datetime | None]  # type: ignore[assignment]
    last_login_ip: Mapped[str | None] = mapped_column(String(64))
    current_login_ip: Mapped[str | None] = mapped_column(String(64))
    login_count: Mapped[int | None] = mapped_column(default=0)  # type: ignore[assignment]

    memberships: Mapped[list[Membership]] = relationship(back_populates="person", order_by="Membership.id")

    @property
    def roles(self) -> list[Any]:  # type: ignore[override]
        """Roles are held by memberships, not by the person; the accounts library asks for this list."""
        return []


class Organisation(Row, Base):
    """A school, company, broker firm, bureau or carrier."""

    __tablename__ = "organisation"

    kind: Mapped[str] = mapped_column(String(20))
    code: Mapped[str | None] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(200), default="")
    uscc: Mapped[str | None] = mapped_column(String(18), unique=True)
    cluster_code: Mapped[str | None] = mapped_column(String(40))
    industry_code: Mapped[str | None] = mapped_column(String(40))
    size_class: Mapped[str | None] = mapped_column(String(40))
    staff: Mapped[int | None]
    revenue_fen: Mapped[int | None] = mapped_column(BigId)
    assets_fen: Mapped[int | None] = mapped_column(BigId)
    figures_year: Mapped[int | None]
    badges: Mapped[list[str]] = mapped_column(default=list)
    address: Mapped[str] = mapped_column(String(200), default="")
    products: Mapped[str] = mapped_column(String(400), default="")
    founded: Mapped[int | None]
    notice_days: Mapped[int | None]
    notice_day_type: Mapped[str | None] = mapped_column(String(10))
    verified_at: Mapped[datetime | None]
    is_example: Mapped[bool] = mapped_column(default=False)

    memberships: Mapped[list[Membership]] = relationship(back_populates="organisation")


class Membership(Row, Base):
    """A person's role in an organisation; permissions follow the membership acted under."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("person_id", "organisation_id", "role"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    active: Mapped[bool] = mapped_column(default=True)

    person: Mapped[Person] = relationship(back_populates="memberships")
    organisation: Mapped[Organisation] = relationship(back_populates="memberships")


class Grant(Row, Base):
    """Who may see the confidential layer of an object, until when, and why."""

    __tablename__ = "access_grant"
    __table_args__ = (Index("ix_access_grant_subject", "subject_kind", "subject_id"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int] = mapped_column(BigId)
    reason: Mapped[str] = mapped_column(String(80))
    until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class Sight(Base):
    """One look at confidential fields: who saw what, shown to the owner."""

    __tablename__ = "sight"
    __table_args__ = (Index("ix_sight_subject", "subject_kind", "subject_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int] = mapped_column(BigId)
    level: Mapped[int]

    person: Mapped[Person] = relationship()
    organisation: Mapped[Organisation | None] = relationship()
