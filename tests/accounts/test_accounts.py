"""People act for one organisation at a time; roles fit organisations; grants begin and end; looks are logged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from webapp.accounts import service
from webapp.core import clock
from webapp.core.errors import Invalid
from webapp.core.policy import SYSTEM

Make = Callable[..., Any]


def test_a_person_of_two_organisations_acts_for_the_chosen_one(session: Session, make_person: Make, make_organisation: Make) -> None:
    person = make_person(session, "company_user")
    school = make_organisation(session, "SCHOOL")
    service.join(session, SYSTEM, person, school, "researcher")
    first, second = service.actor_for(session, person, None), service.actor_for(session, person, school.id)
    assert (first.organisation_kind, first.roles) == ("COMPANY", {"company_user"})
    assert (second.organisation_kind, second.roles) == ("SCHOOL", {"researcher"})


def test_acting_for_a_foreign_organisation_falls_back_to_ones_own(session: Session, make_person: Make, make_organisation: Make) -> None:
    person, foreign = make_person(session, "company_user"), make_organisation(session, "BUREAU")
    assert service.actor_for(session, person, foreign.id).organisation_kind == "COMPANY"


def test_a_role_fits_its_kind_of_organisation_only(session: Session, make_person: Make, make_organisation: Make) -> None:
    with pytest.raises(Invalid):
        service.join(session, SYSTEM, make_person(session, "researcher"), make_organisation(session, "COMPANY"), "operator")


def test_an_ended_membership_gives_nothing(session: Session, make_person: Make) -> None:
    person = make_person(session, "operator")
    person.memberships[0].active = False
    session.flush()
    assert service.actor_for(session, person, None).roles == frozenset()


def test_a_taken_address_is_told_at_its_field(session: Session) -> None:
    service.add_person(session, SYSTEM, "Lin@example.test", "林示例", None)
    with pytest.raises(Invalid) as refused:
        service.add_person(session, SYSTEM, "lin@EXAMPLE.test", "林示例", None)
    assert "email" in refused.value.fields


def test_a_grant_ends_by_time_and_by_reason(session: Session, make_organisation: Make, make_demand: Make) -> None:
    company, demand = make_organisation(session, "COMPANY"), make_demand(session)

    def open_now() -> list[int]:
        return list(session.scalars(service.granted(company.id, "demand")))

    service.grant(session, SYSTEM, company.id, demand, "task:1", clock.now() + timedelta(days=1))
    assert service.grant(session, SYSTEM, company.id, demand, "task:1").reason == "task:1"
    session.flush()
    assert open_now() == [demand.id]
    clock.set_offset(timedelta(days=2))
    assert open_now() == []
    clock.set_offset(timedelta())
    service.end_grants(session, SYSTEM, "task:1")
    session.flush()
    assert open_now() == []


def test_two_reasons_are_two_grants_and_one_ending_leaves_the_other(session: Session, make_organisation: Make, make_demand: Make) -> None:
    company, demand = make_organisation(session, "COMPANY"), make_demand(session)
    for reason in ("task:1", "licence:1", "task:1"):
        service.grant(session, SYSTEM, company.id, demand, reason)
        session.flush()
    service.end_grants(session, SYSTEM, "task:1")
    session.flush()
    assert list(session.scalars(service.granted(company.id, "demand"))) == [demand.id]


def test_a_look_at_confidential_fields_is_logged_once_an_hour_and_not_for_the_owner(
    session: Session, actor_of: Make, make_demand: Make
) -> None:
    demand = make_demand(session)
    broker, owner = actor_of(session, "broker"), actor_of(session, "company_user", demand.organisation)
    for actor in (broker, broker, owner):
        service.saw(session, actor, demand, 2)
        session.flush()
    assert [sight.person_id for sight in service.sights(session, demand)] == [broker.person_id]
    clock.set_offset(timedelta(hours=2))
    service.saw(session, broker, demand, 2)
    session.flush()
    assert len(service.sights(session, demand)) == 2
