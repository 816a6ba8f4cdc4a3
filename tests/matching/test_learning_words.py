"""How far the words of a title are covered by a demand, sign by sign; and that this and the demand's own numbers reach the grades."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from matching import Document, Engine
from matching.learning_pairs import COLUMNS, describe
from matching.learning_vectors import Asked
from matching.learning_words import covered
from matching.queries import Query

TODAY = date(2026, 1, 1)
DOCUMENTS = [
    Document("paint", "涂料"), Document("both", "涂料 水泵"), Document("none", "叉车"), Document("untitled", "", "涂料与水泵"),
    Document("latin", "sensor"), Document("rest", "censer"),
]  # fmt: skip


def cover(engine: Engine, demand: Document, *ids: str) -> list[list[float]]:
    state = engine._state
    query: Query = Asked.of(state, demand).whole
    found: list[list[float]] = covered(state, query, [state.find(one) or (0, 0) for one in ids]).tolist()
    return found


@pytest.fixture
def engine() -> Engine:
    return Engine().fit(DOCUMENTS)


def test_a_word_is_covered_by_the_most_alike_word_of_the_demand(engine: Engine) -> None:
    assert cover(engine, Document("d", "涂层"), "paint") == [[0.5, 0.5]], "one of two characters is shared"
    assert cover(engine, Document("d", "涂层 涂料"), "paint") == [[1.0, 1.0]]


def test_mean_and_worst_are_over_the_words_of_the_title_alone(engine: Engine) -> None:
    assert cover(engine, Document("d", "涂料"), "both", "none", "untitled") == [[0.5, 0.0], [0.0, 0.0], [0.0, 0.0]]


def test_the_body_of_a_demand_covers_too_and_letters_say_nothing(engine: Engine) -> None:
    assert cover(engine, Document("d", "", "需要涂料"), "paint") == [[1.0, 1.0]]
    assert cover(engine, Document("d", "sensor"), "latin", "rest") == [[1.0, 1.0], [0.0, 0.0]]


def test_an_empty_demand_and_no_documents_are_no_error(engine: Engine) -> None:
    assert cover(engine, Document("d", ""), "paint") == [[0.0, 0.0]]
    assert cover(engine, Document("d", "涂料")) == []


def test_words_that_came_after_the_fit_are_known(engine: Engine) -> None:
    engine.add([Document("new", "氢燃料电堆")])
    assert cover(engine, Document("d", "电堆"), "new")[0][0] > 0


def test_parts_give_the_same_as_one(engine: Engine) -> None:
    parts = Engine().fit(DOCUMENTS[:2])
    parts.add(DOCUMENTS[2:])
    demand, ids = Document("d", "防腐涂层", "循环水泵"), [one.id for one in DOCUMENTS]
    assert cover(parts, demand, *ids) == cover(engine, demand, *ids)


def test_a_pair_is_described_by_the_demand_alone_too(engine: Engine) -> None:
    state = engine._state

    def numbers(demand: Document) -> dict[str, float]:
        columns = describe(state, Asked.of(state, demand), [state.find("paint") or (0, 0)], TODAY).columns
        return dict(zip(COLUMNS, columns[0].tolist(), strict=True))

    short, long = numbers(Document("d", "涂料")), numbers(Document("d", "涂料", "船体 防腐" * 50))
    assert short["title_signs"] == long["title_signs"] == np.log1p(2)
    assert long["body_signs"] > short["body_signs"] == 0
    assert short["reached"] > long["reached"] > 0


def test_a_document_outside_the_collection_is_judged_as_if_it_had_been_added(engine: Engine) -> None:
    demand, guest = Document("d", "量子点显示"), Document("guest", "量子点显示屏")
    outside = engine.why_not(demand, guest, today=TODAY).scored
    before = cover(engine, demand, "paint")
    engine.add([guest])
    assert engine.why_not(demand, "guest", today=TODAY).scored == outside
    assert outside.score > 0.5
    assert cover(engine, demand, "paint") == before
