"""How a mail leaves: through a mail server, or as a readable file where none is set up."""

from __future__ import annotations

import os
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

TIMEOUT = 15


class Unreachable(Exception):
    """The mail server does not answer or asks to try later: nothing is wrong with the mail."""


class Rejected(Exception):
    """The mail server will never take this mail."""


class Transport(Protocol):
    """Takes mails one after another."""

    def deliver(self, number: int, message: EmailMessage) -> None:
        """Hand one mail over, or raise Unreachable or Rejected."""


class Folder:
    """One file per mail, named by its number: writing it again after a crash overwrites the same file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def deliver(self, number: int, message: EmailMessage) -> None:
        """Write the file whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        temporary = self.folder / f".{number}.part"
        temporary.write_bytes(bytes(message))
        os.replace(temporary, self.folder / f"{number:08d}.eml")


class Server:
    """An open connection to a mail server."""

    def __init__(self, connection: smtplib.SMTP) -> None:
        self.connection = connection

    def deliver(self, number: int, message: EmailMessage) -> None:
        """Send one mail; a lasting refusal is the mail's fault, everything else the server's."""
        try:
            self.connection.send_message(message)
        except smtplib.SMTPRecipientsRefused as refused:
            _refused(*next(iter(refused.recipients.values())))
        except smtplib.SMTPResponseException as refused:
            _refused(refused.smtp_code, refused.smtp_error)
        except (OSError, smtplib.SMTPException) as error:
            raise Unreachable(str(error)) from error


def _refused(code: int, words: bytes | str) -> None:
    text = f"{code} {words.decode('utf-8', 'replace') if isinstance(words, bytes) else words}"
    raise Rejected(text) if 500 <= code < 600 else Unreachable(text)


@contextmanager
def connect(address: str, folder: Path) -> Iterator[Transport]:
    """The way out: `smtp://`, `smtp+starttls://` or `smtps://` with user and password in the address; empty means the folder."""
    if not address:
        yield Folder(folder)
        return
    try:
        connection = _open(address)
    except (OSError, smtplib.SMTPException) as error:
        raise Unreachable(str(error)) from error
    try:
        yield Server(connection)
    finally:
        _leave(connection)


def _open(address: str) -> smtplib.SMTP:
    parts = urlsplit(address)
    host = parts.hostname or "localhost"
    if parts.scheme == "smtps":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT)
    else:
        connection = smtplib.SMTP(host, parts.port or (587 if parts.scheme == "smtp+starttls" else 25), timeout=TIMEOUT)
    if parts.scheme == "smtp+starttls":
        connection.starttls()
    if parts.username:
        connection.login(unquote(parts.username), unquote(parts.password or ""))
    return connection


def _leave(connection: smtplib.SMTP) -> None:
    try:
        connection.quit()
    except (OSError, smtplib.SMTPException):
        connection.close()
