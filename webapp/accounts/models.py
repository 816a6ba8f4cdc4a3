"""Tables of people and how they sign in, organisations and how one joins them, memberships, grants and declared interests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_security.core import UserMixin, WebAuthnMixin
from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.ext.mutable import MutableList
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
    phone: Mapped[str] = mapped_column(String(40), default="")
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    totp_counter: Mapped[int | None] = mapped_column(BigId)
    # The library takes used codes out of the list in place, so the list itself must tell the session.
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(JSON))  # type: ignore[arg-type]
    fs_webauthn_user_handle: Mapped[str | None] = mapped_column(String(64), index=True, unique=True)  # type: ignore[assignment]
    agreed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    memberships: Mapped[list[Membership]] = relationship(back_populates="person", order_by="Membership.id")
    webauthn: Mapped[list[Passkey]] = relationship(back_populates="user", cascade="all, delete-orphan")  # type: ignore[assignment]

    @property
    def roles(self) -> list[Any]:  # type: ignore[override]
        """Roles are held by memberships, not by the person; the accounts library asks for this list."""
        return []


class Passkey(Row, Base, WebAuthnMixin):  # type: ignore[misc]
    """A passkey or security key of a person; the accounts library names these columns."""

    __tablename__ = "passkey"

    user_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1024), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int | None] = mapped_column(default=0)  # type: ignore[assignment]
    transports: Mapped[list[str] | None] = mapped_column(JSON)
    backup_state: Mapped[bool]
    device_type: Mapped[str] = mapped_column(String(64))
    extensions: Mapped[str | None] = mapped_column(String(255))
    lastuse_datetime: Mapped[datetime]
    name: Mapped[str] = mapped_column(String(64))
    usage: Mapped[str] = mapped_column(String(64))

    user: Mapped[Person] = relationship(back_populates="webauthn")


class SignIn(Row, Base):
    """One browser somebody signed in with; the cookie carries the secret whose hash stands here."""

    __tablename__ = "sign_in"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    way: Mapped[str] = mapped_column(String(40), default="")
    address: Mapped[str] = mapped_column(String(64), default="")
    agent: Mapped[str] = mapped_column(String(300), default="")
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()


class Attempt(Base):
    """Failed tries under one key (a hash of the typed address, known or not), and until when no more are taken."""

    __tablename__ = "attempt"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    since: Mapped[datetime]
    locked_until: Mapped[datetime | None] = mapped_column(index=True)


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
    controlled_by_large: Mapped[bool] = mapped_column(default=False)
    website: Mapped[str] = mapped_column(String(200), default="")
    summary: Mapped[str] = mapped_column(Text, default="")
    summary_en: Mapped[str] = mapped_column(Text, default="")
    services: Mapped[list[str]] = mapped_column(default=list)
    verified_at: Mapped[datetime | None]
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    founder_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    is_example: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    memberships: Mapped[list[Membership]] = relationship(back_populates="organisation")
    faculties: Mapped[list[Faculty]] = relationship(
        back_populates="organisation", cascade="all, delete-orphan", order_by="Faculty.position"
    )


class Faculty(Base):
    """A faculty or department of a school."""

    __tablename__ = "faculty"
    __table_args__ = (UniqueConstraint("organisation_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(200), default="")
    position: Mapped[int] = mapped_column(default=0)

    organisation: Mapped[Organisation] = relationship(back_populates="faculties")


class Verification(Row, Base):
    """An organisation asks to be verified: evidence is attached, an operator decides."""

    __tablename__ = "verification"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    state: Mapped[str] = mapped_column(String(12), index=True)
    note: Mapped[str] = mapped_column(Text, default="")
    facts: Mapped[dict[str, Any]]
    submitted_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str] = mapped_column(Text, default="")

    organisation: Mapped[Organisation] = relationship()
    submitted_by: Mapped[Person] = relationship(foreign_keys=submitted_by_id)
    decided_by: Mapped[Person | None] = relationship(foreign_keys=decided_by_id)


class Membership(Row, Base):
    """A person's role in an organisation; permissions follow the membership acted under."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("person_id", "organisation_id", "role"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    active: Mapped[bool] = mapped_column(default=True)
    department: Mapped[str] = mapped_column(String(120), default="")
    ended_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(back_populates="memberships")
    organisation: Mapped[Organisation] = relationship(back_populates="memberships")


class Joining(Row, Base):
    """A way into an organisation: an invitation by mail, or a person's request; either is answered once."""

    __tablename__ = "joining"

    kind: Mapped[str] = mapped_column(String(12))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(12), index=True)
    email: Mapped[str] = mapped_column(String(255), default="")
    secret_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    department: Mapped[str] = mapped_column(String(120), default="")
    note: Mapped[str] = mapped_column(String(400), default="")
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    expires_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str] = mapped_column(String(400), default="")

    organisation: Mapped[Organisation] = relationship()
    person: Mapped[Person | None] = relationship(foreign_keys=person_id)
    made_by: Mapped[Person | None] = relationship(foreign_keys=made_by_id)


class Expert(Row, Base):
    """A researcher's profile for others to find; published only while the person's consent stands."""

    __tablename__ = "expert"
    __table_args__ = (UniqueConstraint("person_id", "organisation_id"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    title: Mapped[str] = mapped_column(String(80), default="")
    department: Mapped[str] = mapped_column(String(120), default="")
    fields: Mapped[list[str]] = mapped_column(default=list)
    keywords: Mapped[list[str]] = mapped_column(default=list)
    summary: Mapped[str] = mapped_column(Text, default="")
    shows_results: Mapped[bool] = mapped_column(default=True)
    consented_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    is_example: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    person: Mapped[Person] = relationship(lazy="joined")
    organisation: Mapped[Organisation] = relationship(lazy="joined")


class Interest(Row, Base):
    """A broker's declared tie: a personal one to an organisation, or serving two that compete (`other_id`)."""

    __tablename__ = "interest"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    other_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(String(400), default="")
    ended_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()
    organisation: Mapped[Organisation] = relationship(foreign_keys=organisation_id)
    other: Mapped[Organisation | None] = relationship(foreign_keys=other_id)


class Rivalry(Row, Base):
    """An organisation says that another is its competitor; known to itself and the desk only."""

    __tablename__ = "rivalry"
    __table_args__ = (UniqueConstraint("organisation_id", "rival_id"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    rival_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]

    rival: Mapped[Organisation] = relationship(foreign_keys=rival_id)


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
