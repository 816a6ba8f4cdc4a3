"""Whether a broker may serve organisations: declared ties, memberships, and rivals served at once; asked by other topics' rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Interest, Membership, Rivalry
from webapp.accounts.values import BOTH, TIES
from webapp.core.errors import N_

TIED = N_("您申报了与其中一方的利益关系，这件事要由别的经纪人来办。")
MEMBER = N_("您同时是其中一方的成员，这件事要由别的经纪人来办。")
RIVALS = N_("您正在服务它的竞争对手。请先到“利益关系”页披露，双方知情后才能继续。")


@dataclass(frozen=True)
class Conflict:
    """Why a broker may not serve these organisations; `code` for callers, `sentence` for people."""

    code: str
    sentence: str
    organisation_id: int


def of(session: Session, person_id: int, organisations: Iterable[int], served: Iterable[int] = ()) -> Conflict | None:
    """Whether this broker may serve these organisations while serving those; None when nothing stands against it.

    A personal tie always does. Serving two rivals does until it was disclosed for this pair.
    """
    wanted = {number for number in organisations if number}
    with session.no_autoflush:
        tied = session.scalars(
            select(Interest.organisation_id).where(
                Interest.person_id == person_id, Interest.organisation_id.in_(wanted), Interest.kind.in_(TIES), Interest.ended_at.is_(None)
            )
        ).first()
        if tied:
            return Conflict("tie", TIED, tied)
        member = session.scalars(
            select(Membership.organisation_id).where(
                Membership.person_id == person_id, Membership.organisation_id.in_(wanted), Membership.active
            )
        ).first()
        if member:
            return Conflict("member", MEMBER, member)
        return _rivals(session, person_id, wanted, set(served) - wanted)


def _rivals(session: Session, person_id: int, wanted: set[int], served: set[int]) -> Conflict | None:
    pairs = select(Rivalry.organisation_id, Rivalry.rival_id).where(
        Rivalry.ended_at.is_(None),
        or_(
            Rivalry.organisation_id.in_(wanted) & Rivalry.rival_id.in_(served),
            Rivalry.organisation_id.in_(served) & Rivalry.rival_id.in_(wanted),
        ),
    )
    found = {frozenset(pair) for pair in session.execute(pairs).tuples()} if served else set()
    for pair in sorted(found, key=sorted):
        if pair not in disclosed(session, person_id):
            return Conflict("rivals", RIVALS, next(iter(pair & wanted)))
    return None


def disclosed(session: Session, person_id: int) -> set[frozenset[int]]:
    """The pairs of rivals this broker disclosed to serve."""
    query = select(Interest.organisation_id, Interest.other_id).where(
        Interest.person_id == person_id, Interest.kind == BOTH, Interest.ended_at.is_(None), Interest.other_id.is_not(None)
    )
    return {frozenset((first, second)) for first, second in session.execute(query).tuples() if second}
