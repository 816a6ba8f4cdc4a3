"""The guards of the longer ways: offers, school rules, several triggers, extension, conversion, exit, default and its stages."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.licences.conftest import World
from tests.licences.story import Story
from webapp.accounts.models import Membership
from webapp.catalog.models import IpRight
from webapp.core import clock, policy
from webapp.core.errors import Forbidden, Invalid, Refused, Stale
from webapp.core.policy import ANONYMOUS
from webapp.licences import outlook, service, views_deals

TEST_PASSED = {"trigger": "ACCEPTANCE_TEST_PASS", "trigger_text": "盐雾试验 5000 小时无起泡。"}
INSURED = {"security": "PERFORMANCE_INSURANCE"}


def code(story: Story, deed: str, **data: object) -> str:
    """The code a step is refused with."""
    with pytest.raises((Refused, Forbidden)) as error:
        story.do(deed, **data)
    return error.value.code


def faults(story: Story, deed: str, **data: object) -> set[str]:
    """The fields a step finds fault with."""
    with pytest.raises(Invalid) as error:
        story.do(deed, **data)
    return set(error.value.fields)


def offer(world: World, who: str = "tto", **changes: object) -> object:
    data = {"models": ["DEFERRED_LUMP"], "triggers": ["FIRST_REVENUE", "TRIAL_END"], "security": "PROMISE", "conditions": "本区优先。"}
    return service.set_offer(world.session, world.actor(who), world.result, data | changes)


def test_the_offer_bounds_what_an_application_may_choose(world: World) -> None:
    offer(world)
    with pytest.raises(Invalid) as error:
        Story(world).apply(payment_model="INSTALMENT", trigger="CUSTOM", security="NONE")
    assert set(error.value.fields) >= {"payment_model", "trigger", "security"}
    assert Story(world).apply(payment_model="DEFERRED_LUMP", trigger="FIRST_REVENUE").licence.state == "ELIGIBILITY"


def test_only_the_schools_office_and_who_posted_the_result_set_its_offer(world: World) -> None:
    offer(world, "researcher")
    for who in ("company", "broker", "operator", "stranger"):
        with pytest.raises(Forbidden):
            offer(world, who)
    with pytest.raises(Stale):
        service.set_offer(world.session, world.actor("tto"), world.result, {"security": "NONE"}, version=99)


def test_a_price_above_the_schools_limit_is_decided_higher_by_another_person(world: World) -> None:
    rule = {"notice_days": "20", "notice_day_type": "working", "higher": "80", "higher_body": "校长办公会"}
    service.set_rule(world.session, world.actor("tto"), rule)
    story = Story(world).to("INST_REVIEW")
    assert code(story, "tto:approve", decision_reference="纪要 1") == "needs_higher"
    story.do("tto:endorse")
    assert code(story, "tto:approve", decision_reference="纪要 1") == "two_persons"
    assert faults(story, "tto2:approve") == {"decision_reference"}
    notice = story.do("tto2:approve", decision_reference="纪要 1").licence.notices[-1]
    assert (notice.days, notice.day_type) == (20, "working")


def test_a_relation_the_platform_knows_must_be_declared(world: World) -> None:
    story = Story(world).apply().do("broker:check")
    world.session.add(Membership(person=world.people["researcher"], organisation=story.licence.licensee, role="company_user"))
    world.session.flush()
    assert code(story, "operator:confirm") == "relation_undeclared"
    story.licence.related_party = "成果完成人在本企业任技术顾问。"
    assert story.do("operator:confirm").licence.state == "INST_REVIEW"


def test_the_credit_record_is_read_lately_and_its_source_named(world: World) -> None:
    story = Story(world).apply()
    assert faults(story, "broker:check", credit_source="") == {"credit_source"}
    assert faults(story, "broker:check", credit_on="2024-12-01") == {"credit_on"}
    assert story.do("broker:check").licence.eligibility.credit_source == "信用中国"  # type: ignore[union-attr]


def test_the_review_asks_about_co_owners_pledge_expiry_and_export(world: World) -> None:
    story = Story(world).apply(foreign_controlled=True).do("broker:check", "operator:confirm")
    assert faults(story, "tto:approve", co_owners="CONSENTED", pledge="CONSENTED", rights_until="2025-12-01") == {
        "co_owner_names", "pledge_consent", "rights_until", "export_checked",
    }  # fmt: skip
    right = IpRight(result_id=world.result.id, kind="INVENTION", number="ZL1", status="PLEDGED", co_owned=True)
    world.session.add(right)
    world.session.flush()
    world.session.expire(world.result, ["ip_rights"])
    assert faults(story, "tto:approve", export_checked=True) == {"co_owners", "pledge"}
    told = {"co_owners": "NOTIFIED", "co_owner_names": "示例研究院", "pledge": "CONSENTED", "pledge_consent": "示例银行同意函 3 号"}
    right.fee_paid_until = clock.today() - timedelta(days=1000)
    assert faults(story, "tto:approve", export_checked=True, **told) == {"rights_until"}
    right.fee_paid_until = None
    story.do("tto:approve", export_checked=True, **told)
    assert story.licence.rights["co_owner_names"] == "示例研究院"


def test_all_of_several_triggers_must_be_met(world: World) -> None:
    both = TEST_PASSED | {"more_triggers": ["FIRST_REVENUE"], "trigger_rule": "ALL"}
    story = Story(world).to("TRIAL", **both).do("tto:claim", claimed="ACCEPTANCE_TEST_PASS").do("company:confirm_trigger")
    assert (story.licence.state, outlook.open_triggers(story.licence)) == ("TRIAL", ["FIRST_REVENUE"])
    story.later(100).do("company:report", period_end=outlook.next_period(story.licence), sales="3").later(1)
    assert (story.licence.claimed_side, story.licence.claimed_trigger) == ("system", "FIRST_REVENUE")
    assert story.later(30).licence.state == "PAYABLE"


def test_a_trigger_found_not_to_be_met_is_not_claimed_again_by_the_system(world: World) -> None:
    story = Story(world).to("TRIAL", trigger="FIXED_DATE", trigger_on="2025-06-02").later(80)
    assert story.licence.claimed_trigger == "FIXED_DATE"
    story.do("company:contest", "operator:decide_trial").later(30)
    assert (story.licence.state, story.licence.claimed_side) == ("TRIAL", "")
    assert "PAYABLE" not in {event.to_state for event in story.later(400).licence.events}


def test_revenue_below_the_threshold_triggers_nothing(world: World) -> None:
    story = Story(world).to("TRIAL", trigger="REVENUE_THRESHOLD", trigger_revenue="5").later(100)
    story.do("company:report", period_end=outlook.next_period(story.licence), sales="4.99").later(1)
    assert story.licence.claimed_side == ""
    story.later(90).do("company:report", period_end=outlook.next_period(story.licence), sales="0.01").later(1)
    assert story.licence.claimed_trigger == "REVENUE_THRESHOLD"


def test_an_extension_happens_once_within_cap_and_right(world: World) -> None:
    story = Story(world).evaluation()
    assert faults(story, "company:ask_extension", months="13") == {"months"}
    assert faults(story, "company:ask_extension", evaluation="") == {"evaluation"}
    story.licence.rights_until = clock.add_months(story.licence.trial_end, 3)  # type: ignore[arg-type]
    assert faults(story, "company:ask_extension", months="6") == {"months"}
    end = story.licence.trial_end
    story.do("company:ask_extension", months="3").do("tto:extend")
    assert story.licence.trial_end == clock.add_months(end, 3)  # type: ignore[arg-type]
    assert any(event.action == "extend" and len(event.document_hash) == 64 for event in story.licence.events)
    assert story.later(120).licence.state in {"EVALUATION", "SUSPENDED"}
    assert code(story, "company:ask_extension") in {"extended_already", "licence_ask_extension_from_suspended"}


def test_an_extension_asks_the_security_to_reach_as_far(world: World) -> None:
    story = Story(world).apply(trigger="FIRST_REVENUE", **INSURED).do("broker:check", "operator:confirm", "tto:approve").later(20).sign()
    assert faults(story, "tto:deliver", security_reference="BD-1", security_until="2025-06-01") == {"security_until"}
    story.do("tto:deliver", security_reference="BD-1", security_until="2026-04-01").do("company:receive").later(370)
    story.do("company:ask_extension", months="6")
    assert faults(story, "tto:extend", security_until="2026-04-01") == {"security_until"}
    assert story.do("tto:extend", security_until="2026-12-31").licence.state == "TRIAL"


def test_silence_is_no_consent_and_the_school_cannot_charge_before_the_trial_is_over(world: World) -> None:
    story = Story(world).evaluation().later(40)
    assert story.licence.state == "SUSPENDED"
    assert {row.state for row in story.licence.instalments} == {"SCHEDULED"}
    other = Story(world).to("TRIAL").do("broker:suspend")
    assert code(other, "tto:prove_use") == "trial_not_over"


def test_a_conversion_waits_for_its_own_notice_and_closes_the_licence_without_a_fee(world: World) -> None:
    story = Story(world).evaluation().do("company:ask_conversion", "tto:agree_conversion")
    assert code(story, "tto:convert") == "conversion_notice_open"
    notice = story.licence.notices[-1]
    assert (notice.about, notice.facts["conversion"], notice.facts["price_fen"]) == ("CONVERSION", "TRANSFER", 300_000_000)
    story.later(20).do("tto:convert")
    assert (story.licence.state, {row.state for row in story.licence.instalments}) == ("CONVERTED", {"WAIVED"})


def test_an_exit_keeps_the_statement_and_reported_revenue_is_paid_first(world: World) -> None:
    story = Story(world).to("TRIAL")
    assert faults(story, "company:ask_exit", returned="", stop_use=False) == {"returned", "stop_use"}
    story.do("company:ask_exit", stock="涂料 20 桶")
    assert story.licence.run_off_until is not None
    story.do("tto:confirm_exit")
    assert (story.licence.state, story.licence.stop_use["stock"]) == ("EXITED", "涂料 20 桶")
    earning = Story(world).to("TRIAL", trigger="FIRST_REVENUE").later(100)
    earning.do("company:report", period_end=outlook.next_period(earning.licence), sales="3")
    assert code(earning, "company:ask_exit") == "payable_first"


def test_a_suspension_for_missed_reports_needs_two_of_them_and_the_school(world: World) -> None:
    story = Story(world).to("TRIAL").later(100)
    assert code(story, "tto:suspend", reason_code="MISSED_REPORTS") == "reports_not_missed"
    story.later(110)
    with story.now():
        assert outlook.missed_reports(story.licence) == 2
    assert code(story, "company:suspend", reason_code="MISSED_REPORTS") == "reports_not_missed"
    assert story.do("tto:suspend", reason_code="MISSED_REPORTS").licence.suspended_cause == "COMPANY"
    assert code(story, "company:lift") == "licence_other_side"


def test_a_default_needs_sixty_days_and_a_demand_and_no_plan(world: World) -> None:
    story = Story(world).overdue()
    assert code(story, "tto:declare_default") == "not_late_enough"
    story.later(60)
    assert code(story, "tto:declare_default") == "no_demand"
    story.do("tto:demand", "company:ask_plan")
    assert code(story, "tto:declare_default") == "plan_asked"
    assert story.do("tto:refuse_plan", "tto:declare_default").licence.default_stage == "NEGOTIATION"


def test_the_stages_of_a_default_come_in_order_and_insurance_only_while_the_policy_holds(world: World) -> None:
    story = Story(world).overdue(instalment_count="2").do("tto:demand").later(60).do("tto:declare_default")
    assert outlook.next_stages(story.licence) == ["MEDIATION"]
    assert faults(story, "tto:next_stage", stage="ARBITRATION") == {"stage"}
    story.do("tto:next_stage", stage="MEDIATION")
    assert outlook.next_stages(story.licence) == ["CREDIT"], "there is no security to ask"
    assert code(story, "tto:next_stage", stage="CREDIT") == "credit_by_operator"
    story.licence.security = "PERFORMANCE_INSURANCE"
    assert outlook.next_stages(story.licence) == ["INSURANCE"]
    with story.now():
        story.licence.security_until = clock.today() - timedelta(days=1)
        assert outlook.next_stages(story.licence) == ["CREDIT"]


def test_the_insurer_pays_in_the_companys_place_and_may_claim_it_back(world: World) -> None:
    story = Story(world).apply(trigger="FIRST_REVENUE", instalment_count="2", **INSURED).do("broker:check", "operator:confirm", "tto:approve")
    story.later(20).sign().do("tto:deliver", security_reference="BD-1", security_until="2028-01-01").do("company:receive").later(370)
    story.do("company:continue").schedule().later(60).do("tto:demand").later(60).do("tto:declare_default")
    story.do("tto:next_stage", stage="MEDIATION").do("tto:next_stage", stage="INSURANCE")
    assert {row.state for row in story.licence.instalments} == {"CLAIMED"}
    story.pay(payer="INSURER").pay(payer="INSURER")
    assert story.licence.state == "COMPLETED"
    paid = [event.facts for event in story.licence.events if event.action == "receipt"]
    assert sum(facts["subrogated_fen"] for facts in paid) == story.licence.price_fen


def test_a_lump_sum_falls_due_by_contract_without_a_schedule(world: World) -> None:
    story = Story(world).evaluation(payment_model="DEFERRED_LUMP").do("company:continue")
    assert story.licence.instalments[0].due_on is not None
    assert story.later(60).licence.state == "OVERDUE"


def test_terms_changed_before_signing_void_signatures_and_another_price_is_published_anew(world: World) -> None:
    story = Story(world).to("SIGNING")
    story.do("company:sign", text_hash=story.licence.text_hash).do("tto:amend", trial_months="10")
    assert (story.licence.state, outlook.signed_sides(story.licence)) == ("SIGNING", set())
    story.do("tto:amend", price="90")
    assert (story.licence.state, len(story.licence.notices)) == ("NOTICE", 2)
    assert story.licence.notices[-1].facts["price_fen"] == 90_000_000


def test_an_early_end_needs_the_other_side_or_the_law_and_settles_what_is_due(world: World) -> None:
    story = Story(world).to("TRIAL")
    assert code(story, "company:terminate") == "licence_terminate"
    story.do("company:ask_end")
    assert code(story, "company:terminate") == "licence_terminate"
    assert story.do("tto:terminate").licence.state == "TERMINATED"
    owing = Story(world).evaluation().do("company:continue", "company:ask_end")
    assert faults(owing, "tto:terminate") == {"settlement"}
    owing.do("tto:terminate", settlement="WRITTEN_OFF")
    assert {row.state for row in owing.licence.instalments} == {"WRITTEN_OFF"}


def test_the_public_list_names_only_companies_that_agreed(world: World) -> None:
    quiet, open_ = Story(world).to("SIGNED"), Story(world).to("SIGNED", name_public=True)
    listed = [views_deals.deal(row) for row in world.session.scalars(service.signed()).unique()]
    assert [deal.licensee for deal in listed] == [open_.licence.licensee.name, ""]
    assert quiet.licence.licensee.name not in repr(listed)


def test_a_notice_shows_decisions_but_never_who_objected(world: World) -> None:
    story = Story(world).to("NOTICE")
    story.decide(story.object(), "RERUN")
    view = policy.reveal(ANONYMOUS, story.licence.notices[-1])
    assert [decision for _, decision in view.decisions] == ["RERUN"]
    assert "示例异议人" not in repr(view)
