"""docs/security.md judges every ASVS requirement of levels 1 and 2, and the tests and sections it names exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in PAGE.splitlines() if re.match(r"\| V\d+\.\d+\.\d+ \|", line)]
WANTED = dict(line.split() for line in Path(__file__).with_name("asvs.txt").read_text().splitlines())


def test_every_requirement_is_judged_once_at_its_level() -> None:
    assert [row[0] for row in ROWS] == list(WANTED)
    assert {row[0]: row[1] for row in ROWS} == WANTED


def test_every_judgement_is_one_of_three_and_says_where_or_why() -> None:
    assert {row[3] for row in ROWS} == {"met", "not met", "not applicable"}
    assert [row[0] for row in ROWS if len(row[4]) < 4] == []
    assert [row[0] for row in ROWS if row[3] == "not met" and "since" not in row[4] and "see V" not in row[4]] == []


def _tests_of(path: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("named", sorted({found for row in ROWS for found in re.findall(r"`(tests/[^`]+)`", " | ".join(row))}))
def test_a_named_test_exists(named: str) -> None:
    file, _, function = named.partition("::")
    assert (ROOT / file).is_file(), named
    assert not function or function in _tests_of(ROOT / file), named


def test_numbers_at_the_head_of_the_table_are_those_of_its_rows() -> None:
    for level in ("1", "2"):
        counts = [sum(row[1] == level and row[3] == word for row in ROWS) for word in ("met", "not met", "not applicable")]
        assert "| {} | {} | {} | {} |".format(level, *counts) in PAGE


@pytest.mark.parametrize("heading", ["Signing in", "Files", "Keys", "Layers", "Data and its levels", "What costs", "What was attacked", "Scanners"])
def test_sections_the_table_refers_to_are_there(heading: str) -> None:
    assert f"\n## {heading}\n" in PAGE


@pytest.mark.parametrize("heading", ["What talks to what", "Logs", "Keeping up to date", "TLS"])
def test_sections_of_operations_the_table_refers_to_are_there(heading: str) -> None:
    assert f"\n## {heading}\n" in (ROOT / "docs" / "operations.md").read_text("utf-8")
