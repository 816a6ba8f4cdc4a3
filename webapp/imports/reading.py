"""Opens a file of rows as a header and numbered rows of plain text, whatever its kind and encoding, refusing what is none."""

from __future__ import annotations

import codecs
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from webapp.core.errors import N_, Invalid
from webapp.imports import delimited, encodings, excel, jsonlines, kept
from webapp.imports.cells import Record

MOST_COLUMNS = 200
LOOKED_AT = 10  # lines among which the header may stand: sheets often begin with a title
IsHeader = Callable[[list[str]], bool]


@dataclass(frozen=True)
class Table:
    """A header, and how to go through the rows again and again; a row's number is the one a spreadsheet shows."""

    header: list[str]
    header_line: int
    records: Callable[[], Iterator[Record]]
    by_delimiter: bool = False

    def rows(self, skip: int = 0) -> Iterator[Record]:
        """The rows after the header that hold anything, `skip` of them left out."""
        filled = ((number, cells) for number, cells in self.records() if number > self.header_line and any(cells))
        return itertools.islice(filled, skip, None)

    def count(self) -> int:
        """How many rows hold anything; reads the whole file, so a fault anywhere in it is found."""
        return sum(1 for _ in self.rows())


def open_table(path: Path, is_header: IsHeader = lambda _names: False, unpacked: Path | None = None) -> Table:
    """Look at a file and find its header: the first line `is_header` knows, else the first that holds anything.

    A workbook is checked and taken apart once where `unpacked` says where to keep its rows: opening it again costs nothing then.
    Invalid says what is wrong with the file and what to do.
    """
    if path.stat().st_size == 0:
        raise Invalid(N_("文件是空的，请检查导出是否完整。"), code="file_empty")
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"PK\x03\x04"):
        return _with_header(_workbook(path, unpacked), is_header, False)
    _refuse_known(head)
    encoding = encodings.encoding(path, head)
    if head.decode(encoding, "ignore").lstrip("\ufeff \t\r\n").startswith("{"):
        names = jsonlines.names(path, encoding)
        return Table(names, 0, lambda: jsonlines.records(path, encoding, names))
    delimiter = delimited.delimiter(path, encoding)
    return _with_header(lambda: delimited.records(path, encoding, delimiter), is_header, True)


def _workbook(path: Path, unpacked: Path | None) -> Callable[[], Iterator[Record]]:
    if unpacked is None:
        return excel.records(path)
    if not unpacked.exists():
        kept.write(unpacked, excel.records(path)())
    return lambda: kept.records(unpacked)


def _refuse_known(head: bytes) -> None:
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise Invalid(N_("这是旧版 .xls 或加了密码的表格，请在 Excel 里另存为不加密的 .xlsx 或 CSV 再导入。"), code="file_type")
    if head.lstrip().startswith((b"<", codecs.BOM_UTF8 + b"<")):
        raise Invalid(N_("这是网页格式的表格，请在 Excel 里打开，另存为 .xlsx 再导入。"), code="file_type")


def _with_header(records: Callable[[], Iterator[Record]], is_header: IsHeader, by_delimiter: bool) -> Table:
    first = [(line, names(cells)) for line, cells in itertools.islice(records(), LOOKED_AT) if any(cells)]
    chosen = next((found for found in first if is_header(found[1])), first[0] if first else None)
    if chosen is None:
        raise Invalid(N_("第一行没有列名，请在第一行写上列名再导入。"), code="file_header")
    if len(chosen[1]) > MOST_COLUMNS:
        raise Invalid(N_("列太多（%(count)s 列），请只保留需要的列。"), code="file_columns", count=len(chosen[1]))
    return Table(chosen[1], chosen[0], records, by_delimiter)


def names(cells: list[str]) -> list[str]:
    """Column names, each once: a column without a name or with one already taken is named by its place."""
    width = max((place for place, cell in enumerate(cells, 1) if cell), default=0)
    found: dict[str, None] = {}
    for place, cell in enumerate(cells[:width], 1):
        name = " ".join(cell.split())[:100] or f"#{place}"
        while name in found:
            name = f"{name} #{place}"
        found[name] = None
    return list(found)
