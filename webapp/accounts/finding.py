"""How organisations and experts are found: their kinds for the index and the search page."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts import policy as _policy  # noqa: F401 - registers the rules
from webapp.accounts import upkeep
from webapp.accounts.models import Expert, Organisation
from webapp.accounts.values import ORGANISATION_KINDS
from webapp.core import outbox, policy
from webapp.core.errors import N_
from webapp.core.policy import ANONYMOUS, Actor
from webapp.engines import kinds
from webapp.engines.index import SearchDocument
from webapp.engines.kinds import DESK, PUBLIC, VERIFIED, Kind, Shown


def document(row: Organisation) -> SearchDocument:
    """An organisation for the index: schools and service bodies for everybody, companies for people who are known themselves."""
    everybody = row.kind != "COMPANY"
    return kinds.versioned(
        SearchDocument(
            id=f"organisation:{row.id}", kind="organisation", title=row.name, text=text_of(row),
            names=tuple(name for name in (row.name, row.name_en) if name),
            access=(PUBLIC,) if everybody else (VERIFIED, DESK, f"org:{row.id}"), filters=_filters(row),
        )
    )  # fmt: skip


def text_of(row: Organisation) -> str:
    """What an organisation tells about itself."""
    return "\n".join(piece for piece in (row.name_en, row.products, row.address) if piece)


def _filters(row: Organisation) -> dict[str, str | tuple[str, ...]]:
    found = {"kind": "organisation", "circle": row.cluster_code or "", "industry": row.industry_code or "", "institution": str(row.id)}
    return {group: value for group, value in found.items() if value}


def _documents(session: Session, ids: Collection[int] | None) -> Iterable[SearchDocument]:
    """Verified organisations; the ones made to hold unclaimed rows never are."""
    query = select(Organisation).where(Organisation.verified_at.is_not(None)).order_by(Organisation.id)
    if ids is not None:
        query = query.where(Organisation.id.in_(ids))
    return [document(row) for row in session.scalars(query)]


def _shown(actor: Actor, row: Organisation) -> Shown:
    title = (row.name_en if actor.language == "en" else "") or row.name
    return Shown(title, text_of(row), "accounts.organisation", {"organisation_id": row.id}, {"kind": ORGANISATION_KINDS.get(row.kind, row.kind), "row": row})


def expert_document(row: Expert) -> SearchDocument:
    """A profile for the index: all of it is public, and without any way to reach the person."""
    school = row.organisation
    filters: dict[str, str | tuple[str, ...]] = {
        "kind": "expert", "field": tuple(row.fields), "circle": school.cluster_code or "", "institution": str(school.id),
    }  # fmt: skip
    return kinds.versioned(
        SearchDocument(
            id=f"expert:{row.id}", kind="expert", title=row.person.name, text=expert_text(row), keywords=tuple(row.keywords),
            names=tuple(name for name in (row.person.name, school.name, school.name_en, row.department) if name),
            access=(PUBLIC,), filters={group: value for group, value in filters.items() if value},
            date=row.consented_at.isoformat() if row.consented_at else "",
        )
    )  # fmt: skip


def expert_text(row: Expert) -> str:
    """What a profile says."""
    return "\n".join(piece for piece in (row.title, row.department, "、".join(row.keywords), row.summary) if piece)


def _expert_documents(session: Session, ids: Collection[int] | None) -> Iterable[SearchDocument]:
    """Profiles a visitor may see: the consent stands, the account is open, the person is still of that school."""
    query = policy.visible(ANONYMOUS, Expert).order_by(Expert.id)
    rows = session.scalars(query if ids is None else query.where(Expert.id.in_(ids))).unique()
    return [expert_document(row) for row in rows]


def _expert_shown(actor: Actor, row: Expert) -> Shown:
    return Shown(row.person.name, expert_text(row), "discovery.expert", {"expert_id": row.id}, policy.reveal(actor, row))


kinds.register(Kind("expert", N_("专家"), "accounts/_found_expert.html", _expert_documents, kinds.visible_rows(Expert), _expert_shown))
upkeep.register_touches()
kinds.register(
    Kind("organisation", N_("单位"), "accounts/_found_organisation.html", _documents, kinds.visible_rows(Organisation), _shown)
)
outbox.touches(Organisation, "index")
