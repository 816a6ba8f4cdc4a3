"""Nobody learns from an answer that a row exists which they may not see: not by hit, count, facet, span or suggestion."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search import Index, Query, SearchDocument
from tests.search.conftest import Place

TOKENS = ("public", "verified", "org:1", "broker", "operator")
TEXTS = ("石墨烯防腐涂层", "锂离子电池", "水下导航", "graphene coating", "气凝胶保温材料", "涂层厚度检测", "倒航装置")
QUERIES = ("石墨烯", "涂层", "电池 OR 导航", '"防腐涂层"', "graphene", "grapheme", "倒航", "锂电", "NOT 涂层", "", "name:张*", "shili", "厚度 保温",
           "id:*", "title:涂层", "trl:>=5", "类型:demand", "保")  # fmt: skip
FACETS = ("kind", "circle")

documents = st.lists(
    st.builds(
        SearchDocument,
        id=st.integers(0, 9).map(lambda n: f"row:{n}"),
        kind=st.sampled_from(("result", "demand")),
        title=st.sampled_from(TEXTS),
        text=st.lists(st.sampled_from(TEXTS), max_size=3).map("，".join),
        hidden=st.sampled_from(("", *TEXTS)),
        names=st.sampled_from(((), ("张示例",), ("示例大学",))),
        access=st.lists(st.sampled_from(TOKENS), max_size=2).map(tuple),
        hidden_access=st.lists(st.sampled_from(TOKENS[2:]), max_size=2).map(tuple),
        filters=st.sampled_from(("东", "西", "秘")).map(lambda value: {"circle": value}),
        numbers=st.sampled_from((3.0, 7.0)).map(lambda value: {"trl": value}),
    ),
    max_size=8,
    unique_by=lambda document: document.id,
)


def as_seen(document: SearchDocument, access: tuple[str, ...]) -> SearchDocument:
    """The row without what the searcher may not search."""
    return document if set(access) & set(document.hidden_access) else replace(document, hidden="")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=documents, access=st.lists(st.sampled_from(TOKENS), max_size=3).map(tuple), split=st.integers(0, 8))
def test_an_answer_is_the_same_as_if_what_is_hidden_did_not_exist(
    new_place: Place, rows: list[SearchDocument], access: tuple[str, ...], split: int
) -> None:
    whole, seen = (Index.open(new_place()) for _ in range(2))
    whole.rebuild(rows[:split])
    whole.apply(rows[split:])
    seen.rebuild([as_seen(row, access) for row in rows if set(row.access) & set(access) or "public" in row.access])
    for text in QUERIES:
        query = Query(text, access, facets=FACETS)
        assert whole.query(query) == seen.query(query)
        assert whole.related(text) == seen.related(text)
    for typed in ("石", "涂层", "gra", "shi", "zhang", "倒航"):
        assert whole.complete(typed) == seen.complete(typed)


LEVELS: dict[str, tuple[str, ...]] = {
    "public": ("public",), "verified": ("verified",), "own": ("org:1",), "invited": ("person:7",), "broker": ("broker",),
}  # fmt: skip
SEARCHERS: dict[str, tuple[str, ...]] = {
    "visitor": ("public",), "member": ("public", "verified", "org:2"), "owner": ("public", "verified", "org:1"),
    "guest": ("public", "verified", "person:7"), "broker": ("public", "verified", "broker"), "nobody": (),
}  # fmt: skip


@pytest.fixture
def levels(place: str) -> Index:
    """One row a level, each with a word and a hidden word of its own."""
    index = Index.open(place)
    index.rebuild(
        SearchDocument(
            f"row:{level}", "demand", f"机密{level}xword", "正文", hidden=f"隐藏{level}yword", names=(f"{level}zname",), access=access,
            hidden_access=("broker", "org:1"), filters={"circle": f"圈{level}"},
        )
        for level, access in LEVELS.items()
    )  # fmt: skip
    return index


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("searcher", SEARCHERS)
def test_a_row_shows_itself_only_to_those_who_may_see_it(levels: Index, level: str, searcher: str) -> None:
    access = SEARCHERS[searcher]
    may = bool(set(access) & set(LEVELS[level]))
    for typed in (f"{level}xword", f'"机密{level}xword"', f"{level}xw*", f"name:{level}*", f"id:row:{level}", f"circle:圈{level}"):
        page = levels.query(Query(typed, access, facets=("circle", "kind"), need="all"))
        assert (f"row:{level}" in {hit.id for hit in page.hits}) == may, typed
        assert page.total == len(page.hits)
        assert (f"圈{level}" in dict(page.facets["circle"])) == may
        assert sum(count for _, count in page.facets["kind"]) == page.total


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("searcher", SEARCHERS)
def test_hidden_text_is_searched_only_by_those_who_may_and_never_marked(levels: Index, level: str, searcher: str) -> None:
    access = SEARCHERS[searcher]
    may = bool(set(access) & set(LEVELS[level])) and bool(set(access) & {"broker", "org:1"})
    page = levels.query(Query(f"隐藏{level}yword", access, need="all"))
    assert [hit.id for hit in page.hits] == ([f"row:{level}"] if may else [])
    assert all(not hit.title_spans and not hit.text_spans for hit in page.hits)


@pytest.mark.parametrize("searcher", SEARCHERS)
@pytest.mark.parametrize("level", [level for level in LEVELS if level != "public"])
def test_suggestions_come_from_public_words_alone(levels: Index, searcher: str, level: str) -> None:
    for slip in (f"{level}xwrd", f"{level}ywrd", f"{level}znme"):
        page = levels.query(Query(slip, SEARCHERS[searcher]))
        assert page.suggestion is None


def test_a_word_of_a_public_row_is_suggested(levels: Index) -> None:
    assert levels.query(Query("publicxwrd", ("public",))).suggestion == "publicxword"


def test_a_withdrawn_row_is_no_longer_suggested(index: Index) -> None:
    index.apply([SearchDocument("r1", "result", "graphene", access=("public",))])
    assert index.query(Query("grapheme", ("public",))).suggestion == "graphene"
    index.apply([SearchDocument("r1", "result", "graphene", access=("broker",))])
    assert index.query(Query("grapheme", ("public",))).suggestion is None
    assert index.query(Query("grapheme", ("broker",))).suggestion is None
