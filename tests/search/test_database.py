"""What can happen to an index kept in PostgreSQL, and how it recovers."""

import psycopg
import pytest

from search import Index, IndexUnreachable, Query
from tests.search.conftest import Place, ids, row

pytestmark = pytest.mark.parametrize("new_place", ["postgresql"], indirect=True)
BATTERY = Query("电池", ("public",))


def test_a_database_that_does_not_answer_is_not_called_damaged(new_place: Place) -> None:
    index = Index.open("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(IndexUnreachable):
        index.query(BATTERY)


def test_a_lost_connection_is_made_again(new_place: Place) -> None:
    place = new_place()
    index = Index.open(place)
    index.rebuild([row("r1", "电池")])
    assert index.query(BATTERY).total == 1
    with psycopg.connect(place, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE '%search_state%'"
        )
    assert index.query(BATTERY).total == 1


def test_merged_segments_stay_readable_for_a_while_and_then_go(new_place: Place) -> None:
    place = new_place()
    index, reader = Index.open(place), Index.open(place)
    index.rebuild([row("r0", "电池")])
    held = reader._snapshot()
    for i in range(9):
        index.apply([row(f"r{i}", "电池")])
    assert len(held.occurrences("grams", "电池")) == 1
    with psycopg.connect(place, autocommit=True) as other:
        other.execute("UPDATE search_segment SET retired = retired - interval '1 hour'")
    index.apply([row("last", "电池")])
    with psycopg.connect(place) as other:
        kept = other.execute("SELECT count(*) FROM search_segment WHERE retired IS NOT NULL").fetchone()
        rows = other.execute("SELECT count(DISTINCT segment) FROM search_block").fetchone()
        live = other.execute("SELECT count(*) FROM search_segment").fetchone()
    assert kept == (0,)
    assert rows == live
    assert ids(reader.query(BATTERY)) == sorted(["last", *(f"r{i}" for i in range(9))])


def test_the_address_of_the_application_is_understood(new_place: Place) -> None:
    place = new_place().replace("postgresql://", "postgresql+psycopg://", 1)
    index = Index.open(place)
    assert index.rebuild([row("r1", "电池")]) == 1
    assert index.query(BATTERY).total == 1
