"""Check, confirmation and approval: two persons, complete checks, and what the public notice says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests import makers
from tests.licences.conftest import World
from webapp.accounts.models import Membership
from webapp.core import policy
from webapp.core.errors import Forbidden, Invalid, Refused, Stale
from webapp.core.policy import ANONYMOUS
from webapp.licences import service
from webapp.licences.models import Licence
from webapp.licences.values import REVIEW_CHECKS


@pytest.fixture
def applied(world: World) -> Licence:
    return world.apply()


@pytest.fixture
def confirmed(world: World, applied: Licence) -> Licence:
    world.act(applied, "broker", "check")
    world.act(applied, "operator", "confirm")
    return applied


def test_the_broker_who_checks_first_takes_the_application_on(world: World, applied: Licence) -> None:
    world.act(applied, "broker2", "check")
    assert applied.broker_id == world.people["broker2"].id
    assert applied.awaits == "operator"
    with pytest.raises(Forbidden):
        world.act(applied, "broker", "check")
    with pytest.raises(Refused):
        world.act(applied, "broker2", "check")


def test_the_operator_cannot_confirm_before_the_check(world: World, applied: Licence) -> None:
    with pytest.raises(Refused) as error:
        world.act(applied, "operator", "confirm")
    assert error.value.code == "licence_not_checked"


def test_who_checked_does_not_confirm_even_with_both_roles(world: World, applied: Licence) -> None:
    bureau = world.people["operator"].memberships[0].organisation
    both = makers.person(world.session, "operator", bureau)
    world.session.add(Membership(person=both, organisation=bureau, role="broker"))
    world.session.flush()
    world.people["both"] = both
    world.act(applied, "both", "check")
    with pytest.raises(Forbidden) as error:
        world.act(applied, "both", "confirm")
    assert error.value.code == "two_persons"
    world.act(applied, "operator", "confirm")
    assert applied.state == "INST_REVIEW"


@pytest.mark.parametrize("code", [None, "", "91370211MAYYYY016X", "not a code"])
def test_a_company_without_a_valid_credit_code_is_not_confirmed(world: World, applied: Licence, code: str | None) -> None:
    world.company.uscc = code
    world.act(applied, "broker", "check")
    with pytest.raises(Refused) as error:
        world.act(applied, "operator", "confirm")
    assert error.value.code == "uscc_invalid"


def test_both_statements_of_the_check_must_be_made(world: World, applied: Licence) -> None:
    with pytest.raises(Invalid) as error:
        world.act(applied, "broker", "check", credit_clear=False)
    assert set(error.value.fields) == {"credit_clear"}
    assert applied.eligibility is not None
    assert applied.eligibility.checked_at is None


def test_who_posted_the_result_does_not_approve_its_licence(world: World, confirmed: Licence) -> None:
    world.result.created_by = world.people["tto"]
    world.session.flush()
    for action in ("approve", "reject"):
        with pytest.raises(Forbidden) as error:
            world.act(confirmed, "tto", action)
        assert error.value.code == "two_persons"
    world.act(confirmed, "tto2", "approve")
    assert confirmed.state == "NOTICE"


def test_who_leads_the_team_does_not_approve(world: World, confirmed: Licence) -> None:
    world.people["tto"].name = world.result.lead
    with pytest.raises(Forbidden):
        world.act(confirmed, "tto", "approve")


def test_a_member_of_the_company_does_not_approve(world: World, confirmed: Licence) -> None:
    world.session.add(Membership(person=world.people["tto"], organisation=world.company, role="company_user"))
    world.session.flush()
    with pytest.raises(Forbidden) as error:
        world.act(confirmed, "tto", "approve")
    assert error.value.code == "conflict"


def test_every_check_of_the_review_must_be_made_and_is_kept(world: World, confirmed: Licence) -> None:
    with pytest.raises(Invalid):
        world.act(confirmed, "tto", "approve", checks=list(REVIEW_CHECKS)[1:])
    assert confirmed.state == "INST_REVIEW"
    world.act(confirmed, "tto", "approve")
    assert confirmed.events[0].facts["sheet"]["checks"] == sorted(REVIEW_CHECKS)


def test_another_schools_office_has_no_say(world: World, confirmed: Licence) -> None:
    world.people["other"] = makers.person(world.session, "tto")
    with pytest.raises(Forbidden):
        world.act(confirmed, "other", "approve")


def test_a_rejection_needs_a_reason_that_the_company_reads(world: World, confirmed: Licence) -> None:
    with pytest.raises(Invalid):
        world.act(confirmed, "tto", "reject", reason="")
    world.act(confirmed, "tto", "reject", reason="成果正在洽谈独占转让。")
    assert confirmed.state == "REJECTED"
    assert policy.reveal(world.actor("company"), confirmed).reason == "成果正在洽谈独占转让。"


def test_the_last_place_goes_to_the_first_approved(world: World, confirmed: Licence) -> None:
    world.result.max_concurrent_trials = 1
    other = makers.organisation(world.session, "COMPANY", uscc="91370211MAYYYY024N")
    world.people["company"] = makers.person(world.session, "company_user", other)
    second = world.apply()
    world.act(confirmed, "tto", "approve")
    world.act(second, "broker", "check")
    with pytest.raises(Refused) as error:
        world.act(second, "operator", "confirm")
    assert error.value.code == "trials_full"


def test_a_step_on_an_outdated_page_is_told(world: World, confirmed: Licence) -> None:
    with pytest.raises(Stale):
        service.act(
            world.session, world.actor("tto"), confirmed, "approve", {"checks": list(REVIEW_CHECKS)},
            settings=world.settings, version=confirmed.version - 1,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("days", "kind", "ends"),
    [
        (None, None, date(2025, 3, 18)),  # the settings: 15 calendar days, the first day not counted
        (15, "working", date(2025, 3, 24)),
        (26, "calendar", date(2025, 3, 31)),  # the 26th day is Saturday 29 March: next working day
        (30, "working", date(2025, 4, 15)),  # Qingming on Friday 4 April is no working day
    ],
)
def test_the_notice_is_counted_as_the_school_counts(
    world: World, at: Callable[[int], Any], days: int | None, kind: str | None, ends: date
) -> None:
    world.school.notice_days, world.school.notice_day_type = days, kind
    with at(0):
        licence = world.apply()
        world.act(licence, "broker", "check")
        world.act(licence, "operator", "confirm")
        notice = world.act(licence, "tto", "approve")
    assert (notice.starts_on, notice.ends_on, licence.due_on) == (date(2025, 3, 3), ends, ends)


def test_the_notice_says_what_a_notice_must_say_and_keeps_saying_it(world: World, confirmed: Licence) -> None:
    notice = world.act(confirmed, "tto", "approve")
    published = policy.reveal(ANONYMOUS, notice).facts
    assert published["title"] == world.result.title
    assert (published["licensee"], published["price_fen"], published["lead"]) == (world.company.name, 100_000_000, "示例教授")
    world.result.title = "改名"
    assert policy.reveal(ANONYMOUS, notice).facts["title"] != "改名"


def test_the_notice_of_a_confidential_result_shows_no_summary(world: World, confirmed: Licence) -> None:
    world.result.confidentiality = 3
    assert world.act(confirmed, "tto", "approve").facts["summary"] == ""


def test_the_notice_of_an_unfiled_invention_shows_one_sentence(world: World, confirmed: Licence) -> None:
    world.result.unfiled, world.result.summary = True, "一种防腐涂层。配方为甲乙丙按三比二比一混合。"
    assert world.act(confirmed, "tto", "approve").facts["summary"] == "一种防腐涂层。"
