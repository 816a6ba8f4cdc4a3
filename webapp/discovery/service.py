"""Use cases of discovery: one search over everything the searcher may see, the circles, and the home page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Organisation
from webapp.catalog import documents
from webapp.catalog import service as catalog
from webapp.catalog.models import Classification, Cluster, Demand, Result
from webapp.core import outbox, policy
from webapp.core.policy import Actor
from webapp.engines.index import Hit, IndexDamaged, SearchDocument, SearchEngine, SearchQuery

__all__ = ["Demand", "Hit", "Result", "SearchQuery", "search"]
FACETS = ("kind", "industry", "circle", "stage", "mode", "use_first", "institution")
MODELS: dict[str, type] = {"result": Result, "demand": Demand}
Segments = list[tuple[str, bool]]
Names = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Found:
    """One hit as a page shows it: the view of the row, and title and text cut where the words stand."""

    kind: str
    view: Any
    title: Segments
    text: Segments


@dataclass(frozen=True)
class Answer:
    """What a search page shows."""

    hits: list[Found]
    total: int
    facets: Mapping[str, Sequence[tuple[str, int]]] = field(default_factory=dict)
    suggestion: str | None = None
    expansions: Sequence[str] = ()
    dropped: Sequence[str] = ()


def search(session: Session, actor: Actor, engine: SearchEngine, query: SearchQuery) -> Answer:
    """Ask the index, then read the rows again through `visible`: the index suggests, the database decides."""
    page = engine.query(query)
    rows = _rows(session, actor, page.hits)
    hits = [_found(actor, hit, rows[hit.id]) for hit in page.hits if hit.id in rows]
    return Answer(hits, page.total, page.facets, page.suggestion, page.expansions, getattr(page, "dropped", ()))


def safe_search(session: Session, actor: Actor, engine: SearchEngine, query: SearchQuery) -> tuple[Answer, bool]:
    """Search, or say that the index is being rebuilt (True) and ask the worker for it."""
    try:
        return search(session, actor, engine, query), False
    except IndexDamaged:
        outbox.enqueue(session, "heal", "index", 0)
        return Answer([], 0), True


def access_tokens(actor: Actor) -> tuple[str, ...]:
    """The tokens a searcher holds; documents carry those that may see them."""
    return documents.access_tokens(actor)


def _rows(session: Session, actor: Actor, hits: Iterable[Hit]) -> dict[str, Any]:
    wanted: dict[str, list[int]] = {}
    for hit in hits:
        kind, _, number = hit.id.partition(":")
        if kind in MODELS or kind == "cluster":
            wanted.setdefault(kind, []).append(number)  # type: ignore[arg-type]
    rows: dict[str, Any] = {}
    for kind, numbers in wanted.items():
        if kind == "cluster":
            rows |= {f"cluster:{row.code}": row for row in session.scalars(select(Cluster).where(Cluster.code.in_(numbers)))}
            continue
        model: Any = MODELS[kind]
        query = policy.visible(actor, model).where(model.id.in_([int(n) for n in numbers]))
        rows |= {f"{kind}:{row.id}": row for row in session.scalars(query).unique()}
    return rows


def _found(actor: Actor, hit: Hit, row: Any) -> Found:
    kind = hit.id.partition(":")[0]
    if kind == "cluster":
        return Found(kind, row, [(row.zh, False)], [(row.summary_zh, False)])
    view = policy.reveal(actor, row)
    document = documents.search_document(row)
    title = segments(document.title, hit.title_spans) if document.title == view.title else [(view.title, False)]
    text = excerpt(document.text, hit.text_spans) if view.summary and document.text.startswith(view.summary[:40]) else excerpt(view.summary or "", ())
    return Found(kind, view, title, text)


def segments(text: str, spans: Iterable[tuple[int, int]]) -> Segments:
    """The text cut at the spans, True for those inside."""
    out: Segments = []
    at = 0
    for start, end in spans:
        if start < at or end > len(text):
            continue
        out += [(text[at:start], False), (text[start:end], True)]
        at = end
    return [piece for piece in [*out, (text[at:], False)] if piece[0]]


def excerpt(text: str, spans: Sequence[tuple[int, int]], most: int = 130) -> Segments:
    """About `most` characters round the first marked place, with marks; dots say where text was left out."""
    start = max(0, spans[0][0] - 30) if spans else 0
    end = min(len(text), start + most)
    inside = [(a - start, b - start) for a, b in spans if a >= start and b <= end]
    cut = segments(text[start:end], inside)
    return ([("…", False)] if start else []) + cut + ([("…", False)] if end < len(text) else [])


def newest(session: Session, actor: Actor, model: Any, most: int = 4) -> list[Any]:
    """The newest published rows a visitor may see, revealed."""
    states = ("PUBLISHED",) if model is Result else ("OPEN", "MATCHING")
    query = policy.visible(actor, model).where(model.state.in_(states)).order_by(model.published_at.desc(), model.id.desc())
    return [policy.reveal(actor, row) for row in session.scalars(query.limit(most)).unique()]


def of_circle(session: Session, actor: Actor, code: str, most: int = 12) -> list[Any]:
    """The newest published results of a circle, revealed."""
    query = policy.visible(actor, Result).where(Result.state == "PUBLISHED", Result.cluster_code == code)
    rows = session.scalars(query.order_by(Result.published_at.desc(), Result.id.desc()).limit(most)).unique()
    return [policy.reveal(actor, row) for row in rows]


def names(session: Session, language: str) -> Names:
    """What the codes in industry, circle and institution filters are called."""
    english = language == "en"
    industries = session.scalars(select(Classification).where(Classification.scheme == "industry").order_by(Classification.version))
    circles = session.scalars(select(Cluster))
    schools = session.scalars(select(Organisation).where(Organisation.kind == "SCHOOL"))
    return {
        "industry": {row.code: row.en if english else row.zh for row in industries},
        "circle": {row.code: row.short_en if english else row.short_zh for row in circles},
        "institution": {str(row.id): (row.name_en if english else "") or row.name for row in schools},
    }


def circles(session: Session) -> list[tuple[Cluster, int, list[Organisation]]]:
    """Each circle with its number of published results and its institutions."""
    counts = dict(
        session.execute(
            select(Result.cluster_code, func.count()).where(Result.state == "PUBLISHED", Result.confidentiality <= 1).group_by(Result.cluster_code)
        ).all()
    )  # type: ignore[arg-type]
    schools: dict[str | None, list[Organisation]] = {}
    for school in session.scalars(select(Organisation).where(Organisation.kind == "SCHOOL").order_by(Organisation.id)):
        schools.setdefault(school.cluster_code, []).append(school)
    rows = session.scalars(select(Cluster).order_by(Cluster.position, Cluster.code))
    return [(row, counts.get(row.code, 0), schools.get(row.code, [])) for row in rows]


def index_documents(session: Session) -> Iterable[SearchDocument]:
    """Everything the index should hold, from the database."""
    yield from catalog.search_documents(session)
    for cluster in session.scalars(select(Cluster)):
        yield cluster_document(cluster)


def cluster_document(cluster: Cluster) -> SearchDocument:
    """A circle as the index sees it."""
    words = tuple(str(item.get(key, "")) for item in cluster.focus for key in ("zh", "en"))
    return SearchDocument(
        id=f"cluster:{cluster.code}", kind="cluster", title=cluster.zh, text=f"{cluster.summary_zh}\n{cluster.en} {cluster.summary_en}",
        keywords=tuple(word for word in words if word), names=(cluster.short_zh,), access=("public",),
        filters={"kind": "cluster", "circle": cluster.code}, version="1",
    )  # fmt: skip
