"""Every row of the procedure is really taken: the stories below run, and what they wrote down is held against the table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from sqlalchemy import select

from tests import makers
from tests.licences.conftest import World
from tests.licences.story import Story
from webapp.core import audit, clock
from webapp.core.states import Lifecycle, Move
from webapp.licences import outlook, service
from webapp.licences.models import Licence, LicenceEvent
from webapp.licences.states import BEFORE_SIGNED, IN_FORCE, INSTALMENT, LICENCE, NOT_FINAL
from webapp.matches.models import Match
from webapp.tasks.models import Task

Told = Iterator[Story]
RATHER = {"trigger": "ACCEPTANCE_TEST_PASS", "trigger_text": "盐雾试验 5000 小时无起泡。"}


def before_the_notice(world: World) -> Told:
    yield Story(world).to("ELIGIBILITY").do("broker:send_back").later(40)
    yield Story(world).to("ELIGIBILITY").do("broker:check", "operator:send_back")
    yield Story(world).to("ELIGIBILITY").do("broker:check", "operator:reject")
    yield Story(world).to("INST_REVIEW").do("tto:send_back")
    yield Story(world).to("INST_REVIEW").do("tto:reject")
    tto = world.actor("tto")
    high = {"notice_days": "15", "notice_day_type": "calendar", "higher": "50", "higher_body": "校长办公会", "silence_confirms": True}
    service.set_rule(world.session, tto, high)
    yield Story(world).to("INST_REVIEW").do("tto:endorse", "tto2:approve", decision_reference="校长办公会 2025-3")
    service.set_rule(world.session, tto, high | {"higher": ""})


def a_broker_applies(world: World) -> Told:
    story = Story(world)
    demand = makers.demand(world.session, story.person.memberships[0].organisation)
    match = Match(demand_id=demand.id, result_id=world.result.id, score=0.5, grade=2, state="MUTUAL")
    world.session.add(match)
    world.session.flush()
    task = Task(match_id=match.id, broker_id=world.people["broker"].id)
    world.session.add(task)
    world.session.flush()
    with story.now():
        story.licence = service.apply(
            world.session, world.actor("broker"), world.result, world.application(authorisation="授权书 2025-1"), world.settings,
            task_id=task.id,
        )  # fmt: skip
    yield story.do("broker2:check")


def the_notice(world: World) -> Told:
    story = Story(world).to("NOTICE")
    one, two = story.object(), story.object("价格明显偏低，应当评估。")
    yield story.decide(one, "RESUME").decide(two, "RESUME").later(20)
    story = Story(world).to("NOTICE")
    yield story.decide(story.object(), "RERUN").later(5)
    story = Story(world).to("NOTICE")
    yield story.decide(story.object(), "UPHOLD")


def signing_and_delivery(world: World) -> Told:
    yield Story(world).to("SIGNING").do("tto:amend").sign()
    yield Story(world).to("SIGNING").do("tto:amend", price="90").later(20)
    yield Story(world).to("SIGNING").later(60)
    for order in (("company", "tto", "broker"), ("broker", "tto", "company"), ("broker", "company", "tto")):
        story = Story(world).apply().do("broker:check", third_party=True).do("operator:confirm", "tto:approve").later(20)
        for who in order:
            story.do(f"{who}:sign", text_hash=story.licence.text_hash)
        yield story
    tto = world.actor("tto")
    service.set_rule(world.session, tto, {"notice_days": "15", "notice_day_type": "calendar", "deems_receipt": True})
    yield Story(world).to("DELIVERING").later(30)
    # In this contract silence is no consent: the claim nobody answers is decided by the operator.
    yield Story(world).to("TRIAL", **RATHER).do("tto:claim").later(30).do("operator:decide_payable")
    service.set_rule(world.session, tto, {"notice_days": "15", "notice_day_type": "calendar", "silence_confirms": True})


def triggers(world: World) -> Told:
    yield Story(world).to("TRIAL").later(400).later(30)
    story = Story(world).to("TRIAL").later(100)
    yield story.do("company:report", period_end=outlook.next_period(story.licence), sales="3").do("company:claim", "tto:confirm_trigger")
    yield Story(world).to("TRIAL", **RATHER).do("tto:claim", "company:contest", "operator:decide_trial").do("company:claim", "tto:contest")
    yield Story(world).to("TRIAL", **RATHER).do("tto:claim", "company:confirm_trigger")
    both = RATHER | {"more_triggers": ["FIRST_REVENUE", "FIXED_DATE"], "trigger_rule": "ALL", "trigger_on": "2025-06-01"}
    for answer in ("tto:confirm_trigger", "company:confirm_trigger"):
        claimer = "company" if answer.startswith("tto") else "tto"
        yield Story(world).to("TRIAL", **both).do(f"{claimer}:claim", claimed="ACCEPTANCE_TEST_PASS").do(answer)
    yield Story(world).to("TRIAL", **both).do("tto:claim", claimed="FIRST_REVENUE").do("company:contest", "operator:decide_payable")
    yield Story(world).to("TRIAL", **both).later(100).later(20)


def suspension(world: World) -> Told:
    yield Story(world).to("TRIAL").do("company:suspend", "tto:lift")
    yield Story(world).to("TRIAL").do("tto:suspend", "company:lift")
    yield Story(world).to("TRIAL").do("broker:suspend", "tto:renew_rights", "broker:lift", "tto:renew_rights")
    story = Story(world).apply().do("broker:check", "operator:confirm").do("tto:approve", rights_until="2026-04-01").later(20).sign()
    yield story.do("tto:deliver", "company:receive").do("tto:renew_rights", rights_until="2025-06-01").later(120).later(40)
    story = Story(world).evaluation().later(40)
    yield story.do("tto:prove_use")
    yield Story(world).evaluation().later(40).do("company:ask_exit", "tto:refuse_exit").do("company:ask_exit", "tto:confirm_exit")


def the_choice(world: World) -> Told:
    yield Story(world).evaluation().do("company:ask_extension", "tto:refuse_extension", "company:continue")
    yield Story(world).evaluation().do("company:ask_extension", "tto:extend")
    yield Story(world).evaluation().do("company:ask_exit", "tto:refuse_exit").do("company:ask_exit", "tto:confirm_exit")
    yield Story(world).to("TRIAL").do("company:ask_exit", "tto:refuse_exit").do("company:ask_exit", "tto:confirm_exit")
    story = Story(world).evaluation().do("company:ask_conversion", "tto:agree_conversion")
    one, two = story.object(), story.object("价格明显偏低，应当评估。")
    story.decide(one, "RESUME").decide(two, "RESUME")
    story.decide(story.object("完成人排序有误，应当更正。"), "RERUN")
    yield story.later(20).do("tto:convert")
    story = Story(world).evaluation().do("company:ask_conversion", "tto:agree_conversion")
    yield story.decide(story.object(), "UPHOLD").do("company:ask_conversion", "company:drop_conversion").do("company:ask_conversion", "tto:drop_conversion")
    yield Story(world).evaluation().do("company:ask_conversion", "tto:agree_conversion").later(100)


def money(world: World) -> Told:
    yield Story(world).evaluation(instalment_count="2").do("company:continue").schedule().pay(50).pay().pay()
    yield Story(world).overdue().pay().pay()
    yield Story(world).overdue().do("company:ask_plan", "tto:refuse_plan", "company:ask_plan", "tto:reschedule")
    yield Story(world).evaluation(payment_model="DEFERRED_LUMP").do("company:continue").later(60).later(20)
    insured = {"security": "PERFORMANCE_INSURANCE"}
    story = Story(world).apply(trigger="FIRST_REVENUE", instalment_count="2", **insured).do("broker:check", "operator:confirm", "tto:approve")
    story.later(20).sign().do("tto:deliver", security_reference="BD-1", security_until="2028-01-01").do("company:receive").later(370)
    story.do("company:continue").schedule().later(60).do("tto:demand").later(60).do("tto:declare_default")
    story.do("tto:next_stage", stage="MEDIATION").do("tto:next_stage", stage="INSURANCE")
    yield story.pay(payer="INSURER").pay(payer="INSURER")
    yield in_default(world).do("company:ask_plan", "tto:refuse_plan", "company:ask_plan", "tto:settle")
    yield in_default(world).do("company:ask_plan", "operator:settle")
    story = in_default(world).do("tto:next_stage", stage="MEDIATION").do("operator:next_stage", stage="CREDIT")
    yield story.do("tto:next_stage", stage="ARBITRATION").do("tto:terminate", settlement="WRITTEN_OFF")


def in_default(world: World) -> Story:
    return Story(world).overdue().do("tto:demand").later(60).do("tto:declare_default")


PLACES: dict[str, Callable[[World], Story]] = {
    "DRAFT": lambda w: Story(w).to("ELIGIBILITY").do("broker:send_back"),
    "ELIGIBILITY": lambda w: Story(w).to("ELIGIBILITY"), "INST_REVIEW": lambda w: Story(w).to("INST_REVIEW"),
    "NOTICE": lambda w: Story(w).to("NOTICE"), "OBJECTION": lambda w: objected(Story(w).to("NOTICE")),
    "SIGNING": lambda w: Story(w).to("SIGNING"), "SIGNED": lambda w: Story(w).to("SIGNED"),
    "DELIVERING": lambda w: Story(w).to("DELIVERING"), "TRIAL": lambda w: Story(w).to("TRIAL"),
    "SUSPENDED": lambda w: Story(w).to("TRIAL").do("broker:suspend"), "EVALUATION": lambda w: Story(w).evaluation(),
    "PAYABLE": lambda w: Story(w).evaluation().do("company:continue"),
    "PAYING": lambda w: Story(w).evaluation().do("company:continue").schedule(),
    "OVERDUE": lambda w: Story(w).overdue(), "DEFAULT": in_default,
}  # fmt: skip


def objected(story: Story) -> Story:
    story.object()
    return story


def ends(world: World) -> Told:
    owing = ("PAYABLE", "PAYING", "OVERDUE", "DEFAULT")
    for state, reach in PLACES.items():
        story = reach(world)
        assert story.licence.state == state
        settled = {"settlement": "WAIVED"} if state in owing else {}
        yield story.do("operator:terminate", reason_code="FRAUD", **settled)
        if state in BEFORE_SIGNED:
            yield reach(world).do("company:cancel")
        if state in IN_FORCE:
            story = reach(world).do("company:ask_end", "tto:refuse_end", "tto:ask_end", "company:refuse_end")
            yield story.do("company:ask_end").do("tto:terminate", **settled)
    yield Story(world).to("TRIAL").do("tto:ask_end", "company:terminate")


SHARED = {
    "payment_model": "HYBRID", "price": "", "entry": "1", "milestones": "\n".join(f"第{n}座平台验收 2" for n in "一二三四五六七八九十甲乙"), "royalty_base": "NET_SALES",
    "royalty_rate": "3", "royalty_period": "1", "royalty_months": "24", "royalty_floor": "1", "royalty_cap": "",
}  # fmt: skip


def shared(world: World) -> Story:
    """A licence paid in every way at once, with three sums of which a yuan too much came."""
    story = Story(world).evaluation(**SHARED).do("company:continue").schedule()
    for row in story.licence.instalments[:3]:
        if row.kind == "MILESTONE":
            story.do("company:reach", instalment_id=row.id, evidence="验收报告显示指标合格。")
        with story.now():
            paid = {"instalment_id": row.id, "amount": str(row.amount_fen // 100 + 1), "received_on": clock.today(), "reference": f"MORE{row.id}"}
        story.do("tto:receipt", **paid, spread=True)
    return story.later(40)


def single_sums(story: Story) -> Story:
    """Everything that is done with single sums, in the state the licence is in."""
    licence, before = story.licence, story.licence.state
    stages = [row.id for row in licence.instalments if row.kind == "MILESTONE" and row.state == "SCHEDULED"][:2]
    for who, row in zip(("company", "operator"), stages, strict=True):
        story.do(f"{who}:reach", instalment_id=row, evidence="验收报告显示指标合格。")
    with story.now():
        today = clock.today().isoformat()
    by_word = [row.id for row in licence.instalments if row.kind == "MILESTONE" and row.state == "SCHEDULED"][:2]
    story.do("tto:claim_stage", instalment_id=by_word[0]).do("company:confirm_stage", instalment_id=by_word[0])
    story.do("tto:claim_stage", instalment_id=by_word[1]).do("company:contest_stage", instalment_id=by_word[1])
    story.do("operator:refuse_stage", instalment_id=by_word[1]).do("tto:claim_stage", instalment_id=by_word[1]).later(20)
    assert next(row for row in licence.instalments if row.id == by_word[1]).stage_claim == "DISPUTED"
    story.do("operator:refuse_stage", instalment_id=by_word[1])
    story.do("tto:invoice", instalment_id=stages[0], number=f"INV-{before}", amount="20000", issued_on=today)
    invoice = next(entry for row in licence.instalments for entry in row.invoices if entry.number == f"INV-{before}")
    story.do("tto:void_invoice", invoice_id=invoice.id, reason="抬头写错了。").do("company:statement", reported="10", note="涂料销售一吨。")
    story.do("tto:audit", statement_id=licence.statements[-1].id, found="10", reason="账册与报表相符。")
    held = next(row for row in licence.overpayments if row.held_fen)
    story.do("tto:refund", overpayment_id=held.id, reference=f"OUT-{before}", paid_on=today)
    story.do("tto:forgive", instalment_id=stages[1], how="WAIVED", decision="纪要 9 号", reason="企业已说明原因。")
    assert licence.state == before
    return story


def many_sums(world: World) -> Told:
    story = single_sums(shared(world))
    yield single_sums(story.later(60))
    yield single_sums(story.do("tto:demand").later(60).do("tto:declare_default"))
    yield Story(world).evaluation(payment_model="FREE", price="").do("company:continue")


def insured_claim(world: World) -> Story:
    """Three sums the insurer was asked to pay."""
    changes = {"security": "PERFORMANCE_INSURANCE", "trigger": "FIRST_REVENUE", "instalment_count": "3"}
    story = Story(world).apply(**changes).do("broker:check", "operator:confirm", "tto:approve").later(20).sign()
    story.do("tto:deliver", security_reference="BD-1", security_until="2028-01-01").do("company:receive").later(370).do("company:continue")
    story.schedule().later(150).do("tto:demand").later(60).do("tto:declare_default").do("tto:next_stage", stage="MEDIATION")
    return story.do("tto:next_stage", stage="INSURANCE")


def forgive(story: Story, how: str, number: int = 0) -> Story:
    """The school waives or writes off one of the open sums."""
    row = story.licence.instalments[number]
    return story.do("tto:forgive", instalment_id=row.id, how=how, decision="纪要 9 号", reason="企业已说明原因。")


def part_paid(world: World, days: int = 0) -> Story:
    """Half of the first of two sums came, so many days after the schedule."""
    return Story(world).evaluation(instalment_count="2").do("company:continue").schedule().later(days).pay(50)


def sums(world: World) -> Told:
    yield insured_claim(world).pay(50, payer="INSURER").do("operator:next_stage", stage="CREDIT")
    yield forgive(forgive(insured_claim(world), "WAIVED"), "WRITTEN_OFF", 1)
    yield Story(world).evaluation(payment_model="DEFERRED_LUMP").do("company:continue").later(35).schedule()
    yield part_paid(world, 32).pay(50).later(60)
    yield part_paid(world).later(60).pay(50)
    for how in ("WAIVED", "WRITTEN_OFF"):
        yield forgive(part_paid(world), how)
    yield forgive(Story(world).evaluation(instalment_count="2").do("company:continue").schedule(), "WRITTEN_OFF")
    yield forgive(Story(world).evaluation(instalment_count="2").do("company:continue").schedule().later(32), "WRITTEN_OFF")
    yield PLACES["PAYABLE"](world).do("operator:terminate", reason_code="FRAUD", settlement="WRITTEN_OFF")


STORIES = (before_the_notice, a_broker_applies, the_notice, signing_and_delivery, triggers, suspension, the_choice, money, many_sums, sums, ends)
# A state the system passes through in the same breath as it is entered: nobody can act there.
PASSED_AT_ONCE = {("APPLIED", "cancel"), ("APPLIED", "terminate")}


@pytest.mark.timeout(900)
def test_every_row_of_both_tables_is_taken_and_every_part_takes_its_own(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    walked: set[tuple[str, str, str]] = set()

    def remembered(table: Lifecycle, thing: Any, action: str, parts: Iterable[str]) -> Move:
        before, move = thing.state, plain(table, thing, action, parts)
        if table is INSTALMENT:
            walked.add((before, action, move.target))
        return move

    plain = Lifecycle.step
    monkeypatch.setattr(Lifecycle, "step", remembered)
    world.result.max_concurrent_trials = 10_000
    for tell in STORIES:
        for story in tell(world):
            assert story.licence.state in LICENCE.states
    taken = set(map(tuple, world.session.execute(select(LicenceEvent.from_state, LicenceEvent.action, LicenceEvent.to_state).distinct())))
    rows = {(move.source, move.action, move.target) for move in LICENCE.moves if (move.source, move.action) not in PASSED_AT_ONCE}
    assert rows - taken == set()
    assert {(move.source, move.action, move.target) for move in INSTALMENT.moves} - walked == set(), "sums have a table of their own"
    steps = {row for row in taken if row[1] != "remind"}
    assert steps - rows == set()
    roles = set(map(tuple, world.session.execute(select(LicenceEvent.action, LicenceEvent.role).distinct())))
    wanted = {(move.action, part) for move in LICENCE.moves for part in move.who}
    assert wanted - roles == set()
    audit.seal(world.session, 100_000)
    assert audit.verify(world.session) == []


def test_every_step_is_one_event_with_actor_role_time_and_the_hash_of_its_document(world: World) -> None:
    story = Story(world).evaluation(instalment_count="2").do("company:continue").schedule().pay().pay()
    events = story.world.session.scalars(select(LicenceEvent).where(LicenceEvent.licence_id == story.licence.id)).all()
    hashed = {"apply", "check", "confirm", "approve", "end_notice", "sign", "seal", "deliver", "receive", "continue", "schedule", "receipt"}
    assert {event.action for event in events if event.document_hash} >= hashed
    assert all(len(event.document_hash) in (0, 64) and event.role and event.created_at for event in events)
    assert all(event.person_id for event in events if event.role not in {"system", "anyone"})
    again = [(event.action, event.created_at) for event in events if event.action not in {"remind", "receipt", "sign"}]
    assert len(again) == len(set(again))


def test_every_state_that_is_not_final_is_among_the_places_a_deal_can_be_ended_from() -> None:
    assert set(PLACES) == set(NOT_FINAL) - {"APPLIED"}


def test_licences_of_other_companies_stay_out_of_each_others_way(world: World) -> None:
    first, second = Story(world).to("TRIAL"), Story(world).to("NOTICE")
    assert {first.licence.state, second.licence.state} == {"TRIAL", "NOTICE"}
    assert world.session.get(Licence, first.licence.id) is first.licence
