"""One search over everything the searcher may see: ask the index, read the rows again, and say what would find more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.orm import Session

from webapp.catalog import documents
from webapp.core import outbox
from webapp.core.policy import Actor
from webapp.engines import kinds
from webapp.engines.index import Hit, IndexDamaged, IndexUnreachable, Piece, SearchEngine, SearchQuery, marked, snippet
from webapp.engines.kinds import Kind

# The ten filters of the page, in its order; the stage is kept for addresses that already name it.
FACETS = ("kind", "circle", "institution", "industry", "field", "trl", "mode", "use_first", "region", "year")
GROUPS = (*FACETS, "stage")
EXCERPT, FEW = 130, 5
Pieces = Sequence[Piece]


@dataclass(frozen=True)
class Found:
    """One hit as a page shows it: the view of the row, and title and text cut where the words stand."""

    kind: Kind
    key: str
    view: Any
    endpoint: str
    values: Mapping[str, Any]
    title: Pieces
    text: Pieces


@dataclass(frozen=True)
class Way:
    """A way out of an empty answer: what to let go of, and how many rows that finds."""

    query: SearchQuery
    count: int
    groups: tuple[str, ...] = ()  # filters let go; empty: the operators of the text are


@dataclass(frozen=True)
class Answer:
    """What a search page shows."""

    hits: list[Found]
    total: int
    facets: Mapping[str, Sequence[tuple[str, int]]] = field(default_factory=dict)
    suggestion: str | None = None
    expansions: Sequence[str] = ()
    dropped: Sequence[str] = ()
    related: Sequence[str] = ()
    ways: Sequence[Way] = ()
    page: int = 1
    partly: int = 0  # how many more hold only some of the words, told where few hold all


def access_tokens(actor: Actor) -> tuple[str, ...]:
    """The tokens a searcher holds; documents carry those that may see them."""
    return documents.access_tokens(actor)


def search(session: Session, actor: Actor, engine: SearchEngine, query: SearchQuery) -> Answer:
    """Answer a query for a reader; a page past the end is the last page."""
    page = engine.query(query)
    last = max(1, -(-page.total // query.size))
    if query.page > last:
        query = replace(query, page=last)
        page = engine.query(query)
    rows = kinds.read_again(session, actor, (hit.id for hit in page.hits))
    hits = [_found(actor, hit, rows[hit.id]) for hit in page.hits if hit.id in rows]
    ways = () if page.total else tuple(ways_out(engine, query))
    related = engine.related(query.text) if query.text.strip() and page.total else ()
    partly = _partly(engine, query, page.total) if 0 < page.total <= FEW and query.need == "auto" and not page.dropped else 0
    return Answer(hits, page.total, page.facets, page.suggestion, page.expansions, page.dropped, related, ways, query.page, partly)


def _partly(engine: SearchEngine, query: SearchQuery, total: int) -> int:
    """How many more there are with some of the words: one word too many must not hide what somebody looks for."""
    return engine.query(replace(query, need="any", page=1, size=1, facets=())).total - total


def safe_search(session: Session, actor: Actor, engine: SearchEngine, query: SearchQuery) -> tuple[Answer, bool]:
    """Search, or say that the index cannot be used now (True) and ask the worker to mend it."""
    try:
        return search(session, actor, engine, query), False
    except IndexDamaged:
        outbox.enqueue(session, "heal", "index", 0)
    except IndexUnreachable:
        pass
    return Answer([], 0), True


def suggestions(engine: SearchEngine, typed: str, limit: int = 8) -> tuple[str, ...]:
    """What public rows offer to somebody who has typed this much; nothing while the index cannot be used."""
    try:
        return engine.complete(typed, limit)
    except (IndexDamaged, IndexUnreachable):
        return ()


def ways_out(engine: SearchEngine, query: SearchQuery) -> Iterable[Way]:
    """What an empty answer would need to let go of to find something: each filter, all filters, the operators."""
    chosen = [group for group, values in query.filters.items() if values]
    for group in chosen:
        yield from _way(engine, replace(query, filters={g: v for g, v in query.filters.items() if g != group}), (group,))
    if len(chosen) > 1:
        yield from _way(engine, replace(query, filters={}), tuple(chosen))
    if not query.plain and set('"“”:：()（）*') & set(query.text):
        yield from _way(engine, replace(query, plain=True), ())


def _way(engine: SearchEngine, query: SearchQuery, groups: tuple[str, ...]) -> Iterable[Way]:
    count = engine.query(replace(query, page=1, size=1, facets=())).total
    if count:
        yield Way(query, count, groups)


def _found(actor: Actor, hit: Hit, row: Any) -> Found:
    kind = kinds.kind_of(hit.id)
    shown = kind.shown(actor, row)
    title_spans = hit.title_spans if shown.title == hit.title else ()  # a row changed a moment ago has no marks
    text_spans = hit.text_spans if shown.text == hit.text else ()
    text = snippet(shown.text, text_spans, EXCERPT) if shown.text.strip() != shown.title.strip() else ()  # said once is enough
    return Found(kind, hit.id, shown.view, shown.endpoint, shown.values, marked(shown.title, title_spans), text)
