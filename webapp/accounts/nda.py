"""Non-disclosure agreements accepted on line: which text, by whom, for which organisation, when; shown again at every later look."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Select, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from webapp.accounts.models import Organisation, Person
from webapp.core import audit, clock
from webapp.core.db import Base, BigId, Row
from webapp.core.errors import N_, Stale
from webapp.core.policy import Actor


class NdaAcceptance(Row, Base):
    """An organisation's promise about one object, given by one person; the text is kept as it was read."""

    __tablename__ = "nda_acceptance"
    __table_args__ = (UniqueConstraint("organisation_id", "subject_kind", "subject_id"), Index("ix_nda_acceptance_subject", "subject_kind", "subject_id"))

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int] = mapped_column(BigId)
    text: Mapped[str] = mapped_column(Text)
    text_hash: Mapped[str] = mapped_column(String(64))
    accepted_at: Mapped[datetime]

    person: Mapped[Person] = relationship()
    organisation: Mapped[Organisation] = relationship()


def digest(text: str) -> str:
    """The hash by which both sides know later which text was accepted."""
    return hashlib.sha256(text.encode()).hexdigest()


def accepted(session: Session, organisation_id: int | None, subject: Any) -> NdaAcceptance | None:
    """What this organisation accepted for this object, if anything."""
    query = acceptances(subject).where(NdaAcceptance.organisation_id == organisation_id)
    return session.scalars(query).first()


def acceptances(subject: Any) -> Select[Any]:
    """Every acceptance for this object, oldest first."""
    of_it = (NdaAcceptance.subject_kind == subject.__tablename__, NdaAcceptance.subject_id == subject.id)
    return select(NdaAcceptance).where(*of_it).order_by(NdaAcceptance.id)


def bound(kind: str) -> Select[int, int]:
    """Pairs (object, organisation) of this kind for which an agreement stands."""
    return select(NdaAcceptance.subject_id, NdaAcceptance.organisation_id).where(NdaAcceptance.subject_kind == kind)


def accept(session: Session, actor: Actor, subject: Any, text: str, shown_hash: str) -> NdaAcceptance:
    """Accept the text that was shown; a text that changed meanwhile is read again first, and a second click changes nothing."""
    standing = accepted(session, actor.organisation_id, subject)
    if standing is not None:
        return standing
    if shown_hash != digest(text):
        raise Stale(N_("承诺书的文字刚刚有改动，请重新阅读后再接受。"), code="nda_changed")
    entry = NdaAcceptance(
        organisation_id=actor.organisation_id, person_id=actor.person_id, subject_kind=subject.__tablename__, subject_id=subject.id,
        text=text, text_hash=shown_hash, accepted_at=clock.now(),
    )  # fmt: skip
    session.add(entry)
    session.flush()
    audit.record(session, actor, "nda:accept", subject, text_hash=shown_hash)
    return entry
