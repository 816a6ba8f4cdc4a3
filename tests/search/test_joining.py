"""Segments that edits leave alone are joined a little at a time, and nobody notices but for the speed."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from search import Index, IndexDamaged, Query, SearchDocument, joining
from tests.search.conftest import Place, ids, row

WORDS = ("电池", "涂层", "breeze", "固态", "12.4 MPa", "腐蚀", "传感器", "NCM811", "分离膜", "导管架")


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments of three rows count as large, and so do edits of three rows."""
    monkeypatch.setattr(joining, "LARGE", 3)
    for module in ("search.writer", "search.database"):
        monkeypatch.setattr(f"{module}.LARGE", 3)
    monkeypatch.setattr("search.table_joining._ROWS_AT_ONCE", 3)
    monkeypatch.setattr("search.table_joining._BLOCKS_AT_ONCE", 90)


def some(first: int, count: int = 4) -> list[SearchDocument]:
    """Rows whose words and rights differ; every third has confidential text."""
    chance = random.Random(first)
    made = [row(f"r{n:03}", chance.choice(WORDS), "，".join(chance.choices(WORDS, k=12))) for n in range(first, first + count)]
    return [replace(one, hidden="保密" + chance.choice(WORDS), hidden_access=("org:7",), names=("王工",)) if n % 3 == 0 else one for n, one in enumerate(made)]


@pytest.fixture
def crowded(place: str) -> Index:
    """An index of many segments, with rows deleted and replaced."""
    return fill(Index.open(place, wait=1.0))


def fill(made: Index) -> Index:
    """Rows batch by batch."""
    made.rebuild([])
    for first in range(0, 40, 4):
        made.apply(some(first))
    made.apply(some(100, 2), ["r005", "r017", "r018"])
    made.apply([row("r009", "改过的电池")])
    return made


def left(place: str) -> list[Path]:
    """What a join has left in a folder."""
    return [] if "://" in place else list(Path(place).glob("build-*/join-*"))


def told(index: Index) -> list[object]:
    """All an index says: hits with scores and marks, totals, facets, completions, versions."""
    asked = [*WORDS, "", "保密", '"固态电池"', "r009", "王*", "wanggong"]
    pages = [index.query(Query(text, access, facets=("kind", "year"), size=100)) for text in asked for access in (("public",), ("public", "org:7"))]
    return [*pages, [index.complete(text) for text in asked], sorted(index.versions().items()), index.describe()["documents"]]


def join_all(index: Index, between: Callable[[], object] = lambda: None, seconds: float = 0.0) -> int:
    """Join step by step; the number of steps."""
    steps = 1
    while index.join(seconds):
        between()
        steps += 1
    return steps


def test_the_joined_index_says_the_same_in_fewer_segments(crowded: Index, place: str) -> None:
    before, segments = told(crowded), crowded.describe()["segments"]
    assert crowded.crowded()
    assert join_all(crowded) > 10
    assert crowded.describe()["segments"] < segments - 8
    assert not crowded.crowded()
    assert told(crowded) == before == told(Index.open(place))
    crowded.prove()
    assert crowded.describe()["deleted"] == 0
    assert not left(place)


def test_searches_and_edits_go_on_between_the_steps(crowded: Index, place: str, new_place: Place) -> None:
    reader, edits = Index.open(place), iter([lambda: crowded.apply([row("r001", "新来的热泵")], ["r002"]), lambda: crowded.apply(some(200, 5))])

    def edit() -> None:
        next(edits, lambda: None)()
        assert reader.query(Query("固态", ("public",))).total == crowded.query(Query("固态", ("public",))).total

    join_all(crowded, edit)
    assert ids(reader.query(Query("热泵", ("public",)))) == ["r001"]
    assert "r002" not in reader.versions()
    assert {f"r{n:03}" for n in range(200, 205)} <= set(reader.versions())
    crowded.prove()
    again = fill(Index.open(new_place()))
    again.apply([row("r001", "新来的热泵"), *some(200, 5)], ["r002"])
    assert told(again) == told(crowded)


def test_a_rebuild_meanwhile_ends_the_join(crowded: Index, place: str) -> None:
    assert crowded.join(0.0)
    crowded.rebuild(some(0))
    join_all(crowded)
    assert sorted(crowded.versions()) == ["r000", "r001", "r002", "r003"]
    assert not left(place)


def test_what_a_dead_process_left_is_removed_and_the_join_begun_anew(crowded: Index, place: str) -> None:
    assert crowded.join(0.0)
    before, successor = told(crowded), Index.open(place, wait=1.0)
    join_all(successor)
    assert told(successor) == before
    assert not left(place)


@pytest.mark.parametrize("new_place", ["files"], indirect=True)
def test_a_damaged_segment_is_told_and_leaves_the_index_as_it_was(crowded: Index, place: str) -> None:
    victim = max(Path(place).glob("build-*/*.seg"), key=lambda file: file.stat().st_size)
    whole = victim.read_bytes()
    victim.write_bytes(whole[: len(whole) // 3])
    with pytest.raises(IndexDamaged):
        join_all(crowded)
    victim.write_bytes(whole)
    assert not left(place)
    before = told(Index.open(place))
    join_all(crowded)
    assert told(crowded) == before


def test_full_segments_and_few_ones_are_left_alone(monkeypatch: pytest.MonkeyPatch, crowded: Index) -> None:
    monkeypatch.setattr(joining, "FULL", 17)
    before = told(crowded)
    join_all(crowded)
    sizes = sorted(segment.count for segment in crowded._snapshot().segments)
    assert max(sizes) <= 17 and len(sizes) <= joining.MANY + 3
    assert told(crowded) == before


@pytest.mark.parametrize("new_place", ["postgresql"], indirect=True)
def test_a_join_nobody_went_on_with_is_dropped_and_loses_nothing(crowded: Index, place: str) -> None:
    before = told(crowded)
    assert crowded.join(0.0)
    with psycopg.connect(place, autocommit=True) as other:
        other.execute("UPDATE search_segment SET retired = retired - interval '1 hour'")
    crowded.apply([row("r010", "改过的涂层")])
    assert not crowded.join(60.0) or not crowded.join(60.0)
    assert len(crowded.versions()) == len(dict(before[-2]))  # type: ignore[call-overload]
    with psycopg.connect(place) as other:
        lost = other.execute("SELECT count(*) FROM search_row WHERE segment NOT IN (SELECT segment FROM search_segment)").fetchone()
    assert lost == (0,)
    crowded.prove()
