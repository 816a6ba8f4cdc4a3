"""Posting, editing and the steps of a lifecycle: guards at their fields, two persons, two editors, two clicks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from tests import makers
from tests.catalog.world import World, count, demand_values, forget_jobs, jobs, notices, result_values
from webapp.catalog import service
from webapp.catalog.models import Classification, Demand, Indicator, Result
from webapp.catalog.quantities import Quantity
from webapp.catalog.service import act, advance, edit_demand, edit_result, post_demand, post_result
from webapp.core import clock, policy
from webapp.core.audit import AuditEvent
from webapp.core.errors import AppError, Forbidden, Invalid, Refused, Stale
from webapp.core.policy import SYSTEM
from webapp.messages.models import Mail

SUBMISSION = "7b0f3b0e-6d3f-4a7e-9a57-2f1c8e1d9a10"


def submitted(session: Session, world: World, **more: Any) -> Result:
    row = post_result(session, world.author, result_values(**more))
    act(session, world.author, row, "submit")
    return row


def refused(error: type[AppError], work: Callable[[], Any]) -> AppError:
    with pytest.raises(error) as caught:
        work()
    return caught.value


def test_a_posted_result_is_a_draft_that_holds_what_was_typed(session: Session, world: World) -> None:
    row = post_result(session, world.author, result_values())
    assert (row.state, row.organisation_id, row.created_by_id, row.version) == ("DRAFT", world.school.id, world.author.person_id, 1)
    assert (row.industry_code, row.trl, row.stage, row.keywords) == ("marine", 7, "PILOT", ["防腐", "涂层", "海工"])
    assert (row.price_kind, row.price_min_fen, row.price_max_fen) == ("RANGE", 50_000_000, 120_000_000)
    assert row.modes == ["LICENSE", "JOINT", "USE_FIRST"] and row.use_first_offered and row.trial_months == 12
    assert service.quantities(row) == [Quantity("附着力", "GE", 12.4, None, "MPa")]
    assert session.scalars(select(AuditEvent.action).where(AuditEvent.subject_id == row.id)).all() == ["result:post"]


def test_a_posted_demand_starts_anonymous_and_in_the_companys_industry(session: Session, world: World) -> None:
    row = post_demand(session, world.buyer, {"title": "找一种涂层"})
    assert (row.state, row.confidentiality, row.industry_code, row.kind) == ("DRAFT", 1, "marine", "TACKLE")


def test_every_broken_rule_is_told_at_its_field_at_once_and_nothing_is_kept(session: Session, world: World) -> None:
    wrong = {"title": " ", "trl": "很高", "price": "不贵", "valid_until": "明年", "keywords": "；".join("甲乙丙丁戊己庚辛壬癸子")}
    rows = [{"name": "附着力", "value": "很好"}]
    error = refused(Invalid, lambda: post_result(session, world.author, result_values(**wrong, indicators=rows)))
    assert set(error.fields) == {*wrong, "indicators", "indicators-0"}
    assert count(session, Result) == 0


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"trl": "3", "stage": "中试"}, "trl"), ({"trl": "", "stage": ""}, "trl"), ({"trl": "3", "stage": "LAB"}, "trl"),
        ({"confidentiality": "1"}, "confidentiality"), ({"industry_code": "不存在的产业"}, "industry_code"), ({"trial_months": "99"}, "trial_months"),
    ],
)  # fmt: skip
def test_fields_must_agree_with_each_other(session: Session, world: World, values: dict[str, str], field: str) -> None:
    assert field in refused(Invalid, lambda: post_result(session, world.author, result_values(**values))).fields


def test_the_stage_follows_from_the_level_and_the_offer_from_the_mode(session: Session, world: World) -> None:
    values = result_values(stage="", modes="先用后付；许可", trial_months="")
    del values["use_first_offered"]
    row = post_result(session, world.author, values)
    assert (row.stage, row.use_first_offered, row.trial_months) == ("PILOT", True, 12)
    edit_result(session, world.author, row, {"use_first_offered": False}, row.version)
    assert row.modes == ["LICENSE"]


@pytest.mark.parametrize("field", ["title", "summary", "keywords", "location"])
def test_an_anonymous_demand_may_not_name_its_company_in_public_text(session: Session, world: World, field: str) -> None:
    named = demand_values(**{field: "示例海工装备 需要涂层"})
    assert field in refused(Invalid, lambda: post_demand(session, world.buyer, named)).fields
    assert post_demand(session, world.buyer, named | {"confidentiality": "0"}).state == "DRAFT"


def test_only_schools_post_results_and_only_companies_demands(session: Session, world: World) -> None:
    refused(Forbidden, lambda: post_result(session, world.buyer, result_values()))
    refused(Forbidden, lambda: post_demand(session, world.office, demand_values()))


def test_the_same_submission_twice_leads_to_the_first_row(session: Session, world: World) -> None:
    first = post_result(session, world.author, result_values(), submission=SUBMISSION)
    assert post_result(session, world.author, result_values(), submission=SUBMISSION) is first
    assert count(session, Result) == 1


def test_other_words_in_a_form_that_was_posted_before_are_not_taken_for_a_second_click(session: Session, world: World) -> None:
    first = post_result(session, world.author, result_values(), submission=SUBMISSION)
    for changed in (result_values(title="回到上一页后改的"), result_values(indicators=[{"name": "附着力", "value": "≥15 MPa"}])):
        with pytest.raises(service.AlreadyPosted) as said:
            post_result(session, world.author, changed, submission=SUBMISSION)
        assert said.value.params == {"row": first.code}
    assert count(session, Result) == 1 and first.title != "回到上一页后改的"


def test_two_clicks_at_the_same_moment_are_settled_by_the_database(session: Session, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first = post_demand(session, world.buyer, demand_values(), submission=SUBMISSION)
    look = service.submitted
    seen: list[int] = []

    def late(*arguments: Any) -> Any:
        seen.append(1)
        return None if len(seen) == 1 else look(*arguments)

    monkeypatch.setattr(service, "submitted", late)
    assert post_demand(session, world.buyer, demand_values(), submission=SUBMISSION) is first
    assert count(session, Demand) == 1


def test_an_edit_changes_what_differs_and_says_what(session: Session, world: World) -> None:
    row = post_result(session, world.author, result_values())
    version = row.version
    assert edit_result(session, world.author, row, result_values(), version) == []
    assert row.version == version
    rows = [{"name": "附着力", "value": "≥15 MPa"}]
    assert edit_result(session, world.author, row, result_values(title="新的名称", indicators=rows), version) == ["title", "indicators"]
    assert row.version > version and count(session, Indicator) == 1


def test_the_second_of_two_editors_is_told_who_was_faster(session: Session, world: World) -> None:
    row = post_demand(session, world.buyer, demand_values())
    opened = row.version
    colleague = makers.actor(session, "company_admin", world.company)
    edit_demand(session, colleague, row, {"title": "同事的名称"}, opened)
    error = refused(Stale, lambda: edit_demand(session, world.buyer, row, {"title": "我的名称"}, opened))
    assert error.params["who"] == colleague.name and row.title == "同事的名称"


def test_the_database_catches_an_edit_the_version_check_could_not_see(database: Any) -> None:
    with database.transaction() as session:
        number = makers.demand(session).id
    with database._sessions() as one:
        mine = one.get_one(Demand, number)
        with database.transaction() as other:
            other.get_one(Demand, number).title = "先到的名称"
        mine.title = "后到的名称"
        # SQLite refuses the late writer's old snapshot outright; the request is then run again and meets the version check.
        with pytest.raises((StaleDataError, OperationalError)):
            one.flush()


@pytest.mark.parametrize("missing", ["non_secret", "ownership_clear", "inventors_agree", "summary"])
def test_what_publishing_asks_is_told_at_its_field_when_submitting(session: Session, world: World, missing: str) -> None:
    row = post_result(session, world.author, result_values(**{missing: ""}))
    assert set(refused(Invalid, lambda: act(session, world.author, row, "submit")).fields) == {missing}
    assert row.state == "DRAFT"


def test_a_demand_is_handed_in_with_a_summary_and_a_deadline_to_come(session: Session, world: World) -> None:
    row = post_demand(session, world.buyer, demand_values(summary="", deadline=""))
    assert set(refused(Invalid, lambda: act(session, world.buyer, row, "submit")).fields) == {"summary", "deadline"}
    edit_demand(session, world.buyer, row, {"summary": "需要涂层", "deadline": "2020-01-01"}, row.version)
    assert set(refused(Invalid, lambda: act(session, world.buyer, row, "submit")).fields) == {"deadline"}


def test_approving_publishes_in_one_click(session: Session, world: World) -> None:
    row = submitted(session, world)
    assert [notice.kind for notice in notices(session, world.office)] == ["result_submitted"]
    act(session, world.office, row, "approve")
    assert row.state == "PUBLISHED" and row.published_at is not None and row.confirmed_at is not None
    assert row.valid_until == clock.add_months(clock.today(), 12)
    taken = session.scalars(select(AuditEvent.action).where(AuditEvent.subject_id == row.id).order_by(AuditEvent.id)).all()
    assert taken == ["result:post", "result:submit", "result:approve", "result:publish"]
    assert [notice.kind for notice in notices(session, world.author)] == ["result_published"]


def test_a_validity_that_was_asked_for_is_kept(session: Session, world: World) -> None:
    asked = clock.today() + timedelta(days=40)
    row = submitted(session, world, valid_until=asked.isoformat())
    act(session, world.office, row, "approve")
    assert row.valid_until == asked


def test_who_wrote_orsubmitted_a_row_never_approves_it(session: Session, world: World) -> None:
    row = post_result(session, world.office, result_values())
    act(session, world.office, row, "submit")
    assert refused(Forbidden, lambda: act(session, world.office, row, "approve")).code == "two_persons"
    act(session, world.second_office, row, "approve")
    on_behalf = post_result(session, world.author, result_values())
    act(session, world.office, on_behalf, "submit")
    assert refused(Forbidden, lambda: act(session, world.office, on_behalf, "approve")).code == "two_persons"
    assert on_behalf.state == "SUBMITTED"


def test_an_office_that_rewrote_asubmitted_result_leaves_approving_to_a_colleague(session: Session, world: World) -> None:
    row = submitted(session, world)
    edit_result(session, world.office, row, {"summary": "科技处改写的摘要。"}, row.version)
    assert refused(Forbidden, lambda: act(session, world.office, row, "approve")).code == "two_persons"
    act(session, world.second_office, row, "approve")
    assert row.state == "PUBLISHED"


def test_another_schools_office_does_not_approve(session: Session, world: World) -> None:
    row = submitted(session, world)
    refused(Forbidden, lambda: act(session, makers.actor(session, "tto"), row, "approve"))


def test_nobody_approves_words_that_changed_while_they_looked(session: Session, world: World) -> None:
    row = submitted(session, world)
    looked_at = row.version
    edit_result(session, world.author, row, {"summary": "换成了别的内容。"}, row.version)
    refused(Stale, lambda: act(session, world.office, row, "approve", version=looked_at))
    assert row.state == "SUBMITTED"


def test_a_return_needs_a_reason_and_the_author_reads_it(session: Session, world: World) -> None:
    row = submitted(session, world)
    assert "note" in refused(Invalid, lambda: act(session, world.office, row, "return", " ")).fields
    act(session, world.office, row, "return", "请补充试验条件。")
    assert (row.state, policy.reveal(world.author, row).returned_note) == ("RETURNED", "请补充试验条件。")
    act(session, world.author, row, "submit")
    assert row.returned_note == ""


def test_a_broker_verifies_a_demand_and_says_how(session: Session, world: World) -> None:
    row = post_demand(session, world.buyer, demand_values())
    act(session, world.buyer, row, "submit")
    assert notices(session, world.broker)[0].params["title"] == row.title
    refused(Invalid, lambda: act(session, world.broker, row, "verify"))
    act(session, world.broker, row, "verify", "电话核实，联系人属实。")
    assert (row.state, row.verified_note) == ("OPEN", "电话核实，联系人属实。") and row.verified_at is not None


def test_notices_and_mails_of_a_confidential_demand_do_not_name_it(session: Session, world: World) -> None:
    row = post_demand(session, world.buyer, demand_values(confidentiality="4", title="机密标题"))
    act(session, world.buyer, row, "submit")
    assert notices(session, world.broker)[0].params["title"] == row.code
    assert all("机密标题" not in mail.subject + mail.body for mail in session.scalars(select(Mail)))


def test_withdrawing_pausing_and_coming_back(session: Session, world: World) -> None:
    row = submitted(session, world)
    act(session, world.office, row, "approve")
    for action, state in (("pause", "PAUSED"), ("resume", "PUBLISHED"), ("withdraw", "WITHDRAWN"), ("reopen", "DRAFT")):
        act(session, world.author, row, action)
        assert row.state == state
    assert row.published_at is None
    refused(Refused, lambda: act(session, world.office, row, "approve"))


def test_an_operator_takes_a_result_down_for_good(session: Session, world: World) -> None:
    row = submitted(session, world)
    act(session, world.office, row, "approve")
    refused(Forbidden, lambda: act(session, world.broker, row, "revoke", "涉密"))
    act(session, world.operator, row, "revoke", "内容涉密。")
    assert row.state == "REVOKED" and [n.kind for n in notices(session, world.author)][-1] == "result_revoked"


def test_a_live_row_keeps_what_publishing_asked_of_it(session: Session, world: World) -> None:
    row = submitted(session, world)
    act(session, world.office, row, "approve")
    with session.begin_nested() as savepoint:
        assert "non_secret" in refused(Invalid, lambda: edit_result(session, world.author, row, {"non_secret": False}, row.version)).fields
        savepoint.rollback()
    edit_result(session, world.author, row, {"summary": "补充了新的试验数据。"}, row.version)
    assert row.state == "PUBLISHED" and [n.kind for n in notices(session, world.office)][-1] == "result_changed"


def test_renewing_needs_a_deadline_to_come_and_gives_a_new_term(session: Session, world: World) -> None:
    row = makers.demand(session, world.company, state="EXPIRED", deadline=clock.today() - timedelta(days=1))
    assert "deadline" in refused(Invalid, lambda: act(session, world.buyer, row, "renew")).fields
    edit_demand(session, world.buyer, row, {"deadline": clock.today() + timedelta(days=9)}, row.version)
    act(session, world.buyer, row, "renew")
    assert (row.state, row.valid_until) == ("OPEN", clock.add_months(clock.today(), 12))


def test_steps_other_topics_cause_happen_once_however_often_they_are_asked(session: Session, world: World) -> None:
    row = makers.demand(session, world.company)
    assert advance(session, row, "match") and row.state == "MATCHING"
    assert not advance(session, row, "match") and row.state == "MATCHING"
    assert not advance(session, row, "verify")
    assert advance(session, row, "negotiate") and advance(session, row, "sign") and row.state == "SIGNED"


@pytest.mark.parametrize("action", ["submit", "verify", "expire", "sign", "no-such-step"])
def test_a_step_that_is_not_in_the_table_or_somebody_elses_leaves_the_row_alone(session: Session, world: World, action: str) -> None:
    row = makers.demand(session, world.company)
    with pytest.raises((Refused, Forbidden)):
        act(session, world.buyer, row, action, "说明")
    assert row.state == "OPEN" and not session.is_modified(row)


def test_whoever_reads_a_confidential_layer_is_named_to_its_owner(session: Session, world: World) -> None:
    row = makers.demand(session, world.company)
    for actor in (world.buyer, world.author, world.broker, world.broker):
        service.open_posting(session, actor, row)
        session.flush()
    assert [sight.person_id for sight in service.sights(session, world.buyer, row)] == [world.broker.person_id]
    assert service.sights(session, world.author, row) == []


def test_posting_leaves_jobs_for_index_and_ranking_in_the_same_transaction(session: Session, world: World) -> None:
    row = post_result(session, world.author, result_values())
    assert {("index", "result", row.id), ("rematch", "result", row.id)} <= jobs(session)
    forget_jobs(session)
    edit_result(session, world.author, row, result_values(indicators=[{"name": "附着力", "value": "9"}]), row.version)
    assert {("index", "result", row.id), ("rematch", "result", row.id)} <= jobs(session)


def test_lists_offer_what_is_valid_today_and_still_name_what_was(session: Session, world: World) -> None:
    old = Classification(scheme="industry", code="coal", version="2020", zh="煤炭", en="Coal", valid_to=date(2021, 1, 1))
    renamed = Classification(scheme="industry", code="marine", version="2025-01", zh="海洋装备", en="Marine equipment", position=1)
    session.add_all([old, renamed])
    session.flush()
    lists = service.lists(session)
    assert lists.choices("industry") == [("marine", "海洋装备")]
    assert lists.name("industry", "coal") == "煤炭" and lists.name("industry", "marine", "en") == "Marine equipment"
    assert lists.name("industry", None) == "" and lists.name("industry", "unknown") == "unknown"
    assert lists.name("institution", str(world.school.id)) == "示例大学"


def test_my_rows_are_a_researchers_own_and_an_offices_whole_school(session: Session, world: World) -> None:
    mine = post_result(session, world.author, result_values())
    other = makers.result(session, world.school)
    assert set(session.scalars(service.mine(world.author, Result)).unique()) == {mine}
    assert set(session.scalars(service.mine(world.office, Result)).unique()) == {mine, other}
    assert service.states_of_mine(session, world.office, Result) == {"DRAFT": 1, "PUBLISHED": 1}


def test_what_waits_for_approval_is_ones_own_to_decide(session: Session, world: World) -> None:
    row = submitted(session, world)
    makers.result(session, state="SUBMITTED", published_at=None)
    demand = makers.demand(session, world.company, state="SUBMITTED", published_at=None)
    session.flush()
    assert [list(session.scalars(service.waiting(actor)[1]).unique()) for actor in (world.office, world.broker, world.operator)] == [[row], [demand], [demand]]
    refused(Forbidden, lambda: service.waiting(world.author))


def test_the_system_publishes_only_what_its_table_allows(session: Session, world: World) -> None:
    row = submitted(session, world)
    refused(Forbidden, lambda: act(session, SYSTEM, row, "approve"))
