"""Tables of a licence's documents: each with its text of record and hash, codes for signing, and filings with the authorities."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.core.db import Base, Row
from webapp.licences.models import Licence


class Paper(Row, Base):
    """One document: its text as it was fixed, never rendered again; another text is another version."""

    __tablename__ = "licence_paper"
    __table_args__ = (UniqueConstraint("licence_id", "kind", "about", "version"),)

    licence_id: Mapped[int] = mapped_column(ForeignKey("licence.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    about: Mapped[str] = mapped_column(String(40), default="")
    version: Mapped[int] = mapped_column(default=1)
    number: Mapped[str] = mapped_column(String(60))
    text: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))

    licence: Mapped[Licence] = relationship()


class SigningCode(Row, Base):
    """A code sent to one person for signing one text; kept as a hash, good once and for minutes."""

    __tablename__ = "signing_code"

    licence_id: Mapped[int] = mapped_column(ForeignKey("licence.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    text_hash: Mapped[str] = mapped_column(String(64))
    code_hash: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


class Filing(Row, Base):
    """One filing with an authority: the technology contract's registration, or the licence's record with the patent office."""

    __tablename__ = "filing"
    __table_args__ = (UniqueConstraint("licence_id", "kind"),)

    licence_id: Mapped[int] = mapped_column(ForeignKey("licence.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(16), default="NOT_FILED")
    due_on: Mapped[date | None]
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    number: Mapped[str] = mapped_column(String(20), default="")
    filed_on: Mapped[date | None]
    decided_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(Text, default="")
    reminded: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    licence: Mapped[Licence] = relationship()
