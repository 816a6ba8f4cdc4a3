"""The table of rights is worked out from the rules; two persons stand behind every approval; a reason is given for one row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

import webapp.topics  # noqa: F401 - loads every rule
from webapp.accounts.values import ROLES
from webapp.admin import rights, samples
from webapp.core import policy

Make = Callable[..., Any]


def reach(action: str) -> dict[str, str]:
    """How far each role reaches, those that reach nowhere left out."""
    return {role: cell.reach for role, cell in dict(rights.matrix())[action].items() if cell.reach != "no"}


def test_every_registered_rule_is_in_the_table_and_can_be_asked() -> None:
    assert [action for action, _ in rights.matrix()] == policy.actions()
    assert set(samples.OF) <= set(policy.actions())
    for cells in dict(rights.matrix()).values():
        assert set(cells) == {"visitor", *ROLES}


def test_no_rule_is_left_without_a_row_it_can_be_asked_about() -> None:
    asked = {action for action, cells in rights.matrix() if "unknown" in {cell.reach for cell in cells.values()}}
    assert asked == set(), "give the rule a sample in webapp/admin/samples.py"


@pytest.mark.parametrize(
    ("action", "roles"),
    [
        ("match:queue", {"broker", "operator"}),
        ("catalog:post_result", {"researcher", "tto"}),
        ("catalog:post_demand", {"company_user", "company_admin"}),
        ("organisation:verify", {"operator"}),
        ("interest:declare", {"broker"}),
        ("expert:edit", {"researcher"}),
        ("admin:rights", {"operator", "auditor", "admin"}),
    ],
)
def test_the_table_says_what_the_roles_of_the_field_may(action: str, roles: set[str]) -> None:
    assert set(reach(action)) == roles


def test_a_visitor_may_only_what_is_public_on_purpose() -> None:
    assert [action for action, cells in rights.matrix() if cells["visitor"].reach != "no"] == ["broker:register"]


def test_administrators_and_auditors_read_no_confidential_text() -> None:
    assert not {"admin", "auditor"} & set(reach("catalog:details"))


TWO_PERSONS = ("catalog:approve", "organisation:verify", "joining:admit")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("action", TWO_PERSONS)
def test_nobody_approves_what_they_wrote_or_asked_for(action: str, role: str) -> None:
    actor = samples.asker(role)
    mine = [row for near, row in samples.OF[action](actor) if near == samples.MINE]
    assert not any(policy.can(actor, action, row) for row in mine)


@pytest.mark.parametrize("action", TWO_PERSONS)
def test_somebody_else_does_approve_it(action: str) -> None:
    assert any(
        policy.can(samples.asker(role), action, row)
        for role in ROLES
        for near, row in samples.OF[action](samples.asker(role))
        if near != samples.MINE
    )


def told(session: Session, actor: Any, row: Any, action: str) -> tuple[bool, list[str]]:
    """The answer about one action and its sentences."""
    answer = next(one for one in rights.explain(session, actor, row) if one.action == action)
    return answer.yes, [reason.sentence for reason in answer.reasons]


def test_reasons_name_the_role_the_organisation_or_the_person_that_decided(
    session: Session, make_result: Make, make_demand: Make, actor_of: Make
) -> None:
    result = make_result(session, state="SUBMITTED", published_at=None)
    office, stranger = actor_of(session, "tto", result.organisation), actor_of(session, "tto")
    yes, because = told(session, office, result, "catalog:approve")
    assert yes
    assert {rights.BECAUSE_ROLE, rights.BECAUSE_HOME} <= set(because)
    yes, because = told(session, stranger, result, "catalog:approve")
    assert not yes
    assert rights.NEEDS_HOME in because
    result.created_by_id = office.person_id
    session.flush()
    assert told(session, office, result, "catalog:approve") == (False, [rights.NEEDS_OTHER])
    demand = make_demand(session, confidentiality=2)
    assert rights.NEEDS_ROLE in told(session, actor_of(session, "auditor"), demand, "visible")[1]


def test_a_state_that_lets_nobody_is_said_so(session: Session, make_result: Make, actor_of: Make) -> None:
    result = make_result(session, state="PUBLISHED")
    assert told(session, actor_of(session, "tto", result.organisation), result, "catalog:approve") == (False, [rights.NOBODY])


def test_the_page_answers_for_one_person_and_one_row(
    database: Any, client: Any, sign_in: Any, make_person: Make, make_demand: Make
) -> None:
    with database.transaction() as session:
        operator, broker, demand = make_person(session, "operator"), make_person(session, "broker"), make_demand(session)
        number = demand.id
    sign_in(client, operator)
    page = client.get("/admin/rights", query_string={"email": broker.email, "kind": "demand", "number": str(number)}).text
    assert "catalog:details" in page
    assert "因为有“技术经纪人”身份" in page
    assert demand.title not in page, "the page explains rights and shows no text"
    by_name = client.get("/admin/rights", query_string={"email": broker.name, "kind": "demand", "number": demand.code}).text
    assert page.count("<tbody>") == by_name.count("<tbody>") and broker.email in by_name, "a name and a printed number will do"
    assert "没有这个姓名或邮箱" in client.get("/admin/rights?email=nobody@example.test&kind=demand&number=1").text
    assert "没有这个编号" in client.get(f"/admin/rights?email={broker.email}&kind=demand&number=99999999999999999999999").text
    sign_in(client, broker)
    assert client.get("/admin/rights").status_code == 403
