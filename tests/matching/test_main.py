"""The command line: ranks, grades, and answers a wrong file with a sentence."""

import json
from pathlib import Path

import pytest

from matching.__main__ import main
from matching.types import Document
from tests.matching.samples import DEMANDS, RESULTS


def _lines(path: Path, documents: tuple[Document, ...]) -> str:
    rows = ({"id": d.id, "title": d.title, "text": d.text, "keywords": list(d.keywords)} for d in documents)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return str(path)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    return ["--documents", _lines(tmp_path / "d", RESULTS), "--queries", _lines(tmp_path / "q", DEMANDS)]


def _table(path: Path) -> list[list[str]]:
    return [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]


def test_rank_writes_the_best_of_every_query(files: list[str], tmp_path: Path) -> None:
    out = tmp_path / "run.tsv"
    assert main(["rank", *files, "--top", "1", "--out", str(out)]) == 0
    table = _table(out)
    assert table[0] == ["query_id", "document_id", "score"]
    assert {row[0]: row[1] for row in table[1:]} == {"wants-coating": "coating", "wants-battery": "battery"}


def test_pairs_are_ranked_alone_and_completely(files: list[str], tmp_path: Path) -> None:
    pairs, out = tmp_path / "p.tsv", tmp_path / "run.tsv"
    pairs.write_text("query_id\tdocument_id\tgrade\nwants-coating\tseaweed\t0\nwants-coating\tcoating\t3\n")
    assert main(["rank", *files, "--pairs", str(pairs), "--out", str(out)]) == 0
    scores = {row[1]: float(row[2]) for row in _table(out)[1:]}
    assert set(scores) == {"seaweed", "coating"}
    assert scores["coating"] > scores["seaweed"]


def test_grade_writes_a_whole_number_for_every_pair(files: list[str], tmp_path: Path) -> None:
    verdicts, pairs, out = tmp_path / "v.tsv", tmp_path / "p.tsv", tmp_path / "g.tsv"
    verdicts.write_text("query_id\tdocument_id\tgrade\nwants-coating\tcoating\t3\nwants-coating\tseaweed\t0\n")
    pairs.write_text("query_id\tdocument_id\nwants-coating\tcoating\nwants-battery\tthruster\nwants-battery\tgone\n")
    arguments = ["grade", *files, "--verdicts", str(verdicts), "--pairs", str(pairs), "--out", str(out)]
    assert main(arguments) == 0
    table = _table(out)
    assert table[0] == ["query_id", "document_id", "grade"]
    assert [row[:2] for row in table[1:]] == [
        ["wants-coating", "coating"], ["wants-battery", "thruster"], ["wants-battery", "gone"],
    ]  # fmt: skip
    assert all(row[2] in {"0", "1", "2", "3"} for row in table[1:])


@pytest.mark.parametrize(
    ("content", "sentence"), [("{}", ":1: needs a JSON object"), ("[1]", ":1:"), ("nonsense", ":1:")]
)
def test_a_broken_line_is_named(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, sentence: str
) -> None:
    Path(files[1]).write_text(content)
    assert main(["rank", *files, "--out", str(tmp_path / "o")]) == 2
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


def test_wrong_encoding_missing_files_and_unknown_queries_are_named(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = tmp_path / "p.tsv"
    pairs.write_text("q\td\nnobody\tcoating\n")
    assert main(["rank", *files, "--pairs", str(pairs), "--out", str(tmp_path / "o")]) == 2
    assert "nobody" in capsys.readouterr().err
    Path(files[1]).write_bytes("防腐".encode("gb18030"))
    assert main(["rank", *files, "--out", str(tmp_path / "o")]) == 2
    Path(files[1]).unlink()
    assert main(["rank", *files, "--out", str(tmp_path / "o")]) == 2
    assert capsys.readouterr().err.count("error:") == 2
