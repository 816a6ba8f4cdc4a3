"""What somebody is typing is kept as typed, for that person alone, until the row is saved or the draft is thrown away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from webapp.catalog.models import Draft
from webapp.catalog.reading import without_controls
from webapp.core import clock
from webapp.core.errors import N_, Forbidden, TooLarge
from webapp.core.policy import Actor

Typed = Mapping[str, list[str]]
MOST_SIGNS = 400_000
LEFT_OUT = frozenset({"csrf_token", "submission", "then", "add_row", "remove_row"})
KEPT = timedelta(days=180)


def save(session: Session, actor: Actor, kind: str, row_id: int, typed: Typed) -> Draft:
    """Keep what is in the form now; an earlier draft of the same page is replaced."""
    if actor.person_id is None:
        raise Forbidden(N_("登录已过期。内容还在页面上，请在新窗口登录后回来接着写。"), code="signed_out")
    kept = {name: [without_controls(value) for value in values] for name, values in typed.items() if name not in LEFT_OUT}
    if sum(len(value) for values in kept.values() for value in values) > MOST_SIGNS:
        raise TooLarge(N_("内容太长，没有自动保存。请精简，或把长材料改成附件。"), code="draft_too_long")
    row = find(session, actor, kind, row_id)
    if row is None:
        row = Draft(person_id=actor.person_id, organisation_id=actor.organisation_id, kind=kind, row_id=row_id, typed=kept, saved_at=clock.now())
        session.add(row)
    else:
        row.typed, row.saved_at, row.organisation_id = kept, clock.now(), actor.organisation_id
    session.flush()
    return row


def find(session: Session, actor: Actor, kind: str, row_id: int) -> Draft | None:
    """One's own draft of a page."""
    query = select(Draft).where(Draft.person_id == actor.person_id, Draft.kind == kind, Draft.row_id == row_id)
    return session.scalars(query).one_or_none()


def usable(session: Session, actor: Actor, kind: str, row_id: int) -> Draft | None:
    """The draft, if it was typed for the organisation one acts for now."""
    row = find(session, actor, kind, row_id)
    return row if row is not None and row.organisation_id == actor.organisation_id else None


def drop(session: Session, actor: Actor, kind: str, row_id: int) -> None:
    """Throw a draft away."""
    session.execute(delete(Draft).where(Draft.person_id == actor.person_id, Draft.kind == kind, Draft.row_id == row_id))


def mine(session: Session, actor: Actor, kind: str) -> list[Draft]:
    """One's own drafts of a kind, the newest first."""
    query = select(Draft).where(Draft.person_id == actor.person_id, Draft.kind == kind, Draft.organisation_id == actor.organisation_id)
    return list(session.scalars(query.order_by(Draft.saved_at.desc())))


def clear_old(session: Session) -> None:
    """Drafts nobody came back to in half a year go."""
    session.execute(delete(Draft).where(Draft.saved_at < clock.now() - KEPT))
