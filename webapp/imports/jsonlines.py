"""JSON Lines as numbered rows: one object a line, its keys are the columns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from webapp.core.errors import N_, Invalid
from webapp.imports.cells import Record, cleaned, plain

LONGEST_LINE = 4 << 20
MOST_NAMES = 200


def names(path: Path, encoding: str) -> list[str]:
    """Every key that occurs, in the order of first appearance."""
    found: dict[str, None] = {}
    for _, row in _objects(path, encoding):
        found.update(dict.fromkeys(row))
        if len(found) > MOST_NAMES:
            raise Invalid(N_("列太多（%(count)s 列），请只保留需要的列。"), code="file_columns", count=len(found))
    return list(found)


def records(path: Path, encoding: str, columns: list[str]) -> Iterator[Record]:
    """The values of each line as text, in the order of the columns."""
    for number, row in _objects(path, encoding):
        yield number, [_text(row.get(name)) for name in columns]


def _objects(path: Path, encoding: str) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open(encoding=encoding) as file:
        number = 0
        while line := file.readline(LONGEST_LINE):
            number += 1
            if line.strip("\ufeff \t\r\n"):
                yield number, {cleaned(str(key))[:100]: value for key, value in _object(line, number).items()}


def _object(line: str, number: int) -> dict[str, Any]:
    try:
        found = json.loads(line.lstrip("\ufeff"))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Invalid(N_("第 %(line)s 行不是完整的 JSON 对象，请检查后再导入。"), code="file_json", line=number)
    return found


def _text(value: Any) -> str:
    if isinstance(value, list):
        return "；".join(_text(item) for item in value)
    if isinstance(value, dict):
        return cleaned(json.dumps(value, ensure_ascii=False))
    return plain(value) if not isinstance(value, int) or isinstance(value, bool) else str(value)[:400]
