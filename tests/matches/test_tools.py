"""Beside the queue: many at once, filters kept, history, and why a pair is not listed."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as rules
from hypothesis import strategies as st

from tests import makers
from tests.matches.world import SECRET, World
from webapp.config import Settings
from webapp.core.errors import Forbidden, Invalid, NotFound
from webapp.engines.matcher import Matcher
from webapp.matches import answers, bulk, claims, history, saved, verdicts, why
from webapp.matches.queue import Filters

SETTINGS = Settings()


@pytest.fixture
def matcher(settings: Settings) -> Matcher:
    """An engine as a page sees it, with the few documents of the test."""
    found = Matcher(settings)
    found.sides["result"].fit([], {})
    found.loaded = True
    return found


def test_one_reason_for_many_and_what_cannot_be_done_is_told_with_its_cause(world: World) -> None:
    broker, second = world.actor("broker"), world.stranger("broker")
    rows = [world.match, world.another(), world.another(), world.another()]
    claims.claim(world.session, second, rows[2])
    rows[3].state = "RECOMMENDED"
    world.session.flush()
    outcome = bulk.act(world.session, broker, "reject", [row.id for row in rows] + [2**61], reason="PRICE_GAP", note="")
    assert outcome.done == [rows[0].id, rows[1].id]
    assert next((number, error.code) for number, error in outcome.left) == (rows[2].id, "held")
    assert len(outcome.left) == 3 and rows[2].state == "SUGGESTED" and rows[3].state == "RECOMMENDED"
    assert bulk.act(world.session, broker, "undo", outcome.done).done == outcome.done
    assert {row.state for row in rows[:2]} == {"SUGGESTED"}


@pytest.mark.parametrize(("action", "ids", "reason"), [("explode", [1], ""), ("shortlist", [], ""), ("reject", [1], "NONSENSE"), ("claim", list(range(1, 102)), "")])
def test_a_bulk_act_that_makes_no_sense_does_nothing(world: World, action: str, ids: list[int], reason: str) -> None:
    with pytest.raises(Invalid):
        bulk.act(world.session, world.actor("broker"), action, ids, reason=reason)
    assert world.match.state == "SUGGESTED"


def test_parties_act_on_nothing_in_bulk(world: World) -> None:
    with pytest.raises(Forbidden):
        bulk.act(world.session, world.actor("tto"), "shortlist", [world.match.id])


@given(st.lists(st.text(max_size=30)))
def test_any_ticks_are_read_as_numbers_once_each(raw: list[str]) -> None:
    found = bulk.chosen(raw)
    assert len(found) == len(set(found)) and all(0 < number < 2**62 for number in found)


def test_a_filter_is_kept_replaced_and_dropped_by_its_owner_only(world: World) -> None:
    broker = world.actor("broker")
    first = saved.keep(world.session, broker, "  海工  优先 ", Filters(industry="marine", grade="2+"))
    assert first.name == "海工 优先"
    again = saved.keep(world.session, broker, "海工 优先", Filters(pool="team"))
    assert again.id == first.id and [one.query for one in saved.filters(world.session, broker)] == [{"pool": "team"}]
    for name, wanted in (("", Filters(pool="team")), ("空", Filters())):
        with pytest.raises(Invalid):
            saved.keep(world.session, broker, name, wanted)
    with pytest.raises(NotFound):
        saved.drop(world.session, world.stranger("broker"), first.id)
    for _ in range(2):
        saved.drop(world.session, broker, first.id)
    assert saved.filters(world.session, broker) == []


def test_there_is_an_end_to_kept_filters(world: World) -> None:
    for number in range(saved.MOST):
        saved.keep(world.session, world.actor("broker"), f"第{number}个", Filters(text=str(number)))
    with pytest.raises(Invalid):
        saved.keep(world.session, world.actor("broker"), "再一个", Filters(text="x"))


def test_history_counts_earlier_matches_and_what_topics_above_tell(world: World) -> None:
    broker = world.actor("broker")
    for reason in ("PRICE_GAP", "TIME_GAP"):
        verdicts.judge(world.session, broker, world.another(), "reject", reason)
    done = world.another(demand=world.demand, result=makers.result(world.session))
    verdicts.judge(world.session, broker, done, "shortlist")
    answers_before = history.of(world.session, broker, world.match)
    assert dict(answers_before["demand"].counts) == {"不入围": 2} and dict(answers_before["result"].counts) == {"不入围": 2}
    assert len(answers_before["demand"].lines) == 3 and len(answers_before["result"].lines) == 2
    assert {"task", "licence"} <= set(history._providers) or not history._providers


@pytest.mark.parametrize("text", ["SM-R-2026-{:04d}", "r-{}", "SM-R-{}", "海工防腐"])
def test_a_posting_is_found_by_number_or_words(world: World, text: str) -> None:
    found = why.search(world.session, world.actor("broker"), "result", text.format(world.result.id))
    assert world.result.id in [view.id for view in found]
    assert why.search(world.session, world.actor("broker"), "demand", f"SM-R-2026-{world.result.id}") == []


@given(st.text(max_size=60))
@rules(suppress_health_check=list(HealthCheck), max_examples=25, deadline=None)
def test_any_text_can_be_looked_for(world: World, text: str) -> None:
    why.search(world.session, world.actor("broker"), "demand", text)


def explain(world: World, matcher: Matcher, **rows: object) -> tuple[why.Why, list[str]]:
    demand, result = rows.get("demand", world.demand), rows.get("result", world.result)
    told = why.explain(world.session, world.actor("broker"), matcher, SETTINGS, demand, result)  # type: ignore[arg-type]
    return told, [hurdle.sentence for hurdle in told.hurdles if hurdle.decides]


def test_why_tells_who_turned_a_pair_down_and_why(world: World, matcher: Matcher) -> None:
    verdicts.judge(world.session, world.actor("broker"), world.match, "reject", "PRICE_GAP")
    told, sentences = explain(world, matcher)
    assert "拒绝过" in sentences[0] and told.hurdles[0].values["reason"] == "价格与预算差距大"
    assert not told.may_add


def test_why_tells_what_is_not_published_and_what_scores_too_little(world: World, matcher: Matcher) -> None:
    gone = makers.result(world.session, world.school, state="PAUSED")
    assert any("不在发布中" in sentence for sentence in explain(world, matcher, result=gone)[1])
    other = makers.result(world.session, world.school, title="影视特效渲染", summary="动画软件", keywords=[], industry_code="culture")
    told, sentences = explain(world, matcher, result=other)
    assert any("最低分" in sentence or "等级" in sentence for sentence in sentences) and told.may_add
    assert SECRET not in str((told.missing, told.terms, told.bars))


def test_what_is_in_the_list_is_said_to_be_there(world: World, matcher: Matcher) -> None:
    told, sentences = explain(world, matcher)
    assert sentences == [] and told.hurdles[0].values["state"] == "待核对"


def test_a_broker_may_put_a_pair_into_the_own_pool_by_hand_once(world: World, matcher: Matcher) -> None:
    other, broker = makers.result(world.session, world.school), world.actor("broker")
    first = why.add(world.session, broker, matcher, world.demand, other, SETTINGS)
    assert (first.state, first.broker_id) == ("REVIEWING", broker.person_id)
    assert why.add(world.session, broker, matcher, world.demand, other, SETTINGS).id == first.id
    with pytest.raises(Forbidden):
        why.add(world.session, world.actor("tto"), matcher, world.demand, makers.result(world.session), SETTINGS)
    verdicts.judge(world.session, broker, first, "shortlist")
    answers.recommend(world.session, broker, first, 14)
    assert first.state == "RECOMMENDED"
