"""Every payment model from signature to the end: what falls due when, what is refused, and that the books balance."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from tests.licences.conftest import World
from tests.licences.story import Story
from webapp.core import clock, policy
from webapp.core.errors import Forbidden, Invalid, NotFound, Refused
from webapp.licences import outlook, outlook_money, service, service_sums
from webapp.licences.models import Licence, SchoolRule
from webapp.messages.models import Notice

ROYALTY = {
    "payment_model": "ROYALTY", "price": "", "royalty_base": "NET_SALES", "royalty_rate": "3", "royalty_period": "3", "royalty_months": "6",
    "royalty_floor": "0.5", "royalty_cap": "10", "trigger": "FIRST_REVENUE",
}  # fmt: skip
STAGES = {"payment_model": "MILESTONE", "price": "", "milestones": "中试合格 20\n首台销售 30.5", "trigger": "FIRST_REVENUE"}
NOTE = "涂料销售 12 吨，账册存财务科。"


def paying(world: World, **changes: Any) -> Story:
    """A licence whose school has handed in its schedule."""
    story = Story(world).evaluation(**changes).do("company:continue")
    return story.schedule() if story.licence.state == "PAYABLE" else story


def sums(licence: Licence) -> list[tuple[str, int, str]]:
    return [(row.kind, row.amount_fen, row.state) for row in licence.instalments]


def state_it(story: Story, figure: str) -> Story:
    """The next period passes and the company states it."""
    with story.now():
        last = outlook_money.missing_periods(story.licence)[0][1]
    while story.licence.due_on and day_of(story) <= last:
        story.later(5)
    return story.do("company:statement", reported=figure, note=NOTE, period_to=last.isoformat())


def day_of(story: Story) -> date:
    with story.now():
        return clock.today()


def fault(error: pytest.ExceptionInfo[Invalid]) -> Iterable[str]:
    return set(error.value.fields)


def test_a_royalty_is_stated_period_by_period_with_floor_and_cap_and_ends_with_its_term(world: World) -> None:
    story = paying(world, **ROYALTY)
    licence = story.licence
    assert (licence.price_fen, licence.instalments, outlook.situation(licence), licence.awaits) == (0, [], "PAYING_STATE", "company")
    with pytest.raises(Refused):
        story.do("company:statement", reported="100", note=NOTE)
    state_it(story, "0")
    assert sums(licence) == [("ROYALTY", 500_000, "INVOICED")]
    story.pay()
    assert licence.state == "PAYING"
    state_it(story, "10,000")
    assert sums(licence)[1] == ("ROYALTY", 10_000_000 - 500_000, "INVOICED")
    story.pay()
    assert licence.state == "COMPLETED"
    found = service_sums.four(world.session, licence.id)
    assert (found.contract_value, found.technology_value, found.received, found.technology_income) == (10_000_000, 10_000_000, 10_000_000, 0)


def test_a_statement_sent_twice_is_one_and_only_the_company_states(world: World) -> None:
    story = state_it(paying(world, **ROYALTY), "100")
    last = story.licence.statements[0].period_to.isoformat()
    story.do("company:statement", reported="100", note=NOTE, period_to=last)
    assert len(story.licence.statements) == len(story.licence.instalments) == 1
    with pytest.raises((Forbidden, Refused)):
        story.do("tto:statement", reported="100", note=NOTE)


@pytest.mark.parametrize("figure", ["-1", "−5", "(3)", "很多", "", "1e3"])
def test_a_statement_is_a_plain_figure_and_never_negative(world: World, figure: str) -> None:
    story = paying(world, **ROYALTY).later(100)
    with pytest.raises(Invalid) as error:
        story.do("company:statement", reported=figure, note=NOTE)
    assert fault(error) == {"reported"}
    assert story.licence.statements == []


def test_an_audit_makes_the_difference_due_and_never_gives_back(world: World) -> None:
    story = state_it(paying(world, **ROYALTY), "100")
    row = story.licence.statements[0]
    story.do("tto:audit", statement_id=row.id, found="150", reason="账册与报表不符。")
    assert (row.due_fen, row.added_fen) == (3_000_000, 1_500_000)
    assert sums(story.licence)[1] == ("AUDIT", 1_500_000, "INVOICED")
    with pytest.raises(Invalid):
        story.do("tto:audit", statement_id=row.id, found="200", reason="再查一次账册。")
    state_it(story, "100")
    second = story.licence.statements[1]
    story.do("tto:audit", statement_id=second.id, found="1", reason="账册少于报表。")
    assert second.added_fen == 0


def test_a_royalty_for_each_unit_counts_units(world: World) -> None:
    story = paying(world, **(ROYALTY | {"royalty_base": "UNIT", "royalty_rate": "25.50", "royalty_floor": "", "royalty_cap": ""}))
    state_it(story, "40")
    assert sums(story.licence) == [("ROYALTY", 40 * 2550, "INVOICED")]
    state_it(story, "0")
    story.pay()
    assert story.licence.state == "COMPLETED"


def test_a_late_statement_is_reminded_once(world: World) -> None:
    story = paying(world, **ROYALTY)
    story.later(140).later(3)
    marks = [event for event in story.licence.events if event.action == "remind" and "PAYING_STATE" in event.facts["what"]]
    assert len(marks) == 1


def test_stages_fall_due_as_they_are_reached_and_the_rest_may_be_waived(world: World) -> None:
    story = paying(world, **STAGES)
    licence = story.licence
    assert (licence.price_fen, sums(licence)) == (50_500_000, [("MILESTONE", 20_000_000, "SCHEDULED"), ("MILESTONE", 30_500_000, "SCHEDULED")])
    assert outlook.situation(licence) == "PAYING_REACH"
    first, second = licence.instalments
    with pytest.raises(Forbidden):
        story.do("tto:reach", instalment_id=first.id, evidence="中试报告显示指标合格。")
    story.do("company:reach", instalment_id=first.id, evidence="中试报告显示指标合格。")
    assert first.state == "INVOICED"
    story.pay()
    story.do("operator:reach", instalment_id=second.id, evidence="调解认定首台已经销售。")
    story.do("tto:forgive", instalment_id=second.id, how="WRITTEN_OFF", decision="会议纪要 3 号", reason="企业停产，无法收回。")
    assert licence.state == "COMPLETED"
    assert [row.state for row in licence.instalments] == ["PAID", "WRITTEN_OFF"]


def test_a_stage_that_was_not_reached_can_only_be_waived(world: World) -> None:
    story = paying(world, **STAGES)
    row = story.licence.instalments[1]
    for how in ("WRITTEN_OFF", "WAIVED"):
        if how == "WRITTEN_OFF":
            with pytest.raises(Invalid):
                story.do("tto:forgive", instalment_id=row.id, how=how, decision="纪要 3", reason="企业停产，无法收回。")
        else:
            story.do("tto:forgive", instalment_id=row.id, how=how, decision="纪要 3", reason="企业停产，无法收回。")
    assert row.state == "WAIVED"
    assert story.licence.state == "PAYING"


def test_entry_fee_stages_and_royalty_together(world: World) -> None:
    story = paying(world, **(STAGES | ROYALTY | {"payment_model": "HYBRID", "entry": "1", "milestones": "中试合格 2"}))
    licence = story.licence
    assert sums(licence) == [("ENTRY", 1_000_000, "INVOICED"), ("MILESTONE", 2_000_000, "SCHEDULED")]
    story.pay().do("company:reach", instalment_id=licence.instalments[1].id, evidence="中试报告显示指标合格。").pay()
    state_it(story, "200").pay()
    assert licence.state == "PAYING"
    state_it(story, "0").pay()
    assert licence.state == "COMPLETED"
    assert service_sums.received(world.session, licence.id) == 1_000_000 + 2_000_000 + 6_000_000 + 500_000


def test_a_free_licence_is_complete_when_the_company_goes_on(world: World) -> None:
    story = Story(world).evaluation(payment_model="FREE", price="").do("company:continue")
    assert (story.licence.state, story.licence.instalments, story.licence.price_fen) == ("COMPLETED", [], 0)
    assert [event.action for event in story.licence.events][:3] == ["complete", "nothing_due", "continue"]


@pytest.mark.parametrize("model", ["EQUITY", "TRANSFER"])
def test_shares_and_transfers_are_paid_by_conversion_only(world: World, model: str) -> None:
    story = Story(world).to("TRIAL", payment_model=model, price="80")
    with pytest.raises(Refused):
        story.do("tto:claim", evidence="企业已有第一笔销售收入。")
    story.later(370)
    assert story.licence.state == "EVALUATION"
    with pytest.raises(Refused) as error:
        story.do("company:continue")
    assert error.value.code == "pays_by_conversion"
    story.do("company:ask_conversion", conversion=model).do("tto:agree_conversion").later(20).do("tto:convert")
    assert (story.licence.state, story.licence.instalments) == ("CONVERTED", [])


def test_too_much_goes_to_later_sums_in_order_and_the_rest_is_held_and_paid_back(world: World) -> None:
    story = paying(world, price="100", instalment_count="2")
    licence = story.licence
    row = licence.instalments[0]
    money = {"instalment_id": row.id, "amount": "1200000", "received_on": day_of(story), "reference": "BIG1"}
    with pytest.raises(Invalid) as error:
        story.do("tto:receipt", **money)
    assert fault(error) == {"amount"}
    story.do("tto:receipt", **money, spread=True)
    assert [item.state for item in licence.instalments] == ["PAID", "PAID"]
    assert (outlook_money.held_fen(licence), licence.state, outlook.situation(licence)) == (20_000_000, "PAYING", "PAYING_REFUND")
    story.do("tto:receipt", **money, spread=True)
    assert service_sums.received(world.session, licence.id) == 100_000_000
    with pytest.raises(Refused):
        story.do("tto:ask_end").do("company:terminate", reason_code="AGREED")
    held = licence.overpayments[0]
    story.do("tto:refund", overpayment_id=held.id, reference="OUT1", paid_on=day_of(story).isoformat())
    assert (held.held_fen, licence.state) == (0, "COMPLETED")


def test_money_held_pays_a_later_royalty(world: World) -> None:
    story = state_it(paying(world, **(ROYALTY | {"royalty_cap": ""})), "100")
    row = story.licence.instalments[0]
    story.do("tto:receipt", instalment_id=row.id, amount="40000", received_on=day_of(story), reference="BIG2", spread=True)
    assert outlook_money.held_fen(story.licence) == 1_000_000
    state_it(story, "100")
    held, later = story.licence.overpayments[0], story.licence.instalments[1]
    story.do("tto:refund", overpayment_id=held.id, use_for=later.id)
    assert (later.received_fen, later.state, held.held_fen) == (1_000_000, "PARTIAL", 0)
    story.pay()
    assert story.licence.state == "COMPLETED"


@pytest.mark.parametrize("currency", ["USD", "欧元"])
def test_foreign_money_is_not_booked(world: World, currency: str) -> None:
    story = paying(world)
    with pytest.raises(Invalid):
        story.do("tto:receipt", instalment_id=story.licence.instalments[0].id, amount="5", received_on=day_of(story), reference="FX1", currency=currency)


def test_invoices_never_exceed_the_sum_and_void_ones_stay_on_record(world: World) -> None:
    story = paying(world)
    row = story.licence.instalments[0]
    typed = {"instalment_id": row.id, "amount": "300000", "issued_on": day_of(story).isoformat()}
    story.do("tto:invoice", **typed, number="INV-1").do("tto:invoice", **typed, number="INV-1")
    with pytest.raises(Invalid):
        story.do("tto:invoice", **typed, number="INV-2")
    story.do("tto:void_invoice", invoice_id=row.invoices[0].id, reason="抬头写错了。").do("tto:invoice", **typed, number="INV-2")
    assert [(item.number, item.voided_on is None) for item in row.invoices] == [("INV-1", False), ("INV-2", True)]
    assert row.invoice == "INV-2"


def late_fee(world: World, rate: int) -> None:
    world.session.add(SchoolRule(organisation_id=world.school.id, late_fee_rate=rate))
    world.session.flush()


def test_what_was_paid_late_brings_a_fee_of_its_own_by_the_contracts_rate(world: World) -> None:
    late_fee(world, 50)
    story = Story(world).overdue(price="100")
    licence = story.licence
    assert "每日万分之5支付逾期违约金" in licence.contract_text
    row = licence.instalments[0]
    days = (day_of(story) - row.due_on).days if row.due_on else 0
    story.pay()
    assert licence.state == "PAYING"
    fee = licence.instalments[-1]
    assert (fee.kind, fee.name, fee.amount_fen, fee.state) == ("LATE_FEE", "1", row.amount_fen * days * 50 // 100_000, "INVOICED")
    story.pay()
    story.do("tto:forgive", instalment_id=fee.id, how="WAIVED", decision="纪要 1 号", reason="企业已说明原因。")
    assert licence.state == "COMPLETED"


def test_a_new_day_keeps_the_fee_run_up_so_far(world: World) -> None:
    late_fee(world, 50)
    story = Story(world).overdue(price="100")
    row = story.licence.instalments[0]
    story.do("company:ask_plan").do("tto:reschedule")
    run_up = row.late_fee_fen
    assert run_up > 0
    story.later(10).pay().pay()
    assert [item.amount_fen for item in story.licence.instalments if item.kind == "LATE_FEE"] == [run_up]


def test_without_a_rate_being_late_costs_nothing(world: World) -> None:
    story = Story(world).overdue()
    story.pay()
    assert {row.kind for row in story.licence.instalments} == {"PRICE"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (ROYALTY, ("净销售额的 3%", "每季度结算一次", "不足 5,000.00 元（大写：伍仟元整）", "累计以 100,000.00 元（大写：壹拾万元整）为限", "不确定总额")),
        (STAGES, ("合计人民币 505,000.00 元（大写：伍拾万零伍仟元整）", "（1）中试合格：200,000.00 元", "（2）首台销售：305,000.00 元（大写：叁拾万零伍仟元整）")),
        ({"payment_model": "FREE", "price": ""}, ("免收许可费",)),
        ({"payment_model": "EQUITY", "price": ""}, ("作价入股协议", "另行评估、公示")),
        ({"payment_model": "TRANSFER", "price": "80"}, ("另行订立转让合同", "参考价格为人民币 800,000.00 元（大写：捌拾万元整）")),
        ({"payment_model": "DEFERRED_LUMP"}, ("延期一次性付款", "分 1 期", "第 30 日为应付日")),
    ],
)
def test_the_contract_says_how_it_is_paid(world: World, changes: dict[str, Any], words: tuple[str, ...]) -> None:
    text = Story(world).to("SIGNING", **changes).licence.contract_text
    for word in words:
        assert word in text
    assert "{" not in text


def test_another_royalty_before_signing_is_published_anew(world: World) -> None:
    story = Story(world).to("SIGNING", **ROYALTY)
    story.do("tto:amend", price="", royalty_rate="5", instalment_count=None, trial_months="12")
    assert story.licence.state == "NOTICE"
    assert story.licence.payment_terms["royalty"]["rate"] == 50
    assert story.licence.notices[-1].facts["payment_terms"]["royalty"]["rate"] == 50


def test_a_share_without_a_limit_is_decided_by_the_higher_body(world: World) -> None:
    world.session.add(SchoolRule(organisation_id=world.school.id, higher_fen=10**10, higher_body="校长办公会"))
    world.session.flush()
    capped = Story(world).to("INST_REVIEW", **ROYALTY).licence
    rule = service.rule(world.session, world.school.id)
    assert not service.needs_higher(capped, rule)
    assert service.needs_higher(Story(world).to("INST_REVIEW", **(ROYALTY | {"royalty_cap": ""})).licence, rule)


def claimed(world: World) -> Story:
    """The school says that the first stage is reached."""
    story = paying(world, **STAGES)
    return story.do("tto:claim_stage", instalment_id=story.licence.instalments[0].id, evidence="现场验收记录显示中试合格。")


def notices_to(world: World, who: str) -> list[str]:
    rows = world.session.scalars(select(Notice.kind).where(Notice.person_id == world.people[who].id).order_by(Notice.id))
    return list(rows)


def test_the_school_says_a_stage_is_reached_and_the_company_agrees(world: World) -> None:
    story = claimed(world)
    licence, row = story.licence, story.licence.instalments[0]
    assert (row.state, row.stage_claim, row.claim_until) == ("SCHEDULED", "OPEN", clock.add_working_days(day_of(story), 10))
    assert "licence_stage_claimed" in notices_to(world, "company")
    with pytest.raises(Forbidden):
        story.do("tto:confirm_stage", instalment_id=row.id)
    story.do("company:confirm_stage", instalment_id=row.id)
    assert (row.state, row.stage_claim, row.claim_until) == ("INVOICED", "", None)
    story.pay()
    assert (row.state, licence.state) == ("PAID", "PAYING")


def test_silence_makes_no_stage_due_but_brings_it_before_the_operator(world: World) -> None:
    story = claimed(world)
    licence, row = story.licence, story.licence.instalments[0]
    with story.now():
        until = row.claim_until
    while day_of(story) < until:
        story.later(1)
    assert (row.state, row.stage_claim) == ("SCHEDULED", "OPEN")
    story.later(1)
    with story.now():
        assert service.run(world.session, licence.id, world.settings) == 0
    assert (row.state, row.stage_claim) == ("SCHEDULED", "DISPUTED")
    assert "operator" in licence.awaits.split()
    assert "licence_stage_disputed" in notices_to(world, "operator")
    story.later(60)
    assert row.state == "SCHEDULED", "nobody decided, nothing is due"
    story.do("operator:reach", instalment_id=row.id, evidence="调解认定中试已经合格。")
    assert (row.state, row.stage_claim) == ("INVOICED", "")


def test_a_contested_stage_is_decided_by_the_operator_and_may_be_claimed_again(world: World) -> None:
    story = claimed(world)
    licence, row = story.licence, story.licence.instalments[0]
    with pytest.raises(NotFound):
        story.do("tto:claim_stage", instalment_id=row.id)
    story.do("company:contest_stage", instalment_id=row.id, reason="验收用的不是约定的方法。")
    assert row.stage_claim == "DISPUTED"
    for who in ("tto", "company"):
        with pytest.raises((Forbidden, Refused)):
            story.do(f"{who}:refuse_stage", instalment_id=row.id)
    with story.now():
        seen = policy.reveal(world.actor("operator"), licence)
    assert seen.stage_claims == (("中试合格", "现场验收记录显示中试合格。", "验收用的不是约定的方法。"),)
    story.do("operator:refuse_stage", instalment_id=row.id, reason="复检结果未达到约定指标。")
    assert (row.state, row.stage_claim, outlook.situation(licence)) == ("SCHEDULED", "", "PAYING_REACH")
    assert "licence_stage_refused" in notices_to(world, "tto")
    story.later(30).do("tto:claim_stage", instalment_id=row.id).do("company:confirm_stage", instalment_id=row.id)
    assert row.state == "INVOICED"


def test_after_its_days_a_claimed_stage_can_be_confirmed_but_no_longer_contested(world: World) -> None:
    story = claimed(world)
    row = story.licence.instalments[0]
    story.day += 40  # the clocks have not run
    with pytest.raises(Refused):
        story.do("company:contest_stage", instalment_id=row.id)
    story.do("company:confirm_stage", instalment_id=row.id)
    assert row.state == "INVOICED"


def test_the_clock_finds_a_stage_nobody_answered_while_something_else_is_overdue(world: World) -> None:
    story = paying(world, **(STAGES | {"payment_model": "HYBRID", "entry": "1", **{key: ROYALTY[key] for key in ROYALTY if key.startswith("royalty")}}))
    row = next(row for row in story.licence.instalments if row.kind == "MILESTONE")
    story.later(60)
    assert story.licence.state == "OVERDUE"
    story.do("tto:claim_stage", instalment_id=row.id)
    story.day += 30
    with story.now():
        assert story.licence.id in service.waiting(world.session)
    story.later(0)
    assert (story.licence.state, row.stage_claim, story.licence.awaits) == ("OVERDUE", "DISPUTED", "company operator")
