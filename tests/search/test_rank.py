"""The command that ranks files."""

import json
from pathlib import Path

import pytest

from search.__main__ import main

DOCUMENTS = [
    {"id": "d1", "title": "石墨烯防腐涂层", "text": "船舶长效防腐"},
    {"id": "d2", "title": "锂离子电池", "text": "热管理", "keywords": ["相变材料", "液冷"]},
    {"id": "d3", "title": "", "text": "AND OR NOT (涂层"},
]
QUERIES = [
    {"id": "q1", "title": "船舶涂层", "text": "NOT 防腐 OR title:电池"},
    {"id": "q2", "title": "", "text": "液冷板", "keywords": ["相变材料"]},
    {"id": "q3", "title": "", "text": "。。。"},
]


def written(path: Path, records: list[dict[str, object]]) -> str:
    path.write_text("\ufeff" + "\n".join(json.dumps(record) for record in records) + "\n\n", encoding="utf-8")
    return str(path)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    return ["rank", "--documents", written(tmp_path / "d.jsonl", DOCUMENTS), "--queries", written(tmp_path / "q.jsonl", QUERIES),
            "--out", str(tmp_path / "run.tsv")]  # fmt: skip


def run(tmp_path: Path) -> list[list[str]]:
    lines = (tmp_path / "run.tsv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "query_id\tdocument_id\tscore"
    return [line.split("\t") for line in lines[1:]]


def test_queries_are_taken_literally_and_any_word_counts(files: list[str], tmp_path: Path) -> None:
    assert main(files) == 0
    found = run(tmp_path)
    assert next(row[1] for row in found if row[0] == "q1") == "d1"
    assert {row[1] for row in found if row[0] == "q1"} == {"d1", "d2", "d3"}
    assert [row[1] for row in found if row[0] == "q2"] == ["d2"]
    assert all(float(row[2]) > 0 for row in found)
    assert not [row for row in found if row[0] == "q3"]


def test_top_bounds_the_rows_of_each_query(files: list[str], tmp_path: Path) -> None:
    assert main([*files, "--top", "1"]) == 0
    assert [row[:2] for row in run(tmp_path)] == [["q1", "d1"], ["q2", "d2"]]


def test_pairs_are_all_ranked_whatever_else_their_table_says(files: list[str], tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("query_id\tdocument_id\tgrade\nq1\td2\t3\nq1\td1\t0\nq1\tgone\t1\nq3\td1\t2\nq1\td1\t0\n", encoding="utf-8")
    assert main([*files, "--pairs", str(pairs)]) == 0
    assert [row[:2] for row in run(tmp_path)] == [["q1", "d1"], ["q1", "d2"], ["q3", "d1"]]


@pytest.mark.parametrize(
    "content", [b"not json\n", b'{"title": "no id"}\n', b"[1]\n", b'{"id": "x"}\n\xff\xfe\n'], ids=["text", "no id", "list", "encoding"]
)
def test_a_file_that_is_none_is_named_with_its_line(
    files: list[str], tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "d.jsonl").write_bytes(content)
    assert main(files) == 2
    assert "d.jsonl" in capsys.readouterr().err


def test_missing_files_are_told(files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*files, "--pairs", str(tmp_path / "none.tsv")]) == 2
    assert "none.tsv" in capsys.readouterr().err
