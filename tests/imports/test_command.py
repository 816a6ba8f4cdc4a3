"""The command line: exit codes, mapping, the file of refused rows, resuming, and exports that come back unchanged."""

from __future__ import annotations

import csv
import datetime
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from tests import makers
from tests.imports.conftest import all_jobs, how_many
from tests.imports.files import HEADER, numbered, write_csv, xlsx
from webapp.catalog.models import Demand, Indicator, Result, Target
from webapp.core.db import Database
from webapp.core.errors import Invalid
from webapp.core.outbox import Job
from webapp.core.worker import Context
from webapp.imports import command, export, jobs
from webapp.imports.models import ImportBatch


def imported(context: Context, file: Path, *maps: str, kind: str = "results", source: str = "", organisation: str = "") -> tuple[int, list[str]]:
    said: list[str] = []
    return command.run_import(context, kind, file, maps, source, organisation, said.append), said


def test_a_whole_file_ends_with_0_and_a_sum(context: Context, tmp_path: Path) -> None:
    code, said = imported(context, write_csv(tmp_path / "a.csv", numbered(7)))
    assert (code, said[-1]) == (0, "read 7, created 7, updated 0, unchanged 0, refused 0")
    assert [line.split(" ")[0] for line in said[:-1]] == ["3/7", "6/7", "7/7"]


def test_refused_rows_end_with_1_and_stand_in_a_file_beside_that_imports_once_mended(context: Context, tmp_path: Path) -> None:
    rows = [[*HEADER, "成熟度", "备注"], ["1", "甲", "", "7", ""], ["2", "乙", "", "十", "=HYPERLINK(1)"], ["3", "", "", "", ""]]
    code, said = imported(context, write_csv(tmp_path / "a.csv", rows, "gb18030"))
    path = tmp_path / "a-refused.csv"
    assert (code, said[-1].endswith(str(path))) == (1, True)
    with path.open(encoding="utf-8-sig", newline="") as file:
        kept = list(csv.reader(file))
    assert kept[0] == ["原行号", "未导入原因", *HEADER, "成熟度", "备注"]
    assert (kept[1][0], kept[1][2:]) == ("3", ["2", "乙", "", "十", "'=HYPERLINK(1)"])
    kept[1][5], kept[2][3] = "6", "丙"
    code, said = imported(context, write_csv(path, kept))
    assert (code, said[-1]) == (0, "read 2, created 2, updated 0, unchanged 0, refused 0")
    assert imported(context, write_csv(tmp_path / "a.csv", [rows[0], rows[1]]))[1][-1].startswith("read 1, created 0, updated 0, unchanged 1")


def test_a_row_refused_again_is_told_its_newest_reason_only(context: Context, tmp_path: Path) -> None:
    imported(context, write_csv(tmp_path / "a.csv", [list(HEADER), ["1", "", ""]]))
    imported(context, tmp_path / "a-refused.csv")
    header = (tmp_path / "a-refused-refused.csv").read_text("utf-8-sig").splitlines()[0]
    assert header.split(",") == ["原行号", "未导入原因", *HEADER]


@pytest.mark.parametrize(
    ("content", "expected"), [(b"", "文件是空的"), (b"\x80\xff\xff\n", "编码"), ("编号,甲列\n1,2\n".encode(), "列名有：编号、甲列")]
)
def test_a_file_that_cannot_be_imported_ends_with_2_and_a_sentence(context: Context, tmp_path: Path, content: bytes, expected: str) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    code, said = imported(context, tmp_path / "a.csv")
    assert (code, expected in said[0], how_many(context)) == (2, True, 0)


def test_map_tells_what_a_column_means(context: Context, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "a.csv", [["甲列", "乙=列", "简介"], ["名", "9", "不要"]])
    assert imported(context, file, "甲列=title", "乙=列=trl", "简介=")[0] == 0
    with context.database.transaction() as session:
        found = session.scalars(select(Result)).unique().one()
        assert (found.title, found.trl, found.summary) == ("名", 9, "")


@pytest.mark.parametrize("given", ["甲列", "=title", "没有=title", "甲列=nonsense"])
def test_a_wrong_map_ends_with_2(context: Context, tmp_path: Path, given: str) -> None:
    code, said = imported(context, write_csv(tmp_path / "a.csv", [["甲列"], ["名"]]), given)
    assert (code, len(said)) == (2, 1)


def test_rows_go_to_the_organisation_named_by_its_code(context: Context, tmp_path: Path) -> None:
    with context.database.transaction() as session:
        school = makers.organisation(session, "SCHOOL", code="ex-school")
        makers.organisation(session, "COMPANY", code="ex-company")
        school_id = school.id
    file = write_csv(tmp_path / "a.csv", numbered(1))
    assert [imported(context, file, organisation=code)[0] for code in ("nobody", "ex-company", "ex-school")] == [2, 2, 0]
    with context.database.transaction() as session:
        assert session.scalars(select(Result.organisation_id)).one() == school_id


def test_a_command_run_again_goes_on_where_the_killed_one_stopped(context: Context, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "a.csv", numbered(8))
    with context.database.transaction() as session, file.open("rb") as stream:
        incoming = command.Incoming("results", file.name, "a", stream, {}, None, 10)
        batch_id = command._prepared(context, session, incoming)
    jobs.advance(context, batch_id, 1)
    code, said = imported(context, file)
    assert (code, said[-1], how_many(context)) == (0, "read 8, created 8, updated 0, unchanged 0, refused 0", 8)
    assert imported(context, file)[1][-1] == "read 8, created 0, updated 0, unchanged 8, refused 0"
    with context.database.transaction() as session:
        assert len(session.scalars(select(ImportBatch)).all()) == 2


def test_a_command_killed_outright_loses_and_doubles_nothing(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "sunmao.db")
    file = write_csv(tmp_path / "list.csv", numbered(400))
    environment = os.environ | {"SUNMAO_VAR": str(tmp_path), "SUNMAO_IMPORT_SLICE": "20"}
    arguments = [sys.executable, "-m", "webapp.cli", "import", "results", str(file)]
    first = subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, text=True)
    assert first.stdout is not None
    assert first.stdout.readline().startswith("20/400")
    first.send_signal(signal.SIGKILL)
    first.wait()
    first.stdout.close()
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "read 400, created 400, updated 0, unchanged 0, refused 0"
    database = Database(f"sqlite:///{tmp_path / 'sunmao.db'}")
    with database.transaction(write=False) as session:
        assert len(set(session.scalars(select(Result.external_id)))) == len(session.scalars(select(Result.id)).all()) == 400
    database.dispose()


def _rich_rows(context: Context) -> None:
    until = datetime.date(2031, 12, 31)
    with context.database.transaction() as session:
        makers.industry(session)
        school = makers.organisation(session, "SCHOOL")
        rich = makers.result(
            session, school, title="=cmd|' /C calc'!A0", summary="+第一行\n\n第二行，“引号”\"与制表", keywords=["machine learning"], department="-材料学院",
            lead="@示例", trl=7, stage="PILOT", price_kind="RANGE", price_min_fen=12_345_600, price_max_fen=99_999_900, cluster_code=None,
            valid_until=until,
        )  # fmt: skip
        rich.indicators = [
            Indicator(position=0, name="盐雾（中性）", comparison="GE", value=3000.0, unit="h"),
            Indicator(position=1, name="工作温度", comparison="RANGE", value=-5.5, value_max=40.0, unit="℃"),
            Indicator(position=2, name="PM2.5 去除率", comparison="EQ", value=99.97, unit="%"),
        ]
        makers.result(session, school, title="'=引号开头", use_first_offered=False, trial_months=None, modes=[], cluster_code=None, source="list", external_id="A1", valid_until=until)
        wanted = makers.demand(session, confidentiality=1, price_kind="NEGOTIABLE", price_min_fen=None, price_max_fen=None, valid_until=until)
        wanted.targets = [Target(position=0, name="附着力", comparison="GE", value=10.0, unit="MPa", must=True)]
        makers.demand(session, confidentiality=0, keywords=["a", "b c"], deadline=None, wants_use_first=False, valid_until=until)


def _told(context: Context, kind: str) -> list[list[str]]:
    with context.database.transaction(write=False) as session:
        return list(export.rows(session, kind, "mark"))


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".jsonl"])
def test_an_export_imports_again_unchanged(context: Context, tmp_path: Path, suffix: str) -> None:
    _rich_rows(context)
    with context.database.transaction() as session:
        session.execute(delete(Job))
    for kind in ("results", "demands"):
        file = tmp_path / f"{kind}{suffix}"
        assert command.run_export(context, kind, file) == 2
        code, said = imported(context, file, kind=kind)
        assert (code, said[-1]) == (0, "read 2, created 0, updated 0, unchanged 2, refused 0")
    assert all_jobs(context) == []


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".jsonl"])
def test_another_installation_takes_an_export_as_it_is_and_recognises_it_again(context: Context, tmp_path: Path, suffix: str) -> None:
    _rich_rows(context)
    before = {kind: _told(context, kind) for kind in ("results", "demands")}
    for kind in before:
        command.run_export(context, kind, tmp_path / f"{kind}{suffix}")
    with context.database.transaction() as session:
        for model in (Indicator, Target, Result, Demand):
            session.execute(delete(model))
    elsewhere = Context(replace(context.settings, secret_key="another"), context.database, {})
    for kind, rows in before.items():
        for sum_ in ("created 2, updated 0, unchanged 0", "created 0, updated 0, unchanged 2"):
            assert imported(elsewhere, tmp_path / f"{kind}{suffix}", kind=kind)[1][-1] == f"read 2, {sum_}, refused 0"
        own = {export.COLUMNS[kind].index(name) for name in ("external_id", "organisation", "department") if name in export.COLUMNS[kind]}
        told = [[cell for place, cell in enumerate(row) if place not in own] for row in _told(elsewhere, kind)]
        assert told == [[cell for place, cell in enumerate(row) if place not in own] for row in rows]


def test_an_edited_export_changes_the_row_it_came_from(context: Context, tmp_path: Path) -> None:
    _rich_rows(context)
    command.run_export(context, "results", tmp_path / "a.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text("utf-8").splitlines()]
    rows[0]["成果名称"] = "改过的名称"
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    assert imported(context, tmp_path / "a.jsonl")[1][-1] == "read 2, created 0, updated 1, unchanged 1, refused 0"
    with context.database.transaction() as session:
        assert session.scalars(select(Result.title).where(Result.source == "web")).one() == "改过的名称"


def test_an_export_holds_only_what_a_visitor_may_read(context: Context, tmp_path: Path) -> None:
    with context.database.transaction() as session:
        company = makers.organisation(session, "COMPANY", name="示例秘密公司")
        makers.demand(session, company, title="公开需求", confidentiality=1, contact="示例电话", source="示例秘密公司内部", external_id="秘密-1")
        for level in (2, 3, 4):
            makers.demand(session, company, title=f"不公开{level}", confidentiality=level)
        makers.demand(session, company, title="草稿", state="DRAFT", published_at=None)
        makers.result(session, title="未申请专利的发明", unfiled=True)
    for kind, count in (("demands", 1), ("results", 0)):
        assert command.run_export(context, kind, tmp_path / f"{kind}.csv") == count
    text = (tmp_path / "demands.csv").read_text("utf-8-sig")
    assert "公开需求" in text
    assert not [word for word in ("秘密", "船坞编号", "示例电话", "不公开", "草稿") if word in text]


def test_no_cell_of_an_export_is_taken_for_a_formula(context: Context, tmp_path: Path) -> None:
    _rich_rows(context)
    command.run_export(context, "results", tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        assert not [cell for row in csv.reader(file) for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_an_export_of_unknown_kind_is_refused_and_leaves_no_file(context: Context, tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        command.run_export(context, "results", tmp_path / "a.pdf")
    assert not list(tmp_path.glob("*a.pdf*"))


def test_a_workbook_of_dates_and_whole_numbers_is_imported(context: Context, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(xlsx([["编号", "需求名称", "预算", "截止日期", "最低成熟度"], [1.0, "甲", 80, datetime.date(2030, 3, 31), 7.0]]))
    assert imported(context, tmp_path / "a.xlsx", kind="demands")[0] == 0
    with context.database.transaction() as session:
        found = session.scalars(select(Demand)).unique().one()
        assert (found.external_id, found.price_min_fen, found.deadline, found.min_trl) == ("1", 80_000_000, datetime.date(2030, 3, 31), 7)

