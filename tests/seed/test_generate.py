"""Rows for load: the same again for the same seed, any number of them, in the shape of the examples and of people's sheets."""

from __future__ import annotations

import csv
import itertools
import json
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from matching.text import tokenize
from seed.generate import KINDS, generate, main
from tests.seed.lists import codes, examples
from tests.seed.test_examples import lists
from webapp.catalog.fields import rules
from webapp.imports.columns import mapping
from webapp.imports.rows import NOT_VALUES

both = pytest.mark.parametrize("kind", KINDS)


@both
def test_the_same_seed_gives_the_same_rows_and_another_seed_others(kind: str) -> None:
    first, again, other = (list(generate(kind, 30, seed)) for seed in (1, 1, 2))
    assert first == again
    assert not {row["title"] + row["details"] for row in first} & {row["title"] + row["details"] for row in other}


@both
def test_a_longer_run_begins_with_the_shorter_one(kind: str) -> None:
    assert list(itertools.islice(generate(kind, 1_000_000), 40)) == list(generate(kind, 40))


@both
def test_as_many_rows_come_as_were_asked_for_each_with_its_own_id(kind: str) -> None:
    rows = list(generate(kind, 1500))
    assert len(rows) == len({row["external_id"] for row in rows}) == 1500


@both
def test_texts_differ(kind: str) -> None:
    rows = list(generate(kind, 1000))
    assert len({row.get("summary") or row["public_summary"] for row in rows}) == 1000


@both
def test_a_million_rows_cost_no_more_memory_than_a_few(kind: str) -> None:
    rows = generate(kind, 1_000_000)
    assert isinstance(rows, Iterator)
    for _ in itertools.islice(rows, 100):
        pass
    tracemalloc.start()
    for _ in itertools.islice(rows, 2000):
        pass
    left, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert left < 100_000


@both
def test_rows_have_the_fields_of_the_examples_and_codes_of_the_lists(kind: str) -> None:
    wanted = set(examples(kind)[0]) - {"unserved"}
    for row in generate(kind, 200):
        assert set(row) == wanted
        assert row["industry"] in codes("industries")
        assert row["field"] in codes("fields")


def test_texts_of_results_are_as_long_as_the_examples() -> None:
    assert all(150 <= len(row["summary"]) <= 400 and len(row["details"]) <= 150 for row in generate("results", 500))


def test_a_few_words_are_common_and_most_are_rare_as_in_language() -> None:
    found = Counter(term for row in generate("results", 400) for term in set(tokenize(row["summary"])))
    ranked = [count for _, count in found.most_common()]
    assert ranked[0] > 150
    assert sum(count == 1 for count in ranked) > len(ranked) / 3


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="results, demands"):
        next(generate("people", 1))


@pytest.mark.parametrize(("kind", "topic"), [("results", "result"), ("demands", "demand")])
def test_the_written_file_is_read_whole_by_the_import(kind: str, topic: str, tmp_path: Path) -> None:
    out = tmp_path / "rows.csv"
    assert main([kind, "120", "--out", str(out), "--today", "2026-01-05"]) == 0
    with out.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 120
    columns = mapping(kind, lines[0])
    assert len(columns) == len(lines[0]), set(lines[0]) - set(columns)
    check = rules(topic, lists())
    for line, row in zip(lines, generate(kind, 120), strict=True):
        read = check.read({columns[name]: text for name, text in line.items() if columns[name] not in NOT_VALUES})
        assert (read["title"], read["industry_code"], read["price_kind"]) == (
            row["title"],
            row["industry"],
            row.get("price_kind") or row["budget_kind"],
        )
        assert len(read["indicators" if kind == "results" else "targets"]) == len(row.get("indicators") or row["targets"])


def test_the_same_command_writes_the_same_file(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("one.csv", "two.csv")]
    for file in files:
        main(["demands", "50", "--out", str(file), "--today", "2026-01-05", "--seed", "7"])
    assert files[0].read_bytes() == files[1].read_bytes()
    assert files[0].read_bytes().startswith(b"\xef\xbb\xbf")


def test_deadlines_count_from_the_day_given(tmp_path: Path) -> None:
    out = tmp_path / "demands.csv"
    main(["demands", "5", "--out", str(out), "--today", "2026-01-05"])
    days = [
        (date.fromisoformat(line["截止日期"]) - date(2026, 1, 5)).days for line in csv.DictReader(out.open(encoding="utf-8-sig"))
    ]
    assert days == [row["deadline_days"] for row in generate("demands", 5)]


@pytest.mark.parametrize("count", ["0", "-3", "1000001", "many", "1e3", ""])
def test_a_count_out_of_range_is_told_and_nothing_is_written(count: str, tmp_path: Path) -> None:
    out = tmp_path / "rows.csv"
    with pytest.raises(SystemExit):
        main(["results", count, "--out", str(out)])
    assert not out.exists()


def test_a_folder_that_is_not_there_is_told_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["results", "5", "--out", str(tmp_path / "nowhere" / "rows.csv")])
    assert stopped.value.code == 2
    assert "cannot write" in capsys.readouterr().err


def test_rows_survive_json_unchanged() -> None:
    for row in generate("demands", 50):
        assert json.loads(json.dumps(row, ensure_ascii=False)) == row
