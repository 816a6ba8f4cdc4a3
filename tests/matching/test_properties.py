"""Properties that hold for any collection."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matching import Document, Engine
from matching.counting import tokens
from matching.learning_vectors import Asked
from matching.queries import build_query
from matching.rank import query_matrix, rough_scores
from tests.matching.samples import TODAY

WORDS = st.sampled_from(
    ["防腐涂层", "水下机器人", "锂电池", "褐藻胶", "石墨烯", "pump", "12MPa", "的", "😀", "鋰電池", "\x00", "传感器。"]
)
TEXTS = st.lists(WORDS, max_size=8).map("".join)


@st.composite
def documents(draw: st.DrawFn) -> list[Document]:
    texts = draw(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=8))
    return [Document(f"d{n}", title, body, hidden=hidden) for n, (title, body, hidden) in enumerate(texts)]


calm = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@calm
@given(documents(), TEXTS, TEXTS)
def test_the_same_input_gives_the_same_order(rows: list[Document], title: str, hidden: str) -> None:
    query = Document("q", title, hidden=hidden)
    assert Engine().fit(rows).rank(query) == Engine().fit(rows).rank(query)


@calm
@given(documents(), TEXTS, st.randoms(use_true_random=False))
def test_the_order_of_documents_changes_no_score(rows: list[Document], title: str, chance) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(rows)
    chance.shuffle(shuffled)
    query = Document("q", title)
    assert Engine().fit(shuffled).rank(query) == Engine().fit(rows).rank(query)


@calm
@given(documents(), documents(), TEXTS)
def test_adding_then_removing_changes_nothing(rows: list[Document], more: list[Document], title: str) -> None:
    query = Document("q", title)
    engine = Engine().fit(rows)
    before = engine.rank(query)
    guests = [Document(f"guest-{d.id}", d.title, d.text, hidden=d.hidden) for d in more]
    engine.add(guests)
    engine.remove(d.id for d in guests)
    assert engine.rank(query) == before
    assert engine.rank_many([query])["q"] == before


@calm
@given(documents(), TEXTS, TEXTS)
def test_reasons_add_up_and_scores_stay_in_bounds(rows: list[Document], title: str, hidden: str) -> None:
    for scored in Engine().fit(rows).rank(Document("q", title, hidden=hidden), today=TODAY):
        assert 0 < scored.score <= 1
        assert 0 <= scored.hidden_share <= 1 + 1e-9
        assert abs(sum(reason.share for reason in scored.reasons) - scored.score) < 2e-6


@calm
@given(documents(), documents())
def test_one_by_one_and_all_at_once_agree(rows: list[Document], queries: list[Document]) -> None:
    engine = Engine().fit(rows)
    assert engine.rank_many(queries, top=3) == {q.id: engine.rank(q, 3) for q in queries}


@calm
@given(documents(), TEXTS, TEXTS)
def test_a_product_without_copies_is_the_product(rows: list[Document], title: str, body: str) -> None:
    state = Engine().fit(rows)._state
    query = build_query(tokens(Document("q", title, body)), state.statistics, state.weights)
    for segment in state.segments:
        plain = (query_matrix([query], segment.postings) @ segment.postings.matrix()).toarray().ravel()
        assert rough_scores(segment.postings, query).tolist() == pytest.approx(plain.tolist(), abs=1e-6)


@calm
@given(documents(), TEXTS, TEXTS, TEXTS)
def test_title_and_body_of_a_query_weigh_as_they_would_alone(rows: list[Document], title: str, body: str, hidden: str) -> None:
    state = Engine().fit(rows)._state
    parts = Asked.of(state, Document("q", title, body, hidden=hidden))
    for part, alone in ((parts.title, Document("q", title)), (parts.body, Document("q", "", body, hidden=hidden))):
        weighed = {(c, t): w for c, (a, b) in enumerate(part.bounds) for t, w in zip(part.terms[a:b], part.weights[a:b], strict=True) if w}
        other = build_query(tokens(alone), state.statistics, state.weights)
        wanted = {(c, t): w for c, (a, b) in enumerate(other.bounds) for t, w in zip(other.terms[a:b], other.weights[a:b], strict=True)}
        assert weighed == pytest.approx(wanted)
