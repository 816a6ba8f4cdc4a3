"""Facts in columns: what is worked out for many documents at once is what is worked out for each alone."""

import itertools
import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import Document, Engine, Facts, Figure, ranking
from matching.segments import FactsTable
from matching.signals import apply, compare
from matching.weights import DEFAULT
from tests.matching.samples import COATING, RICH_DEMAND, RICH_RESULT, TODAY

DISTANCES = {("a", "b"): 0.2, ("c", "a"): 0.9}
WORDS = st.sampled_from(["", "a", "b", "c"])
LEVELS = st.none() | st.integers(1, 9) | st.just(math.nan)
MONEY = st.none() | st.integers(0, 300) | st.just(math.inf)
YES = st.none() | st.booleans()
DAYS = st.none() | st.integers(-500, 200).map(lambda days: TODAY + timedelta(days=days))
FIGURES = st.builds(Figure, st.just("效率"), st.sampled_from([50.0, 70.0]), st.just("%"), st.just(">="), st.booleans())
TARGETS = st.lists(FIGURES, max_size=2)
FACTS = st.builds(
    Facts, industry=WORDS, field=WORDS, cluster=WORDS, trl=LEVELS, min_trl=LEVELS, budget_max_fen=MONEY, price_min_fen=MONEY,
    deadline=DAYS, updated=DAYS, use_first=YES, wants_use_first=YES, targets=TARGETS.map(tuple), figures=TARGETS.map(tuple),
    modes=st.lists(WORDS.filter(bool), max_size=3).map(tuple),
)  # fmt: skip


def _alone(query: Facts, document: Facts, text: float) -> float:
    signals = [s for s in compare(query, document, TODAY, DISTANCES) if s.name != "targets"]
    return text + sum(apply(text, signals, DEFAULT.signals))


@settings(deadline=None, max_examples=200)
@given(FACTS, st.lists(FACTS, min_size=1, max_size=8), st.floats(0, 1), st.booleans())
def test_many_at_once_say_what_each_says_alone(query: Facts, rows: list[Facts], text: float, stored: bool) -> None:
    table = FactsTable((2 * n, facts) for n, facts in enumerate(rows))
    places = np.arange(2 * len(rows) + 1)
    if stored and not any(value in repr(rows) for value in ("nan", "inf")):
        table = FactsTable.loaded(table.dump().items())
    plus, minus, unsure = table.lift(query, places, TODAY, DISTANCES, DEFAULT.signals)
    found = text + text * (1 - text) * np.minimum(plus, 1) - text * np.minimum(minus, 1)
    assert found == pytest.approx([_alone(query, table.get(place), text) for place in places.tolist()], abs=1e-9)
    for place in places.tolist():
        if any(s.name == "targets" for s in compare(query, table.get(place), TODAY)):
            assert unsure[place]


@settings(deadline=None, max_examples=40)
@given(FACTS, st.lists(FACTS, min_size=1, max_size=40))
def test_the_best_are_the_best_of_all(query: Facts, rows: list[Facts]) -> None:
    words = ("防腐", "涂层", "风机", "海上", "塔筒", "配方")
    documents = [Document(f"d{n}", "".join(words[: 1 + n % 6]), facts=facts) for n, facts in enumerate(rows)]
    engine = Engine(distances=DISTANCES).fit(documents)
    asked = Document("q", "海上风机塔筒防腐涂层配方", facts=query)
    every = [engine.why_not(asked, document.id, today=TODAY).scored for document in documents]
    every = sorted((s for s in every if s.score > 0), key=lambda s: (-s.score, s.id))
    for top, at_once in itertools.product((1, 3, 20), (4, ranking.AT_ONCE)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ranking, "AT_ONCE", at_once)
            assert engine.rank(asked, top, today=TODAY) == every[:top]


def test_documents_without_facts_beside_some_with_facts_are_neutral() -> None:
    documents = [Document("with", "防腐涂层", facts=RICH_RESULT), *(Document(f"bare{n}", "防腐涂层") for n in range(3))]
    engine = Engine().fit(documents)
    engine.add([Document("late", "防腐涂层", facts=Facts(industry="无关"))])
    found = engine.rank(Document("q", "防腐涂层", "风机", facts=RICH_DEMAND), today=date(2026, 3, 1))
    assert [s.id for s in found] == ["with", "bare0", "bare1", "bare2", "late"]
    assert all(reason.kind != "signal" for s in found if s.id.startswith("bare") for reason in s.reasons)
    assert engine.rank(COATING, today=date(2026, 3, 1))[0].id == "with"
