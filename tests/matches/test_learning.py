"""What the engine learnt is tried out, numbered, refitted on schedule, and can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import makers
from tests.matches.world import World
from webapp.config import Settings
from webapp.core import clock, worker
from webapp.core.errors import Forbidden, Refused
from webapp.core.worker import Context
from webapp.engines import connect
from webapp.jobs import register
from webapp.matches import learning, verdicts
from webapp.matches.jobs import keep_lessons
from webapp.matches.models import Lesson, Match, Verdict

register()
Make = Callable[..., Any]
HOURS = 24


@pytest.fixture
def context(settings: Settings, database: Any) -> Context:
    made = Context(settings, database, connect(settings))
    made.engines["index"].rebuild([])
    return made


def _lesson(session: Session, upto: int, state: str = "OLD", **values: Any) -> Lesson:
    lesson = Lesson(upto=upto, verdicts=values.pop("verdicts", upto), state=state, **values)
    session.add(lesson)
    session.flush()
    return lesson


def _proof(upto: int, worse: bool | None = None) -> learning.Proof:
    trial = None if worse is None else learning.Trial(40, 0.6, 0.5 if worse else 0.7, worse)
    return learning.Proof(upto, 40, trial)


def test_a_refit_takes_the_place_of_the_version_before(session: Session) -> None:
    first = learning.refit(session, _proof(3))
    second = learning.refit(session, _proof(7, worse=False))
    assert (first.state, second.state) == ("OLD", "CURRENT")
    assert learning.current(session) is second
    assert (second.unlearned, second.learned) == (0.6, 0.7)


def test_a_version_that_foretells_worse_is_kept_but_not_used(session: Session) -> None:
    good = learning.refit(session, _proof(3, worse=False))
    bad = learning.refit(session, _proof(7, worse=True))
    assert bad.state == "REFUSED"
    assert learning.current(session) is good


def test_the_schedule_waits_for_time_and_for_verdicts(world: World) -> None:
    session = world.session
    assert not learning.due(session, HOURS)
    verdict = verdicts.judge(session, world.actor("broker"), world.match, "shortlist")
    assert learning.due(session, HOURS)
    _lesson(session, verdict.id, "CURRENT", verdicts=1)
    assert not learning.due(session, 0)
    other = world.another()
    verdicts.judge(session, world.actor("broker"), other, "reject", "FIELD_MISMATCH")
    assert not learning.due(session, HOURS)
    assert learning.due(session, 0)


def test_an_undone_verdict_asks_for_a_new_version_too(world: World) -> None:
    session = world.session
    verdict = verdicts.judge(session, world.actor("broker"), world.match, "shortlist")
    _lesson(session, verdict.id, "CURRENT", verdicts=1)
    verdicts.undo(session, world.actor("broker"), world.match)
    assert learning.due(session, 0)


def test_reasons_that_say_nothing_of_fit_teach_nothing(world: World) -> None:
    verdicts.judge(world.session, world.actor("broker"), world.match, "reject", "PRICE_GAP")
    assert learning.said(world.session)[0] == []
    assert not learning.due(world.session, 0)


def test_a_version_is_made_of_the_verdicts_up_to_it(world: World) -> None:
    session = world.session
    first = verdicts.judge(session, world.actor("broker"), world.match, "shortlist")
    verdicts.judge(session, world.actor("broker"), world.another(), "reject", "FIELD_MISMATCH")
    assert [v.grade for v in learning.said(session, first.id)[0]] == [2]
    assert [v.grade for v in learning.said(session)[0]] == [2, 0]


def test_an_operator_goes_back_and_lets_it_go_on(world: World) -> None:
    session, operator = world.session, world.actor("operator")
    old, new = _lesson(session, 1), _lesson(session, 2, "CURRENT")
    learning.choose(session, operator, old)
    assert (old.state, new.state, old.chosen_by_id) == ("PINNED", "OLD", operator.person_id)
    assert ("lesson", old.id) in world.jobs("relearn")
    verdicts.judge(session, world.actor("broker"), world.match, "shortlist")
    assert not learning.due(session, 0)
    learning.choose(session, operator, old)
    learning.go_on(session, operator)
    assert (old.state, new.state) == ("OLD", "CURRENT")
    with pytest.raises(Refused):
        learning.go_on(session, operator)


@pytest.mark.parametrize("role", ["broker", "company_user", "researcher", "tto", "auditor"])
def test_nobody_but_operators_may_choose(world: World, role: str) -> None:
    lesson = _lesson(world.session, 1)
    with pytest.raises(Forbidden):
        learning.choose(world.session, world.stranger(role), lesson)
    with pytest.raises(Forbidden):
        learning.go_on(world.session, world.stranger(role))


def test_a_verdict_remembers_which_engine_ranked_the_pair(world: World) -> None:
    world.match.engine_version = "4.abc L3"
    assert verdicts.judge(world.session, world.actor("broker"), world.match, "shortlist").engine_version == "4.abc L3"


def test_the_worker_refits_ranks_anew_and_goes_back(context: Context, make_result: Make, make_demand: Make, make_person: Make) -> None:
    with context.database.transaction() as session:
        school = makers.organisation(session, "SCHOOL")
        for n in range(24):
            make_result(session, school, title=f"海上风机防腐涂层第{n}种配方", summary="环氧树脂，免维护。")
        for n in range(10):
            make_result(session, school, title=f"海上风机防腐泵第{n}型", summary="免维护。")
        demand_id = make_demand(session, title="海上风机防腐", summary="风机基础需要免维护的防腐。").id
    worker.drain(context)
    with context.database.transaction() as session:
        broker = make_person(session, "broker")
        query = select(Match).where(Match.demand_id == demand_id)
        for match in session.scalars(query).unique():
            fits = "涂层" in match.result.title
            session.add(
                Verdict(match=match, person=broker, part="broker", decision="x", grade=3 if fits else 0, score=match.score, position=1, before="x")
            )
            match.state = "SHORTLISTED" if fits else "REJECTED"
    keep_lessons(context)
    worker.drain(context)
    with context.database.transaction(write=False) as session:
        lesson = learning.current(session)
        assert lesson is not None
        fresh = session.scalars(query.where(Match.state == "SUGGESTED").order_by(Match.position)).unique().all()
        assert fresh, "the judged pairs make room for others"
        assert all(match.engine_version.endswith(f"L{lesson.id}") for match in fresh)
        assert any(reason["label"] == "verdicts" for reason in fresh[0].reasons)
    keep_lessons(context)
    with context.database.transaction(write=False) as session:
        assert session.scalar(select(func.count()).select_from(Lesson)) == 1
    with context.database.transaction() as session:
        before = _lesson(session, 0, verdicts=0)
        learning.choose(session, makers.actor(session, "operator"), before)
    worker.drain(context)
    with context.database.transaction(write=False) as session:
        for match in session.scalars(query.where(Match.state == "SUGGESTED")).unique():
            assert match.engine_version.endswith(f"L{before.id}")
            assert not any(reason["label"] == "verdicts" for reason in match.reasons)


def test_a_worker_that_starts_again_knows_what_was_learnt(context: Context, settings: Settings, make_result: Make, make_demand: Make) -> None:
    with context.database.transaction() as session:
        make_result(session)
        make_demand(session)
        lesson = _lesson(session, 5, "CURRENT").id
    worker.drain(context)
    context.engines["matcher"].save()
    successor = Context(settings, context.database, connect(settings))
    with context.database.transaction() as session:
        make_result(session, title="又一项成果")
    worker.drain(successor)
    assert successor.engines["matcher"].version.endswith(f" L{lesson}")


def test_the_next_version_waits_for_its_hour(context: Context, make_result: Make, make_demand: Make) -> None:
    with context.database.transaction() as session:
        _lesson(session, 5, "CURRENT", verdicts=5)
    keep_lessons(context)
    clock.set_offset(timedelta(hours=context.settings.match_learn_hours + 1))
    keep_lessons(context)
    with context.database.transaction(write=False) as session:
        assert [lesson.verdicts for lesson in learning.versions(session)] == [0, 5]
