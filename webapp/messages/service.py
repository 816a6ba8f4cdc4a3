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
from webapp.messages import preferences
from webapp.messages.kinds import SENTENCES
from webapp.messages.models import Mail, Notice, Preference
from webapp.messages.values import NOW

FOOTER = N_("打开：%(url)s")


def sentence(notice_kind: str, params: dict[str, Any], language: str) -> str:
    """The notice's sentence in a language; an unknown kind shows its name rather than nothing."""
    return translate(language, SENTENCES.get(notice_kind, notice_kind), **params)


def notify(session: Session, people: Iterable[Person], kind: str, url: str, mail_url: str = "", **params: Any) -> int:
    """Leave a notice for each person, and a mail where they want one at once; rows of this transaction. Returns how many people.

    `mail_url` is what the mail leads to where that is another address than the notice's, such as a signed link.
    """
    told = {person.id: person for person in people}
    chosen = preferences.of_all(session, told)
    for person in told.values():
        _tell(session, person, chosen.get(person.id), kind, (url, mail_url or url), params)
    return len(told)


def _tell(session: Session, person: Person, preference: Preference | None, kind: str, urls: tuple[str, str], params: dict[str, Any]) -> None:
    notice = Notice(person_id=person.id, kind=kind, params=params, url=urls[0], way=preferences.way(preference, kind))
    session.add(notice)
    if notice.way == NOW:
        text = sentence(kind, params, person.language)
        notice.mail = post(session, person, kind, text, _body(text, urls[1], person.language), preference)


def post(
    session: Session, person: Person, kind: str, subject: str, body: str, preference: Preference | None = None
) -> Mail:
    """Leave one mail, which waits until the person's quiet hours are over."""
    mail = Mail(
        person_id=person.id, recipient=person.email, kind=kind, subject=subject[:200], body=body,
        not_before=preferences.quiet_until(preference, clock.now()),
    )  # fmt: skip
    session.add(mail)
    return mail


def post_plain(session: Session, person_id: int | None, recipient: str, kind: str, subject: str, body: str) -> Mail:
    """Leave one mail that is no notice and waits for no hour: confirmation, reset, invitation; the address may be nobody's yet."""
    mail = Mail(person_id=person_id, recipient=recipient, kind=kind, subject=subject[:200], body=body)
    session.add(mail)
    session.flush()
    return mail


def _body(text: str, url: str, language: str) -> str:
    return f"{text}\n\n{translate(language, FOOTER, url=url)}\n"


def notices(actor: Actor) -> Select[Any]:
    """The actor's notices, newest first."""
    return select(Notice).where(Notice.person_id == actor.person_id).order_by(Notice.id.desc())


def unread(actor: Actor) -> Select[Any]:
    """Counts the notices the actor has not read."""
    return select(func.count()).select_from(Notice).where(Notice.person_id == actor.person_id, Notice.read_at.is_(None))


def read(session: Session, actor: Actor, notice_id: int | None = None) -> None:
    """Mark one notice, or all, as read."""
    mine = update(Notice).where(Notice.person_id == actor.person_id, Notice.read_at.is_(None))
    session.execute(mine.where(Notice.id == notice_id).values(read_at=clock.now()) if notice_id else mine.values(read_at=clock.now()))


def settle(session: Session, url: str, kinds: str, keep: Iterable[int]) -> None:
    """What notices of these kinds (by how they begin) asked for at an address was done: they are read, and lead nowhere but for who may still go there."""
    open_ = update(Notice).where(Notice.url == url, Notice.kind.startswith(kinds, autoescape=True))
    session.execute(open_.where(Notice.read_at.is_(None)).values(read_at=clock.now()))
    session.execute(open_.where(Notice.person_id.not_in(set(keep))).values(url=""))
