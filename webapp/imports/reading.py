"""Reads a CSV or XLSX file as a header and numbered rows of plain text, whatever its encoding, refusing what is none."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

from webapp.core.errors import Invalid, N_

LONGEST_CELL = 1 << 20
MOST_COLUMNS = 200
MOST_UNPACKED = 1 << 30
ENCODINGS = ("utf-8", "gb18030")
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
Row = tuple[int, list[str]]


@dataclass(frozen=True)
class Table:
    """A header, and how to go through the rows again and again: (line number as a spreadsheet shows it, cells)."""

    path: Path
    excel: bool
    encoding: str
    delimiter: str
    header: list[str]

    def rows(self, skip: int = 0) -> Iterator[Row]:
        """The rows after the header that hold anything, `skip` of them left out."""
        lines = _excel_lines(self.path) if self.excel else _csv_lines(self.path, self.encoding, self.delimiter)
        filled = ((number, cells) for number, cells in itertools.islice(lines, 1, None) if any(cells))
        yield from itertools.islice(filled, skip, None)

    def count(self) -> int:
        """How many rows hold anything."""
        return sum(1 for _ in self.rows())


def open_table(path: Path) -> Table:
    """Look at a file and find its header; Invalid says what is wrong with it and what to do."""
    if path.stat().st_size == 0:
        raise Invalid(N_("文件是空的，请检查导出是否完整。"), code="file_empty")
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"PK\x03\x04"):
        _check_unpacked(path)
        return _with_header(Table(path, True, "", "", []), _excel_lines(path))
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise Invalid(N_("这是旧版 .xls 文件，请在 Excel 里另存为 .xlsx 或 CSV 再导入。"), code="file_type")
    encoding = _encoding(path, head)
    delimiter = _delimiter(path, encoding)
    return _with_header(Table(path, False, encoding, delimiter, []), _csv_lines(path, encoding, delimiter))


def _with_header(table: Table, lines: Iterable[Row]) -> Table:
    first = next(iter(lines), None)
    header = [name.strip() for name in first[1]] if first else []
    if not any(header):
        raise Invalid(N_("第一行没有列名，请在第一行写上列名再导入。"), code="file_header")
    if len(header) > MOST_COLUMNS:
        raise Invalid(N_("列太多（%(count)s 列），请只保留需要的列。"), code="file_columns", count=len(header))
    return Table(table.path, table.excel, table.encoding, table.delimiter, header)


def _check_unpacked(path: Path) -> None:
    """A small archive may unpack to anything: its own table of contents is read before it is opened."""
    try:
        with zipfile.ZipFile(path) as archive:
            names, size = archive.namelist(), sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as error:
        raise Invalid(N_("这个 Excel 文件已损坏，请重新导出。"), code="file_damaged") from error
    if "xl/workbook.xml" not in names:
        raise Invalid(N_("这不是 .xlsx 表格，请上传 CSV 或 XLSX 文件。"), code="file_type")
    if size > MOST_UNPACKED:
        raise Invalid(N_("表格解压后过大，请拆分后再传。"), code="file_bomb")


def _encoding(path: Path, head: bytes) -> str:
    for mark, name in MARKS:
        if head.startswith(mark):
            return name if _decodes(path, name) else _unknown()
    if b"\x00" in head:
        return _unknown()
    return next((name for name in ENCODINGS if _decodes(path, name)), "") or _unknown()


def _unknown() -> str:
    raise Invalid(N_("认不出文件的编码，请在 Excel 里另存为 “CSV UTF-8” 再导入。"), code="file_encoding")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while chunk := file.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeError:
            return False
    return True


def _delimiter(path: Path, encoding: str) -> str:
    with path.open(encoding=encoding, newline="") as file:
        line = file.readline(100_000)
    return max((",", "\t", ";"), key=line.count)


def _csv_lines(path: Path, encoding: str, delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_CELL)
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader((line.replace("\x00", "") for line in file), delimiter=delimiter)
        number = 1
        try:
            for cells in reader:
                yield number, [cell.strip() for cell in cells]
                number = reader.line_num + 1
        except csv.Error as error:
            raise Invalid(N_("第 %(line)s 行附近读不下去（单元格过大或引号不成对），请检查后再导入。"), code="file_csv", line=number) from error


def _excel_lines(path: Path) -> Iterator[Row]:
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes())).get_sheet_by_index(0)
    except Exception as error:  # the reader raises its own kinds for every sort of damage
        raise Invalid(N_("这个 Excel 文件已损坏，请重新导出。"), code="file_damaged") from error
    start = sheet.start[0] + 1 if sheet.start else 1
    for number, cells in enumerate(sheet.iter_rows(), start):
        yield number, [_plain(cell) for cell in cells]


def _plain(cell: Any) -> str:
    """A cell as text: whole floats without `.0`, dates in ISO, never scientific notation for whole numbers."""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    if isinstance(cell, date | time | timedelta):
        return str(cell)
    return str(cell).strip()[:LONGEST_CELL]
