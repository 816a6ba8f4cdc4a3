"""Posting lists come back from disk as they went there."""

from array import array

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from search.builder import Builder
from search.gathering import Gathered
from search.postings import pack, unpack, unpack_keys
from tests.search.conftest import row

POSITIONS = st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=5).map(sorted)
POSTINGS = st.dictionaries(st.integers(0, 2**31 - 1), POSITIONS, min_size=1, max_size=40)


@given(postings=POSTINGS)
def test_positions_survive_packing(postings: dict[int, list[int]]) -> None:
    numbers = sorted(postings)
    packed = pack(array("I", numbers), [array("I", postings[n]).tobytes() for n in numbers])
    keys = unpack_keys(packed).tolist()
    assert keys == [(n << 32) | position for n in numbers for position in postings[n]]


@given(numbers=st.sets(st.integers(0, 2**32 - 1), min_size=1, max_size=300).map(sorted))
def test_terms_without_positions_survive_packing(numbers: list[int]) -> None:
    packed = pack(array("I", numbers), [b""] * len(numbers))
    ids, counts, positions = unpack(packed)
    assert ids.tolist() == numbers == unpack_keys(packed).tolist()
    assert counts is positions is None


def test_a_long_list_takes_little_space() -> None:
    numbers = array("I", range(0, 30_000, 3))
    packed = pack(numbers, [array("I", [5]).tobytes()] * len(numbers))
    assert len(packed) < len(numbers)


@given(kept=st.lists(st.booleans(), min_size=1, max_size=8))
def test_merging_drops_what_was_deleted_and_keeps_the_rest(kept: list[bool]) -> None:
    old = Builder()
    for i in range(len(kept)):
        old.add(row(f"r{i}", "电池 电池", "电池"))
    survivors = [i for i, keep in enumerate(kept) if keep]
    new = Builder()
    new.add(row("first", "电池"))
    first = new.adopt([old.ids[i] for i in survivors], [old.rows[i] for i in survivors], [old.stored[i] for i in survivors])
    renumbered = np.full(len(kept), -1, np.int64)
    renumbered[survivors] = np.arange(first, first + len(survivors))
    for field, term, packed in old.blocks():
        new.merge(field, term, packed, renumbered)
    blocks = {(field, term): packed for field, term, packed in new.blocks()}
    whole = Builder()
    for document in [row("first", "电池"), *(row(f"r{i}", "电池 电池", "电池") for i in survivors)]:
        whole.add(document)
    assert blocks == {(field, term): packed for field, term, packed in whole.blocks()}
    assert new.ids == whole.ids


@given(
    documents=st.lists(
        st.dictionaries(st.text(min_size=1, max_size=3), st.lists(st.integers(0, 2**32 - 1), max_size=3), max_size=5),
        min_size=1,
        max_size=6,
    )
)
def test_a_batch_is_gathered_into_the_lists_its_postings_make_one_by_one(documents: list[dict[str, list[int]]]) -> None:
    whole, single = Gathered(), Gathered()
    expected: dict[bytes, tuple[array[int], list[bytes]]] = {}
    for number, terms in enumerate(documents):
        whole.field("words").put(number, {term: array("I", positions) for term, positions in terms.items()})
        for term, positions in terms.items():
            key, value = term.encode("utf-8", "replace"), array("I", positions).tobytes()
            single.add(("words", key, number, 1.0, value))
            numbers, values = expected.setdefault(key, (array("I"), []))
            numbers.append(number)
            values.append(value)
    for gathered in (whole, single):
        blocks = [block for _, found in gathered.fields() for block in found]
        assert [block.term for block in blocks] == sorted(expected)
        for block in blocks:
            numbers, values = expected[block.term]
            assert block.packed == pack(numbers, values)
            assert (block.documents, block.first, block.last) == (len(numbers), numbers[0], numbers[-1])
