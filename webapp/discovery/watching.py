"""Saved searches: keep one, pause it, find what is new for it, and tell its owner, never of what they may not see."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webapp.accounts import owndata
from webapp.accounts import service as accounts
from webapp.accounts.models import Person
from webapp.config import Settings
from webapp.core import audit, clock, policy
from webapp.core.errors import N_, Invalid
from webapp.core.policy import Actor
from webapp.core.worker import NotNow
from webapp.discovery import policy as _policy  # noqa: F401 - registers the rules
from webapp.discovery.asked import asked
from webapp.discovery.models import SavedSearch, SearchFind
from webapp.engines import kinds
from webapp.engines.index import IndexDamaged, IndexUnreachable, SearchEngine, SearchQuery
from webapp.engines.kinds import Shown
from webapp.messages import service as messages
from webapp.messages.kinds import register
from webapp.messages.models import Notice

ONE, MANY = "search_one", "search_many"
register(ONE, N_("您关注的搜索“%(name)s”有新内容：%(title)s"))
register(MANY, N_("您关注的搜索“%(name)s”有 %(n)s 项新内容，最新的是：%(title)s"))


def save(session: Session, actor: Actor, engine: SearchEngine, settings: Settings, address: Mapping[str, Any], name: str) -> SavedSearch:
    """Watch a search from now on; saving the same one again resumes it."""
    policy.check(actor, "search:save")
    twin = saved(session, actor, address)
    if twin is not None:
        return twin if twin.watching else resume(session, actor, engine, settings, twin)
    if count(session, actor) >= settings.saved_searches_most:
        raise Invalid(N_("最多关注 %(n)s 个搜索，请先删去不用的。"), code="too_many_searches", n=settings.saved_searches_most)
    row = SavedSearch(
        person_id=actor.person_id, organisation_id=actor.organisation_id, name=name[:120], address=dict(address), fingerprint=fingerprint(address),
        since=clock.now(), known=_there_now(engine, settings, asked(address, actor)),
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # a double click: the other request was first
        return session.scalars(select(SavedSearch).where(SavedSearch.person_id == actor.person_id, SavedSearch.fingerprint == row.fingerprint)).one()
    audit.record(session, actor, "search:save", row)
    return row


def fingerprint(address: Mapping[str, Any]) -> str:
    """The same for two addresses that ask the same."""
    plain = {key: sorted(value) if isinstance(value, list) else value for key, value in address.items()}
    return hashlib.sha256(json.dumps(plain, sort_keys=True, ensure_ascii=False).encode("utf-8", "replace")).hexdigest()


def _there_now(engine: SearchEngine, settings: Settings, query: SearchQuery) -> list[str] | None:
    try:
        found = engine.matching(query)
    except (IndexDamaged, IndexUnreachable):  # saved all the same; news are then the rows published from now on
        return None
    return sorted(found) if len(found) <= settings.saved_search_known else None


def mine(session: Session, actor: Actor) -> list[tuple[SavedSearch, int]]:
    """One's searches, newest first, each with how many finds came since it was last opened."""
    rows = session.scalars(policy.visible(actor, SavedSearch).order_by(SavedSearch.id.desc())).all()
    return [(row, _unseen(session, row)) for row in rows]


def _unseen(session: Session, row: SavedSearch) -> int:
    finds = select(func.count()).where(SearchFind.search_id == row.id)
    return session.scalar(finds.where(SearchFind.found_at > row.opened_at) if row.opened_at else finds) or 0


def count(session: Session, actor: Actor) -> int:
    """How many searches somebody watches or has paused."""
    return session.scalar(select(func.count()).where(SavedSearch.person_id == actor.person_id)) or 0


def saved(session: Session, actor: Actor, address: Mapping[str, Any]) -> SavedSearch | None:
    """The actor's own saved search of this address."""
    if not actor.signed_in:
        return None
    same = SavedSearch.fingerprint == fingerprint(address)
    return session.scalars(policy.visible(actor, SavedSearch).where(same)).one_or_none()


def opened(row: SavedSearch) -> None:
    """Its owner has looked at what came."""
    row.opened_at = clock.now()


def rename(session: Session, actor: Actor, row: SavedSearch, name: str) -> None:
    """Call it something else."""
    if not name.strip():
        raise Invalid(fields={"name": N_("请填写名称。")})
    row.name = name.strip()[:120]
    audit.record(session, actor, "search:rename", row)


def pause(session: Session, actor: Actor, row: SavedSearch) -> None:
    """Tell nothing until it is resumed; what was not told yet is dropped."""
    row.watching = False
    for find in session.scalars(select(SearchFind).where(SearchFind.search_id == row.id, SearchFind.told_at.is_(None))):
        session.delete(find)
    audit.record(session, actor, "search:pause", row)


def resume(session: Session, actor: Actor, engine: SearchEngine, settings: Settings, row: SavedSearch) -> SavedSearch:
    """Watch again from now on."""
    row.watching, row.since = True, clock.now()
    row.known = _there_now(engine, settings, asked(row.address, actor))
    audit.record(session, actor, "search:resume", row)
    return row


def forget(session: Session, actor: Actor, row: SavedSearch) -> None:
    """Delete it with all that was found for it."""
    audit.record(session, actor, "search:delete", row)
    session.flush()
    session.delete(row)


@owndata.collects("searches")
def _of_person(session: Session, person: Person) -> list[dict[str, Any]]:
    rows = session.scalars(select(SavedSearch).where(SavedSearch.person_id == person.id).order_by(SavedSearch.id))
    return [owndata.plain(row, "name", "address", "watching", "since", "told_at") for row in rows]


def watched(session: Session) -> bool:
    """Whether anybody watches anything."""
    return session.scalar(select(SavedSearch.id).where(SavedSearch.watching).limit(1)) is not None


def look(session: Session, engine: SearchEngine, keys: Collection[str]) -> int:
    """Note for every watched search which of these changed rows began to fit it; returns how many were noted."""
    rows = session.scalars(select(SavedSearch).where(SavedSearch.watching).order_by(SavedSearch.id)).all()
    try:
        return sum(_note(session, engine, row, set(keys)) for row in rows if row.person.active)
    except IndexDamaged as error:
        raise NotNow("heal", "index", 0, why="index_damaged") from error


def _note(session: Session, engine: SearchEngine, row: SavedSearch, keys: set[str]) -> int:
    actor = _actor(session, row)
    query = asked(row.address, actor)
    if row.known is None:
        query = replace(query, ranges={"date": (clock.local(row.since).date().isoformat(), None)})
    found = engine.matching(query, keys - set(row.known or ()))
    noted = set(session.scalars(select(SearchFind.row_key).where(SearchFind.search_id == row.id, SearchFind.row_key.in_(found))))
    new = sorted(found - noted)
    new = [key for key, shown in _shown(session, actor, new).items() if not getattr(shown.view, "mine", False)]
    session.add_all(SearchFind(search_id=row.id, row_key=key, found_at=clock.now()) for key in new)
    return len(new)


def _actor(session: Session, row: SavedSearch) -> Actor:
    """What the owner is now, which may be less than when the search was saved."""
    return accounts.actor_for(session, row.person, row.organisation_id)


def _shown(session: Session, actor: Actor, keys: Iterable[str]) -> dict[str, Shown]:
    """Those of the rows that the reader may see at this moment."""
    return {key: kinds.kind_of(key).shown(actor, row) for key, row in kinds.read_again(session, actor, keys).items()}


def tell(session: Session, settings: Settings) -> int:
    """Tell what was noted: a search at most once in a while, a person at most so often a day; the rest waits. Returns the notices."""
    waiting = select(SearchFind.search_id).where(SearchFind.told_at.is_(None)).distinct()
    rows = session.scalars(select(SavedSearch).where(SavedSearch.id.in_(waiting), SavedSearch.watching).order_by(SavedSearch.id))
    return sum(_tell(session, settings, row) for row in rows.all() if _due(session, settings, row))


def _due(session: Session, settings: Settings, row: SavedSearch) -> bool:
    if row.told_at is not None and row.told_at + timedelta(minutes=settings.search_alert_minutes) > clock.now():
        return False
    today = select(func.count()).where(Notice.person_id == row.person_id, Notice.kind.in_((ONE, MANY)), Notice.created_at >= _midnight())
    return (session.scalar(today) or 0) < settings.search_alerts_daily


def _midnight() -> datetime:
    return clock.local(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)


def _tell(session: Session, settings: Settings, row: SavedSearch) -> bool:
    """One notice for all that waits; what the owner may no longer see is dropped without a word."""
    query = select(SearchFind).where(SearchFind.search_id == row.id, SearchFind.told_at.is_(None)).order_by(SearchFind.id)
    finds = session.scalars(query.limit(settings.saved_search_known)).all()
    shown = _shown(session, _actor(session, row), [find.row_key for find in finds]) if row.person.active else {}
    for find in finds:
        if find.row_key in shown:
            find.told_at = clock.now()
        else:
            session.delete(find)
    if not shown:
        return False
    newest = shown[max((find for find in finds if find.row_key in shown), key=lambda find: find.id).row_key]
    row.told_at = clock.now()
    kind = ONE if len(shown) == 1 else MANY
    messages.notify(
        session, [row.person], kind, f"/searches/{row.id}", name=row.name, n=len(shown), title=newest.mail_title or newest.title
    )
    return True
