"""The engine: the right document first, the same answer every time, and changes without a refit."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from matching import Document, Engine, Scored
from tests.matching.samples import BATTERY, COATING, DEMANDS, RESULTS, TODAY, WANTS_BATTERY, WANTS_COATING


@pytest.fixture
def engine() -> Engine:
    return Engine().fit(RESULTS, DEMANDS)


def _ids(found: list[Scored]) -> list[str]:
    return [scored.id for scored in found]


def test_the_result_that_serves_a_demand_comes_first(engine: Engine) -> None:
    assert _ids(engine.rank(WANTS_COATING))[0] == "coating"
    assert _ids(engine.rank(WANTS_BATTERY))[0] == "battery"


def test_it_works_from_results_to_demands_as_well() -> None:
    demands = Engine().fit(DEMANDS, RESULTS)
    assert _ids(demands.rank(COATING))[0] == "wants-coating"
    assert _ids(demands.rank(BATTERY))[0] == "wants-battery"


def test_titles_alone_are_enough() -> None:
    bare = Engine().fit(replace(d, text="", keywords=()) for d in RESULTS)
    assert _ids(bare.rank(WANTS_COATING))[0] == "coating"


def test_a_document_is_its_own_best_match(engine: Engine) -> None:
    found = engine.rank(COATING)
    assert found[0].id == "coating"
    assert found[0].score > 0.9
    assert found[0].grade == 3


def test_scores_lie_between_nothing_and_one_and_fall(engine: Engine) -> None:
    scores = [scored.score for scored in engine.rank(WANTS_COATING)]
    assert all(0 < score <= 1 for score in scores)
    assert scores == sorted(scores, reverse=True)


def test_equal_scores_are_ordered_by_id() -> None:
    twins = [Document(identifier, "防腐涂层") for identifier in ("b", "c", "a")]
    assert _ids(Engine().fit(twins).rank(Document("q", "防腐涂层"))) == ["a", "b", "c"]
    assert _ids(Engine().fit(twins).rank(Document("q", "防腐涂层"), top=2)) == ["a", "b"]


def test_many_queries_at_once_give_the_same_as_one_by_one(engine: Engine) -> None:
    many = engine.rank_many(DEMANDS, top=3, today=TODAY)
    assert many == {d.id: engine.rank(d, 3, today=TODAY) for d in DEMANDS}


def test_ties_at_the_border_are_the_same_for_many_and_for_one() -> None:
    crowd = Engine().fit(Document(f"{n:03}", "防腐涂层") for n in range(300))
    query = Document("q", "防腐涂层")
    assert crowd.rank_many([query], top=5)["q"] == crowd.rank(query, 5)
    assert _ids(crowd.rank(query, 5)) == ["000", "001", "002", "003", "004"]


def test_only_restricts_and_exclude_leaves_out(engine: Engine) -> None:
    assert _ids(engine.rank(WANTS_COATING, only={"thruster", "unknown"})) in (["thruster"], [])
    assert "coating" not in _ids(engine.rank(WANTS_COATING, exclude={"coating"}))


def test_an_added_document_is_found_without_a_refit(engine: Engine) -> None:
    engine.add([Document("new", "极地浮标低温锂电池组", "零下四十度放电")])
    assert "new" in _ids(engine.rank(WANTS_BATTERY))
    assert "new" in engine
    assert len(engine) == 5


def test_adding_an_id_again_replaces_its_text(engine: Engine) -> None:
    engine.add([Document("coating", "褐藻胶软胶囊")])
    assert len(engine) == 4
    assert "coating" not in _ids(engine.rank(WANTS_COATING))[:1]


def test_a_removed_document_is_gone(engine: Engine) -> None:
    engine.remove(["coating", "never there"])
    assert "coating" not in engine
    assert "coating" not in _ids(engine.rank(WANTS_COATING))
    assert "coating" not in _ids(engine.rank_many([WANTS_COATING])["wants-coating"])
    assert "coating" not in engine.ids


def test_adding_then_removing_changes_nothing(engine: Engine) -> None:
    before = engine.rank(WANTS_COATING)
    engine.add([Document("guest", "海上风机基础防腐", "浪溅区免维护涂层")])
    engine.remove(["guest"])
    assert engine.rank(WANTS_COATING) == before


def test_hundreds_of_single_additions_keep_the_ranking_of_one_fit() -> None:
    documents = [Document(f"d{n}", f"第{n}种防腐涂层", f"耐盐雾{n}小时 配方{n % 7}") for n in range(600)]
    engine = Engine().fit(documents)
    expected = engine.rank(Document("q", "第7种防腐涂层"))
    grown = Engine().fit(documents)
    for document in documents:
        grown.add([document])
    assert len(grown) == 600
    assert [(s.id, s.score) for s in grown.rank(Document("q", "第7种防腐涂层"))] == [(s.id, s.score) for s in expected]


def test_drift_tells_how_much_has_changed(engine: Engine) -> None:
    assert engine.drift() == 0
    engine.remove(["coating"])
    assert engine.drift() == pytest.approx(0.25)
    engine.fit(RESULTS)
    assert engine.drift() == 0


def test_of_two_documents_with_one_id_the_last_counts() -> None:
    engine = Engine().fit([Document("x", "防腐涂层"), Document("x", "褐藻胶")])
    assert len(engine) == 1
    assert engine.rank(Document("q", "防腐涂层")) == []
    assert _ids(engine.rank(Document("q", "褐藻胶"))) == ["x"]


@pytest.mark.parametrize(
    "query", [Document("q"), Document("q", "的了和"), Document("q", "😀\x00"), Document("q", "zzz unknown words")]
)
def test_a_query_that_shares_nothing_finds_nothing(engine: Engine, query: Document) -> None:
    assert engine.rank(query) == []
    assert engine.rank_many([query]) == {"q": []}


def test_an_empty_collection_answers_with_nothing() -> None:
    for engine in (Engine(), Engine().fit([])):
        assert engine.rank(WANTS_COATING) == []
        assert engine.rank_many([WANTS_COATING]) == {"wants-coating": []}
        engine.add(RESULTS)
        assert _ids(engine.rank(WANTS_COATING))[0] == "coating"


def test_asking_for_nothing_or_for_more_than_there_is(engine: Engine) -> None:
    assert engine.rank(WANTS_COATING, top=0) == []
    assert engine.rank(WANTS_COATING, top=-1) == []
    assert engine.rank_many([WANTS_COATING], top=0) == {"wants-coating": []}
    assert len(engine.rank(WANTS_COATING, top=10_000)) <= 4


def test_a_megabyte_of_text_is_taken(engine: Engine) -> None:
    engine.add([Document("long", "", "浪溅区防腐涂层免维护" * 100_000)])
    assert "long" in _ids(engine.rank(WANTS_COATING))
    assert engine.rank(Document("q", "", "防腐涂层 " * 200_000))[0].score > 0


def test_ranking_goes_on_while_documents_come_and_go(engine: Engine) -> None:
    failures: list[BaseException] = []
    stop = threading.Event()

    def ask() -> None:
        try:
            while not stop.is_set():
                assert _ids(engine.rank(WANTS_COATING, 3))[0] == "coating"
                assert _ids(engine.rank_many([WANTS_COATING], 3)["wants-coating"])[0] == "coating"
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for n in range(30):
        engine.add([Document(f"n{n}", f"新词{n}涂料")])
        engine.remove([f"n{n - 1}"])
        if n % 10 == 9:
            engine.fit(RESULTS, DEMANDS)
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []


def test_what_changes_while_a_fit_runs_is_not_lost(engine: Engine) -> None:
    def slow() -> Iterator[Document]:
        yield from RESULTS
        engine.add([Document("meanwhile", "极地浮标低温锂电池组")])
        engine.remove(["coating"])

    engine.fit(slow(), DEMANDS)
    assert engine.ids == {"thruster", "battery", "seaweed", "meanwhile"}
    assert engine.drift() > 0


def test_a_fit_that_fails_leaves_everything_as_it_was(engine: Engine) -> None:
    def broken() -> Iterator[Document]:
        yield RESULTS[0]
        raise OSError("the disk is gone")

    before = engine.rank(WANTS_COATING)
    with pytest.raises(OSError, match="disk"):
        engine.fit(broken())
    assert engine.rank(WANTS_COATING) == before
    engine.add([Document("later", "涂层")])
    assert "later" in engine


def test_a_snapshot_read_from_disk_ranks_many_queries_too(tmp_path: Path) -> None:
    crowd = Engine().fit(Document(f"d{n}", f"防腐涂层{n}号", "环氧树脂石墨烯" * 3) for n in range(700))
    crowd.save(tmp_path)
    query = Document("q", "石墨烯防腐涂层12号")
    assert Engine.load(tmp_path).rank_many([query], 3)["q"] == crowd.rank(query, 3)
