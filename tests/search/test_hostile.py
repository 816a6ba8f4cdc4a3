"""Whatever is typed, the answer comes: no error, and work bounded by the index and not by the question."""

import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search import Index, Page, Query
from search.parse import LONGEST_TEXT, Group, Node, Not, parse
from search.words import MOST_WORDS, words_of
from tests.search.conftest import Ask, row

PIECES = st.sampled_from(
    ["AND", "OR", "NOT", "(", ")", "（", '"', "“", "*", "?", "-", "title:", "trl:", "trl:[", " TO ", "]", "date:2024", "id:*", "name:*?*",
     "电池", "a*", "\x00", "\ud800", "\u202e", "🚀", "٣", "1e999", "foo:bar", "..", "[", "kind:", ":", " "]
)  # fmt: skip
TYPED = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=60).map(" ".join), st.lists(PIECES, max_size=60).map("".join))


@pytest.fixture
def small(index: Index) -> Index:
    index.apply([row("r1", "石墨烯涂层", "aaa bbb 电池"), row("r2", "电池", "导航", numbers={"trl": 5})])
    return index


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TYPED, sort=st.sampled_from(["relevance", "rubbish", "", "newest", "price"]), page=st.integers(-(10**9), 10**9))
def test_no_input_is_an_error(small: Index, text: str, sort: str, page: int) -> None:
    found = small.query(Query(text, ("public",), sort=sort, page=page, facets=("kind", "nonsense", "\x00")))
    assert isinstance(found, Page)
    assert 0 <= len(found.hits) <= found.total <= 2


@pytest.mark.parametrize(
    "text",
    ["电" * 10_000, "a" * 10_000, "a " * 5_000, "(" * 5_000 + "电池" + ")" * 5_000, "((((" * 50, ")" * 9_000, '"' * 9_999, "*" * 10_000, "a*" * 5_000,
     "NOT " * 2_500, "电池 AND " * 1_000, "(a OR " * 2_000, "-" * 10_000, "id:" + "*a" * 3_000, "name:" + "?*" * 3_000, "！？。，" * 2_500,
     "\x00" * 10_000, "title:" * 1_500, "trl:" + "9" * 9_000, "(a+)+$" * 1_000, "字" * 9_000 + "典", "".join(map(chr, range(0x4E00, 0x4E00 + 9_000)))],
)  # fmt: skip
def test_huge_input_is_answered(small: Index, text: str) -> None:
    assert small.query(Query(text, ("public",))).total <= 2


def depth_and_size(node: Node) -> tuple[int, int]:
    """How deep and how large a tree is."""
    if isinstance(node, Not):
        deep, large = depth_and_size(node.node)
        return deep + 1, large + 1
    if isinstance(node, Group):
        measured = [depth_and_size(child) for child in node.nodes]
        return 1 + max((deep for deep, _ in measured), default=0), 1 + sum(large for _, large in measured)
    return 1, 1


@settings(max_examples=200, deadline=None)
@given(text=st.one_of(TYPED, st.lists(PIECES, max_size=2_000).map("".join)))
def test_the_tree_of_a_query_is_bounded(text: str) -> None:
    deep, large = depth_and_size(parse(text))
    assert deep < min(100, sys.getrecursionlimit() // 8)
    assert large <= 1_500


def test_the_words_of_a_query_are_bounded() -> None:
    text = " ".join(f"w{i}x" for i in range(3_000))
    assert len(words_of(text)) == MOST_WORDS
    assert LONGEST_TEXT < 10_000


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=st.text(max_size=80), text=st.text(max_size=300), name=st.text(max_size=20), group=st.text(max_size=10))
def test_any_document_can_be_put_found_and_deleted(index: Index, title: str, text: str, name: str, group: str) -> None:
    index.apply([row("row:1", title, text, names=(name,), keywords=(title,), filters={"circle": group}, version=name)])
    assert index.query(Query("id:row:1", ("public",), facets=("circle",))).total == 1
    hit = index.query(Query(title, ("public",))).hits
    assert all(0 <= a < b <= len(title) for one in hit for a, b in one.title_spans)
    index.apply([], ["row:1"])
    assert index.query(Query("", ("public",))).total == 0


def test_numbers_that_are_none_are_missing(index: Index, ask: Ask) -> None:
    index.apply([row("r1", numbers={"trl": float("nan"), "price": float("inf")}, date="yesterday"), row("r2", numbers={"trl": 1e300})])
    assert ask(ranges={"trl": (None, 1e308)}).total == 0
    assert ask(sort="price").total == 2
