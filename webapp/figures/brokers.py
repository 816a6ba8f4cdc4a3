"""What brokers achieve in a period: each figure is worked out from its lines, so that every number can open them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.accounts.models import Person
from webapp.brokers.models import Collected, Visit
from webapp.catalog.regions import HOME, region_of
from webapp.core import clock, policy
from webapp.core.errors import N_
from webapp.core.policy import Actor
from webapp.figures import policy as _policy  # noqa: F401 - registers the rules
from webapp.licences.models import Licence
from webapp.matches.models import Match
from webapp.tasks.models import Rating, Task, TaskEntry, TaskReceipt
from webapp.tasks.values import CLOCK, KINDS, STEP

COUNT, SHARE, SUM, MEAN = "COUNT", "SHARE", "SUM", "MEAN"
PAID = ("COMPLETED", "CONVERTED", "PAYING", "PAYABLE")


@dataclass(frozen=True)
class Line:
    """One row behind a figure."""

    person_id: int
    on: date
    code: str
    href: str
    good: bool = True
    amount: float = 0.0


@dataclass(frozen=True)
class Period:
    """From the first to the last day, both counted, in Shanghai."""

    first: date
    last: date

    @property
    def start(self) -> datetime:
        """The first moment."""
        return datetime.combine(self.first, time(), clock.ZONE)

    @property
    def end(self) -> datetime:
        """The moment after the last."""
        return datetime.combine(self.last + timedelta(days=1), time(), clock.ZONE)


def _day(moment: datetime | None) -> date:
    return clock.local(moment).date() if moment else date.min


def collected(session: Session, period: Period) -> list[Line]:
    """Demands brought home from visits; good once they were verified and published."""
    query = select(Collected).join(Visit).where(Visit.visited_on.between(period.first, period.last))
    rows = session.scalars(query).unique()
    return [
        Line(row.visit.person_id, row.visit.visited_on, row.demand.code, f"/visits/{row.visit_id}", row.demand.published_at is not None)
        for row in rows
    ]


def recommended(session: Session, period: Period) -> list[Line]:
    """Recommendations; good when both sides said yes."""
    query = select(Match.id, Match.broker_id, Match.recommended_at, Match.company_answer, Match.researcher_answer).where(
        Match.broker_id.is_not(None), Match.recommended_at >= period.start, Match.recommended_at < period.end, Match.is_example.is_(False)
    )
    return [
        Line(broker or 0, _day(at), f"#{number}", f"/matches?state=all&selected={number}", company == researcher == "YES")
        for number, broker, at, company, researcher in session.execute(query)
    ]


def contacts(session: Session, period: Period) -> list[Line]:
    """Contacts written into the logs of tasks."""
    query = select(TaskEntry).join(Task).where(
        TaskEntry.kind.in_(KINDS), TaskEntry.happened_on.between(period.first, period.last), TaskEntry.person_id.is_not(None), ~Task.is_example
    )
    return [_task_line(row.person_id or 0, row.happened_on, row.task) for row in session.scalars(query).unique()]


def _task_line(person_id: int, on: date, task: Task, good: bool = True, amount: float = 0.0) -> Line:
    return Line(person_id, on, task.code, f"/tasks/{task.id}", good, amount)


def _signed(session: Session, period: Period) -> list[Task]:
    query = select(Task).where(Task.signed_on.between(period.first, period.last), Task.broker_id.is_not(None), ~Task.is_example)
    return list(session.scalars(query).unique())


def signed(session: Session, period: Period) -> list[Line]:
    """Contracts signed, with what they are worth."""
    return [_task_line(t.broker_id or 0, t.signed_on or date.min, t, amount=t.contract_value_fen or 0) for t in _signed(session, period)]


def registered(session: Session, period: Period) -> list[Line]:
    """Contracts signed in the period that were registered, with what they are worth."""
    return [line for line, task in zip(signed(session, period), _signed(session, period), strict=True) if task.registration_no]


def received(session: Session, period: Period) -> list[Line]:
    """Money that came in."""
    query = select(TaskReceipt).join(Task).where(
        TaskReceipt.received_on.between(period.first, period.last), Task.broker_id.is_not(None), ~Task.is_example
    )
    rows = session.scalars(query).unique()
    return [_task_line(row.task.broker_id or 0, row.received_on, row.task, amount=row.amount_fen) for row in rows]


def use_first(session: Session, period: Period) -> list[Line]:
    """Use-first licences begun; good when the trial led to payment."""
    query = select(Licence).where(
        Licence.broker_id.is_not(None), Licence.created_at >= period.start, Licence.created_at < period.end, ~Licence.is_example
    )
    rows = session.scalars(query).unique()
    return [Line(row.broker_id or 0, _day(row.created_at), row.code, f"/licences/{row.id}", row.state in PAID) for row in rows]


def first_contact(session: Session, period: Period) -> list[Line]:
    """Working days from a broker's yes to the first contact."""
    found = []
    for task in _begun(session, period):
        accepted = min((e.happened_on for e in task.log if e.kind == STEP and e.facts.get("action") == "accept"), default=None)
        first = min((e.happened_on for e in task.log if e.kind in KINDS), default=None)
        if accepted and first and first >= accepted:
            found.append(_task_line(task.broker_id or 0, first, task, amount=clock.working_days_between(accepted, first)))
    return found


def _begun(session: Session, period: Period) -> list[Task]:
    query = select(Task).where(
        Task.broker_id.is_not(None), Task.created_at >= period.start, Task.created_at < period.end, ~Task.is_example
    )
    return list(session.scalars(query).unique())


def cycle(session: Session, period: Period) -> list[Line]:
    """Days from the opening of a task to its signature."""
    return [
        _task_line(t.broker_id or 0, t.signed_on or date.min, t, amount=((t.signed_on or date.min) - _day(t.created_at)).days)
        for t in _signed(session, period)
    ]


def satisfaction(session: Session, period: Period) -> list[Line]:
    """What both sides said when tasks had closed, from 1 to 5."""
    query = select(Rating, Task).join(Task, Rating.task_id == Task.id).where(
        Rating.updated_at >= period.start, Rating.updated_at < period.end, Task.broker_id.is_not(None), ~Task.is_example
    )
    return [_task_line(task.broker_id or 0, _day(row.updated_at), task, amount=row.score) for row, task in session.execute(query).unique()]


def late(session: Session, period: Period) -> list[Line]:
    """Tasks begun in the period; good here means that one of its deadlines was missed and reminded of."""
    return [
        _task_line(t.broker_id or 0, _day(t.created_at), t, any(e.kind == CLOCK and e.facts.get("due") for e in t.log))
        for t in _begun(session, period)
    ]


def local(session: Session, period: Period) -> list[Line]:
    """Contracts signed with a company of the district, told from its address."""
    return [
        line for line, task in zip(signed(session, period), _signed(session, period), strict=True)
        if region_of(task.match.demand.organisation.address) == HOME
    ]  # fmt: skip


@dataclass(frozen=True)
class Kpi:
    """A figure: its name, what exactly is counted, how it is worked out from its lines, and the unit it is shown in."""

    code: str
    name: str
    meaning: str
    kind: str
    lines: Callable[[Session, Period], list[Line]]
    unit: str = ""


KPIS = (
    Kpi("collected", N_("需求采集数"), N_("期内走访带回的需求草稿条数，按走访日期计。"), COUNT, collected),
    Kpi("verified", N_("采集需求核实率"), N_("期内走访带回的需求里，经核实已发布的占多少。"), SHARE, collected),
    Kpi("recommended", N_("推荐数"), N_("期内推荐给双方的匹配对数，按推荐日期计。"), COUNT, recommended),
    Kpi("accepted", N_("采纳率"), N_("期内推荐的匹配里，双方都愿意对接的占多少。"), SHARE, recommended),
    Kpi("contacts", N_("对接次数"), N_("期内写进任务记录的联系次数，按联系日期计；系统写的进度和提醒不算。"), COUNT, contacts),
    Kpi("signed", N_("签约数"), N_("期内签约的任务件数，按签约日期计。"), COUNT, signed),
    Kpi("signed_sum", N_("签约额"), N_("期内签约任务的合同成交额合计，含设备和材料。"), SUM, signed),
    Kpi("registered_sum", N_("登记额"), N_("期内签约、已有认定登记编号的任务的合同成交额合计。"), SUM, registered),
    Kpi("received_sum", N_("到账额"), N_("期内实际到账合计，按到账日期计，不论哪年签约。"), SUM, received),
    Kpi("use_first", N_("先用后付数"), N_("期内申请的先用后付许可件数，按申请日期计。"), COUNT, use_first),
    Kpi("converted", N_("转付费率"), N_("期内申请的先用后付许可里，已付费触发、正在付费、完结或转正的占多少。"), SHARE, use_first),
    Kpi("first_contact", N_("平均首联时长"), N_("期内开出的任务，从接受到第一次联系隔多少个工作日，取平均；还没联系的不算。"), MEAN, first_contact, N_("个工作日")),
    Kpi("cycle", N_("平均签约周期"), N_("期内签约的任务，从开出到签约隔多少天，取平均。"), MEAN, cycle, N_("天")),
    Kpi("satisfaction", N_("满意度"), N_("期内企业和学校团队给任务打的分，取平均，1 到 5 分。"), MEAN, satisfaction, N_("分（满分 5）")),
    Kpi("late", N_("超时率"), N_("期内开出的任务里，有期限过了被提醒过的占多少。"), SHARE, late),
    Kpi("local", N_("本地转化数"), N_("期内签约、企业地址在本区的任务件数。"), COUNT, local),
)
BY_CODE = {kpi.code: kpi for kpi in KPIS}


@dataclass(frozen=True)
class Figure:
    """A figure of one broker, with how many lines stand behind it; `value` is None where there are none to work it out from."""

    kind: str
    value: float | None
    good: int
    total: int
    unit: str = ""


def figure(kpi: Kpi, lines: Iterable[Line]) -> Figure:
    """Work a figure out from its lines."""
    rows = list(lines)
    good, total, amount = sum(row.good for row in rows), len(rows), sum(row.amount for row in rows)
    values: dict[str, float | None] = {
        COUNT: float(total), SHARE: good / total if total else None, SUM: amount, MEAN: amount / total if total else None,
    }  # fmt: skip
    return Figure(kpi.kind, values[kpi.kind], good, total, kpi.unit)


def people(session: Session, actor: Actor) -> list[Person]:
    """Whose figures the reader may see: operators and auditors all brokers', a broker the own."""
    policy.check(actor, "figures:brokers")
    everybody = accounts.people_with(session, "broker")
    return everybody if actor.has("operator", "auditor") else [person for person in everybody if person.id == actor.person_id]


def table(session: Session, actor: Actor, period: Period) -> list[tuple[Person, dict[str, Figure]]]:
    """Every figure of every broker the reader may see; one query a figure, whatever the number of brokers."""
    wanted = people(session, actor)
    by_person: dict[str, dict[int, list[Line]]] = {}
    cache: dict[Any, list[Line]] = {}
    for kpi in KPIS:
        rows = cache.setdefault(kpi.lines, kpi.lines(session, period) if kpi.lines not in cache else [])
        for row in rows:
            by_person.setdefault(kpi.code, {}).setdefault(row.person_id, []).append(row)
    return [(person, {kpi.code: figure(kpi, by_person.get(kpi.code, {}).get(person.id, [])) for kpi in KPIS}) for person in wanted]


def lines_of(session: Session, actor: Actor, person_id: int, code: str, period: Period) -> list[Line]:
    """The rows behind one figure of one broker, latest first; nothing for somebody else's."""
    kpi = BY_CODE.get(code)
    if kpi is None or person_id not in {person.id for person in people(session, actor)}:
        return []
    return sorted((row for row in kpi.lines(session, period) if row.person_id == person_id), key=lambda row: (row.on, row.code), reverse=True)
