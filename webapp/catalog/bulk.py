"""Thousands of new rows at once: plain inserts instead of one by one through the unit of work, with the same jobs left behind."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Date, Table, insert, select
from sqlalchemy.orm import Session

from webapp.catalog.policy import Posting
from webapp.core import outbox

Plain = dict[str, Any]


class Newcomers:
    """Checked columns of new rows of one kind; `insert` stores them all together and leaves their jobs."""

    def __init__(self, session: Session, model: type[Posting]) -> None:
        self.session, self.model = session, model
        self._rows: dict[tuple[str, str], Plain] = {}

    def add(self, columns: Plain) -> None:
        """Take the columns of a new row, lists of what hangs on it among them."""
        self._rows[columns["source"], columns["external_id"]] = columns

    def __contains__(self, key: object) -> bool:
        return key in self._rows

    def insert(self) -> int:
        """Store all rows taken so far; returns how many."""
        rows, self._rows = list(self._rows.values()), {}
        if rows:
            self._insert(rows)
        return len(rows)

    def _insert(self, rows: Sequence[Plain]) -> None:
        write = self.session.connection().execute
        own: Any = self.model.__table__
        write(insert(own), list(_filled(own, rows)))
        numbers = self._numbers(rows)
        for relation in self.model.__mapper__.relationships:
            if relation.cascade.delete_orphan:
                [(_, theirs)] = relation.local_remote_pairs or ()
                table: Any = relation.mapper.local_table
                hanging = (
                    _part(table, place, part) | {theirs.name: number}
                    for row, number in zip(rows, numbers, strict=True)
                    for place, part in enumerate(row.get(relation.key) or ())
                )
                if found := list(_filled(table, hanging)):
                    write(insert(table), found)
        outbox.enqueue_for(self.session, self.model, numbers)

    def _numbers(self, rows: Sequence[Plain]) -> list[int]:
        """The numbers the database gave, in the order of the rows."""
        found: dict[tuple[str, str | None], int] = {}
        for source in {row["source"] for row in rows}:
            outer = [row["external_id"] for row in rows if row["source"] == source]
            query = select(self.model.external_id, self.model.id).where(self.model.source == source, self.model.external_id.in_(outer))
            found |= {(source, external_id): number for external_id, number in self.session.execute(query)}
        return [found[row["source"], row["external_id"]] for row in rows]


def _filled(table: Table, rows: Iterable[Plain]) -> Iterator[Plain]:
    """Each row with every column of its table: what it says, else the column's default; its number is the database's."""
    defaults = {column.name: _default(column) for column in table.columns if column.name != "id"}
    for row in rows:
        yield {name: row[name] if name in row else default() for name, default in defaults.items()}


def _default(column: Any) -> Callable[[], Any]:
    if column.default is None:
        return lambda: None
    if column.default.is_scalar:
        return lambda: column.default.arg
    return lambda: column.default.arg(None)


def _part(table: Table, place: int, part: Any) -> Plain:
    """A read value that hangs on a row as the columns of its own table; days may be written as text."""
    whole: Mapping[str, Any] = part if isinstance(part, Mapping) else {f.name: getattr(part, f.name) for f in dataclasses.fields(part)}
    return {"position": place} | {name: _day(table, name, value) for name, value in whole.items() if name in table.columns}


def _day(table: Table, name: str, value: Any) -> Any:
    if isinstance(value, str) and isinstance(table.columns[name].type, Date):
        return date.fromisoformat(value) if value else None
    return value
