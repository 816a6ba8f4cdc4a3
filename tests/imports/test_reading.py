"""Files of every usual kind are read as the same rows; anything else is refused in a sentence."""

from __future__ import annotations

import datetime
import io
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.imports.files import altered, csv_text, xlsx
from webapp.core.errors import Invalid
from webapp.imports import excel
from webapp.imports.cells import guarded, unguarded
from webapp.imports.columns import is_header
from webapp.imports.reading import Table, open_table

ROWS = [["名称", "简介"], ["防腐涂层", "盐雾试验，三千小时"], ["水下机器人🤖", "續航十小時"]]


def opened(folder: Path, content: bytes) -> Table:
    path = folder / "given"
    path.write_bytes(content)
    return open_table(path, lambda names: is_header("results", names))


def read(folder: Path, content: bytes) -> list[list[str]]:
    table = opened(folder, content)
    return [table.header, *(cells for _, cells in table.rows())]


def refusal(folder: Path, content: bytes) -> str:
    with pytest.raises(Invalid) as told:
        opened(folder, content).count()
    return told.value.code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
def test_a_csv_file_is_read_in_every_encoding_offices_use(tmp_path: Path, encoding: str) -> None:
    mark = "\ufeff" if encoding == "utf-16-le" else ""
    assert read(tmp_path, (mark + csv_text(ROWS)).encode(encoding)) == ROWS


@pytest.mark.parametrize(
    "content",
    [
        "title,text\n涂层,".encode() + "水下机器人续航十小时整\n".encode()[1:],
        "title\nthe company\u2019s r\u00e9sum\u00e9s\n".encode("cp1252"),
    ],
    ids=["damaged UTF-8", "Western"],
)
def test_a_file_that_would_be_read_as_chinese_nonsense_is_refused(tmp_path: Path, content: bytes) -> None:
    assert content.decode("gb18030")
    assert refusal(tmp_path, content) == "file_encoding"


@pytest.mark.parametrize("content", [b"\x80\xff,\xfe\n", "名称\n".encode("utf-16-be"), b"caf\xe9,1\n", b"\xef\xbb\xbf\xff,a\n"])
def test_unknown_bytes_are_refused_with_advice(tmp_path: Path, content: bytes) -> None:
    assert refusal(tmp_path, content) == "file_encoding"


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_the_sign_between_cells_is_found(tmp_path: Path, delimiter: str) -> None:
    assert read(tmp_path, csv_text(ROWS, delimiter).encode()) == ROWS


def test_the_sign_between_cells_is_found_below_a_title_line_too(tmp_path: Path) -> None:
    assert opened(tmp_path, "2026 年汇总\n名称\t简介，说明\n甲\t乙\n".encode()).header == ["名称", "简介，说明"]
    assert opened(tmp_path, "名称，简介\n甲，乙\n".encode()).header == ["名称", "简介"]


def test_a_row_has_the_number_a_spreadsheet_shows_however_many_lines_its_cells_have(tmp_path: Path) -> None:
    table = opened(tmp_path, '名称,简介\r\n"a\nb","c\r\nd"\r\n\r\ne,f\r\n'.encode())
    assert list(table.rows()) == [(2, ["a\nb", "c\r\nd"]), (4, ["e", "f"])]


def test_an_unclosed_quotation_mark_is_told_instead_of_swallowing_the_rest(tmp_path: Path) -> None:
    content = '名称,简介\na,b\n"c,d\ne,f\n'.encode()
    assert refusal(tmp_path, content) == "file_csv"
    with pytest.raises(Invalid) as told:
        opened(tmp_path, content).count()
    assert told.value.params == {"line": 3}


def test_a_cell_without_end_is_refused_without_reading_it_whole(tmp_path: Path) -> None:
    assert refusal(tmp_path, b"title,text\na," + b"x" * (5 << 20) + b"\n") == "file_csv"


def test_a_title_line_above_the_header_is_skipped(tmp_path: Path) -> None:
    table = opened(tmp_path, "2026 年汇总\n\n编号,成果名称\n1,甲\n".encode())
    assert (table.header, table.header_line, list(table.rows())) == (["编号", "成果名称"], 3, [(4, ["1", "甲"])])


def test_columns_without_name_or_with_one_taken_are_named_by_their_place(tmp_path: Path) -> None:
    assert opened(tmp_path, "名称,,备注,备注,\na,b,c,d,e\n".encode()).header == ["名称", "#2", "备注", "备注 #4"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\n\n  \n", "file_header"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "file_type"),
        (b"<html><body><table><tr><td>1</td></tr></table>", "file_type"),
        (b"PK\x03\x04 not an archive", "file_damaged"),
        (b",".join(b"c%d" % n for n in range(300)) + b"\n", "file_columns"),
        (b'{"title": "a"\n', "file_json"),
        (b'{"title": ' + b"[" * 100_000 + b"\n", "file_json"),
    ],
)
def test_what_is_no_table_is_refused_by_name(tmp_path: Path, content: bytes, code: str) -> None:
    assert refusal(tmp_path, content) == code


def test_an_archive_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert refusal(tmp_path, out.getvalue()) == "file_type"


def test_a_sheet_gives_dates_whole_numbers_and_truth_as_people_read_them(tmp_path: Path) -> None:
    row = ["甲", 12.0, 2.5, datetime.date(2027, 3, 1), datetime.datetime(2027, 3, 1, 8, 30), True, 20260101000001]
    assert read(tmp_path, xlsx([["名称", "b", "c", "d", "e", "f", "g"], row]))[1] == [
        "甲", "12", "2.5", "2027-03-01", "2027-03-01 08:30:00", "是", "20260101000001",
    ]  # fmt: skip


def test_rows_of_a_sheet_keep_their_numbers_over_empty_ones(tmp_path: Path) -> None:
    table = opened(tmp_path, xlsx([[], ["名称", "简介"], [], ["甲", "乙"]]))
    assert (table.header_line, list(table.rows())) == (2, [(4, ["甲", "乙"])])


def test_a_formula_never_calculated_is_an_empty_cell(tmp_path: Path) -> None:
    assert read(tmp_path, xlsx([["名称", "简介"], ['="甲"&"乙"', "说明"]]))[1] == ["", "说明"]


def test_an_empty_first_sheet_is_passed_over_and_a_book_of_empty_ones_refused(tmp_path: Path) -> None:
    assert read(tmp_path, xlsx([], [["名称"], ["甲"]])) == [["名称"], ["甲"]]
    assert refusal(tmp_path, xlsx([])) == "file_header"


@pytest.mark.parametrize("reference", [b'r="XFD1048576"', b"r = 'A99999999'", b'r="zzz9999"'])
def test_two_cells_far_apart_do_not_make_a_field_that_fills_the_memory(tmp_path: Path, reference: bytes) -> None:
    book = xlsx([["名称"], ["甲"]])
    far = altered(book, lambda name, data: data.replace(b'r="A2"', reference) if "sheet1" in name else data)
    assert refusal(tmp_path, far) == "file_bomb"


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = xlsx([["名称"], ["甲"]])
    padded = altered(book, lambda name, data: data + b" " * (3 << 20) if "sheet1" in name else data)
    assert len(padded) < 1 << 20
    monkeypatch.setattr(excel, "MOST_UNPACKED", 2 << 20)
    assert refusal(tmp_path, padded) == "file_bomb"


def test_empty_cells_formatted_to_the_end_of_a_sheet_do_no_harm(tmp_path: Path) -> None:
    book = xlsx([["名称"], ["甲"]])
    tail = b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>'
    styled = altered(book, lambda name, data: data.replace(b"</sheetData>", tail) if "sheet1" in name else data)
    assert read(tmp_path, styled) == [["名称"], ["甲"]]


def test_a_cut_off_workbook_is_damaged(tmp_path: Path) -> None:
    book = xlsx([["名称"], ["甲"]])
    assert refusal(tmp_path, book[: len(book) // 2]) == "file_damaged"


def test_json_lines_are_rows_whose_keys_are_the_columns(tmp_path: Path) -> None:
    lines = [{"title": "甲", "keywords": ["a", "b"], "trl": 7.0}, {"title": "乙", "more": None, "yes": True}]
    content = "\n\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode()
    assert read(tmp_path, content) == [
        ["title", "keywords", "trl", "more", "yes"], ["甲", "a；b", "7", "", ""], ["乙", "", "", "", "是"],
    ]  # fmt: skip
    assert [number for number, _ in opened(tmp_path, content).rows()] == [1, 3]


def test_half_signs_that_no_database_stores_are_dropped(tmp_path: Path) -> None:
    assert read(tmp_path, b'{"title": "a\\ud800b\\u0000"}')[1] == ["ab"]
    assert read(tmp_path, "名称\n\ufeff甲乙\u200b\n".encode())[1] == ["甲乙"]


def test_rows_can_be_gone_through_again_from_any_place(tmp_path: Path) -> None:
    for content in (csv_text(ROWS).encode(), xlsx(ROWS)):
        table = opened(tmp_path, content)
        assert (table.count(), list(table.rows(1)), table.count()) == (2, list(table.rows())[1:], 2)


BOOK = xlsx([["名称", "简介"], ["甲", "乙"]])


@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "ignore")))
@example(b"\x00")
@example(b"\xff\xfe")
@example(b'"')
@example(b"{}\n{")
@example(b'{"": 1}')
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_give_rows_or_a_sentence(tmp_path: Path, content: bytes) -> None:
    try:
        table = opened(tmp_path, content)
        assert all(isinstance(cell, str) for _, cells in table.rows() for cell in cells)
    except Invalid as refused:
        assert refused.message % refused.params


@given(st.integers(0, len(BOOK) - 1), st.binary(min_size=1, max_size=8))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_workbook_with_bytes_changed_gives_rows_or_a_sentence(tmp_path: Path, place: int, patch: bytes) -> None:
    try:
        opened(tmp_path, BOOK[:place] + patch + BOOK[place + len(patch) :]).count()
    except Invalid as refused:
        assert refused.message % refused.params


@settings(deadline=None)
@given(st.text(max_size=60))
@example("=1+1")
@example("'=1+1")
@example("''@x")
def test_what_is_guarded_against_formulas_comes_back_as_it_was(text: str) -> None:
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert unguarded(guarded(text)) == text
