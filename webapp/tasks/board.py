"""What the task pages show: lanes of the board, what needs somebody now, and where one task stands on its road."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, selectinload

from webapp.core import clock, policy
from webapp.core.policy import Actor
from webapp.matches import detail as matches
from webapp.matches.detail import Detail
from webapp.tasks.clocks import Clocks, Lateness, lateness
from webapp.tasks.models import Task, TaskEntry
from webapp.tasks.policy import TaskView, readable
from webapp.tasks.service import ROAD
from webapp.tasks.states import FINALS, LIVE, STEPS, TASK, skipped
from webapp.tasks.values import KINDS

LANES = (
    ("CREATED", "ASSIGNED", "REASSIGNED"), ("ACCEPTED", "VERIFYING", "NDA"), ("MEETING",), ("VALIDATING",), ("NEGOTIATING",),
    ("SIGNED", "REGISTERED", "FOLLOW_UP"),
)  # fmt: skip
LANE_CARDS = 20
BOARD_MAX = 500
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Card:
    """One task on the board or in the agenda."""

    task: TaskView
    late: Lateness | None
    contacts: int
    next_step: str
    next_due: date | None


@dataclass
class Board:
    """Lanes in order, with the cards that need somebody: late, today, within a week."""

    lanes: list[list[Card]] = field(default_factory=lambda: [[] for _ in LANES])
    late: list[Card] = field(default_factory=list)
    today: list[Card] = field(default_factory=list)
    week: list[Card] = field(default_factory=list)
    waiting: int = 0

    @property
    def total(self) -> int:
        """How many tasks are open."""
        return sum(map(len, self.lanes))


def query(actor: Actor, closed: bool = False) -> Select[Any]:
    """The tasks this actor may see: open ones by deadline, or closed ones, latest first."""
    visible = policy.visible(actor, Task).options(selectinload(Task.broker))
    if closed:
        return visible.where(Task.state.in_(FINALS)).order_by(Task.closed_at.desc(), Task.id.desc())
    return visible.where(Task.state.in_(LIVE)).order_by(Task.due_on.is_(None), Task.due_on, Task.id)


def due_count(actor: Actor) -> Select[Any]:
    """Counts the actor's own tasks that wait to be taken on, or are due today or late."""
    mine = select(func.count(Task.id)).where(Task.broker_id == actor.person_id, Task.state.in_(LIVE), Task.state != "ON_HOLD")
    return mine.where(or_(Task.state == "ASSIGNED", Task.due_on <= clock.today()))


def board(session: Session, actor: Actor, clocks: Clocks) -> Board:
    """Every open task in its lane, and in the agenda when it needs this actor."""
    found = Board()
    for card in cards(session, actor, session.scalars(query(actor).limit(BOARD_MAX)).unique().all(), clocks):
        stands = card.task.held_from or card.task.state
        found.lanes[lane_of(stands)].append(card)
        _remember(found, card)
    return found


def _remember(found: Board, card: Card) -> None:
    due = card.task.due_on
    if due is None or not card.task.leads:
        return
    if card.late and card.late.kind in {"late", "amber"}:
        found.late.append(card)
    elif due <= clock.today():
        found.today.append(card)
    elif due <= clock.today() + WEEK:
        found.week.append(card)


def cards(session: Session, actor: Actor, tasks: Iterable[Task], clocks: Clocks) -> list[Card]:
    """Tasks with their clocks, how many contacts are logged and what was agreed to come next."""
    rows = list(tasks)
    counts, following = _logged(session, actor, [task.id for task in rows])
    return [
        Card(
            policy.reveal(actor, task),
            lateness(task.state, task.due_on, clocks),
            counts.get(task.id, 0),
            *following.get(task.id, ("", None)),
        )
        for task in rows
    ]


def _logged(session: Session, actor: Actor, ids: list[int]) -> tuple[dict[int, int], dict[int, tuple[str, date | None]]]:
    """How many contacts each task has, and what the last of them agreed to come next, with its day."""
    if not ids:
        return {}, {}
    own: tuple[ColumnElement[bool], ...] = (TaskEntry.task_id.in_(ids), TaskEntry.kind.in_(KINDS))
    if not actor.has("broker", "operator"):
        own = (*own, TaskEntry.visibility == "PARTIES")
    counts = session.execute(select(TaskEntry.task_id, func.count()).where(*own).group_by(TaskEntry.task_id)).all()
    latest = select(func.max(TaskEntry.id)).where(*own).group_by(TaskEntry.task_id)
    steps = session.execute(select(TaskEntry.task_id, TaskEntry.next_step, TaskEntry.due_on).where(TaskEntry.id.in_(latest))).all()
    return {row[0]: row[1] for row in counts}, {row[0]: (row[1], row[2]) for row in steps if row[1]}


@dataclass(frozen=True)
class Way:
    """One step somebody may take from here, and the steps it leaves out or goes back over."""

    action: str
    target: str
    skipped: tuple[str, ...] = ()
    back: bool = False


@dataclass(frozen=True)
class Shown:
    """Everything one task's page shows."""

    task: TaskView
    pair: Detail
    late: Lateness | None
    stages: list[tuple[str, str]]
    primary: Way | None
    others: list[Way]
    log: list[TaskEntry]
    reason: str


def lane_of(state: str) -> int:
    """The lane a state stands in; the first for a state of no lane."""
    return next((n for n, lane in enumerate(LANES) if state in lane), 0)


def ways(view: TaskView) -> list[Way]:
    """The steps of the road a reader may take from where a task stands."""
    return [_way(view.state, action) for action in view.actions if action in {*ROAD, "succeed"}]


def show(session: Session, actor: Actor, task: Task, clocks: Clocks) -> Shown:
    """A task as this actor may read it."""
    view: TaskView = policy.reveal(actor, task)
    found = ways(view)
    forward = [way for way in found if not way.back and not way.skipped]
    log = readable(actor, task)
    return Shown(
        task=view, pair=matches.explain(session, actor, task.match), late=lateness(task.state, task.due_on, clocks),
        stages=stages(task), primary=forward[0] if forward else None, others=[way for way in found if way not in forward[:1]],
        log=log, reason=next((str(entry.facts["reason"]) for entry in log if entry.facts.get("reason")), ""),
    )  # fmt: skip


def _way(state: str, action: str) -> Way:
    move = TASK.move(state, action)
    target = move.target if move else state
    back = state in STEPS and target in STEPS and STEPS.index(target) < STEPS.index(state)
    return Way(action, target, skipped(state, target), back)


def stages(task: Task) -> list[tuple[str, str]]:
    """The road with how far the task has come: done, now, stop, left out, or still ahead."""
    road = STEPS[1:]
    stands = task.held_from or task.state
    if task.state in {"CLOSED_FAILED", "CANCELLED"}:
        stands = next((entry.from_state for entry in task.log if entry.to_state == task.state), "")
    at = road.index(stands) if stands in road else 0
    seen = {entry.to_state for entry in task.log} | {entry.from_state for entry in task.log}
    out = []
    for n, step in enumerate(road):
        if n == at:
            stopped = task.state in {"ON_HOLD", "REASSIGNED", "CLOSED_FAILED", "CANCELLED"}
            mark = "done" if step == "CLOSED_SUCCESS" else "stop" if stopped else "now"
        else:
            mark = "" if n > at else "done" if step in seen else "left"
        out.append((step, mark))
    return out
