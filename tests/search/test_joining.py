"""Segments that edits leave alone are joined a little at a time, and nobody notices but for the speed."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from search import Index, IndexDamaged, Query, SearchDocument, joining
from tests.search.conftest import ids, row

WORDS = ("电池", "涂层", "breeze", "固态", "12.4 MPa", "腐蚀", "传感器", "NCM811", "分离膜", "导管架")


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments of three rows count as large, and so do edits of three rows."""
    monkeypatch.setattr(joining, "LARGE", 3)
    monkeypatch.setattr("search.writer.LARGE", 3)


def some(first: int, count: int = 4) -> list[SearchDocument]:
    """Rows whose words and rights differ; every third has confidential text."""
    chance = random.Random(first)
    made = [row(f"r{n:03}", chance.choice(WORDS), "，".join(chance.choices(WORDS, k=12))) for n in range(first, first + count)]
    return [replace(one, hidden="保密" + chance.choice(WORDS), hidden_access=("org:7",), names=("王工",)) if n % 3 == 0 else one for n, one in enumerate(made)]


@pytest.fixture
def crowded(folder: Path) -> Index:
    made = Index.open(folder, wait=1.0)
    made.rebuild([])
    for first in range(0, 40, 4):
        made.apply(some(first))
    made.apply(some(100, 2), ["r005", "r017", "r018"])
    made.apply([row("r009", "改过的电池")])
    return made


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


def test_the_joined_index_says_the_same_in_fewer_segments(crowded: Index, folder: Path) -> None:
    before, segments = told(crowded), crowded.describe()["segments"]
    assert crowded.crowded()
    assert join_all(crowded) > 10
    assert crowded.describe()["segments"] < segments - 8
    assert not crowded.crowded()
    assert told(crowded) == before == told(Index.open(folder))
    crowded.prove()
    assert crowded.describe()["deleted"] == 0
    assert not list(folder.glob("build-*/join-*"))


def test_searches_and_edits_go_on_between_the_steps(crowded: Index, folder: Path) -> None:
    reader, edits = Index.open(folder), iter([lambda: crowded.apply([row("r001", "新来的热泵")], ["r002"]), lambda: crowded.apply(some(200, 5))])

    def edit() -> None:
        next(edits, lambda: None)()
        assert reader.query(Query("固态", ("public",))).total == crowded.query(Query("固态", ("public",))).total

    join_all(crowded, edit)
    assert ids(reader.query(Query("热泵", ("public",)))) == ["r001"]
    assert "r002" not in reader.versions()
    assert {f"r{n:03}" for n in range(200, 205)} <= set(reader.versions())
    crowded.prove()
    again = Index.open(folder.with_name("again"))
    again.rebuild([])
    for first in range(0, 40, 4):
        again.apply(some(first))
    again.apply(some(100, 2), ["r005", "r017", "r018"])
    again.apply([row("r009", "改过的电池"), row("r001", "新来的热泵"), *some(200, 5)], ["r002"])
    assert told(again) == told(crowded)


def test_a_rebuild_meanwhile_ends_the_join(crowded: Index, folder: Path) -> None:
    assert crowded.join(0.0)
    crowded.rebuild(some(0))
    join_all(crowded)
    assert sorted(crowded.versions()) == ["r000", "r001", "r002", "r003"]
    assert not list(folder.glob("build-*/join-*"))


def test_what_a_dead_process_left_is_removed_and_the_join_begun_anew(crowded: Index, folder: Path) -> None:
    assert crowded.join(0.0)
    assert list(folder.glob("build-*/join-*"))
    before, successor = told(crowded), Index.open(folder, wait=1.0)
    join_all(successor)
    assert told(successor) == before
    assert not list(folder.glob("build-*/join-*"))


def test_a_damaged_segment_is_told_and_leaves_the_index_as_it_was(crowded: Index, folder: Path) -> None:
    victim = max(folder.glob("build-*/*.seg"), key=lambda file: file.stat().st_size)
    whole = victim.read_bytes()
    victim.write_bytes(whole[: len(whole) // 3])
    with pytest.raises(IndexDamaged):
        join_all(crowded)
    victim.write_bytes(whole)
    assert not list(folder.glob("build-*/join-*"))
    before = told(Index.open(folder))
    join_all(crowded)
    assert told(crowded) == before


def test_full_segments_and_few_ones_are_left_alone(monkeypatch: pytest.MonkeyPatch, crowded: Index) -> None:
    monkeypatch.setattr(joining, "FULL", 17)
    before = told(crowded)
    join_all(crowded)
    sizes = sorted(segment.count for segment in crowded._snapshot().segments)
    assert max(sizes) <= 17 and len(sizes) <= joining.MANY + 3
    assert told(crowded) == before
