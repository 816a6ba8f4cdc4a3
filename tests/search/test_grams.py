"""Whole texts are cut into the very grams that a typed phrase is, only quicker."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from matching.text import normalize
from search.analyzer import TEXT, gram_occurrences, grams


@given(st.text(alphabet="涂层防腐ab12 \u3000\n,。〇㐀😀é_５Ａ𠀀²½٣\t-", max_size=30))
def test_every_gram_stands_where_a_phrase_looks_for_it(text: str) -> None:
    expected: dict[str, list[int]] = {}
    for term, position, _ in grams(normalize(text)):
        expected.setdefault(term, []).append((TEXT << 28) + position)
    assert {term: list(places) for term, places in gram_occurrences([(TEXT, (text,))]).items()} == expected
