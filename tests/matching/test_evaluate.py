"""Measures of a ranking, checked against values worked out by hand."""

import math

import pytest

from matching import evaluate as ev

GRADES = {"a": 3.0, "b": 1.0, "c": 0.0}


def test_the_best_order_is_one_and_a_worse_one_is_less() -> None:
    assert ev.ndcg(["a", "b", "c"], GRADES) == pytest.approx(1.0)
    swapped = (1 + 7 / math.log2(3)) / (7 + 1 / math.log2(3))
    assert ev.ndcg(["b", "a"], GRADES) == pytest.approx(swapped)
    assert ev.ndcg(["x", "y"], GRADES) == 0


def test_a_query_without_anything_relevant_is_left_out() -> None:
    assert ev.ndcg(["a"], {"a": 0.0}) is None
    assert ev.recall(["a"], {"a": 0.0}) is None
    assert ev.reciprocal_rank(["a"], {}) is None
    assert ev.mean([None, 0.5, None]) == 0.5
    assert ev.mean([]) == 0


def test_only_judged_documents_count_and_unscored_ones_stand_last() -> None:
    assert ev.judged_ndcg({"a": 0.9, "zzz": 1.0}, GRADES) == pytest.approx(1.0)
    assert ev.judged_ndcg({"c": 0.9}, GRADES) == pytest.approx(ev.ndcg(["c", "a", "b"], GRADES))


def test_precision_recall_and_first_hit() -> None:
    ranked = ["x", "a", "b"]
    assert ev.precision(ranked, GRADES, k=5) == pytest.approx(2 / 5)
    assert ev.recall(ranked, GRADES, k=2) == pytest.approx(1 / 2)
    assert ev.reciprocal_rank(ranked, GRADES) == pytest.approx(1 / 2)
    assert ev.reciprocal_rank(["x"], GRADES) == 0
    assert ev.reciprocal_rank(ranked, GRADES, least=2) == pytest.approx(1 / 2)


def test_a_clear_difference_is_told_from_noise() -> None:
    good, bad = [0.9, 0.8, 0.85, 0.95] * 10, [0.5, 0.6, 0.55, 0.4] * 10
    assert ev.paired_bootstrap(good, bad).is_above
    assert ev.paired_bootstrap(bad, good).is_below
    noise = ev.paired_bootstrap([0.5, 0.6] * 10, [0.6, 0.5] * 10)
    assert not noise.is_above
    assert not noise.is_below
    assert ev.bootstrap([]).count == 0


def test_the_bootstrap_repeats_itself() -> None:
    assert ev.bootstrap([0.1, 0.5, 0.9]) == ev.bootstrap([0.1, 0.5, 0.9])


def test_reliability_shows_what_people_found_in_each_band() -> None:
    bands = ev.reliability([0.1, 0.9, 0.2, 0.8], [0, 3, 1, 2], bands=2)
    assert [(band.count, band.mean_grade, band.relevant) for band in bands] == [(2, 0.5, 0.0), (2, 2.5, 1.0)]
    assert (bands[0].low, bands[1].high) == (0.1, 0.9)
    assert ev.reliability([], []) == []


def test_foreseen_grades_score_one() -> None:
    assert ev.grade_quality([0, 1, 2], [0, 1, 2]) == 1
    assert ev.grade_quality([1, 1], [0, 2]) == pytest.approx(0.5)
    assert ev.grade_quality([], []) == 0
