"""The quality page: public figures, and the operator's choice of what was learnt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from webapp.core.db import Database
from webapp.matches.models import Lesson, Match, Verdict

Make = Callable[..., Any]


def _lessons(database: Database) -> list[int]:
    with database.transaction() as session:
        rows = [Lesson(upto=1, verdicts=40, unlearned=0.61, learned=0.65, state="OLD"), Lesson(upto=2, verdicts=60, state="CURRENT")]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]


def test_a_visitor_reads_that_there_is_too_little_to_say(client: Any) -> None:
    page = client.get("/quality").get_data(as_text=True)
    assert "判断还太少（0 次）" in page
    assert "还没有真实判断" in page
    assert "排序学到了什么" not in page


def test_a_visitor_reads_the_versions_that_were_judged(
    client: Any, database: Database, make_demand: Make, make_result: Make, make_person: Make
) -> None:
    with database.transaction() as session:
        match = Match(demand=make_demand(session), result=make_result(session), score=0.5, grade=2, position=1)
        session.add(Verdict(
            match=match, person=make_person(session, "broker"), part="broker", decision="shortlist", grade=2, score=0.5, position=1,
            before="SUGGESTED", engine_version="4.0badcafe L3",
        ))  # fmt: skip
    page = client.get("/quality").get_data(as_text=True)
    assert "4.0badcafe" in page
    assert "学习第 3 版" in page
    assert "判断还太少（1 次）" in page
    assert "太少（1）" in page


def test_an_operator_takes_a_version_back_and_lets_learning_go_on(client: Any, database: Database, make_person: Make, sign_in: Make) -> None:
    old, _ = _lessons(database)
    with database.transaction() as session:
        person = make_person(session, "operator")
    sign_in(client, person)
    assert "0.610 → 0.650" in client.get("/quality").get_data(as_text=True)
    answer = client.post(f"/quality/lessons/{old}", follow_redirects=True)
    assert "正在按它重新排序" in answer.get_data(as_text=True)
    assert "恢复按计划学习" in answer.get_data(as_text=True)
    assert "已恢复按计划学习" in client.post("/quality/lessons", follow_redirects=True).get_data(as_text=True)
    twice = client.post("/quality/lessons")
    assert twice.status_code >= 400
    assert "没有固定在某个版本" in twice.get_data(as_text=True)
    assert client.post("/quality/lessons/999").status_code == 404


def test_a_broker_may_not(client: Any, database: Database, make_person: Make, sign_in: Make) -> None:
    old, _ = _lessons(database)
    with database.transaction() as session:
        person = make_person(session, "broker")
    sign_in(client, person)
    assert client.post(f"/quality/lessons/{old}").status_code == 403
    assert "退回此版" not in client.get("/quality").get_data(as_text=True)
