"""How results, demands and campus innovation circles are found: their kinds for the index and the search page."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import partial
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from webapp.attachments import service as attachments
from webapp.catalog import documents
from webapp.catalog import policy as rights
from webapp.catalog.models import Cluster, Demand, Result
from webapp.catalog.policy import Posting
from webapp.catalog.states import LIVE
from webapp.core import outbox, policy
from webapp.core.errors import N_
from webapp.core.policy import Actor
from webapp.engines import kinds
from webapp.engines.index import SearchDocument
from webapp.engines.kinds import PUBLIC, Kind, Shown


def _postings(model: type[Posting], session: Session, ids: Collection[int] | None) -> Iterable[SearchDocument]:
    let_in, attached = documents.guests(session, model), attachments.texts(session, model.__tablename__, ids)
    query: Select[Any] = select(model).where(model.state.in_(LIVE[model.__tablename__])).order_by(model.id)
    if ids is not None:
        query = query.where(model.id.in_(ids))
    for row in session.scalars(query.execution_options(yield_per=500)):
        yield documents.search_document(row, let_in.get(row.id, ()), attached.get(row.id, ()))


def _rows(model: type[Posting], session: Session, actor: Actor, parts: Collection[str]) -> Mapping[str, tuple[Posting, Any]]:
    """The rows, each with the words of its files, all asked for together."""
    rows = kinds.visible_rows(model)(session, actor, parts)
    attached = attachments.texts(session, model.__tablename__, [row.id for row in rows.values()])
    return {part: (row, attached.get(row.id, ())) for part, row in rows.items()}


def _shown(actor: Actor, found: tuple[Posting, Any]) -> Shown:
    """The public text, which everybody who sees the row may read: more would not stand where the index has its words."""
    row, files = found
    kind = row.__tablename__
    return Shown(row.title, documents.public_text(row, files), f"catalog.{kind}", {f"{kind}_id": row.id}, policy.reveal(actor, row), rights.public_title(row))


def _clusters(session: Session, _ids: Collection[int] | None) -> Iterable[SearchDocument]:
    """All circles whatever is asked: there are four, and their key is a word."""
    return [cluster_document(cluster) for cluster in session.scalars(select(Cluster).order_by(Cluster.position, Cluster.code))]


def cluster_document(cluster: Cluster) -> SearchDocument:
    """A circle as the index sees it."""
    words = tuple(str(item.get(key, "")) for item in cluster.focus for key in ("zh", "en"))
    return kinds.versioned(
        SearchDocument(
            id=f"cluster:{cluster.code}", kind="cluster", title=cluster.zh,
            text=f"{cluster.summary_zh}\n{cluster.en} {cluster.summary_en}", keywords=tuple(word for word in words if word),
            names=(cluster.short_zh, cluster.short_en), access=(PUBLIC,), filters={"kind": "cluster", "circle": cluster.code},
        )
    )  # fmt: skip


def _cluster_rows(session: Session, _actor: Actor, codes: Collection[str]) -> Mapping[str, Cluster]:
    return {row.code: row for row in session.scalars(select(Cluster).where(Cluster.code.in_(codes)))}


def _shown_cluster(actor: Actor, row: Cluster) -> Shown:
    english = actor.language == "en"
    text = f"{row.summary_zh}\n{row.en} {row.summary_en}"
    title, summary = (row.en, row.summary_en) if english else (row.zh, text)
    return Shown(title, summary, "discovery.cluster", {"code": row.code}, row)


for _model, _label in ((Result, N_("成果")), (Demand, N_("需求"))):
    _name = _model.__tablename__
    kinds.register(Kind(_name, _label, f"catalog/_found_{_name}.html", partial(_postings, _model), partial(_rows, _model), _shown))
kinds.register(Kind("cluster", N_("创新圈"), "discovery/_found_cluster.html", _clusters, _cluster_rows, _shown_cluster))
# A circle has no number: a change of any of them indexes them all anew.
outbox.touches(Cluster, "index", targets=lambda _row: [("cluster", 0)])
