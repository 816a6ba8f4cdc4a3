"""Outbox handler of messages: mail rows leave for the mail folder, each once."""

from __future__ import annotations

import os
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from webapp.core import clock, outbox, worker
from webapp.core.worker import Context, Key
from webapp.messages.models import Mail

SENDER = "sunmao@localhost"
outbox.touches(Mail, "mail")


@worker.handler("mail")
def send(context: Context, keys: list[Key]) -> None:
    """Write each unsent mail to var/mail; the row is marked in the same step, so that a repeat sends nothing twice."""
    folder = context.settings.var / "mail"
    folder.mkdir(parents=True, exist_ok=True)
    for _, mail_id in keys:
        with context.database.transaction() as session:
            mail = session.get(Mail, mail_id)
            if mail is None or mail.sent_at is not None:
                continue
            _write(folder, mail, context.settings.public_url)
            mail.sent_at = clock.now()


def _write(folder: Path, mail: Mail, public_url: str) -> None:
    """One file per mail, named by its number: writing it again after a crash overwrites the same file."""
    message = EmailMessage()
    message["Subject"] = mail.subject.replace("\n", " ").replace("\r", " ")
    message["From"] = SENDER
    message["To"] = mail.recipient
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<mail-{mail.id}@sunmao>"
    message.set_content(mail.body.replace("：/", f"：{public_url}/").replace(": /", f": {public_url}/"))
    temporary = folder / f".{mail.id}.part"
    temporary.write_bytes(bytes(message))
    os.replace(temporary, folder / f"{mail.id:08d}.eml")
