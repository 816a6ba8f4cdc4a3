"""Use cases of messages: tell people something in the app and by mail, list and read it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from webapp.accounts.models import Person
from webapp.core import clock
from webapp.core.errors import N_
from webapp.core.languages import translate
from webapp.core.policy import Actor
from webapp.messages.kinds import SENTENCES
from webapp.messages.models import Mail, Notice

FOOTER = N_("打开：%(url)s")


def sentence(notice_kind: str, params: dict[str, Any], language: str) -> str:
    """The notice's sentence in a language; an unknown kind shows its name rather than nothing."""
    return translate(language, SENTENCES.get(notice_kind, notice_kind), **params)


def notify(session: Session, people: Iterable[Person], kind: str, url: str, **params: Any) -> int:
    """Leave a notice and a mail for each person; both are rows of this transaction. Returns how many people."""
    told = {person.id: person for person in people}
    for person in told.values():
        session.add(Notice(person_id=person.id, kind=kind, params=params, url=url))
        text = sentence(kind, params, person.language)
        session.add(Mail(person_id=person.id, recipient=person.email, subject=text[:200], body=_body(text, url, person.language)))
    return len(told)


def _body(text: str, url: str, language: str) -> str:
    return f"{text}\n\n{translate(language, FOOTER, url=url)}\n"


def notices(actor: Actor) -> Select[Any]:
    """The actor's notices, newest first."""
    return select(Notice).where(Notice.person_id == actor.person_id).order_by(Notice.id.desc())


def unread(session: Session, actor: Actor) -> int:
    """How many notices the actor has not read."""
    query = select(func.count()).select_from(Notice).where(Notice.person_id == actor.person_id, Notice.read_at.is_(None))
    return session.scalar(query) or 0


def read(session: Session, actor: Actor, notice_id: int | None = None) -> None:
    """Mark one notice, or all, as read."""
    mine = update(Notice).where(Notice.person_id == actor.person_id, Notice.read_at.is_(None))
    session.execute(mine.where(Notice.id == notice_id).values(read_at=clock.now()) if notice_id else mine.values(read_at=clock.now()))
