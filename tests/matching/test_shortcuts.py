"""What makes a ranking fast gives the same as the plain way: borders, rows of weights, terms in common."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from matching import Document, Engine, learning_vectors, segments
from matching.bits import Bits, blocks_of, split
from matching.learning_vectors import products
from matching.queries import build_query
from matching.rank import lowest_of_best
from matching.segments import LARGEST, PARTS, SMALLEST, compact, slices_together
from matching.shelf import Shelf
from matching.weights import CHANNELS
from tests.matching.samples import DEMANDS, RESULTS


@given(st.integers(1, 6), st.integers(6, 2000), st.integers(0, 99))
def test_the_border_of_the_best_is_found_without_looking_at_all(top: int, size: int, seed: int) -> None:
    scores = np.random.default_rng(seed).integers(0, 50, size).astype(np.float32)
    assert lowest_of_best(scores, top) == np.sort(scores)[-top]


def test_every_weight_is_found_in_its_row() -> None:
    chance = np.random.default_rng(0)
    engine = Engine().fit(RESULTS)
    fitted = engine._state.segments[0].postings
    engine.remove([result.id for result in RESULTS[::2]])
    thinned = compact(engine._state.segments[0]).postings  # where some rows are empty
    assert (np.diff(thinned.starts) == 0).any()
    for postings in (fitted, thinned):
        terms = np.concatenate([numbers * len(CHANNELS) + channel for channel, numbers in enumerate(postings.terms)])
        plain = np.repeat(terms, np.diff(postings.starts))
        every = np.arange(len(postings.weights), dtype=np.int32)
        for entries in (every, chance.permutation(every)):
            assert postings.numbers(entries).tolist() == plain[entries].tolist()


def test_a_query_looks_its_terms_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    state = Engine().fit(RESULTS, DEMANDS)._state
    query = build_query(learning_vectors.tokens(DEMANDS[0]), state.statistics, state.weights)
    postings, asked = state.segments[0].postings, []
    plain = type(postings).find
    monkeypatch.setattr(type(postings), "find", lambda self, wanted: asked.append(self) or plain(self, wanted))
    first, second = query.rows(postings), query.rows(postings)
    assert len(asked) == 1 and first is second


def test_every_part_finds_its_rows_of_a_query_also_of_terms_it_never_met(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "OPEN", 0)  # nothing is melted
    engine = Engine().fit(RESULTS[:2], DEMANDS)
    engine.add(RESULTS[2:])  # terms that come later have numbers beyond those of the first part
    state = engine._state
    assert len(state.segments) > 1
    for demand in [*DEMANDS, *RESULTS, Document("strange", "無此词 zzz")]:
        query = build_query(learning_vectors.tokens(demand), state.statistics, state.weights)
        for segment in state.segments:
            postings, shift, plain = segment.postings, 0, {}
            for terms, numbers, (first, last) in zip(postings.terms, state.statistics, query.bounds, strict=True):
                here = {number: row for row, number in enumerate(terms.tolist(), shift)}
                plain |= {n: here[numbers.vocabulary[t]] for n in range(first, last)
                          if (t := query.terms[n]) in numbers.vocabulary and numbers.vocabulary[t] in here}  # fmt: skip
                shift += len(terms)
            found = query.rows(postings)
            assert dict(zip(query.order[found.there].tolist(), found.at[found.there].tolist(), strict=True)) == plain
            assert (np.diff(found.at) >= 0).all()


@given(st.sets(st.integers(0, 300)), st.lists(st.integers(0, 400)))
def test_a_set_in_bits_counts_what_is_smaller(numbers: set[int], asked: list[int]) -> None:
    bits = Bits(np.array(sorted(numbers), dtype=np.int64), blocks_of(401))
    smaller, there = bits.find(*split(np.array(asked, dtype=np.int64)))
    assert smaller.tolist() == [sum(number < one for number in numbers) for one in asked]
    assert there.tolist() == [one in numbers for one in asked]


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
