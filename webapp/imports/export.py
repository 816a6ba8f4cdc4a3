"""Rows as a table that imports again unchanged, and any table as a file that a spreadsheet opens right."""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from sqlalchemy import Select
from sqlalchemy.orm import Session

from webapp.catalog import service as catalog
from webapp.core import policy
from webapp.core.errors import N_, Invalid
from webapp.core.policy import ANONYMOUS, Actor
from webapp.imports.cells import guarded
from webapp.imports.columns import FIELDS
from webapp.imports.policy import MODELS
from webapp.imports.telling import CLOSED, COLUMNS, told

Row = list[str]
ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")  # would be read as the sign with that number
# Signs a spreadsheet file cannot hold.
UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def names_of(kind: str, own: bool = False) -> tuple[str, ...]:
    """The fields an export holds; that of one's own rows also what others do not read."""
    return COLUMNS[kind] + (CLOSED[kind] if own else ())


def headers(kind: str, own: bool = False) -> Row:
    """The first name each column is recognised by."""
    return [FIELDS[kind][name][0] for name in names_of(kind, own)]


def rows(session: Session, kind: str, mark: str) -> Iterator[Row]:
    """All rows a visitor may see."""
    model: Any = MODELS[kind]
    return told_rows(session, ANONYMOUS, kind, mark, catalog.published(ANONYMOUS, model).order_by(model.id))


def told_rows(session: Session, actor: Actor, kind: str, mark: str, query: Select[Any], own: bool = False) -> Iterator[Row]:
    """These rows as this actor reads them; an unfiled invention stays out where what is read of it is cut short."""
    lists = catalog.lists(session)
    for row in session.scalars(query.execution_options(yield_per=500)):
        view = policy.reveal(actor, row)
        if view.reads or not getattr(view, "unfiled", False):
            cells = told(view, lists) | {"source": mark}
            yield [cells[name] for name in names_of(kind, own)]


def write(path: Path, names: Row, found: Iterable[Row]) -> int:
    """Write the rows in the form the suffix asks for; the file appears only when it is whole."""
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        raise Invalid(N_("导出文件的名字请以 .csv、.xlsx 或 .jsonl 结尾。"), code="export_suffix")
    part = path.with_name(f".{path.name}.part")
    try:
        count = writer(part, names, found)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return count


def _csv(path: Path, names: Row, found: Iterable[Row]) -> int:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(names)
        return sum(1 for row in found if table.writerow([guarded(cell) for cell in row]))


def _xlsx(path: Path, names: Row, found: Iterable[Row]) -> int:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(names)
    count = 0
    for row in found:
        sheet.append([_text(sheet, ESCAPED.sub("_x005F_", UNWRITABLE.sub("", guarded(cell)))) for cell in row])
        count += 1
    book.save(path)
    return count


def _text(sheet: Any, value: str) -> Any:
    """A cell of text, also where it looks like the word for an error of a formula."""
    if not value.startswith("#"):
        return value
    cell = WriteOnlyCell(sheet, value)
    cell.data_type = "s"
    return cell


def _jsonl(path: Path, names: Row, found: Iterable[Row]) -> int:
    with path.open("w", encoding="utf-8") as file:
        return sum(1 for row in found if file.write(json.dumps(dict(zip(names, map(guarded, row), strict=True)), ensure_ascii=False) + "\n"))


Writer = Callable[[Path, Row, Iterable[Row]], int]
WRITERS: dict[str, Writer] = {".csv": _csv, ".xlsx": _xlsx, ".jsonl": _jsonl}
