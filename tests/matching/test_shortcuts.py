"""What makes a ranking fast gives the same as the plain way: borders, rows of weights, terms in common."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from matching import Engine, learning_vectors
from matching.learning_vectors import products
from matching.rank import lowest_of_best
from matching.segments import LARGEST, PARTS, SMALLEST, slices_together
from matching.shelf import Shelf
from matching.vectors import build_query
from tests.matching.samples import DEMANDS, RESULTS


@given(st.integers(1, 6), st.integers(6, 2000), st.integers(0, 99))
def test_the_border_of_the_best_is_found_without_looking_at_all(top: int, size: int, seed: int) -> None:
    scores = np.random.default_rng(seed).integers(0, 50, size).astype(np.float32)
    assert lowest_of_best(scores, top) == np.sort(scores)[-top]


def test_every_weight_is_found_in_its_row() -> None:
    chance = np.random.default_rng(0)
    postings = Engine().fit(RESULTS)._state.segments[0].postings
    every = np.arange(len(postings.weights), dtype=np.int32)
    for entries in (every, chance.permutation(every)):
        assert (postings._rows_of(entries) == np.searchsorted(postings.starts, entries, side="right") - 1).all()


def test_a_query_looks_its_terms_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    state = Engine().fit(RESULTS, DEMANDS)._state
    query = build_query(learning_vectors.tokens(DEMANDS[0]), state.statistics, state.weights)
    postings, asked = state.segments[0].postings, []
    plain = type(postings).rows
    monkeypatch.setattr(type(postings), "rows", lambda self, numbers: asked.append(self) or plain(self, numbers))
    first, second = query.rows(postings), query.rows(postings)
    assert len(asked) == 1 and first is second
    assert first[0].tolist() == plain(postings, query.numbers)[0].tolist()


@pytest.mark.parametrize("widest", [0, learning_vectors._WIDEST])
def test_rows_are_compared_by_the_terms_both_have(widest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning_vectors, "_WIDEST", widest)
    for seed in range(8):  # one after another: nothing stays of the one before

        def some(rows: int, part: int, seed: int = seed) -> Any:
            return sparse.random(rows, 400, 0.05, "csr", rng=np.random.default_rng(2 * seed + part))

        one, other = some(70, 0), some(9, 1)
        assert products(one, other) == pytest.approx((one @ other.T).toarray())


def test_a_fit_in_memory_makes_few_parts_and_one_in_files_small_ones(tmp_path: Any) -> None:
    assert slices_together(25, Shelf()) == LARGEST
    assert slices_together(1, Shelf(tmp_path)) == SMALLEST
    assert slices_together(10 * PARTS, Shelf(tmp_path)) == 10
