"""Search: the index suggests, the database decides; nobody finds what they may not see."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import select, text

from webapp.accounts import service as accounts
from webapp.core import outbox, worker
from webapp.core.policy import ANONYMOUS, Actor
from webapp.core.worker import Context
from webapp.discovery import jobs, searching
from webapp.discovery.searching import SearchQuery
from webapp.jobs import register

register()
Make = Callable[..., Any]


def _search(context: Context, actor: Actor, words: str, **wanted: Any) -> searching.Answer:
    query = SearchQuery(text=words, access=searching.access_tokens(actor), facets=searching.FACETS, **wanted)
    with context.database.transaction(write=False) as session:
        return searching.search(session, actor, context.engines["index"], query)


def _delete_index(context: Context) -> None:
    """The folder with all its files, or all tables."""
    location = context.settings.index
    if not location.startswith("postgresql://"):
        shutil.rmtree(location)
        return
    with psycopg.connect(location, autocommit=True) as connection:
        connection.execute("DROP TABLE search_block, search_row, search_segment, search_state")


def _spoil_index(context: Context) -> None:
    """Every file emptied, or the row that says which tables hold the index."""
    location = context.settings.index
    if not location.startswith("postgresql://"):
        for path in Path(location).rglob("*"):
            if path.is_file():
                path.write_bytes(b"")
        return
    with psycopg.connect(location, autocommit=True) as connection:
        connection.execute("DELETE FROM search_state")


def _titles(answer: searching.Answer) -> set[str]:
    return {hit.view.title for hit in answer.hits}


def test_a_published_result_is_found_by_any_two_characters_with_its_words_marked(context: Context, make_result: Make) -> None:
    with context.database.transaction() as session:
        make_result(session, title="飞溅区湿固化涂层", summary="用于导管架。")
    worker.drain(context)
    answer = _search(context, ANONYMOUS, "固化")
    assert _titles(answer) == {"飞溅区湿固化涂层"}
    assert any(on and "固化" in piece for piece, on in answer.hits[0].title)
    assert "".join(piece for piece, _ in answer.hits[0].title) == "飞溅区湿固化涂层"


def test_filters_count_and_narrow(context: Context, make_result: Make, make_demand: Make) -> None:
    with context.database.transaction() as session:
        make_result(session, title="防腐涂层甲")
        make_demand(session, title="防腐涂层需求")
    worker.drain(context)
    assert dict(_search(context, ANONYMOUS, "防腐").facets["kind"]) == {"result": 1, "demand": 1}
    assert _titles(_search(context, ANONYMOUS, "防腐", filters={"kind": ("demand",)})) == {"防腐涂层需求"}


@pytest.mark.parametrize("level", [2, 3, 4])
def test_a_confidential_demand_is_neither_found_nor_counted_by_strangers(context: Context, make_demand: Make, level: int) -> None:
    with context.database.transaction() as session:
        make_demand(session, title="绝密潜器耐压壳", summary="耐压壳焊接。", confidentiality=level)
    worker.drain(context)
    answer = _search(context, ANONYMOUS, "耐压壳")
    assert (answer.hits, answer.total) == ([], 0)
    assert not answer.suggestion
    assert all(not counted for _, counts in answer.facets.items() for _, counted in counts)


def test_brokers_find_hidden_text_and_it_is_not_in_the_excerpt_of_others(context: Context, make_demand: Make, actor_of: Make) -> None:
    with context.database.transaction() as session:
        make_demand(session, title="找涂层", summary="耐久。", details="石墨烯锌烯配比")
        broker = actor_of(session, "broker")
    worker.drain(context)
    assert _titles(_search(context, broker, "锌烯")) == {"找涂层"}
    assert _search(context, ANONYMOUS, "锌烯").total == 0


def test_a_row_withdrawn_a_moment_ago_is_not_shown_although_the_index_still_has_it(context: Context, make_result: Make) -> None:
    with context.database.transaction() as session:
        row = make_result(session, title="即将撤下的涂层").id
    worker.drain(context)
    with context.database.transaction() as session:
        session.execute(text("UPDATE result SET state = 'WITHDRAWN' WHERE id = :id"), {"id": row})
    assert _titles(_search(context, ANONYMOUS, "撤下")) == set()


def test_an_anonymous_company_is_not_found_by_its_name(context: Context, make_demand: Make, make_organisation: Make) -> None:
    with context.database.transaction() as session:
        company = make_organisation(session, "COMPANY", name="示例蓝鲸重工有限公司")
        make_demand(session, company, title="找涂层", confidentiality=1)
        make_demand(session, company, title="找焊机", confidentiality=0)
        owner = accounts.Person
    assert owner
    worker.drain(context)
    assert _titles(_search(context, ANONYMOUS, "蓝鲸重工")) == {"找焊机"}


def test_a_deleted_index_says_so_and_is_rebuilt_by_the_worker(context: Context, make_result: Make) -> None:
    with context.database.transaction() as session:
        make_result(session, title="重建也不会丢的涂层")
    worker.drain(context)
    _delete_index(context)
    query = SearchQuery(text="涂层", access=("public",))
    with context.database.transaction() as session:
        _, broken = searching.safe_search(session, ANONYMOUS, context.engines["index"], query)
        assert broken
        assert outbox.counts(session)["WAITING"] >= 1
    worker.drain(context)
    assert _titles(_search(context, ANONYMOUS, "涂层")) == {"重建也不会丢的涂层"}


def test_edits_wait_unharmed_while_the_index_is_damaged(context: Context, make_result: Make) -> None:
    _delete_index(context)
    with context.database.transaction() as session:
        for n in range(7):
            make_result(session, title=f"第{n}种等着入索引的涂层")
    worker.drain(context)
    assert _search(context, ANONYMOUS, "等着入索引").total == 7
    with context.database.transaction(write=False) as session:
        left = session.scalars(select(outbox.Job.kind)).all()  # the search for twins waits for its turn
        assert set(left) <= {"twins"}
        assert outbox.counts(session)["PARKED"] == 0


def test_a_damaged_index_heals_without_being_asked(context: Context, make_result: Make) -> None:
    with context.database.transaction() as session:
        make_result(session, title="自愈的涂层")
    worker.drain(context)
    _spoil_index(context)
    assert context.engines["index"].damaged()
    jobs.heal(context)
    assert _titles(_search(context, ANONYMOUS, "涂层")) == {"自愈的涂层"}


@pytest.mark.parametrize("rubbish", ["", " ", "\x00", "*", '"', "AND OR NOT", "((((", "😀", "title:", "[1 TO", "长" * 3000])
def test_any_text_gets_an_answer(context: Context, rubbish: str) -> None:
    assert _search(context, ANONYMOUS, rubbish).total == 0 or rubbish.strip(" \x00*") == ""
