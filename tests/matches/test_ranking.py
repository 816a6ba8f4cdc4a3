"""Matches follow every change, in both directions, and keep what people judged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from webapp.catalog.models import Demand, Result
from webapp.config import Settings
from webapp.core import clock, outbox, worker
from webapp.core.db import Database
from webapp.core.worker import Context
from webapp.engines import connect
from webapp.engines.matcher import Side
from webapp.jobs import register
from webapp.matches import jobs, service
from webapp.matches.models import Match, Verdict

register()
Make = Callable[..., Any]


@pytest.fixture
def context(settings: Settings, database: Database) -> Context:
    context = Context(settings, database, connect(settings))
    context.engines["index"].rebuild([])
    return context


def _pairs(database: Database, **wanted: Any) -> list[Match]:
    with database.transaction(write=False) as session:
        query = select(Match).order_by(Match.demand_id, Match.position)
        return [m for m in session.scalars(query).unique() if all(getattr(m, k) == v for k, v in wanted.items())]


def _seed(context: Context, make_result: Make, make_demand: Make) -> tuple[int, int]:
    """A demand with a result that serves it, among results that do not; returns their ids."""
    with context.database.transaction() as session:
        for title in ("机场客流预测模型", "果蔬冷链保鲜箱", "古籍数字化修复平台", "矿用防爆变频器"):
            make_result(session, title=title, summary=f"{title}，已做样机。", keywords=[title[:4]], industry_code="ai-vr")
        good = make_result(session, title="导管架飞溅区湿固化防腐涂层", summary="潮湿钢面可施工，附着力 8 MPa，海水中继续固化。")
        demand = make_demand(session, title="飞溅区带水施工的防腐涂层", summary="导管架飞溅区钢面潮湿，需要湿固化涂层，附着力不低于 6 MPa。")
        ids = (demand.id, good.id)
    worker.drain(context)
    return ids


def test_a_posted_demand_is_matched_with_the_result_that_serves_it(context: Context, make_result: Make, make_demand: Make) -> None:
    demand_id, result_id = _seed(context, make_result, make_demand)
    first = _pairs(context.database, demand_id=demand_id)[0]
    assert (first.result_id, first.state, first.position) == (result_id, "SUGGESTED", 1)
    assert first.grade >= 1
    assert first.reasons
    assert sum(reason["share"] for reason in first.reasons) == pytest.approx(first.score, abs=1e-3)


def test_a_published_result_finds_the_demand_that_waits_for_it(context: Context, make_result: Make, make_demand: Make) -> None:
    demand_id, _ = _seed(context, make_result, make_demand)
    with context.database.transaction() as session:
        late = make_result(session, title="飞溅区带水施工湿固化涂层", summary="导管架潮湿钢面刮涂，附着力 9 MPa。").id
    worker.drain(context)
    assert late in {match.result_id for match in _pairs(context.database, demand_id=demand_id)}


def test_a_withdrawn_result_leaves_the_queue_and_the_index(context: Context, make_result: Make, make_demand: Make) -> None:
    _, result_id = _seed(context, make_result, make_demand)
    assert f"result:{result_id}" in context.engines["index"].versions()
    with context.database.transaction() as session:
        session.get_one(Result, result_id).state = "WITHDRAWN"
    worker.drain(context)
    assert _pairs(context.database, result_id=result_id) == []
    assert f"result:{result_id}" not in context.engines["index"].versions()


def test_a_pair_in_work_becomes_stale_when_its_result_is_withdrawn(context: Context, make_result: Make, make_demand: Make) -> None:
    demand_id, result_id = _seed(context, make_result, make_demand)
    with context.database.transaction() as session:
        session.scalars(select(Match).where(Match.demand_id == demand_id, Match.result_id == result_id)).unique().one().state = "SHORTLISTED"
        session.get_one(Result, result_id).state = "WITHDRAWN"
    worker.drain(context)
    assert [match.state for match in _pairs(context.database, result_id=result_id)] == ["STALE"]


def test_a_rejected_pair_comes_back_only_when_a_text_changes(context: Context, make_result: Make, make_demand: Make) -> None:
    demand_id, result_id = _seed(context, make_result, make_demand)
    with context.database.transaction() as session:
        session.scalars(select(Match).where(Match.demand_id == demand_id, Match.result_id == result_id)).unique().one().state = "REJECTED"
        service.rematch_everything(session)
    worker.drain(context)
    assert _pairs(context.database, demand_id=demand_id, result_id=result_id)[0].state == "REJECTED"
    with context.database.transaction() as session:
        session.get_one(Demand, demand_id).summary += " 一道成膜五百微米。"
    worker.drain(context)
    assert _pairs(context.database, demand_id=demand_id, result_id=result_id)[0].state == "SUGGESTED"


def test_a_pair_with_an_undone_verdict_is_kept_when_it_falls_out(
    context: Context, make_result: Make, make_demand: Make, make_person: Make
) -> None:
    demand_id, result_id = _seed(context, make_result, make_demand)
    with context.database.transaction() as session:
        match = session.scalars(select(Match).where(Match.demand_id == demand_id, Match.result_id == result_id)).unique().one()
        broker = make_person(session, "broker")
        session.add(
            Verdict(match=match, person=broker, part="broker", decision="reject", score=match.score, position=1, before="SUGGESTED")
        )
        session.get_one(Result, result_id).state = "WITHDRAWN"
    worker.drain(context)
    assert [match.state for match in _pairs(context.database, result_id=result_id)] == ["STALE"]


def test_clocks_go_on_while_many_demands_are_ranked(
    context: Context, make_result: Make, make_demand: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    _seed(context, make_result, make_demand)
    done: list[str] = []

    def slow(*_: Any) -> int:
        done.append("ranked")
        clock.set_offset(clock.offset() + timedelta(seconds=40))
        return 0

    monkeypatch.setattr(service, "rank", slow)
    monkeypatch.setattr(jobs, "SLICE", 1)
    monkeypatch.setattr(worker, "_periodic", {"minutely": (worker.MINUTE, lambda _context: done.append("tick"))})
    with context.database.transaction() as session:
        for number in range(3):
            make_demand(session, title=f"找第{number}种防腐涂层", summary="要耐用。")
        service.rematch_everything(session)
    with clock.frozen(clock.now()):
        worker.drain(context)
    assert done[:5] == ["ranked", "ranked", "tick", "ranked", "ranked"]


def test_ranking_twice_changes_nothing(context: Context, make_result: Make, make_demand: Make) -> None:
    _seed(context, make_result, make_demand)
    before = [(m.id, m.score, m.version) for m in _pairs(context.database)]
    with context.database.transaction() as session:
        service.rematch_everything(session)
    worker.drain(context)
    assert [(m.id, m.score, m.version) for m in _pairs(context.database)] == before


def test_a_new_worker_takes_over_the_snapshot_and_what_changed_since(
    context: Context, settings: Settings, make_result: Make, make_demand: Make
) -> None:
    _, result_id = _seed(context, make_result, make_demand)
    context.engines["matcher"].save()
    successor = Context(settings, context.database, connect(settings))
    with context.database.transaction() as session:
        session.get_one(Result, result_id).state = "PAUSED"
    worker.drain(successor)
    assert _pairs(context.database, result_id=result_id) == []
    assert str(result_id) not in successor.engines["matcher"].sides["result"].versions


def test_a_new_worker_that_finds_many_new_rows_fits_anew_instead_of_taking_them_in_one_by_one(
    context: Context, settings: Settings, make_result: Make, make_demand: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    _seed(context, make_result, make_demand)
    context.engines["matcher"].save()
    successor = Context(settings, context.database, connect(settings))
    monkeypatch.setattr(Side, "room", 2)
    side = successor.engines["matcher"].sides["result"]
    with context.database.transaction() as session:
        for number in range(3):
            make_result(session, title=f"新来的成果{number}", summary="已做样机。", industry_code="ai-vr")
    with successor.database.transaction(write=False) as session:
        assert service.prepare(session, successor.engines["matcher"])
    assert (side.fitted, side.changed, len(side.versions)) == (8, 0, 8)


def test_a_new_worker_lets_a_large_import_end_before_it_loads_the_engine(
    context: Context, settings: Settings, make_result: Make, make_demand: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    demand_id, result_id = _seed(context, make_result, make_demand)
    context.engines["matcher"].save()
    successor = Context(settings, context.database, connect(settings))
    matcher, fits = successor.engines["matcher"], []
    monkeypatch.setattr(Side, "room", 2)
    monkeypatch.setattr(service, "fit", lambda session, engine, fit=service.fit: (fits.append(engine), fit(session, engine)))
    with context.database.transaction() as session:
        outbox.enqueue(session, "import", "import_batch", 0, delay=timedelta(hours=1))
        session.get_one(Demand, demand_id).summary += " 更多条件。"
        for number in range(3):
            make_result(session, title=f"新来的成果{number}", summary="已做样机。", industry_code="ai-vr")
    worker.drain(successor)
    assert not matcher.loaded and not fits
    with context.database.transaction() as session:
        outbox.done(session, [job.id for job in session.scalars(select(outbox.Job).where(outbox.Job.kind == "import"))])
        service.rematch_everything(session)
    worker.drain(successor)
    assert fits == [matcher] and matcher.loaded
    assert result_id in {match.result_id for match in _pairs(context.database, demand_id=demand_id)}
    with context.database.transaction(write=False) as session:
        assert not outbox.under_way(session, "rematch", "rematch_all")


def test_an_engine_whose_fit_failed_is_read_again_from_its_snapshot(
    context: Context, make_result: Make, make_demand: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    demand_id, result_id = _seed(context, make_result, make_demand)
    matcher = context.engines["matcher"]
    matcher.save()
    with monkeypatch.context() as broken:
        broken.setattr("matching.engine._fitted", lambda *_: 1 / 0)
        with context.database.transaction() as session, pytest.raises(ZeroDivisionError):
            service.fit(session, matcher)
    assert not matcher.loaded
    with context.database.transaction() as session:
        session.get_one(Demand, demand_id).summary += " 更多条件。"
    worker.drain(context)
    assert matcher.loaded and str(result_id) in matcher.sides["result"].versions
    assert result_id in {match.result_id for match in _pairs(context.database, demand_id=demand_id)}


def test_pages_can_ask_the_engine_as_soon_as_it_was_fitted(
    context: Context, settings: Settings, make_result: Make, make_demand: Make
) -> None:
    page = connect(settings)["matcher"]
    assert not page.read()
    _, result_id = _seed(context, make_result, make_demand)
    assert page.read() and str(result_id) in page.sides["result"].versions


def test_a_damaged_engine_snapshot_is_made_again(context: Context, settings: Settings, make_result: Make, make_demand: Make) -> None:
    demand_id, result_id = _seed(context, make_result, make_demand)
    context.engines["matcher"].save()
    for path in (settings.var / "engine").rglob("*"):
        if path.is_file() and path.name != "versions.json":
            path.write_bytes(b"rubbish")
    successor = Context(settings, context.database, connect(settings))
    with context.database.transaction() as session:
        session.get_one(Demand, demand_id).summary += " 更多条件。"
    worker.drain(successor)
    assert result_id in {match.result_id for match in _pairs(context.database, demand_id=demand_id)}


def test_hidden_text_counts_and_is_never_among_the_reasons(context: Context, make_result: Make, make_demand: Make) -> None:
    with context.database.transaction() as session:
        make_result(session, title="重防腐技术", summary="一种涂层。", details="石墨烯锌烯复配比例与固化剂甲基四氢苯酐")
        demand = make_demand(session, title="找防腐涂层", summary="要耐用。", details="最好含石墨烯锌烯与甲基四氢苯酐").id
    worker.drain(context)
    for match in _pairs(context.database, demand_id=demand):
        said = repr(match.reasons)
        assert "石墨烯" not in said
        assert "苯酐" not in said


def test_a_mere_confirmation_does_not_bring_a_rejected_pair_back(context: Context, make_result: Make, make_demand: Make) -> None:
    demand_id, result_id = _seed(context, make_result, make_demand)
    with context.database.transaction() as session:
        session.scalars(select(Match).where(Match.demand_id == demand_id, Match.result_id == result_id)).unique().one().state = "REJECTED"
        session.get_one(Result, result_id).confirmed_at = clock.now() + timedelta(days=3)
    worker.drain(context)
    assert _pairs(context.database, demand_id=demand_id, result_id=result_id)[0].state == "REJECTED"


def test_the_engine_learns_from_the_latest_standing_verdict_of_each_pair(
    context: Context, make_result: Make, make_demand: Make, make_person: Make
) -> None:
    demand_id, result_id = _seed(context, make_result, make_demand)
    taught: list[tuple[str, str, float]] = []
    matcher = context.engines["matcher"]
    matcher.note = lambda verdicts, _demands: taught.extend((v.query_id, v.document_id, v.grade) for v in verdicts)
    with context.database.transaction() as session:
        match = session.scalars(select(Match).where(Match.demand_id == demand_id, Match.result_id == result_id)).unique().one()
        broker = make_person(session, "broker")
        common = {"match": match, "person": broker, "part": "broker", "decision": "x", "score": 0.5, "position": 1, "before": "SUGGESTED"}
        session.add_all([
            Verdict(**common, grade=0), Verdict(**common, grade=2), Verdict(**common, grade=None),
            Verdict(**common, grade=3, undone_at=clock.now()), Verdict(**common, grade=3, is_example=True),
        ])  # fmt: skip
        outbox.enqueue(session, "learn", "match", match.id)
    worker.drain(context)
    assert taught == [(str(demand_id), str(result_id), 2)]
