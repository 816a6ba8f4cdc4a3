"""Mail leaves the house: each once, late when the server is down, given up after days, and listed all the way."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from sqlalchemy.orm import Session

from webapp.accounts.models import Person
from webapp.config import Settings, secret_key
from webapp.core import clock, outbox
from webapp.core.languages import translate
from webapp.core.worker import Context
from webapp.messages import links
from webapp.messages.kinds import SENTENCES, example
from webapp.messages.models import Mail
from webapp.messages.transport import Rejected, Transport, Unreachable, connect
from webapp.messages.words import STOP, STOP_LABEL

LONGEST_WAIT = timedelta(minutes=15)


def send(context: Context, ids: list[int]) -> None:
    """Send what is due of these mails over one connection; nothing is held open in the database meanwhile."""
    due = [number for number in ids if _is_due(context, number)]
    if not due:
        return
    left = list(due)
    try:
        with connect(context.settings.smtp_url, context.settings.var / "mail") as transport:
            while left:
                _send(context, transport, left[0])
                left.pop(0)
    except Unreachable as cause:
        with context.database.transaction() as session:
            for number in left:
                _later(session, session.get_one(Mail, number), str(cause), context.settings)


def _is_due(context: Context, number: int) -> bool:
    with context.database.transaction() as session:
        mail = session.get(Mail, number)
        if mail is None or mail.sent_at or mail.failed_at:
            return False
        if mail.not_before and mail.not_before > clock.now():
            outbox.enqueue(session, "mail", "mail", number, mail.not_before - clock.now())
            return False
        return True


def _send(context: Context, transport: Transport, number: int) -> None:
    with context.database.transaction(write=False) as session:
        mail = session.get_one(Mail, number)
        message = compose(mail, session.get(Person, mail.person_id) if mail.person_id else None, context.settings)
    try:
        transport.deliver(number, message)
    except Rejected as cause:
        with context.database.transaction() as session:
            _give_up(session.get_one(Mail, number), str(cause))
        return
    with context.database.transaction() as session:
        session.get_one(Mail, number).sent_at = clock.now()


def _later(session: Session, mail: Mail, cause: str, settings: Settings) -> None:
    """Try again, more rarely each time, until the setting's hours are over; the mail itself is not at fault."""
    mail.attempts += 1
    mail.error = cause[:1000]
    if clock.now() - mail.created_at > timedelta(hours=settings.mail_give_up_hours):
        return _give_up(mail, cause)
    session.flush()
    outbox.enqueue(session, "mail", "mail", mail.id, min(timedelta(seconds=30 * 2 ** min(mail.attempts, 6)), LONGEST_WAIT))


def _give_up(mail: Mail, cause: str) -> None:
    mail.failed_at, mail.error = clock.now(), cause[:1000]


def retry(session: Session, mail: Mail) -> None:
    """An operator lets a mail that was given up go again."""
    mail.failed_at, mail.error, mail.attempts = None, "", 0
    session.flush()
    outbox.enqueue(session, "mail", "mail", mail.id)


def compose(mail: Mail, person: Person | None, settings: Settings) -> EmailMessage:
    """The mail as it leaves; its number makes the same Message-ID on every try, so that a repeat can be told."""
    message = EmailMessage()
    message["Subject"] = " ".join(mail.subject.split())
    message["From"] = settings.mail_from
    message["To"] = mail.recipient
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<mail-{mail.id}@sunmao>"
    body = mail.body.replace("：/", f"：{settings.public_url}/").replace(": /", f": {settings.public_url}/")
    if person and mail.kind in SENTENCES:
        stop = settings.public_url + links.unsubscribe_path(secret_key(settings), person.id, mail.kind)
        message["List-Unsubscribe"] = f"<{stop}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        kind = translate(person.language, STOP_LABEL, kind=example(translate(person.language, SENTENCES[mail.kind])))
        body += f"\n{kind}\n{translate(person.language, STOP, url=stop)}\n"
    message.set_content(body)
    return message
