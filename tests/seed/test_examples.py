"""The example set: written one by one, classified by codes that exist, and true to itself."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import pytest

from tests.seed.lists import codes, examples, rows
from webapp.catalog.fields import Entry, Lists, rules
from webapp.catalog.values import STAGE_TRL
from webapp.core import clock

RESULTS = examples("results")
TEXTS = ("title", "summary", "public_summary", "details")
RUN, MOST = 12, 3


def test_no_run_of_twelve_characters_stands_in_more_than_three_examples() -> None:
    seen: dict[str, set[str]] = defaultdict(set)
    for row in RESULTS + examples("demands"):
        for text in (row[name] for name in TEXTS if name in row):
            for start in range(len(text) - RUN + 1):
                seen[text[start : start + RUN]].add(row["external_id"])
    assert {run: ids for run, ids in seen.items() if len(ids) > MOST} == {}


def test_ids_and_titles_stand_once() -> None:
    everything = RESULTS + examples("demands")
    assert len({row["external_id"] for row in everything}) == len(everything)
    assert len({row["title"] for row in RESULTS}) == len(RESULTS)


def test_there_are_results_of_every_circle_and_most_industries_with_the_sea_in_front() -> None:
    assert len(RESULTS) >= 156
    assert set(Counter(row["cluster"] for row in RESULTS)) == set(codes("clusters"))
    industries = Counter(row["industry"] for row in RESULTS)
    assert len(industries) >= 12
    assert industries["ship-offshore"] >= 45


@pytest.mark.parametrize("row", RESULTS, ids=lambda row: row["external_id"])
def test_a_result_is_written_at_the_length_people_read(row: dict[str, Any]) -> None:
    assert 150 <= len(row["summary"]) <= 400
    assert 60 <= len(row["details"]) <= 150
    assert 3 <= len(row["keywords"]) <= 5
    assert 3 <= len(row["indicators"]) <= 5


@pytest.mark.parametrize("row", RESULTS, ids=lambda row: row["external_id"])
def test_the_controlled_part_is_not_repeated_in_the_public_one(row: dict[str, Any]) -> None:
    hidden = {row["details"][start : start + RUN] for start in range(len(row["details"]) - RUN + 1)}
    assert not any(run in row["summary"] for run in hidden)


def test_codes_of_results_exist_and_the_circle_is_the_one_of_the_institution() -> None:
    institutions = {row["code"]: row for row in rows("lists/institutions.json")}
    for row in RESULTS:
        home = institutions[row["institution"]]
        assert row["cluster"] == home["cluster"]
        assert row["department"] in {one["zh"] for one in home["departments"]}
        assert row["industry"] in codes("industries")
        assert row["field"] in codes("fields")
        assert row["lead"].endswith("示例")


def test_the_stage_of_a_result_agrees_with_its_readiness() -> None:
    for row in RESULTS:
        low, high = STAGE_TRL[row["stage"]]
        assert low <= row["trl"] <= high, row["external_id"]


def test_use_first_is_offered_only_by_results_past_the_laboratory_and_with_a_trial() -> None:
    offered = [row for row in RESULTS if row["use_first_offered"]]
    assert all(row["trl"] >= 4 and row["trial_months"] for row in offered)
    assert all(("USE_FIRST" in row["transfer_modes"]) == row["use_first_offered"] for row in RESULTS)
    assert 0.35 <= len(offered) / len(RESULTS) <= 0.55


def test_prices_fit_their_kind() -> None:
    for row in RESULTS:
        low, high = row["price_min_yuan"], row["price_max_yuan"]
        fits = {"NEGOTIABLE": low is high is None, "FIXED": low == high != 0, "RANGE": low is not None and 0 < low < high}
        assert fits[row["price_kind"]], row["external_id"]


def test_an_indicator_is_a_figure_with_a_unit_or_a_bare_ratio() -> None:
    for row in RESULTS:
        for figure in row["indicators"]:
            assert figure["name"].strip(), row["external_id"]
            assert isinstance(figure["value"], (int, float)), row["external_id"]
            assert ("value_max" in figure) == (figure["comparison"] == "RANGE")
            assert figure["value"] < figure.get("value_max", float("inf"))


def lists() -> Lists:
    """The lists as the forms see them."""
    files = {"industry": "industries", "field": "fields", "cluster": "clusters", "institution": "institutions"}
    return Lists(
        **{
            name: {row["code"]: Entry(row["code"], row["zh"], row["en"]) for row in rows(f"lists/{file}.json")}
            for name, file in files.items()
        }
    )


def test_every_result_passes_the_rules_of_the_form() -> None:
    check = rules("result", lists())
    same = (
        "title",
        "summary",
        "details",
        "keywords",
        "department",
        "lead",
        "trl",
        "stage",
        "use_first_offered",
        "trial_months",
        "indicators",
    )
    for row in RESULTS:
        coded = {
            "field_code": row["field"],
            "industry_code": row["industry"],
            "cluster_code": row["cluster"],
            "modes": row["transfer_modes"],
        }
        read = check.read({name: row[name] for name in same} | coded)
        assert len(read["indicators"]) == len(row["indicators"])
        assert read["stage"] == row["stage"]
        assert set(read["modes"]) == set(row["transfer_modes"])


def test_no_example_promises_a_day_still_to_come() -> None:
    years = {str(year) for year in range(clock.today().year + 1, 2035)}
    assert not [row["external_id"] for row in RESULTS if any(f"{year}年" in row["summary"] for year in years)]
