"""Watched searches: news is told once, within its limits, and never of what the person may not see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from webapp.core import clock, worker
from webapp.core.errors import Forbidden, Invalid
from webapp.core.policy import ANONYMOUS, Actor
from webapp.core.worker import Context
from webapp.discovery import watching
from webapp.discovery.models import SavedSearch, SearchFind
from webapp.messages.models import Mail, Notice

Make = Callable[..., Any]


@pytest.fixture
def someone(context: Context, actor_of: Make) -> Actor:
    with context.database.transaction() as session:
        actor: Actor = actor_of(session, "company_user")
    return actor


def save(context: Context, actor: Actor, **address: Any) -> int:
    with context.database.transaction() as session:
        return watching.save(session, actor, context.engines["index"], context.settings, address, "我的搜索").id


def told(context: Context, actor: Actor) -> list[tuple[int, str]]:
    """How many rows each notice told of, and what it called the newest."""
    worker.drain(context)
    with context.database.transaction(write=False) as session:
        rows = session.scalars(select(Notice).where(Notice.person_id == actor.person_id).order_by(Notice.id))
        return [(row.params["n"], row.params["title"]) for row in rows if row.kind.startswith("search_")]


def post(context: Context, make: Make, **values: Any) -> int:
    with context.database.transaction() as session:
        number: int = make(session, **values).id
        return number


def test_a_new_row_that_fits_is_told_once_with_a_link_to_the_search(context: Context, someone: Actor, make_result: Make) -> None:
    post(context, make_result, title="早已有的防腐涂层")
    worker.drain(context)
    number = save(context, someone, q="防腐")
    row = post(context, make_result, title="新来的防腐涂层")
    post(context, make_result, title="新来的电池", summary="别的", keywords=[])
    assert told(context, someone) == [(1, "新来的防腐涂层")]
    with context.database.transaction() as session:
        assert session.scalars(select(Notice.url).where(Notice.person_id == someone.person_id)).all() == [f"/searches/{number}"]
        session.get_one(type(make_result(session)), row).summary = "改了摘要的防腐涂层。"
    clock.set_offset(timedelta(hours=2))
    assert [title for _, title in told(context, someone)][:1] == ["新来的防腐涂层"]
    with context.database.transaction(write=False) as session:
        assert session.scalars(select(SearchFind.row_key)).all().count(f"result:{row}") == 1


def test_an_edit_of_a_row_that_was_there_before_is_no_news_but_one_that_begins_to_fit_is(
    context: Context, someone: Actor, make_result: Make
) -> None:
    old = post(context, make_result, title="旧的防腐涂层")
    other = post(context, make_result, title="旧的电池", summary="别的", keywords=[])
    worker.drain(context)
    save(context, someone, q="防腐")
    with context.database.transaction() as session:
        model = type(make_result(session, title="无关", summary="无关", keywords=[]))
        session.get_one(model, old).summary = "防腐涂层改了摘要。"
        session.get_one(model, other).title = "改成防腐的了"
    assert told(context, someone) == [(1, "改成防腐的了")]


@pytest.mark.parametrize(("level", "hears"), [(0, True), (1, True), (2, True), (3, False), (4, False)])
def test_nobody_is_told_of_what_they_may_not_see(context: Context, someone: Actor, make_demand: Make, level: int, hears: bool) -> None:
    save(context, someone, q="潜器")
    post(context, make_demand, title="潜器耐压壳", confidentiality=level)
    assert bool(told(context, someone)) == hears
    with context.database.transaction(write=False) as session:
        assert (session.scalar(select(SearchFind.id)) is not None) == hears


def test_a_mail_names_a_row_only_where_everybody_may_read_its_name(context: Context, someone: Actor, make_demand: Make) -> None:
    save(context, someone, q="潜器")
    number = post(context, make_demand, title="潜器耐压壳", confidentiality=2)
    assert told(context, someone) == [(1, f"SM-D-{clock.now().year}-{number:04d}")]
    with context.database.transaction(write=False) as session:
        mails = session.scalars(select(Mail).where(Mail.person_id == someone.person_id)).all()
    assert mails
    assert all("耐压壳" not in mail.subject + mail.body for mail in mails)


def test_hidden_words_find_news_for_brokers_alone(context: Context, someone: Actor, make_demand: Make, actor_of: Make) -> None:
    with context.database.transaction() as session:
        broker = actor_of(session, "broker")
    for actor in (someone, broker):
        save(context, actor, q="锌烯")
    post(context, make_demand, title="找涂层", summary="耐久。", details="石墨烯锌烯配比", confidentiality=1)
    assert (told(context, someone), told(context, broker)) == ([], [(1, "找涂层")])


def test_what_was_closed_before_it_could_be_told_is_never_told(context: Context, someone: Actor, make_demand: Make) -> None:
    context.settings = replace(context.settings, search_alerts_daily=0)
    save(context, someone, q="潜器")
    number = post(context, make_demand, title="潜器耐压壳", confidentiality=2)
    assert told(context, someone) == []
    with context.database.transaction() as session:
        session.get_one(type(make_demand(session, title="无关")), number).confidentiality = 4
    context.settings = replace(context.settings, search_alerts_daily=5)
    worker.run_due(context)
    assert told(context, someone) == []
    with context.database.transaction(write=False) as session:
        assert session.scalar(select(SearchFind.id)) is None


def test_a_search_waits_an_hour_and_a_person_hears_so_often_a_day_and_nothing_is_lost(
    context: Context, someone: Actor, make_result: Make
) -> None:
    context.settings = replace(context.settings, search_alerts_daily=2)
    save(context, someone, q="防腐")
    for number, hours in enumerate((0, 0, 2, 4)):
        clock.set_offset(timedelta(hours=hours))
        post(context, make_result, title=f"第{number}种防腐涂层")
        told(context, someone)
    assert [n for n, _ in told(context, someone)][:1] == [1]
    clock.set_offset(timedelta(hours=30))
    with context.database.transaction() as session:
        watching.tell(session, context.settings)
    heard = [n for n, _ in told(context, someone)]
    assert sum(heard) == 4
    assert len(heard) <= 3


def test_a_paused_search_is_silent_and_a_resumed_one_tells_only_what_comes_later(
    context: Context, someone: Actor, make_result: Make
) -> None:
    number = save(context, someone, q="防腐")
    with context.database.transaction() as session:
        watching.pause(session, someone, session.get_one(SavedSearch, number))
    post(context, make_result, title="停着时的防腐涂层")
    assert told(context, someone) == []
    with context.database.transaction() as session:
        watching.resume(session, someone, context.engines["index"], context.settings, session.get_one(SavedSearch, number))
    post(context, make_result, title="恢复后的防腐涂层")
    assert told(context, someone) == [(1, "恢复后的防腐涂层")]


def test_filters_and_operators_count_and_nothing_is_let_go_to_find_more(context: Context, someone: Actor, make_result: Make, make_demand: Make) -> None:
    save(context, someone, q="防腐 石墨烯", kind=["result"])
    post(context, make_demand, title="石墨烯防腐", confidentiality=0)
    post(context, make_result, title="只有防腐")
    assert told(context, someone) == []
    post(context, make_result, title="石墨烯防腐")
    assert told(context, someone) == [(1, "石墨烯防腐")]


def test_saving_twice_is_saving_once_and_there_is_a_limit(context: Context, someone: Actor) -> None:
    assert save(context, someone, q="防腐") == save(context, someone, q="防腐")
    context.settings = replace(context.settings, saved_searches_most=1)
    with pytest.raises(Invalid):
        save(context, someone, q="别的")
    with context.database.transaction() as session, pytest.raises(Forbidden):
        watching.save(session, ANONYMOUS, context.engines["index"], context.settings, {"q": "x"}, "x")


def test_ones_own_new_row_is_no_news(context: Context, make_demand: Make, make_organisation: Make, actor_of: Make) -> None:
    with context.database.transaction() as session:
        company = make_organisation(session, "COMPANY")
        actor = actor_of(session, "company_user", company)
    save(context, actor, q="潜器")
    with context.database.transaction() as session:
        make_demand(session, session.merge(company), title="自家的潜器需求", confidentiality=0)
    assert told(context, actor) == []


def test_a_search_that_finds_too_much_to_remember_tells_what_was_published_since(context: Context, someone: Actor, make_result: Make) -> None:
    context.settings = replace(context.settings, saved_search_known=0)
    old = post(context, make_result, title="旧的防腐涂层", published_at=clock.now() - timedelta(days=3))
    worker.drain(context)
    save(context, someone, q="防腐")
    with context.database.transaction() as session:
        session.get_one(type(make_result(session, title="无关", summary="无关", keywords=[])), old).summary = "防腐改了。"
    assert told(context, someone) == []
    context.settings = replace(context.settings, saved_search_known=50)
    post(context, make_result, title="新的防腐涂层")
    assert told(context, someone) == [(1, "新的防腐涂层")]


def test_a_person_who_left_hears_nothing(context: Context, someone: Actor, make_result: Make) -> None:
    save(context, someone, q="防腐")
    with context.database.transaction() as session:
        session.scalars(select(SavedSearch)).one().person.active = False
    post(context, make_result, title="新的防腐涂层")
    assert told(context, someone) == []


def test_the_page_saves_lists_renames_pauses_and_deletes_only_ones_own(
    app: Any, context: Context, make_person: Make, sign_in: Make, make_result: Make
) -> None:
    with context.database.transaction() as session:
        mine, other = make_person(session, "researcher"), make_person(session, "researcher")
        make_result(session, title="防腐涂层")
    worker.drain(context)
    client, stranger = app.test_client(), app.test_client()
    sign_in(client, mine)
    sign_in(stranger, other)
    assert "关注这个搜索" in client.get("/search?q=防腐&kind=result").text
    assert client.post("/searches", data={"q": "防腐", "kind": "result"}).status_code == 302
    assert "已关注" in client.get("/search?q=防腐&kind=result").text
    page = client.get("/searches").text
    assert "防腐 · 成果" in page
    assert "防腐" not in stranger.get("/searches").text
    assert client.get("/searches/1").status_code == 302 and stranger.get("/searches/1").status_code == 404
    assert stranger.post("/searches/1/delete").status_code == 404
    client.post("/searches/1/rename", data={"name": "海工防腐"})
    client.post("/searches/1/pause")
    assert "海工防腐" in (page := client.get("/searches").text) and "已暂停" in page
    client.post("/searches/1/resume")
    client.post("/searches/1/open")
    client.post("/searches/1/delete")
    assert "海工防腐" not in client.get("/searches").text
    assert app.test_client().post("/searches", data={"q": "x"}).status_code in (302, 401)
