"""Verdicts: shortlist, reject with a reason, undo; what each teaches, and that a double click is one click."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from tests.matches.world import World
from webapp.core.audit import AuditEvent
from webapp.core.errors import Forbidden, Invalid, Refused
from webapp.matches import verdicts
from webapp.matches.models import Verdict
from webapp.matches.values import REASONS, taught


def how_many(world: World) -> int:
    return world.session.scalar(select(func.count(Verdict.id)).where(Verdict.match_id == world.match.id)) or 0


def test_a_shortlisted_match_is_kept_with_what_it_looked_like(world: World) -> None:
    verdict = verdicts.judge(world.session, world.actor("broker"), world.match, "shortlist")
    assert world.match.state == "SHORTLISTED"
    assert world.match.broker_id == world.people["broker"].id and world.match.reviewed_at is not None
    assert (verdict.part, verdict.decision, verdict.grade, verdict.score, verdict.position, verdict.before) == (
        "broker", "shortlist", 2, 0.7, 1, "SUGGESTED",
    )  # fmt: skip
    assert world.jobs("learn") == [("match", world.match.id)]


def test_a_second_identical_click_changes_nothing(world: World) -> None:
    first = verdicts.judge(world.session, world.actor("broker"), world.match, "shortlist")
    assert verdicts.judge(world.session, world.actor("broker"), world.match, "shortlist").id == first.id
    assert how_many(world) == 1


def test_a_second_identical_rejection_changes_nothing(world: World) -> None:
    for _ in range(2):
        verdicts.judge(world.session, world.actor("broker"), world.match, "reject", "PRICE_GAP", "差一倍")
    assert how_many(world) == 1


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_each_reason_teaches_what_it_says_about_fit(world: World, reason: str) -> None:
    expected = {"FIELD_MISMATCH": 0, "SPEC_NOT_MET": 1, "TRL_TOO_LOW": 1}.get(reason)
    verdict = verdicts.judge(world.session, world.actor("broker"), world.match, "reject", reason, "说明")
    assert (world.match.state, verdict.reason, verdict.grade) == ("REJECTED", reason, expected)


def test_the_table_of_reasons_is_the_one_of_the_field() -> None:
    assert set(REASONS) == {
        "FIELD_MISMATCH", "SPEC_NOT_MET", "TRL_TOO_LOW", "TITLE_UNCLEAR", "IP_INVALID", "ALREADY_EXCLUSIVE", "PRICE_GAP", "TIME_GAP",
        "DEMAND_VAGUE", "DEMAND_SOLVED", "COMPLIANCE", "CONFLICT", "CAPACITY", "TEAM_UNWILLING", "NOT_SME", "CREDIT", "LOCATION", "OTHER",
    }  # fmt: skip
    assert (taught("shortlist"), taught("accept"), taught("reject", "OTHER")) == (2, None, None)


@pytest.mark.parametrize(
    ("reason", "note", "field"),
    [("", "", "reason"), ("NONSENSE", "", "reason"), ("OTHER", "  ", "note"), ("PRICE_GAP", "长" * 2001, "note")],
)
def test_a_no_without_a_proper_reason_is_refused_at_its_field(world: World, reason: str, note: str, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        verdicts.judge(world.session, world.actor("broker"), world.match, "reject", reason, note)
    assert list(caught.value.fields) == [field]
    assert world.match.state == "SUGGESTED" and how_many(world) == 0


def test_an_unknown_decision_is_refused(world: World) -> None:
    with pytest.raises(Invalid):
        verdicts.judge(world.session, world.actor("broker"), world.match, "destroy")


@pytest.mark.parametrize("decision", ["accept", "decline"])
def test_the_desk_cannot_answer_for_the_parties(world: World, decision: str) -> None:
    with pytest.raises((Invalid, Refused)):
        verdicts.judge(world.session, world.actor("broker"), world.match, decision, "PRICE_GAP")
    assert world.match.state == "SUGGESTED" and how_many(world) == 0


@pytest.mark.parametrize("start", ["SUGGESTED", "REVIEWING", "STALE"])
@pytest.mark.parametrize(("decision", "reason"), [("shortlist", ""), ("reject", "FIELD_MISMATCH")])
def test_undo_restores_the_state_before(world: World, start: str, decision: str, reason: str) -> None:
    world.match.state = start
    broker = world.actor("broker")
    verdicts.judge(world.session, broker, world.match, decision, reason)
    taken_back = verdicts.undo(world.session, broker, world.match)
    assert world.match.state == start
    assert taken_back.undone_at is not None and verdicts.standing(world.session, world.match) is None


def test_undoing_a_rejection_after_a_shortlist_leaves_it_shortlisted(world: World) -> None:
    broker = world.actor("broker")
    first = verdicts.judge(world.session, broker, world.match, "shortlist")
    verdicts.judge(world.session, broker, world.match, "reject", "TITLE_UNCLEAR")
    verdicts.undo(world.session, broker, world.match)
    assert world.match.state == "SHORTLISTED"
    assert verdicts.standing(world.session, world.match) is first


def test_a_verdict_is_undone_once(world: World) -> None:
    broker = world.actor("broker")
    verdicts.judge(world.session, broker, world.match, "shortlist")
    verdicts.undo(world.session, broker, world.match)
    with pytest.raises(Refused):
        verdicts.undo(world.session, broker, world.match)


def test_another_broker_cannot_undo_but_an_operator_can(world: World) -> None:
    verdicts.judge(world.session, world.actor("broker"), world.match, "shortlist")
    other = world.stranger("broker")
    assert not verdicts.may_undo(world.session, other, world.match)
    with pytest.raises(Forbidden):
        verdicts.undo(world.session, other, world.match)
    assert world.match.state == "SHORTLISTED"
    verdicts.undo(world.session, world.actor("operator"), world.match)
    assert world.match.state == "SUGGESTED"


def test_what_was_recommended_cannot_be_undone(world: World) -> None:
    broker = world.actor("broker")
    verdicts.judge(world.session, broker, world.match, "shortlist")
    world.match.state = "RECOMMENDED"
    assert not verdicts.may_undo(world.session, broker, world.match)
    with pytest.raises(Refused):
        verdicts.undo(world.session, broker, world.match)


def test_a_pair_put_aside_stays_in_the_queue_without_a_verdict(world: World) -> None:
    for _ in range(2):
        verdicts.put_aside(world.session, world.actor("broker"), world.match)
    assert world.match.state == "REVIEWING" and how_many(world) == 0


@pytest.mark.parametrize("role", ["company_user", "researcher", "tto"])
def test_only_the_desk_judges(world: World, role: str) -> None:
    with pytest.raises(Forbidden):
        verdicts.judge(world.session, world.actor(role), world.match, "shortlist")
    with pytest.raises(Forbidden):
        verdicts.put_aside(world.session, world.actor(role), world.match)


def test_every_verdict_leaves_an_event_without_confidential_text(world: World) -> None:
    broker = world.actor("broker")
    verdicts.judge(world.session, broker, world.match, "reject", "OTHER", "对方说的私房话")
    verdicts.undo(world.session, broker, world.match)
    world.session.flush()
    events = list(world.session.scalars(select(AuditEvent).where(AuditEvent.subject_kind == "match").order_by(AuditEvent.id)))
    assert [event.action for event in events] == ["match:reject", "match:undo"]
    assert "私房话" not in str([event.facts for event in events])


def test_example_verdicts_stay_marked_as_examples(world: World) -> None:
    world.match.is_example = True
    assert verdicts.judge(world.session, world.actor("broker"), world.match, "shortlist").is_example
