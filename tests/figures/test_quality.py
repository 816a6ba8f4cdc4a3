"""Live quality says what it means, and says when there is too little to say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from webapp.core import clock
from webapp.figures import service
from webapp.figures.quality import Middle, Share, mean, median
from webapp.matches.models import Match, Verdict

Make = Callable[..., Any]


def _judge(session: Session, make_result: Make, make_person: Make, demand: Any, position: int, grade: int | None, **values: Any) -> None:
    match = Match(demand=demand, result=make_result(session), score=0.5, grade=2, position=position)
    session.add(match)
    common = {"part": "broker", "decision": "judge", "grade": grade, "score": 0.5, "position": position, "before": "SUGGESTED"}
    session.add(Verdict(match=match, person=make_person(session, "broker"), **(common | values)))
    session.flush()


def test_quality_counts_real_standing_verdicts_only(session: Session, make_demand: Make, make_result: Make, make_person: Make) -> None:
    demand = make_demand(session)
    for position, grade in ((1, 2), (2, 0), (3, 3), (7, 0)):
        _judge(session, make_result, make_person, demand, position, grade)
    _judge(session, make_result, make_person, demand, 4, 3, is_example=True)
    _judge(session, make_result, make_person, demand, 5, 3, undone_at=clock.now())
    _judge(session, make_result, make_person, demand, 8, None)
    found = service.quality(session)
    assert (found.top.good, found.top.total) == (2, 3)
    assert (found.accepted.good, found.accepted.total) == (2, 4)
    assert not found.top.enough
    assert found.ndcg.value == pytest.approx((3 + 0 + 7 / 2) / (7 + 3 / 1.584962500721156), rel=1e-6)
    assert (found.ndcg.demands, found.ndcg.enough) == (1, False)


def test_without_verdicts_there_is_no_number(session: Session) -> None:
    found = service.quality(session)
    assert (found.ndcg.value, found.hours.value, found.accepted.total) == (None, None, 0)
    assert service.by_version(session) == []


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_interval_holds_the_share(good: int, bad: int) -> None:
    share = Share(good, good + bad)
    low, high = share.interval
    assert 0 <= low <= high <= 1
    if share.total:
        assert low - 1e-9 <= share.value <= high + 1e-9


def test_each_verdict_counts_for_the_engine_that_ranked_the_pair(session: Session, make_demand: Make, make_result: Make, make_person: Make) -> None:
    demand = make_demand(session, published_at=clock.now())
    for position, grade, version in ((1, 0, "4.a L0"), (2, 2, "4.a L0"), (1, 3, "4.a L1"), (6, 2, "4.a L1")):
        _judge(session, make_result, make_person, demand, position, grade, engine_version=version)
    new, old = service.by_version(session)
    assert (new.version, new.top.good, new.top.total, new.accepted.total) == ("4.a L1", 1, 1, 2)
    assert (old.version, old.top.good, old.top.total, old.accepted.total) == ("4.a L0", 1, 2, 2)
    assert (old.hours.demands, new.hours.demands) == (1, 0)


def test_of_two_verdicts_about_a_pair_the_latest_counts(session: Session, make_demand: Make, make_result: Make, make_person: Make) -> None:
    demand = make_demand(session)
    _judge(session, make_result, make_person, demand, 1, 0)
    match = session.query(Match).one()
    session.add(Verdict(match=match, person=make_person(session, "broker"), part="broker", decision="x", grade=2, score=0.5, position=1, before="x"))
    session.flush()
    assert (service.quality(session).accepted.good, service.quality(session).accepted.total) == (1, 1)


@given(st.lists(st.floats(0, 1), max_size=60))
def test_intervals_hold_the_middle(values: list[float]) -> None:
    for found in (mean(values), median(values)):
        assert found.demands == len(values)
        if found.value is not None:
            assert found.low - 1e-9 <= found.value <= found.high + 1e-9


def test_too_few_demands_say_nothing() -> None:
    assert not Middle(0.5, 0.1, 0.9, 9).enough
    assert mean([0.5] * 10).enough
