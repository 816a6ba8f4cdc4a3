"""Lists people keep: filters, order and columns of a list under a name of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from webapp.catalog.models import SavedList
from webapp.catalog.reading import plain
from webapp.core import clock
from webapp.core.errors import N_, Forbidden, Invalid
from webapp.core.policy import Actor

MOST = 20
PAGES = ("results", "demands")


def keep(session: Session, actor: Actor, page: str, name: str, query: Mapping[str, Any]) -> SavedList:
    """Keep a list; the same name again replaces it."""
    if actor.person_id is None or page not in PAGES:
        raise Forbidden(code="saved_list")
    name = plain(name)[:60]
    if not name:
        raise Invalid(N_("请给这个列表起个名字。"), fields={"name": N_("请给这个列表起个名字。")})
    mine = (SavedList.person_id == actor.person_id, SavedList.page == page)
    found = session.scalars(select(SavedList).where(*mine, SavedList.name == name)).one_or_none()
    if found is None:
        if (session.scalar(select(func.count()).select_from(SavedList).where(*mine)) or 0) >= MOST:
            raise Invalid(N_("最多存 20 个列表，请先删掉一个。"))
        found = SavedList(person_id=actor.person_id, page=page, name=name, query=dict(query), created_at=clock.now())
        session.add(found)
    found.query = dict(query)
    session.flush()
    return found


def mine(session: Session, actor: Actor, page: str) -> list[SavedList]:
    """One's own lists of a page, by name."""
    if actor.person_id is None:
        return []
    query = select(SavedList).where(SavedList.person_id == actor.person_id, SavedList.page == page)
    return list(session.scalars(query.order_by(SavedList.name)))


def drop(session: Session, actor: Actor, number: int) -> None:
    """Forget one of one's own lists."""
    session.execute(delete(SavedList).where(SavedList.id == number, SavedList.person_id == actor.person_id))
