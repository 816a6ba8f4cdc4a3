"""CSV and its cousins as numbered rows; a quotation mark that is never closed is told instead of swallowing the rest."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from webapp.core.errors import N_, Invalid
from webapp.imports.cells import LONGEST_CELL, Record, cleaned

LONGEST_LINE = 4 << 20
LOOKED_AT = 10
USUAL = (",", "\t", ";")


def delimiter(path: Path, encoding: str) -> str:
    """The sign between cells: the most frequent of the usual ones in the first line that has any."""
    with path.open(encoding=encoding, newline="") as file:
        lines = [file.readline(100_000) for _ in range(LOOKED_AT)]
    for line in lines:
        if any(sign in line for sign in USUAL):
            return max(USUAL, key=line.count)
    return "，" if "，" in "".join(lines) else ","


class _Lines:
    """Hands lines to the CSV reader and notices when the file ends inside a row."""

    def __init__(self, file: TextIO) -> None:
        self.file, self.taken, self.start, self.ended_inside = file, 0, 0, False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self.file.readline(LONGEST_LINE)
        if not line:
            self.ended_inside = self.taken > self.start
            raise StopIteration
        self.taken += 1
        if len(line) >= LONGEST_LINE:
            raise _broken(self.taken)
        return line.replace("\x00", "")


def _broken(line: int) -> Invalid:
    return Invalid(N_("文件第 %(line)s 行附近读不下去（单元格过大或引号不成对），请检查后再导入。"), code="file_csv", line=line)


def records(path: Path, encoding: str, delimiter: str) -> Iterator[Record]:
    """Every row with the number a spreadsheet shows: a row is one, however many lines its cells have."""
    csv.field_size_limit(LONGEST_CELL)
    with path.open(encoding=encoding, newline="") as file:
        lines = _Lines(file)
        try:
            for number, cells in enumerate(csv.reader(lines, delimiter=delimiter), 1):
                if lines.ended_inside:
                    raise _broken(lines.start + 1)
                yield number, [cleaned(cell) for cell in cells]
                lines.start = lines.taken
        except csv.Error as error:
            raise _broken(lines.start + 1) from error
