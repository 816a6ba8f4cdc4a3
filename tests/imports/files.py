"""Makers of small files as people have them."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

HEADER = ("编号", "成果名称", "成果简介")


def csv_text(rows: Sequence[Sequence[Any]], delimiter: str = ",") -> str:
    """Rows as CSV."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


def write_csv(path: Path, rows: Sequence[Sequence[Any]], encoding: str = "utf-8-sig") -> Path:
    """A CSV file."""
    path.write_bytes(csv_text(rows).encode(encoding))
    return path


def xlsx(*sheets: Sequence[Sequence[Any]]) -> bytes:
    """A workbook of these sheets."""
    book = Workbook()
    book.remove(book.active)
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def altered(book: bytes, edit: Callable[[str, bytes], bytes]) -> bytes:
    """A workbook with its inner files changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, edit(name, old.read(name)))
    return out.getvalue()


def numbered(count: int, start: int = 1) -> list[list[str]]:
    """A header and so many rows that all differ."""
    rows = [[f"A{n}", f"示例成果{n}号", f"第{n}种示例装置的说明。"] for n in range(start, start + count)]
    return [list(HEADER), *rows]
