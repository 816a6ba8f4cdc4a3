"""Conversations: messages about one subject in their order, and up to where each person has read. Who may is the subject's own rule."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from webapp.core import audit
from webapp.core.errors import N_, Invalid
from webapp.core.policy import Actor
from webapp.messages.models import Message, ReadMark

TEXT_MAX = 4000
SHOWN = 200


def post(session: Session, actor: Actor, subject: Any, side: str, text: str, submission: str = "") -> Message | None:
    """Add a message; the same form sent twice leaves one, and gives None the second time."""
    text = text.strip()
    if not text:
        raise Invalid(fields={"text": N_("请写点什么再发送。")})
    if len(text) > TEXT_MAX:
        raise Invalid(fields={"text": N_("消息太长，请控制在 4000 字以内。")})
    kind, number = subject.__tablename__, subject.id
    if submission and session.scalars(_of(kind, number).where(Message.submission == submission)).first():
        return None
    message = Message(
        subject_kind=kind, subject_id=number, person_id=actor.person_id, side=side, text=text, submission=submission[:36]
    )  # fmt: skip
    session.add(message)
    session.flush()
    audit.record(session, actor, "message:post", subject, message=message.id)
    read(session, actor, subject)
    return message


def _of(kind: str, number: int) -> Any:
    return select(Message).where(Message.subject_kind == kind, Message.subject_id == number)


def listing(session: Session, subject: Any, most: int = SHOWN) -> list[Message]:
    """The latest messages, oldest first."""
    query = _of(subject.__tablename__, subject.id).options(selectinload(Message.person))
    return list(reversed(session.scalars(query.order_by(Message.id.desc()).limit(most)).all()))


def count(session: Session, subject: Any) -> int:
    """How many messages there are."""
    return session.scalar(_of(subject.__tablename__, subject.id).with_only_columns(func.count())) or 0


def read(session: Session, actor: Actor, subject: Any) -> None:
    """Note that somebody has seen all there is; the mark never goes back."""
    kind, number = subject.__tablename__, subject.id
    last = session.scalar(_of(kind, number).with_only_columns(func.max(Message.id)))
    if actor.person_id is None or last is None:
        return
    mark = session.scalars(
        select(ReadMark).where(ReadMark.subject_kind == kind, ReadMark.subject_id == number, ReadMark.person_id == actor.person_id)
    ).one_or_none()
    if mark is None:
        session.add(ReadMark(subject_kind=kind, subject_id=number, person_id=actor.person_id, message_id=last))
    elif mark.message_id < last:
        mark.message_id = last
    session.flush()


def marks(session: Session, subject: Any) -> list[ReadMark]:
    """Up to where each reader has come."""
    query = select(ReadMark).where(ReadMark.subject_kind == subject.__tablename__, ReadMark.subject_id == subject.id)
    return list(session.scalars(query.options(selectinload(ReadMark.person)).order_by(ReadMark.id)))


def unread(session: Session, actor: Actor, kind: str, ids: Iterable[int]) -> dict[int, int]:
    """How many messages of others somebody has not read, for each of these subjects that has any."""
    wanted = list(ids)
    if not wanted:
        return {}
    seen = (
        select(ReadMark.message_id)
        .where(ReadMark.subject_kind == kind, ReadMark.subject_id == Message.subject_id, ReadMark.person_id == actor.person_id)
        .scalar_subquery()
    )
    query = (
        select(Message.subject_id, func.count())
        .where(Message.subject_kind == kind, Message.subject_id.in_(wanted), Message.person_id != actor.person_id)
        .where(Message.id > func.coalesce(seen, 0))
        .group_by(Message.subject_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}
