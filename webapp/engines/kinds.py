"""The kinds of things people can find: a topic registers its own here, and index, search page, alerts and checks follow.

A new kind needs one call of `register` in its topic's `finding.py` (imported by `webapp/jobs.py`), `outbox.touches(Model, "index")` for the
rows that change its documents, and a template with the macros `meta(view)` and `side(view)` for its line on the search page.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from webapp.core import policy
from webapp.core.policy import Actor
from webapp.engines.index import SearchDocument

ROWS_AT_ONCE = 500
PUBLIC, VERIFIED, DESK = "public", "verified", "desk"  # access tokens; an organisation's is `org:` and its number


@dataclass(frozen=True)
class Shown:
    """A row as the search page shows it to one reader; made from what `reveal` gives and nothing else."""

    title: str
    text: str
    endpoint: str
    values: Mapping[str, Any]
    view: Any
    mail_title: str = ""  # what a mail may call the row where the title is not for everybody


Documents = Callable[[Session, Collection[int] | None], Iterable[SearchDocument]]
Rows = Callable[[Session, Actor, Collection[str]], Mapping[str, Any]]
Show = Callable[[Actor, Any], Shown]


@dataclass(frozen=True)
class Kind:
    """One kind: its documents, how its rows are read again for a reader, and how they are shown."""

    name: str  # begins the ids in the index, is a value of the filter `kind`, and the table's name in index jobs
    label: str
    template: str
    documents: Documents  # of the rows with these ids that are to be found, or of all rows (None)
    rows: Rows  # by the part of the id after the colon, those this reader may see
    shown: Show


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind findable; registering it again replaces it."""
    _kinds[kind.name] = kind


def kinds() -> Mapping[str, Kind]:
    """Every registered kind, in the order of registration."""
    return _kinds


def kind_of(key: str) -> Kind:
    """The kind of an id in the index; KeyError for one that nobody registered."""
    return _kinds[key.partition(":")[0]]


def everything(session: Session) -> Iterator[SearchDocument]:
    """All that the index should hold."""
    for kind in _kinds.values():
        yield from kind.documents(session, None)


def changes(session: Session, keys: Iterable[tuple[str, int]]) -> tuple[list[SearchDocument], list[str]]:
    """The documents to put for these rows (table, id), and the ids of those that are no longer to be found."""
    wanted: dict[str, set[int]] = {}
    for name, row_id in keys:
        wanted.setdefault(name, set()).add(row_id)
    puts = [document for name, ids in wanted.items() if name in _kinds for some in _some(ids) for document in _kinds[name].documents(session, some)]
    gone = {f"{name}:{row_id}" for name, ids in wanted.items() for row_id in ids} - {document.id for document in puts}
    return puts, sorted(gone)


def _some(ids: Iterable[int]) -> Iterator[set[int]]:
    """Some at a time: rows pass through memory, only their documents stay."""
    rest = iter(sorted(ids))
    while found := set(itertools.islice(rest, ROWS_AT_ONCE)):
        yield found


def read_again(session: Session, actor: Actor, keys: Iterable[str]) -> dict[str, Any]:
    """The rows of these ids that the reader may see now: the index suggests, the database decides."""
    wanted: dict[str, list[str]] = {}
    for key in keys:
        name, _, rest = key.partition(":")
        if name in _kinds:
            wanted.setdefault(name, []).append(rest)
    return {
        f"{name}:{rest}": row
        for name, parts in wanted.items()
        for rest, row in _kinds[name].rows(session, actor, parts).items()
    }


def visible_rows(model: Any) -> Rows:
    """Rows of a table with a numeric `id`, filtered by its policy: what most kinds need."""

    def rows(session: Session, actor: Actor, parts: Collection[str]) -> Mapping[str, Any]:
        numbers = [int(part) for part in parts if part.isdecimal() and len(part) < 19]
        query = policy.visible(actor, model).where(model.id.in_(numbers))
        return {str(row.id): row for row in session.scalars(query).unique()}

    return rows


def versioned(document: SearchDocument) -> SearchDocument:
    """The version is a hash of all the index holds, so that a stale entry is noticed whatever changed."""
    return replace(document, version=hashlib.sha256(repr(document).encode("utf-8", "replace")).hexdigest()[:16])
