"""One mail a day for those who want no more: what they have not read, gathered at their hour."""

from __future__ import annotations

from datetime import datetime, time
from itertools import groupby

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp.accounts.models import Person
from webapp.core import clock
from webapp.core.languages import translate
from webapp.messages import preferences, service
from webapp.messages.kinds import GROUPS, group
from webapp.messages.models import Mail, Notice
from webapp.messages.values import DIGEST
from webapp.messages.words import DIGEST_FOOT, DIGEST_HEAD, DIGEST_MORE, DIGEST_SUBJECT

KIND = "digest"
MOST = 50


def send_due(session: Session) -> int:
    """Leave the day's mail for everybody whose hour has come and who has none yet; returns how many mails."""
    waiting = select(Notice.person_id).where(Notice.way == DIGEST, Notice.mail_id.is_(None), Notice.read_at.is_(None)).distinct()
    ids = list(session.scalars(waiting))
    chosen = preferences.of_all(session, ids)
    hour, done = clock.local(clock.now()).hour, _done_today(session, ids)
    due = [number for number in ids if number not in done and hour >= (chosen[number].digest_hour if number in chosen else 8)]
    return sum(_send(session, number) for number in due)


def _done_today(session: Session, ids: list[int]) -> set[int]:
    start = datetime.combine(clock.today(), time(), clock.ZONE)
    query = select(Mail.person_id).where(Mail.kind == KIND, Mail.person_id.in_(ids), Mail.created_at >= start)
    return {number for number in session.scalars(query) if number is not None}


def _send(session: Session, person_id: int) -> bool:
    person = session.get_one(Person, person_id)
    mine = (Notice.person_id == person_id, Notice.way == DIGEST, Notice.mail_id.is_(None), Notice.read_at.is_(None))
    notices = list(session.scalars(select(Notice).where(*mine).order_by(Notice.id)))
    if not notices or not person.active:
        return False
    subject = translate(person.language, DIGEST_SUBJECT, n=len(notices))
    mail = service.post(session, person, KIND, subject, body(notices, person.language))
    session.flush()
    session.execute(update(Notice).where(Notice.id.in_([n.id for n in notices])).values(mail_id=mail.id))
    return True


def body(notices: list[Notice], language: str) -> str:
    """The text of the day: notices by group, the first fifty with where each leads."""
    lines = [translate(language, DIGEST_HEAD, day=clock.today().isoformat(), n=len(notices)), ""]
    shown = sorted(notices[:MOST], key=lambda notice: list(GROUPS).index(group(notice.kind)))
    for name, rows in groupby(shown, key=lambda notice: group(notice.kind)):
        lines.append(f"[{translate(language, GROUPS[name])}]")
        for notice in rows:
            lines += [f"- {service.sentence(notice.kind, notice.params, language)}", f"  {_link(notice.url, language)}"]
        lines.append("")
    if len(notices) > MOST:
        lines += [translate(language, DIGEST_MORE, n=len(notices) - MOST, url="/notices"), ""]
    return "\n".join([*lines, translate(language, DIGEST_FOOT, url="/notices/settings"), ""])


def _link(url: str, language: str) -> str:
    return translate(language, service.FOOTER, url=url)
