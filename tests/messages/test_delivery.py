"""Mail through a real mail server on this machine: sent once, late while the server is down, given up when refused."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_string
from typing import Any

import pytest
from sqlalchemy import select

from webapp.config import Settings
from webapp.core import clock, worker
from webapp.core.db import Database
from webapp.core.outbox import Job
from webapp.core.worker import Context
from webapp.messages import service
from webapp.messages.kinds import register
from webapp.messages.models import Mail

Make = Callable[..., Any]
register("task_sent", "任务 %(code)s 有进展。")


class MailServer(socketserver.ThreadingTCPServer):
    """The part of SMTP a client needs, keeping what it was given; `refuse` maps a recipient to its answer."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.taken: list[str] = []
        self.refuse: dict[str, str] = {}

    @property
    def address(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class _Talk(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self._say("220 ready")
        while line := self.rfile.readline().decode().strip():
            word = line.split(":")[0].split()[0].upper()
            if word == "RCPT":
                self._say(self.server.refuse.get(line.split("<")[1].rstrip(">").split(">")[0], "250 ok"))
            elif word == "DATA":
                self._say("354 go on")
                self.server.taken.append(self._text())
                self._say("250 taken")
            elif word == "QUIT":
                return self._say("221 bye")
            else:
                self._say("250 ok")

    def _text(self) -> str:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        return b"".join(lines).decode()

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A mail server on the loopback."""
    with MailServer() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


def _tell(database: Database, make_person: Make, address: str) -> int:
    with database.transaction() as session:
        person = make_person(session, "broker", email=address)
        service.notify(session, [person], "task_sent", "/tasks/1", code="T1")
        session.flush()
        return int(session.scalars(select(Mail.id).order_by(Mail.id.desc())).first() or 0)


def _mail(database: Database, number: int) -> Mail:
    with database.transaction(write=False) as session:
        return session.get_one(Mail, number)


def test_a_mail_goes_to_the_server_once_with_the_way_to_stop_it(settings: Settings, database: Database, make_person: Make, server: MailServer) -> None:
    context = Context(replace(settings, smtp_url=server.address, mail_from="sunmao@example.test"), database)
    number = _tell(database, make_person, "lin@example.test")
    worker.drain(context)
    worker.drain(context)
    assert len(server.taken) == 1
    message = message_from_string(server.taken[0])
    assert message["Message-ID"] == f"<mail-{number}@sunmao>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/unsubscribe/" in message["List-Unsubscribe"]
    assert _mail(database, number).sent_at is not None


def test_a_server_that_is_down_for_a_day_costs_time_and_no_mail(settings: Settings, database: Database, make_person: Make, server: MailServer) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nowhere = f"smtp://127.0.0.1:{probe.getsockname()[1]}"
    down, up = (Context(replace(settings, smtp_url=address), database) for address in (nowhere, server.address))
    start = clock.now()
    numbers = [_tell(database, make_person, f"p{n}@example.test") for n in range(3)]
    worker.drain(down)
    for hours in range(1, 24, 4):
        with clock.frozen(start + timedelta(hours=hours)):
            worker.drain(down)
    assert all(_mail(database, number).attempts >= 6 for number in numbers)
    with clock.frozen(start + timedelta(hours=25)):
        worker.drain(up)
    assert len(server.taken) == 3
    assert all(_mail(database, number).sent_at for number in numbers)
    with database.transaction(write=False) as session:
        assert session.scalars(select(Job).where(Job.kind == "mail")).all() == []


def test_after_the_settings_hours_a_mail_is_given_up_and_listed(settings: Settings, database: Database, make_person: Make) -> None:
    context = Context(replace(settings, smtp_url="smtp://127.0.0.1:9", mail_give_up_hours=5), database)
    number = _tell(database, make_person, "lin@example.test")
    with clock.frozen(clock.now() + timedelta(hours=6)):
        worker.drain(context)
    assert _mail(database, number).failed_at is not None
    assert _mail(database, number).error


def test_a_refused_address_does_not_hold_up_the_others(settings: Settings, database: Database, make_person: Make, server: MailServer) -> None:
    server.refuse = {"gone@example.test": "550 no such person"}
    context = Context(replace(settings, smtp_url=server.address), database)
    gone, fine = _tell(database, make_person, "gone@example.test"), _tell(database, make_person, "fine@example.test")
    worker.drain(context)
    assert _mail(database, gone).failed_at is not None
    assert "550" in _mail(database, gone).error
    assert _mail(database, fine).sent_at is not None


def test_try_later_from_the_server_is_tried_later(settings: Settings, database: Database, make_person: Make, server: MailServer) -> None:
    server.refuse = {"slow@example.test": "451 greylisted"}
    context = Context(replace(settings, smtp_url=server.address), database)
    number = _tell(database, make_person, "slow@example.test")
    worker.drain(context)
    assert _mail(database, number).failed_at is None
    server.refuse = {}
    with clock.frozen(clock.now() + timedelta(minutes=5)):
        worker.drain(context)
    assert _mail(database, number).sent_at is not None


def test_an_operator_lets_a_mail_go_again_and_others_may_not_look(
    settings: Settings, database: Database, make_person: Make, sign_in: Make, app: Any, server: MailServer
) -> None:
    server.refuse = {"gone@example.test": "550 no such person"}
    context = Context(replace(settings, smtp_url=server.address), database)
    number = _tell(database, make_person, "gone@example.test")
    worker.drain(context)
    with database.transaction() as session:
        operator, broker = make_person(session, "operator"), make_person(session, "broker")
    guest = app.test_client()
    sign_in(guest, broker)
    assert guest.get("/mails").status_code == 403
    assert guest.post(f"/mails/{number}/retry").status_code == 403
    sign_in(guest, operator)
    page = guest.get("/mails?state=FAILED").get_data(as_text=True)
    assert "gone@example.test" in page
    assert "/tasks/1" not in page
    server.refuse = {}
    assert guest.post(f"/mails/{number}/retry").status_code == 302
    worker.drain(context)
    assert _mail(database, number).sent_at is not None
