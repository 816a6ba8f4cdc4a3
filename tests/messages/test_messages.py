"""Notices and mail: rows of the deed's transaction, sent once, in the person's language."""

from __future__ import annotations

import email
from collections.abc import Callable
from email import policy as email_policy
from typing import Any

import pytest
from sqlalchemy import select

from webapp.accounts import service as accounts
from webapp.config import Settings
from webapp.core import worker
from webapp.core.db import Database
from webapp.core.worker import Context
from webapp.messages import jobs, service
from webapp.messages.kinds import register
from webapp.messages.models import Mail

Make = Callable[..., Any]
register("test_kind", "示例通知：%(title)s")


def _tell(database: Database, make_person: Make, **values: Any) -> int:
    with database.transaction() as session:
        person = make_person(session, "broker", **values)
        service.notify(session, [person, person], "test_kind", "/matches", title="涂层")
        return int(person.id)


def test_telling_somebody_leaves_one_notice_and_one_mail(database: Database, make_person: Make) -> None:
    person_id = _tell(database, make_person)
    with database.transaction() as session:
        actor = accounts.actor_for(session, session.get_one(accounts.Person, person_id), None)
        assert session.scalar(service.unread(actor)) == 1
        notice = session.scalars(service.notices(actor)).one()
        assert service.sentence(notice.kind, notice.params, "zh_CN") == "示例通知：涂层"
        service.read(session, actor, notice.id)
        assert session.scalar(service.unread(actor)) == 0


def test_an_error_after_telling_takes_notice_and_mail_back(database: Database, make_person: Make) -> None:
    with pytest.raises(RuntimeError), database.transaction() as session:
        service.notify(session, [make_person(session, "broker")], "test_kind", "/", title="x")
        session.flush()
        raise RuntimeError
    with database.transaction(write=False) as session:
        assert session.scalars(select(Mail)).all() == []


def test_mail_lands_in_the_folder_once(settings: Settings, database: Database, make_person: Make) -> None:
    _tell(database, make_person, email="lin@example.test")
    context = Context(settings, database)
    worker.drain(context)
    found = list((settings.var / "mail").glob("*.eml"))
    assert len(found) == 1
    message = email.message_from_bytes(found[0].read_bytes(), policy=email_policy.default)
    assert message["To"] == "lin@example.test"
    assert message["Subject"] == "示例通知：涂层"
    assert "http://localhost:8000/matches" in message.get_content()
    written = found[0].stat().st_mtime_ns
    with database.transaction(write=False) as session:
        number = session.scalars(select(Mail.id)).one()
    jobs.send(context, [("mail", number)])
    assert found[0].stat().st_mtime_ns == written


def test_a_subject_cannot_smuggle_a_header(settings: Settings, database: Database, make_person: Make) -> None:
    with database.transaction() as session:
        service.notify(session, [make_person(session, "broker")], "test_kind", "/", title="a\nBcc: thief@example.test")
    worker.drain(Context(settings, database))
    message = email.message_from_bytes(next((settings.var / "mail").glob("*.eml")).read_bytes(), policy=email_policy.default)
    assert message["Bcc"] is None


def test_one_sees_and_reads_only_ones_own_notices(database: Database, make_person: Make) -> None:
    _tell(database, make_person)
    with database.transaction() as session:
        stranger = accounts.actor_for(session, make_person(session, "broker"), None)
        assert session.scalars(service.notices(stranger)).all() == []
        service.read(session, stranger)
    with database.transaction(write=False) as session:
        assert session.scalars(select(service.Notice.read_at)).all() == [None]
