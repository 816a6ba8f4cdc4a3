"""The lists of the district: complete, coded once, and referring only to what exists."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from tests.seed.lists import codes, rows


@pytest.mark.parametrize("name", ["clusters", "institutions", "industries", "fields", "targets"])
def test_every_code_stands_once_and_has_both_names(name: str) -> None:
    found = rows(f"lists/{name}.json")
    assert len({row["code"] for row in found}) == len(found)
    assert all(row["zh"].strip() and row["en"].strip() for row in found)
    assert all(row["code"].isascii() and len(row["code"]) <= 40 for row in found)


def test_the_industries_are_five_traditional_five_emerging_and_seven_services() -> None:
    assert Counter(row["group"] for row in rows("lists/industries.json")) == {"traditional": 5, "emerging": 5, "services": 7}


def test_the_industry_list_tells_its_version_and_since_when_it_holds() -> None:
    for row in rows("lists/industries.json"):
        assert (row["version"], row["valid_to"]) == ("2024-06", None)
        assert date.fromisoformat(row["valid_from"]) <= date(2024, 6, 30)


def test_circles_and_institutions_name_each_other() -> None:
    home = {row["code"]: row["cluster"] for row in rows("lists/institutions.json")}
    named = {code: row["code"] for row in rows("lists/clusters.json") for code in row["institutions"]}
    assert home == named
    assert set(named.values()) == {"upc", "sdust", "qut", "guzhenkou"}


def test_every_institution_has_departments_named_in_both_languages() -> None:
    for row in rows("lists/institutions.json"):
        assert row["departments"], row["code"]
        assert all(one["zh"] and one["en"] for one in row["departments"])


def test_there_are_eleven_fields_of_contract_registration() -> None:
    assert len(codes("fields")) == 11


def test_brokers_in_office_and_managers_trained_each_year_are_two_targets() -> None:
    found = {row["code"]: row for row in rows("lists/targets.json")}
    assert (found["brokers"]["kind"], found["brokers"]["value"]) == ("stock", 1000)
    assert (found["manager-training"]["kind"], found["manager-training"]["value"]) == ("flow", 50)


def test_every_target_says_what_is_counted_and_where_it_is_written() -> None:
    for row in rows("lists/targets.json"):
        assert row["definition_zh"]
        assert row["definition_en"]
        assert row["unit_zh"]
        assert row["unit_en"]
        assert (row["source"], row["as_of"]) == ("青西新发〔2024〕10号", "2024-09-19")
        assert row["kind"] in {"stock", "flow"}
        assert row["comparison"] in {"GE", "GT"}
        assert row["value"] > 0
        assert (row["period"] is None) == (row["kind"] == "stock")
