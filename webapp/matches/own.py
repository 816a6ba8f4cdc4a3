"""The owner's own list: the ranked other side of one's own posting, seen before any broker has looked at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, case
from sqlalchemy.orm import Session

from webapp.catalog.models import Demand, Result
from webapp.core import policy
from webapp.core.errors import NotFound
from webapp.core.policy import Actor
from webapp.matches import detail, verdicts, wishes
from webapp.matches.models import Match
from webapp.matches.policy import own_pairs, party
from webapp.matches.states import LIVE, WISHABLE
from webapp.matches.values import GENTLE, SEEN_BY_OWNER

SHOWN = ("SUGGESTED", "REVIEWING", "SHORTLISTED", "RECOMMENDED", "COMPANY_INTERESTED", "RESEARCHER_INTERESTED", "MUTUAL", "TASK_OPENED")
LAST = ("REJECTED",)
MODELS: dict[str, type[Demand] | type[Result]] = {"demand": Demand, "result": Result}


@dataclass(frozen=True)
class OwnPair:
    """One line of the owner's list; nothing in it says more of the other side than that side shows this reader anyway."""

    detail: detail.Detail
    other: Any
    status: str
    why_not: str
    wished: bool
    may_wish: bool
    shared: bool


def posting(session: Session, actor: Actor, kind: str, row_id: int) -> Any:
    """A demand or a result this actor may see, else NotFound."""
    return policy.find(session, actor, MODELS[kind], row_id)


def pairs(actor: Actor, posting: Demand | Result) -> Select[Any]:
    """The pairs of one's own posting, best first, those a broker turned down last."""
    wanted = own_pairs(actor, posting).where(Match.state.in_((*SHOWN, *LAST)), Match.grade >= 1)
    turned_down = case((Match.state.in_(LAST), 1), else_=0)
    return wanted.order_by(turned_down, Match.grade.desc(), Match.score.desc(), Match.id)


def show(session: Session, actor: Actor, match: Match) -> OwnPair:
    """One pair for its owner: a coarse score, the words both may read, and how far a broker has come."""
    found = detail.explain(session, actor, match)
    part = party(actor, match)
    said = verdicts.standing(session, match) if match.state in LAST else None
    return OwnPair(
        detail=found, other=found.match.result if part == "company" else found.match.demand,
        status=SEEN_BY_OWNER.get(match.state, ""), why_not=GENTLE.get(said.reason, "") if said else "",
        wished=any(one.part == part for one in wishes.standing(session, match)) if match.urgent else False,
        may_wish=policy.can(actor, "match:wish", match), shared=match.state not in (*WISHABLE, *LAST),
    )  # fmt: skip


def newest(actor: Actor, posting: Demand | Result) -> Select[Any]:
    """The other side without any ranking: everything this reader may see, newest first."""
    model = Result if isinstance(posting, Demand) else Demand
    return policy.visible(actor, model).where(model.state.in_(LIVE[model.__tablename__])).order_by(model.published_at.desc(), model.id.desc())


def find(session: Session, actor: Actor, match_id: int) -> Match:
    """A pair of one's own list; one that is not there and one that may not be known look the same."""
    match = session.get(Match, match_id) if 0 < match_id < 2**62 else None
    if match is None or match.state not in (*SHOWN, *LAST):
        raise NotFound
    sides: dict[str, Demand | Result] = {"company": match.demand, "researcher": match.result}
    own = sides.get(party(actor, match) or "")
    if own is None or session.scalar(own_pairs(actor, own).where(Match.id == match.id).with_only_columns(Match.id)) is None:
        raise NotFound
    return match


def suitable(session: Session, actor: Actor, posting: Demand | Result, least: int) -> bool:
    """Whether the list holds a suitable pair that nobody has turned down."""
    query = own_pairs(actor, posting).where(Match.state.in_(SHOWN), Match.grade >= least)
    return session.scalar(query.with_only_columns(Match.id).limit(1)) is not None


