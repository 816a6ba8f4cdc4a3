"""Interests bar a broker, experts are found only with consent, and data of people ends in time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.matches.world import match
from webapp.accounts import conflicts, experts, finding, ties
from webapp.accounts.models import Person, SignIn
from webapp.config import LEAST_MONTHS, Settings, SettingsError, load
from webapp.core import clock, policy, retention
from webapp.core.errors import Forbidden, Invalid, NotFound
from webapp.core.outbox import Job
from webapp.core.policy import ANONYMOUS, SYSTEM, Actor
from webapp.core.retention import RetentionRun
from webapp.messages.models import Mail, Notice

Make = Callable[..., Any]


def test_a_declared_tie_bars_a_broker_until_it_has_ended(session: Session, actor_of: Make, make_demand: Make, make_result: Make) -> None:
    broker, pair = actor_of(session, "broker"), match(session, make_demand(session), make_result(session))
    assert policy.can(broker, "match:judge", pair)
    entry = conflicts.declare(session, broker, "SHARES", pair.demand.organisation_id, None, "持股百分之三")
    assert not policy.can(broker, "match:judge", pair)
    with pytest.raises(Forbidden) as refused:
        policy.check(broker, "match:judge", pair)
    assert refused.value.message == ties.TIED
    assert policy.can(actor_of(session, "broker"), "match:judge", pair), "colleagues go on"
    conflicts.end(session, broker, entry.id)
    assert policy.can(broker, "match:judge", pair)


def test_serving_a_rival_needs_disclosure_for_just_that_pair(
    session: Session, actor_of: Make, make_organisation: Make, make_demand: Make, make_result: Make
) -> None:
    first, second, third = (make_organisation(session, "COMPANY") for _ in range(3))
    conflicts.name_rival(session, actor_of(session, "company_admin", first), first, second.id)
    broker = actor_of(session, "broker")
    served = match(session, make_demand(session, first), make_result(session))
    served.broker_id, served.state = broker.person_id, "TASK_OPENED"
    pairs = {row.id: match(session, make_demand(session, row), make_result(session)) for row in (second, third)}
    session.flush()
    assert not policy.can(broker, "match:recommend", pairs[second.id])
    assert policy.can(broker, "match:recommend", pairs[third.id])
    conflicts.declare(session, broker, "BOTH", third.id, first.id, "")
    assert not policy.can(broker, "match:recommend", pairs[second.id]), "another pair was disclosed"
    conflicts.declare(session, broker, "BOTH", second.id, first.id, "双方知情")
    assert policy.can(broker, "match:recommend", pairs[second.id])


def test_a_finished_case_is_no_longer_served(session: Session, actor_of: Make, make_demand: Make, make_result: Make) -> None:
    first, second = make_demand(session), make_demand(session)
    conflicts.name_rival(session, actor_of(session, "company_admin", first.organisation), first.organisation, second.organisation_id)
    broker, old = actor_of(session, "broker"), match(session, first, make_result(session))
    old.broker_id, old.state = broker.person_id, "DECLINED_COMPANY"
    pair = match(session, second, make_result(session))
    session.flush()
    assert policy.can(broker, "match:judge", pair)


def test_only_the_company_names_rivals_and_nobody_else_reads_them(session: Session, actor_of: Make, make_organisation: Make) -> None:
    row, other = make_organisation(session, "COMPANY"), make_organisation(session, "COMPANY")
    for role in ("company_admin", "broker", "operator", "tto"):
        with pytest.raises(Forbidden):
            conflicts.name_rival(session, actor_of(session, role), row, other.id)
    with pytest.raises(Invalid):
        conflicts.name_rival(session, actor_of(session, "company_admin", row), row, row.id)


PROFILE = {"title": "教授", "department": "材料学院", "summary": "研究海洋防腐涂层，能解决浪溅区起泡。", "keywords": "防腐；涂层", "fields": ["materials"]}


def written(session: Session, researcher: Actor, consent: bool, version: int = 1) -> Any:
    """The researcher's profile."""
    return experts.save(session, researcher, PROFILE | {"consent": consent, "shows_results": True}, version, ["materials"])


def test_a_profile_is_found_with_consent_only_and_gone_at_once_without(session: Session, actor_of: Make) -> None:
    researcher = actor_of(session, "researcher")

    def found() -> list[str]:
        session.flush()
        return [document.title for document in finding._expert_documents(session, None)]

    row = written(session, researcher, consent=False)
    assert found() == []
    with pytest.raises(NotFound):
        policy.find(session, ANONYMOUS, type(row), row.id)
    written(session, researcher, consent=True, version=row.version)
    assert found() == [row.person.name]
    experts.withdraw(session, researcher)
    assert found() == []
    assert session.scalars(select(Job).where(Job.kind == "index", Job.model == "expert")).first() is not None


def test_a_profile_never_shows_address_or_telephone(session: Session, actor_of: Make) -> None:
    researcher = actor_of(session, "researcher")
    person = session.get_one(Person, researcher.person_id)
    person.phone = "0532-80001234"
    row = written(session, researcher, consent=True)
    for shown in (repr(policy.reveal(ANONYMOUS, row)), repr(finding.expert_document(row))):
        assert person.email not in shown
        assert person.phone not in shown


def test_whoever_leaves_the_school_or_is_stopped_is_no_longer_found(session: Session, actor_of: Make) -> None:
    researcher = actor_of(session, "researcher")
    row = written(session, researcher, consent=True)
    session.flush()
    for change in ("membership", "person"):
        target = row.person.memberships[0] if change == "membership" else row.person
        target.active = False
        session.flush()
        assert list(finding._expert_documents(session, [row.id])) == []
        target.active = True
        session.flush()
    assert list(finding._expert_documents(session, [row.id]))


def test_publishing_needs_words_and_only_researchers_have_profiles(session: Session, actor_of: Make) -> None:
    with pytest.raises(Invalid):
        experts.save(session, actor_of(session, "researcher"), {"summary": "", "consent": True}, 1, [])
    for role in ("tto", "company_user", "broker", "operator"):
        with pytest.raises(Forbidden):
            written(session, actor_of(session, role), consent=False)


def test_a_figure_of_a_company_is_read_by_itself_and_the_desk_only(session: Session, actor_of: Make, make_organisation: Make) -> None:
    row = make_organisation(session, "COMPANY", uscc="91370211MAYYYY016U", staff=80, address="示例路 1 号")
    outside = [ANONYMOUS, *(actor_of(session, role) for role in ("researcher", "tto", "company_admin", "auditor", "admin"))]
    for actor in outside:
        view = policy.reveal(actor, row)
        assert (view.uscc, view.staff, view.revenue_fen, view.assets_fen, view.address) == ("", None, None, None, "")
    for actor in (actor_of(session, "company_user", row), actor_of(session, "broker"), actor_of(session, "operator")):
        assert policy.reveal(actor, row).staff == 80


def test_old_data_ends_what_is_younger_stays_and_the_run_is_written(session: Session, make_person: Make) -> None:
    import webapp.accounts.jobs
    import webapp.messages.jobs  # noqa: F401 - both register their rules

    person, settings = make_person(session, "broker"), Settings()
    old, young = clock.now() - timedelta(days=400), clock.now() - timedelta(days=300)
    for at in (old, young):
        session.add(SignIn(person_id=person.id, secret_hash=str(at), seen_at=at, expires_at=at))
        mail = Mail(person_id=person.id, recipient=person.email, subject="", body="", created_at=at, sent_at=at)
        session.add(mail)
        session.flush()
        session.add(Notice(person_id=person.id, kind="x", params={}, url="/", read_at=at, created_at=at, mail_id=mail.id))
    session.add(Notice(person_id=person.id, kind="unread", params={}, url="/", created_at=old))
    session.flush()
    for rule in retention.rules():
        retention.run(session, settings, rule)
    session.flush()
    assert [row.seen_at for row in session.scalars(select(SignIn))] == [young]
    assert len(list(session.scalars(select(Mail)))) == 1
    assert sorted(row.kind for row in session.scalars(select(Notice))) == ["unread", "x"]
    ended = {row.rule: row.ended for row in session.scalars(select(RetentionRun))}
    assert set(ended) == {rule.name for rule in retention.rules()}
    assert (ended["sign_ins"], ended["mails"], ended["notices"]) == (1, 1, 1)


@pytest.mark.parametrize(("name", "least"), LEAST_MONTHS.items())
def test_nobody_keeps_records_shorter_than_the_law_asks(name: str, least: int) -> None:
    assert getattr(load({}), name) >= least
    with pytest.raises(SettingsError, match="law"):
        load({f"SUNMAO_{name.upper()}": str(least - 1)})


def test_a_repeated_job_tells_nobody_twice(session: Session, make_person: Make, make_organisation: Make, actor_of: Make) -> None:
    from webapp.accounts import joining
    from webapp.messages import news

    home = make_organisation(session, "COMPANY")
    admin, guest = actor_of(session, "company_admin", home), make_person(session, "researcher")
    entry = joining.ask(session, Actor(guest.id, guest.name), home, "company_user", "")
    for _ in range(3):
        news.tell(session, Settings(), "joining", entry.id)
        session.flush()
    assert [row.kind for row in session.scalars(select(Notice).where(Notice.person_id == admin.person_id))] == ["joining_asked"]
    assert SYSTEM.has("system")
