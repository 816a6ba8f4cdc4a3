"""What one person keeps: filters of the queue under a name, and how the pages should behave."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from webapp.core import audit, policy
from webapp.core.errors import N_, Invalid, NotFound
from webapp.core.policy import Actor
from webapp.matches.models import Preference, SavedFilter
from webapp.matches.queue import Filters, read_filters

MOST = 12
NAME_MAX = 40


def filters(session: Session, actor: Actor) -> list[SavedFilter]:
    """The filters this person saved, oldest first."""
    return list(session.scalars(select(SavedFilter).where(SavedFilter.person_id == actor.person_id).order_by(SavedFilter.id)))


def keep(session: Session, actor: Actor, name: str, wanted: Filters) -> SavedFilter:
    """Save a filter; the same name again replaces what it stood for."""
    policy.check(actor, "match:queue")
    name = " ".join(name.split())[:NAME_MAX]
    if not name:
        raise Invalid(fields={"name": N_("请给这个筛选起个名字。")})
    if not wanted.query():
        raise Invalid(fields={"name": N_("现在没有筛选条件，先选条件再保存。")})
    mine = filters(session, actor)
    row = next((one for one in mine if one.name == name), None)
    if row is None and len(mine) >= MOST:
        raise Invalid(N_("最多保存 %(n)s 个筛选，请先删去一个。"), code="filters_full", n=MOST)
    row = row or SavedFilter(person_id=actor.person_id, name=name)
    row.query = dict(read_filters(wanted.query()).query())
    session.add(row)
    session.flush()
    return row


def drop(session: Session, actor: Actor, filter_id: int) -> None:
    """Remove one of one's own filters; one that is gone already is no error."""
    policy.check(actor, "match:queue")
    row = session.get(SavedFilter, filter_id) if 0 < filter_id < 2**62 else None
    if row is None:
        return
    if row.person_id != actor.person_id:
        raise NotFound
    session.delete(row)


def preference(session: Session, actor: Actor) -> Preference:
    """How this person wants the pages; a row that is not stored where nothing was ever changed."""
    found = session.scalars(select(Preference).where(Preference.person_id == actor.person_id)).first()
    return found or Preference(person_id=actor.person_id, keys=True, personal=True)


def keys(actor: Actor) -> Select[Any]:
    """Whether this person wants keys on the pages; no row where nothing was ever changed."""
    return select(Preference.keys).where(Preference.person_id == actor.person_id)


def prefer(session: Session, actor: Actor, keys: bool, personal: bool) -> None:
    """Keep what a person wants; turning personal ranking off or on is an event, since a law gives that right."""
    row = preference(session, actor)
    if row.personal != personal:
        audit.record(session, actor, "preference:personal", None, personal=personal)
    row.keys, row.personal = keys, personal
    session.add(row)
    session.flush()
