"""What both parties have been through: earlier matches, verdicts, and what topics above (tasks, licences) add of theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.catalog.models import Demand, Result
from webapp.core import policy
from webapp.core.errors import N_
from webapp.core.policy import Actor
from webapp.matches.models import Match
from webapp.matches.states import MATCH, ON_DESK

MOST = 6
PAST = tuple(state for state in MATCH.states if state not in ON_DESK)  # named, since an index answers "in", not "not in"
GROUPS = {
    N_("推荐过"): ("RECOMMENDED", "COMPANY_INTERESTED", "RESEARCHER_INTERESTED"),
    N_("双方同意"): ("MUTUAL", "TASK_OPENED"),
    N_("婉拒"): ("DECLINED_COMPANY", "DECLINED_RESEARCHER"),
    N_("到期"): ("EXPIRED",),
    N_("不入围"): ("REJECTED",),
}


@dataclass(frozen=True)
class Line:
    """One thing that happened with an organisation, as this reader may see it."""

    kind: str
    when: datetime
    title: str
    status: str
    url: str


@dataclass(frozen=True)
class Past:
    """An organisation's past: how its matches ended, and the latest of everything."""

    counts: list[tuple[str, int]]
    lines: list[Line]


Provider = Callable[[Session, Actor, int, int], list[Line]]
_providers: dict[str, Provider] = {}


def register(kind: str, provider: Provider) -> None:
    """A topic above tells of its rows with an organisation: (session, actor, organisation id, how many) -> lines."""
    _providers[kind] = provider


def of(session: Session, actor: Actor, match: Match) -> dict[str, Past]:
    """The past of the demand's company and of the result's school."""
    return {
        "demand": _past(session, actor, match, match.demand.organisation_id, "demand"),
        "result": _past(session, actor, match, match.result.organisation_id, "result"),
    }


def _past(session: Session, actor: Actor, match: Match, organisation_id: int, side: str) -> Past:
    model, column = (Demand, Match.demand_id) if side == "demand" else (Result, Match.result_id)
    theirs = column.in_(select(model.id).where(model.organisation_id == organisation_id))
    visible = policy.visible(actor, Match).where(theirs, Match.id != match.id, Match.state.in_(PAST))
    counted = visible.with_only_columns(Match.state, func.count(Match.id)).group_by(Match.state)
    states: dict[str, int] = dict(session.execute(counted).all())
    counts = [(name, sum(states.get(state, 0) for state in group)) for name, group in GROUPS.items()]
    rows = session.scalars(visible.order_by(Match.updated_at.desc(), Match.id.desc()).limit(MOST)).unique()
    lines = [_line(actor, row, side) for row in rows]
    for provider in _providers.values():
        lines += provider(session, actor, organisation_id, MOST)
    lines.sort(key=lambda line: line.when, reverse=True)
    return Past([pair for pair in counts if pair[1]], lines[:MOST])


def _line(actor: Actor, row: Match, side: str) -> Line:
    other = policy.reveal(actor, row.result if side == "demand" else row.demand)
    return Line(N_("匹配"), row.updated_at, other.title, MATCH.states[row.state], f"/matches?state=all&selected={row.id}")
