"""How people want to be told: ways, quiet hours, one mail a day, and the link that stops mail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from webapp.accounts import service as accounts
from webapp.config import Settings
from webapp.core import clock, worker
from webapp.core.db import Database
from webapp.core.errors import Invalid
from webapp.core.worker import Context
from webapp.messages import digest, links, preferences, service
from webapp.messages.kinds import register
from webapp.messages.models import Mail, Notice, Preference

Make = Callable[..., Any]
register("task_test", "任务 %(code)s 有进展。")
register("match_test", "匹配 %(code)s 等您。")
NOON = datetime(2026, 3, 3, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai


def _person(database: Database, make_person: Make, **choice: Any) -> int:
    with database.transaction() as session:
        person = make_person(session, "broker")
        if choice:
            session.add(Preference(person_id=person.id, **{"ways": {}, **choice}))
        return int(person.id)


def _tell(database: Database, person_id: int, kind: str = "task_test", code: str = "1") -> None:
    with database.transaction() as session:
        service.notify(session, [session.get_one(accounts.Person, person_id)], kind, "/tasks/1", code=code)


def _mails(database: Database) -> list[Mail]:
    with database.transaction(write=False) as session:
        return list(session.scalars(select(Mail).order_by(Mail.id)))


def test_who_wants_it_in_the_app_alone_gets_no_mail(database: Database, make_person: Make) -> None:
    _tell(database, _person(database, make_person, usual="APP"))
    assert _mails(database) == []
    with database.transaction(write=False) as session:
        assert session.scalars(select(Notice.way)).all() == ["APP"]


def test_a_single_kind_may_go_another_way_than_usual(database: Database, make_person: Make) -> None:
    person_id = _person(database, make_person, usual="APP", ways={"match_test": "NOW"})
    _tell(database, person_id, "task_test")
    _tell(database, person_id, "match_test")
    assert [mail.kind for mail in _mails(database)] == ["match_test"]


def test_the_digest_gathers_unread_notices_once_a_day_at_the_persons_hour(database: Database, make_person: Make) -> None:
    person_id = _person(database, make_person, usual="DIGEST", digest_hour=13)
    with clock.frozen(NOON):
        _tell(database, person_id, "task_test", "T1")
        _tell(database, person_id, "match_test", "M1")
        assert _gather(database) == 0
    with clock.frozen(NOON + timedelta(hours=1)):
        assert _gather(database) == 1
        assert _gather(database) == 0
        _tell(database, person_id, "task_test", "T2")
        assert _gather(database) == 0
    (mail,) = _mails(database)
    assert "2 条" in mail.subject
    assert mail.body.index("M1") < mail.body.index("T1")
    assert "T2" not in mail.body
    with clock.frozen(NOON + timedelta(days=1, hours=1)):
        assert _gather(database) == 1
    assert "T2" in _mails(database)[1].body


def _gather(database: Database) -> int:
    with database.transaction() as session:
        return digest.send_due(session)


def test_what_was_read_in_the_app_is_not_in_the_digest(database: Database, make_person: Make) -> None:
    person_id = _person(database, make_person, usual="DIGEST", digest_hour=0)
    _tell(database, person_id)
    with database.transaction() as session:
        service.read(session, accounts.actor_for(session, session.get_one(accounts.Person, person_id), None))
    assert _gather(database) == 0


def test_a_busy_day_shows_fifty_and_counts_the_rest(database: Database, make_person: Make) -> None:
    person_id = _person(database, make_person, usual="DIGEST", digest_hour=0)
    with database.transaction() as session:
        person = session.get_one(accounts.Person, person_id)
        for number in range(63):
            service.notify(session, [person], "task_test", f"/tasks/{number}", code=f"N{number:02d}")
    assert _gather(database) == 1
    body = _mails(database)[0].body
    assert body.count("- ") == 50
    assert "另外 13 条" in body


def test_mail_waits_until_the_quiet_hours_are_over(settings: Settings, database: Database, make_person: Make) -> None:
    person_id = _person(database, make_person, quiet_from=22, quiet_until=7)
    night = datetime(2026, 3, 3, 15, 30, tzinfo=UTC)  # 23:30 in Shanghai
    with clock.frozen(night):
        _tell(database, person_id)
        worker.drain(Context(settings, database))
        assert _mails(database)[0].sent_at is None
    with clock.frozen(datetime(2026, 3, 3, 23, 1, tzinfo=UTC)):
        worker.drain(Context(settings, database))
    assert _mails(database)[0].sent_at is not None


@given(st.integers(0, 23), st.integers(0, 23), st.integers(0, 24 * 60 - 1))
def test_quiet_hours_end_after_the_moment_within_a_day_and_at_the_hour_said(start: int, end: int, minute: int) -> None:
    moment = datetime(2026, 3, 3, tzinfo=UTC) + timedelta(minutes=minute)
    until = preferences.quiet_until(Preference(quiet_from=start, quiet_until=end), moment)
    hour = clock.local(moment).hour
    inside = any((start + n) % 24 == hour for n in range((end - start) % 24))
    assert (until is not None) == inside
    if until:
        assert timedelta() < until - moment <= timedelta(days=1)
        assert (clock.local(until).hour, clock.local(until).minute) == (end, 0)


@pytest.mark.parametrize("fault", [{"usual": "LOUD"}, {"digest_hour": "25"}, {"quiet_from": "x", "quiet_until": "3"}, {"quiet_from": "3"}])
def test_rubbish_is_told_at_its_field(database: Database, actor_of: Make, fault: dict[str, str]) -> None:
    with database.transaction() as session:
        actor = actor_of(session, "broker")
        with pytest.raises(Invalid):
            preferences.save(session, actor, {"usual": "NOW", "ways": {}} | fault)


def test_unknown_kinds_and_ways_are_left_out(database: Database, actor_of: Make) -> None:
    with database.transaction() as session:
        chosen = {"task_test": "DIGEST", "nothing_known": "APP", "match_test": "LOUD"}
        row = preferences.save(session, actor_of(session, "broker"), {"usual": "NOW", "ways": chosen})
        assert row.ways == {"task_test": "DIGEST"}


def test_the_settings_page_keeps_what_was_chosen(client: Any, database: Database, make_person: Make, sign_in: Make) -> None:
    with database.transaction() as session:
        person = make_person(session, "broker")
    sign_in(client, person)
    data = {"usual": "DIGEST", "digest_hour": "9", "quiet_from": "22", "quiet_until": "7", "way-task_test": "NOW"}
    assert client.post("/notices/settings", data=data).status_code == 302
    page = client.get("/notices/settings").get_data(as_text=True)
    assert 'value="9"' in page
    assert "任务 … 有进展。" in page
    wrong = client.post("/notices/settings", data=data | {"digest_hour": "99"})
    assert wrong.status_code == 400
    assert 'value="99"' in wrong.get_data(as_text=True)


def test_opening_the_link_asks_and_only_the_button_stops_mail(client: Any, settings: Settings, database: Database, make_person: Make) -> None:
    person_id = _person(database, make_person)
    path = links.unsubscribe_path(settings.secret_key, person_id, "task_test")
    assert "任务 … 有进展。" in client.get(path).get_data(as_text=True)
    _tell(database, person_id)
    assert client.post(path).status_code == 200
    _tell(database, person_id)
    assert len(_mails(database)) == 1


def test_the_link_needs_no_form_token_since_mail_programs_have_none(app: Any, settings: Settings, database: Database, make_person: Make) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    path = links.unsubscribe_path(settings.secret_key, _person(database, make_person), "task_test")
    assert app.test_client().post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert app.test_client().post("/notices/read").status_code == 400


def test_a_forged_link_is_not_found(client: Any, settings: Settings, database: Database, make_person: Make) -> None:
    path = links.unsubscribe_path("another-key", _person(database, make_person), "task_test")
    assert client.get(path).status_code == 404
    assert client.post(path[:-2]).status_code == 404
