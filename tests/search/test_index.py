"""The index stays true, whichever engine keeps it: batches, rebuilds beside, damage told, one writer at a time."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from search import Index, IndexBusy, IndexDamaged, Query, SearchDocument
from tests.search.conftest import Ask, ids, row


def test_a_withdrawn_row_leaves_the_index(index: Index, ask: Ask) -> None:
    index.apply([row("r1", "石墨烯"), row("r2", "石墨烯")])
    index.apply([], ["r1", "never there"])
    assert ids(ask("石墨烯")) == ["r2"]
    assert ask("石墨烯", facets=("kind",)).facets["kind"] == [("result", 1)]


def test_an_edited_row_is_found_by_its_new_text_only(index: Index, ask: Ask) -> None:
    index.apply([row("r1", "石墨烯")])
    index.apply([row("r1", "电池")])
    assert ids(ask("电池")) == ["r1"]
    assert ask("石墨烯").total == 0


def test_putting_twice_is_putting_once(index: Index, ask: Ask) -> None:
    for _ in range(2):
        index.apply([row("r1", "旧"), row("r1", "新电池"), row("r2", "电池")], ["r1"])
    assert sorted(ids(ask("电池"))) == ["r1", "r2"]
    assert ask("").total == 2


def test_many_small_edits_keep_every_row_and_few_segments(index: Index, ask: Ask) -> None:
    for i in range(30):
        index.apply([row(f"r{i}", "电池", version=str(i))], [f"r{i - 1}"] if i % 3 == 0 else [])
    assert index.versions() == {f"r{i}": str(i) for i in range(30) if i == 29 or (i + 1) % 3}
    assert ask("电池").total == 21
    assert ask("电池", facets=("kind",)).facets["kind"] == [("result", 21)]
    assert len(ask('"电池"', size=50).hits) == 21
    assert index.describe()["segments"] <= 8


def test_versions_tell_which_state_of_a_row_is_indexed(index: Index) -> None:
    index.apply([row("r1", version="7"), row("r2", version="a\nb"), row("r3")])
    assert index.versions() == {"r1": "7", "r2": "a\nb", "r3": ""}


def test_the_health_figures_count_rows(index: Index) -> None:
    index.apply([row("r1"), row("r2")])
    index.apply([row("r1")])
    told = index.describe()
    assert (told["documents"], told["deleted"]) == (2, 1)
    assert told["bytes"] > 0


def test_searches_go_on_while_the_index_is_rebuilt(index: Index, ask: Ask) -> None:
    index.apply([row("old", "电池")])
    answers: list[list[str]] = []

    def documents() -> Iterator[SearchDocument]:
        for i in range(3):
            answers.append(ids(ask("电池")))
            yield row(f"new{i}", "电池")

    assert index.rebuild(documents()) == 3
    assert answers == [["old"]] * 3
    assert ids(ask("电池")) == ["new0", "new1", "new2"]


def test_a_rebuild_that_fails_leaves_the_index_in_use_as_it_was(index: Index, ask: Ask) -> None:
    index.apply([row("old", "电池")])

    def documents() -> Iterator[SearchDocument]:
        yield row("new", "电池")
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        index.rebuild(documents())
    assert ids(ask("电池")) == ["old"]
    index.apply([row("next", "电池")])
    assert ids(ask("电池")) == ["next", "old"]


def test_a_row_that_comes_twice_in_a_rebuild_is_kept_once(index: Index, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("writer", "database"):
        monkeypatch.setattr(f"search.{module}._REBUILD_BATCH", 2)
    assert index.rebuild([row("r1", "旧"), row("r2"), row("r1", "新"), row("r1", "最新"), row("r3")]) == 3
    assert ask("").total == 3
    assert ids(ask("最新")) == ["r1"]


def test_a_row_that_cannot_be_read_changes_nothing(index: Index, ask: Ask) -> None:
    index.apply([row("r1", "电池")])

    def documents() -> Iterator[SearchDocument]:
        yield row("r2", "电池")
        raise ValueError("torn row")

    with pytest.raises(ValueError, match="torn"):
        index.apply(documents(), ["r1"])
    assert ids(ask("电池")) == ["r1"]


def test_a_missing_index_is_told(place: str) -> None:
    index = Index.open(place)
    for act in (lambda: index.query(Query("x")), index.versions, lambda: index.apply([row("r1")])):
        with pytest.raises(IndexDamaged):
            act()
    index.rebuild([row("r1", "电池")])
    assert index.query(Query("电池", ("public",))).total == 1


def test_an_index_of_an_older_edition_is_told_and_can_be_rebuilt(
    index: Index, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("writer", "database"):
        monkeypatch.setattr(f"search.{module}.edition", lambda: "another")
    fresh = Index.open(place)
    with pytest.raises(IndexDamaged, match="edition"):
        fresh.versions()
    with pytest.raises(IndexDamaged, match="edition"):
        fresh.apply([row("r1")])
    fresh.rebuild([row("r2", version="1")])
    assert fresh.versions() == {"r2": "1"}


def test_a_second_writer_waits_and_then_is_told(index: Index, place: str) -> None:
    inside, done = threading.Event(), threading.Event()

    def slow() -> Iterator[SearchDocument]:
        inside.set()
        done.wait(10)
        yield row("r1")

    rebuilding = threading.Thread(target=lambda: index.rebuild(slow()))
    rebuilding.start()
    inside.wait(10)
    try:
        with pytest.raises(IndexBusy):
            Index.open(place, wait=0.2).apply([row("r2")])
    finally:
        done.set()
        rebuilding.join()


def test_another_process_sees_what_was_written(index: Index, place: str) -> None:
    reader = Index.open(place)
    assert reader.query(Query("", ("public",))).total == 0
    index.apply([row("r1", "电池")])
    assert reader.query(Query("电池", ("public",))).total == 1
    index.rebuild([row("r2", "电池"), row("r3", "电池")])
    assert reader.query(Query("电池", ("public",))).total == 2


def test_warming_up_changes_nothing(index: Index, ask: Ask) -> None:
    index.apply([row("r1", "石墨烯")])
    before = ask("石墨稀")
    index.warm()
    assert ask("石墨稀") == before


def test_a_closed_index_opens_itself_again(index: Index, ask: Ask) -> None:
    index.apply([row("r1", "电池")])
    assert ask("电池").total == 1
    index.close()
    assert ask("电池").total == 1


def test_searching_while_rows_change_never_fails(index: Index, ask: Ask) -> None:
    index.rebuild([row(f"r{i}", "电池") for i in range(20)])
    stop = threading.Event()

    def searching() -> int:
        answered = 0
        while not stop.is_set() or not answered:
            assert ask("电池").total in (20, 21)
            answered += 1
        return answered

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(searching) for _ in range(3)]
        for _ in range(6):
            index.apply([row("extra", "电池")], ["r0"])
            index.apply([row("r0", "电池")], ["extra"])
        stop.set()
        assert all(reader.result(60) for reader in readers)
