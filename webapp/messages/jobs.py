"""Outbox handler and clock of messages: mail rows leave, each once, and the day's digest is gathered."""

from __future__ import annotations

from datetime import timedelta

from webapp.core import outbox, worker
from webapp.core.worker import Context, Key
from webapp.messages import delivery, digest, news
from webapp.messages import owndata as _owndata  # noqa: F401 - registers what is exported and what ends
from webapp.messages.models import Mail

outbox.touches(Mail, "mail", targets=lambda mail: [] if mail.sent_at or mail.failed_at or mail.attempts else [("mail", mail.id)])


@worker.handler("mail")
def send(context: Context, keys: list[Key]) -> None:
    """Send each unsent mail that is due."""
    delivery.send(context, [mail_id for _, mail_id in keys])


@worker.handler("people_news")
def people_news(context: Context, keys: list[Key]) -> None:
    """Who is told of requests, invitations, verifications and declared interests; each in its own transaction."""
    for model, row_id in keys:
        with context.database.transaction() as session:
            news.tell(session, context.settings, model, row_id)


@worker.periodic("digest", timedelta(minutes=10))
def gather(context: Context) -> None:
    """Leave the digest mails whose hour has come."""
    with context.database.transaction() as session:
        digest.send_due(session)
