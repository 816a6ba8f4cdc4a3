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
from webapp.figures.service import Share
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
    assert found.ndcg == pytest.approx((3 + 0 + 7 / 2) / (7 + 3 / 1.584962500721156), rel=1e-6)


def test_without_verdicts_there_is_no_number(session: Session) -> None:
    found = service.quality(session)
    assert (found.ndcg, found.hours_to_first, found.accepted.total) == (None, None, 0)


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_interval_holds_the_share(good: int, bad: int) -> None:
    share = Share(good, good + bad)
    low, high = share.interval
    assert 0 <= low <= high <= 1
    if share.total:
        assert low - 1e-9 <= share.value <= high + 1e-9
