"""How public notices are found: their kind for the index and the search page."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy.orm import Session

from webapp.core import outbox, policy
from webapp.core.errors import N_
from webapp.core.policy import ANONYMOUS, Actor
from webapp.engines import kinds
from webapp.engines.index import SearchDocument
from webapp.engines.kinds import Kind, Shown
from webapp.licences import documents
from webapp.licences.models import PublicNotice


def _documents(session: Session, ids: Collection[int] | None) -> Iterable[SearchDocument]:
    """Notices anybody may read; a withdrawn one is not to be found."""
    query = policy.visible(ANONYMOUS, PublicNotice).order_by(PublicNotice.id)
    if ids is not None:
        query = query.where(PublicNotice.id.in_(ids))
    return [documents.search_document(row) for row in session.scalars(query)]


def _shown(actor: Actor, row: PublicNotice) -> Shown:
    view = policy.reveal(actor, row)
    return Shown(str(row.facts.get("title", "")), documents.public_text(row), "licences.public_notice", {"notice_id": row.id}, view)


NAME = PublicNotice.__tablename__
kinds.register(Kind(NAME, N_("公示"), "licences/_found_public_notice.html", _documents, kinds.visible_rows(PublicNotice), _shown))
outbox.touches(PublicNotice, "index")
