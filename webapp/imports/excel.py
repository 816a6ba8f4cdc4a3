"""XLSX sheets as numbered rows; what an archive would unpack to is measured before the reader is let near it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

from webapp.core.errors import N_, AppError, Invalid
from webapp.imports.cells import Record, plain

MOST_UNPACKED = 512 << 20
MOST_CELLS = 20_000_000
WIDEST = 16_384
MOST_MERGED = 100_000
CHUNK = 1 << 20
LONGEST_TAG = CHUNK
VALUELESS = re.compile(rb"<(?:\w+:)?(?:c|row)\b[^<>]*/>")
REFERENCE = re.compile(rb"[\s\"']r\s*=\s*[\"']([A-Za-z]*)(\d*)")
ROW = re.compile(rb"<(?:\w+:)?row\b")
CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")


def records(path: Path) -> Callable[[], Iterator[Record]]:
    """The rows of the first sheet that holds anything; the file is unpacked once, its rows can be gone through many times."""
    _check(path)
    try:
        sheet = _first_filled(CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes())))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # the reader has its own kinds for every sort of damage, and some are no Exception
        raise _damaged() from error
    return lambda: _whole(((number, [plain(cell) for cell in cells]) for number, cells in enumerate(sheet.iter_rows(), 1)), _reaching_down(sheet))


def _reaching_down(sheet: Any) -> dict[int, list[tuple[int, int]]]:
    """Cells that reach over several rows: by their first row, the column and the last row of each."""
    found: dict[int, list[tuple[int, int]]] = {}
    for (first, left), (last, right) in (sheet.merged_cell_ranges or [])[:MOST_MERGED]:
        if last > first and left == right:
            found.setdefault(first + 1, []).append((left, last + 1))
    return found


def _whole(rows: Iterator[Record], reaching: dict[int, list[tuple[int, int]]]) -> Iterator[Record]:
    """The rows, with the value of a cell that reaches down in each row it covers that holds anything else."""
    covering: dict[int, tuple[int, str]] = {}
    for number, cells in rows:
        if any(cells):
            for column, (last, value) in covering.items():
                if number <= last and column < len(cells) and not cells[column]:
                    cells[column] = value
        for column, last in reaching.get(number, ()):
            covering[column] = (last, cells[column] if column < len(cells) else "")
        yield number, cells


def _first_filled(book: CalamineWorkbook) -> Any:
    sheets = (book.get_sheet_by_index(place) for place in range(min(len(book.sheet_names), 10)))
    first = next(sheets)
    return first if first.start is not None else next((sheet for sheet in sheets if sheet.start is not None), first)


def _damaged() -> Invalid:
    return Invalid(N_("这个 Excel 文件已损坏，请重新导出。"), code="file_damaged")


def _check(path: Path) -> None:
    """A small archive may unpack to anything, and two cells far apart to a sheet of 17 thousand million."""
    try:
        with zipfile.ZipFile(path) as archive:
            if "xl/workbook.xml" not in archive.namelist():
                raise Invalid(N_("这不是 .xlsx 表格，请上传 CSV 或 XLSX 文件。"), code="file_type")
            if sum(entry.file_size for entry in archive.infolist()) > MOST_UNPACKED:
                raise _too_large()
            for entry in archive.infolist():
                with archive.open(entry) as file:
                    _measure(file)
    except AppError:
        raise
    except Exception as error:  # damage shows as almost any error of zipfile and its decompressors
        raise _damaged() from error


def _too_large() -> Invalid:
    return Invalid(N_("表格解压后过大，或有单元格离其他内容太远。请删去多余的行列，或拆分后再传。"), code="file_bomb")


def _measure(file: Any) -> None:
    """Refuse a sheet whose cells span too wide a field; reading to the end also proves length and checksum."""
    field = _Field()
    rest, is_sheet = b"", False
    while chunk := file.read(CHUNK):
        whole, mark, tag = (rest + chunk).rpartition(b"<")
        rest = mark + tag if mark else b""
        if len(rest) > LONGEST_TAG:
            raise _damaged()
        is_sheet = is_sheet or b"sheetData" in whole
        if is_sheet and (field.grow(whole) > MOST_CELLS or field.columns > WIDEST):
            raise _too_large()


@dataclass
class _Field:
    """How far the cells of a sheet reach: as they say, and as they count up where they say nothing."""

    rows: int = 0
    columns: int = 0
    counted: int = 0
    in_row: int = 0

    def grow(self, part: bytes) -> int:
        """Take in a piece of the sheet; returns how many cells a dense field of this reach has."""
        for letters, digits in set(REFERENCE.findall(VALUELESS.sub(b"", part))):
            self.rows, self.columns = max(self.rows, int(digits[:12] or 0)), max(self.columns, _column(letters))
        for place, row in enumerate(ROW.split(part)):
            self.counted += place > 0
            self.in_row = len(CELL.findall(row)) + (0 if place else self.in_row)
            self.columns = max(self.columns, self.in_row)
        return max(self.rows, self.counted) * self.columns


def _column(letters: bytes) -> int:
    """A, B … Z, AA as 1, 2 … 26, 27; longer than three letters is farther than any sheet goes."""
    number = 0
    for letter in letters.upper()[:6]:
        number = number * 26 + letter - 64
    return number
