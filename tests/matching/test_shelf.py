"""A fit whose long arrays lie in files ranks as one in memory, and lets go of memory without losing anything."""

from pathlib import Path
from typing import Any

import pytest

from matching import Document, Engine, collection, rank, segments, shelf
from tests.matching.samples import DEMANDS, RESULTS


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> list[Document]:
    """A collection of several parts, all of which goes to files."""
    for module, name, value in ((collection, "SLICE", 4), (segments, "SMALLEST", 1), (segments, "OPEN", 2), (shelf, "SMALL", 0)):
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr("matching.engine.SLICE", 4)
    monkeypatch.setattr("matching.engine.OPEN", 2)
    return [*RESULTS, *(Document(f"more{n}", f"涂层{n}防腐", "环氧树脂石墨烯" * (n % 3 + 1)) for n in range(9))]


def test_it_ranks_the_same(small: list[Document], tmp_path: Path) -> None:
    inside, outside = Engine().fit(small, DEMANDS), Engine().fit(iter(small), DEMANDS, shelf=tmp_path)
    assert inside.rank_many(DEMANDS) == outside.rank_many(DEMANDS)
    outside.rest()
    assert [inside.rank(demand) for demand in DEMANDS] == [outside.rank(demand) for demand in DEMANDS]


def test_it_is_in_files_that_leave_nothing_behind(small: list[Document], tmp_path: Path) -> None:
    engine = Engine().fit(small, DEMANDS, shelf=tmp_path)
    assert list(tmp_path.iterdir()) == []
    before = engine.rank_many(DEMANDS)
    engine.save(tmp_path / "kept")
    engine.add([Document("new", "石墨烯涂层")])
    engine.remove(["new"])
    assert engine.rank_many(DEMANDS) == before == Engine.load(tmp_path / "kept").rank_many(DEMANDS)


def test_an_id_that_comes_twice_is_refused(small: list[Document], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="twice"):
        Engine().fit([*small, small[0]], shelf=tmp_path)


def test_an_engine_may_stand_for_what_it_was_fitted_to(small: list[Document], tmp_path: Path) -> None:
    results = Engine().fit(small, DEMANDS)
    one, other = Engine().fit(DEMANDS, small), Engine().fit(DEMANDS, results)
    assert one.rank_many(small) == other.rank_many(small)
    late = Document("late", "防腐", "石墨烯")
    for engine in (one, other):
        engine.add([late])
    assert one.rank(small[-1]) == other.rank(small[-1])


def test_ranking_many_queries_keeps_one_part_in_memory_at_a_time(small: list[Document], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages of a part are let go of before those of the next are read; what comes out is the same."""
    whole = Engine().fit(small, DEMANDS).rank_many(DEMANDS)
    engine = Engine().fit(iter(small), DEMANDS, shelf=tmp_path)
    parts, awake, most = engine._state.segments, set[int](), 0
    product, met = rank.best_of_many, rank.met

    def read(postings: Any) -> None:
        nonlocal most
        awake.add(id(postings))
        most = max(most, len(awake))

    monkeypatch.setattr(rank, "best_of_many", lambda terms, postings, *rest: (read(postings), product(terms, postings, *rest))[1])
    monkeypatch.setattr(rank, "met", lambda postings, *rest: (read(postings), met(postings, *rest))[1])
    monkeypatch.setattr(segments.Segment, "rest", lambda part: awake.discard(id(part.postings)))
    assert engine.rank_many(DEMANDS) == whole
    assert len(parts) > 1 and most == 1 and not awake
