"""Reasons: they add up, they name shared words, and they never give away what is confidential."""

from dataclasses import replace

import pytest

from matching import Document, Engine, Scored
from matching.reasons import coarse
from tests.matching.samples import (
    COATING,
    DEMANDS,
    RESULTS,
    RICH_DEMAND,
    RICH_RESULT,
    THRUSTER,
    TODAY,
    WANTS_COATING,
)


def _total(scored: Scored) -> float:
    return sum(reason.share for reason in scored.reasons)


def _labels(scored: Scored) -> set[str]:
    return {reason.label for reason in scored.reasons if reason.kind == "term"}


def test_reasons_add_up_to_the_score() -> None:
    engine = Engine().fit([replace(COATING, facts=RICH_RESULT), *RESULTS[1:]])
    for query in (*DEMANDS, replace(WANTS_COATING, facts=RICH_DEMAND)):
        for scored in engine.rank(query, today=TODAY):
            assert _total(scored) == pytest.approx(scored.score, abs=2e-6)


def test_shared_words_are_named_as_whole_words_with_their_field() -> None:
    best = Engine().fit(RESULTS).rank(WANTS_COATING)[0]
    fields = {reason.field for reason in best.reasons if reason.label == "防腐"}
    assert {"title", "text", "keywords"} == fields
    assert "腐" not in _labels(best)


def test_the_small_rest_is_gathered_under_an_empty_label() -> None:
    document = replace(COATING, text=COATING.text + THRUSTER.text)
    rest = [r for r in Engine().fit([document]).rank(document)[0].reasons if r.kind == "term" and not r.label]
    assert len(rest) == 1
    assert rest[0].detail["terms"] > 0
    assert rest[0].share > 0


def test_hidden_text_of_a_document_counts_but_is_never_quoted() -> None:
    secret = Document("secret", "推进器", hidden="石墨烯浪溅区免维护涂层")
    found = Engine().fit([secret, THRUSTER]).rank(Document("q", "石墨烯浪溅区免维护涂层"))[0]
    assert found.id == "secret"
    assert found.hidden_share == pytest.approx(1.0)
    assert [(r.kind, r.label) for r in found.reasons] == [("hidden", "")]
    assert "石墨" not in repr(found)


def test_hidden_text_of_a_query_counts_but_is_never_quoted() -> None:
    engine = Engine().fit(RESULTS)
    found = engine.rank(Document("q", "涂层", hidden="石墨烯海上风电塔筒"))[0]
    assert found.id == "coating"
    assert 0 < found.hidden_share < 1
    assert not _labels(found) & {"石墨烯", "海上", "风电", "塔筒", "石墨", "墨"}
    assert "涂层" in _labels(found)


def test_a_word_that_is_open_and_hidden_shows_only_its_open_share() -> None:
    engine = Engine().fit([Document("d", "涂层", hidden="涂层 涂层 涂层 涂层")])
    found = engine.rank(Document("q", "涂层"))[0]
    assert "涂层" in _labels(found)
    assert 0 < found.hidden_share < 1
    assert _total(found) == pytest.approx(found.score, abs=2e-6)


def test_why_not_names_missing_words_but_no_hidden_ones() -> None:
    engine = Engine().fit(RESULTS)
    answer = engine.why_not(replace(WANTS_COATING, hidden="机密合金"), "thruster")
    assert "涂层" in answer.missing
    assert not any("机密" in word or "合金" in word for word in answer.missing)


def test_why_not_names_the_signals_against() -> None:
    weak = replace(COATING, facts=replace(RICH_RESULT, trl=3))
    answer = Engine().fit(RESULTS).why_not(replace(WANTS_COATING, facts=RICH_DEMAND), weak, today=TODAY)
    assert [(reason.label, reason.share < 0) for reason in answer.against] == [("trl", True)]
    assert answer.against[0].detail == {"need": 6, "have": 3}


def test_why_not_of_a_stored_document_agrees_with_the_ranking() -> None:
    engine = Engine().fit(RESULTS, DEMANDS)
    ranked = engine.rank(WANTS_COATING)[0]
    assert engine.why_not(WANTS_COATING, ranked.id).scored == ranked
    assert engine.why_not(WANTS_COATING, COATING).scored == ranked


def test_why_not_of_an_unknown_id_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        Engine().fit(RESULTS).why_not(WANTS_COATING, "nobody")


def test_coarse_steps_hide_small_differences() -> None:
    assert coarse(0.41) == coarse(0.45) == 0.4
    assert coarse(-3) == 0.0
    assert coarse(7) == 1.0
