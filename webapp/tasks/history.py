"""What tasks add to the history of an organisation: the ones it took part in, as the reader may see them."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from webapp.catalog.models import Demand, Result
from webapp.core import policy
from webapp.core.errors import N_
from webapp.core.policy import Actor
from webapp.matches import history
from webapp.matches.history import Line
from webapp.matches.models import Match
from webapp.tasks.models import Task
from webapp.tasks.states import TASK


def lines(session: Session, actor: Actor, organisation_id: int, most: int) -> list[Line]:
    """The latest tasks of a company or a school."""
    demands = select(Demand.id).where(Demand.organisation_id == organisation_id)
    results = select(Result.id).where(Result.organisation_id == organisation_id)
    theirs = select(Match.id).where(or_(Match.demand_id.in_(demands), Match.result_id.in_(results)))
    rows = session.scalars(
        policy.visible(actor, Task).where(Task.match_id.in_(theirs)).order_by(Task.updated_at.desc(), Task.id.desc()).limit(most)
    ).unique()
    return [
        Line(N_("对接任务"), row.updated_at, policy.reveal(actor, row.match.demand).title, TASK.states[row.state], f"/tasks/{row.id}")
        for row in rows
    ]


history.register("task", lines)
