"""What tasks hold of a person, for the export of one's own data, and what goes or hinders when an account is closed."""

from __future__ import annotations

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Person
from webapp.accounts.owndata import alone, erases, holds, lists
from webapp.catalog.models import Demand, Result
from webapp.core.errors import N_
from webapp.matches.models import Match
from webapp.tasks.models import CalendarFeed, ContactConsent, FeeShare, Meeting, Rating, Task, TaskEntry, TaskReceipt, TaskShare
from webapp.tasks.states import FINALS

lists("tasks_led", Task.broker_id, Task.id, Task.state, Task.outcome, Task.outcome_note, Task.created_at, Task.closed_at)
lists(
    "task_log", TaskEntry.person_id, TaskEntry.task_id, TaskEntry.kind, TaskEntry.happened_on, TaskEntry.people, TaskEntry.summary,
    TaskEntry.next_step, TaskEntry.created_at,
)  # fmt: skip
lists("task_receipts", TaskReceipt.person_id, TaskReceipt.task_id, TaskReceipt.amount_fen, TaskReceipt.received_on, TaskReceipt.evidence)
lists("task_ratings", Rating.person_id, Rating.task_id, Rating.side, Rating.score, Rating.note, Rating.created_at)
lists("meetings", Meeting.proposed_by_id, Meeting.task_id, Meeting.starts_at, Meeting.minutes, Meeting.place, Meeting.note, Meeting.state)
lists("contacts_given", ContactConsent.person_id, ContactConsent.task_id, ContactConsent.side, ContactConsent.details, ContactConsent.created_at)
lists("calendar_feeds", CalendarFeed.person_id, CalendarFeed.created_at, CalendarFeed.ended_at)
lists("task_shares", TaskShare.person_id, TaskShare.task_id, TaskShare.permille, TaskShare.created_at)
lists("fees", FeeShare.person_id, FeeShare.fee_id, FeeShare.amount_fen, FeeShare.created_at)


@holds
def _leading(session: Session, person: Person) -> str:
    """An open task keeps its broker until somebody else has taken it over."""
    open_ = select(Task.id).where(Task.broker_id == person.id, Task.state.not_in(FINALS)).limit(1)
    return N_("您还负责没有办结的对接任务，请先交接。") if session.scalars(open_).first() else ""


@holds
def _only_party(session: Session, person: Person) -> str:
    """The other side of an open task keeps somebody to talk to."""
    homes = alone(session, person)
    if not homes:
        return ""
    open_ = select(Task.id).join(Match, Match.id == Task.match_id).join(Demand, Demand.id == Match.demand_id)
    open_ = open_.join(Result, Result.id == Match.result_id).where(Task.state.not_in(FINALS))
    mine = open_.where(or_(Demand.organisation_id.in_(homes), Result.organisation_id.in_(homes))).limit(1)
    return N_("您的单位还有没有办结的对接任务，单位里没有别人，请先办结或邀请同事。") if session.scalars(mine).first() else ""


@erases
def _forget(session: Session, person: Person) -> None:
    """Contact details given to others and calendar addresses go; the log of a task stays with the deal and loses the name."""
    for model in (ContactConsent, CalendarFeed):
        session.execute(delete(model).where(model.person_id == person.id))
