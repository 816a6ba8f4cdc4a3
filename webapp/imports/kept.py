"""Rows of a workbook as lines of a file of our own: gone through a slice at a time, from any place, without the workbook in memory."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from webapp.imports.cells import Record


def write(path: Path, rows: Iterable[Record]) -> None:
    """Keep the rows that hold anything; the file appears only when it is whole."""
    part = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with part.open("w", encoding="utf-8") as file:
            for number, cells in rows:
                if any(cells):
                    file.write(json.dumps([number, cells], ensure_ascii=False, separators=(",", ":")) + "\n")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def records(path: Path) -> Iterator[Record]:
    """The rows with their numbers in the workbook."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            number, cells = json.loads(line)
            yield number, cells
