"""Tables of notices in the app, of outgoing mail, and of how each person wants to be told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import Person
from webapp.core.db import Base, BigId, Row


class Mail(Row, Base):
    """One outgoing mail; it is a row first, sent once by the worker, retried and listed."""

    __tablename__ = "mail"

    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    recipient: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(40), default="", server_default="")
    not_before: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    error: Mapped[str] = mapped_column(Text, default="", server_default="")
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]


class Notice(Row, Base):
    """Something a person should know: a kind with its sentence, facts for it, where it leads, and how it goes by mail."""

    __tablename__ = "notice"
    __table_args__ = (
        Index("ix_notice_person_read", "person_id", "read_at"),
        Index("ix_notice_way_mail", "way", "mail_id"),
        Index("ix_notice_url", "url"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(40))
    params: Mapped[dict[str, Any]]
    url: Mapped[str] = mapped_column(String(200))
    read_at: Mapped[datetime | None]
    way: Mapped[str] = mapped_column(String(8), default="NOW", server_default="NOW")
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("mail.id"))

    mail: Mapped[Mail | None] = relationship()


class Preference(Row, Base):
    """How one person wants to be told; nobody has a row until they change something."""

    __tablename__ = "notice_preference"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    usual: Mapped[str] = mapped_column(String(8), default="NOW")
    ways: Mapped[dict[str, Any]] = mapped_column(default=dict)
    digest_hour: Mapped[int] = mapped_column(default=8)
    quiet_from: Mapped[int | None]
    quiet_until: Mapped[int | None]


class Message(Row, Base):
    """One message of a conversation between the parties of a subject, such as a task."""

    __tablename__ = "message"
    __table_args__ = (Index("ix_message_subject", "subject_kind", "subject_id", "id"),)

    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int] = mapped_column(BigId)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    side: Mapped[str] = mapped_column(String(12))
    text: Mapped[str] = mapped_column(Text)
    submission: Mapped[str] = mapped_column(String(36), default="")

    person: Mapped[Person | None] = relationship()


class ReadMark(Row, Base):
    """Up to which message somebody has read a conversation."""

    __tablename__ = "read_mark"
    __table_args__ = (UniqueConstraint("subject_kind", "subject_id", "person_id"),)

    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[int] = mapped_column(BigId)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    message_id: Mapped[int] = mapped_column(BigId)

    person: Mapped[Person] = relationship()
