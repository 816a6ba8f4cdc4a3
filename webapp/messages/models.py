"""Tables of notices in the app and of outgoing mail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.accounts.models import Person  # noqa: F401 - the table the foreign key names
from webapp.core.db import Base, Row


class Notice(Row, Base):
    """Something a person should know: a kind with its sentence in values.py, facts for it, and where it leads."""

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_person_read", "person_id", "read_at"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(40))
    params: Mapped[dict[str, Any]]
    url: Mapped[str] = mapped_column(String(200))
    read_at: Mapped[datetime | None]


class Mail(Row, Base):
    """One outgoing mail; it is a row first, sent once by the worker, retried and listed."""

    __tablename__ = "mail"

    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    recipient: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime | None]
