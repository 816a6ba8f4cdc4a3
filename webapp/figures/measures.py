"""What is counted: each measure names its rows, their moment and the subjects they belong to; counting and opening ask the same query."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

import webapp.licences.policy
import webapp.tasks.policy  # noqa: F401 - both register who may see the rows that are counted
from webapp.accounts.models import Expert
from webapp.catalog.models import Demand, Result
from webapp.catalog.states import LIVE, PRIVATE
from webapp.config import Settings
from webapp.core import clock, policy
from webapp.core.errors import N_
from webapp.core.policy import ANONYMOUS, Actor
from webapp.figures.reached import STAGES, demand_reached, pair_reached, result_reached
from webapp.licences.models import Instalment, Licence, PublicNotice, Receipt
from webapp.matches.models import Match, Verdict
from webapp.matches.states import ON_DESK
from webapp.tasks.models import Task, TaskReceipt

# Everything is counted as the district's operator sees it; what the public reads is counted as a visitor sees it.
DESK = Actor(name="figures", roles=frozenset({"operator"}))
TOP = 5
GOOD = 2
ON_TRIAL = ("TRIAL", "SUSPENDED", "EVALUATION")
COUNT, FEN = "COUNT", "FEN"
Where = Callable[[Settings], list[ColumnElement[bool]]]
Dims = Mapping[str, Any]


@dataclass(frozen=True)
class Measure:
    """One thing that is counted, or summed where `amount` is given."""

    code: str
    name: str
    unit: str
    definition: str
    model: type[Any]
    where: Where
    dims: Dims
    moment: Any = None  # a moment or a day; none: what stands now
    other: Any = None  # one more split of each subject
    joins: tuple[tuple[Any, Any], ...] = ()
    amount: Any = None
    public: bool = False
    monthly: tuple[str, ...] = ()  # kinds of subjects that are also counted by month
    examples: Any = None  # the flag of rows that are examples
    counts_examples: bool = field(default=True)


RESULT: Dims = {"circle": Result.cluster_code, "organisation": Result.organisation_id, "industry": Result.industry_code}
DEMAND: Dims = {"organisation": Demand.organisation_id, "industry": Demand.industry_code}
SIDES = ((Result, Result.id == Match.result_id), (Demand, Demand.id == Match.demand_id))
PAIR: Dims = {
    "circle": Result.cluster_code, "organisation": Result.organisation_id, "industry": Demand.industry_code, "person": Match.broker_id,
}  # fmt: skip
OF_TASK = ((Match, Match.id == Task.match_id), *SIDES)
TASK_DIMS: Dims = {**PAIR, "person": Task.broker_id}
OF_LICENCE = ((Result, Result.id == Licence.result_id),)
LICENCE_DIMS: Dims = {**RESULT, "person": Licence.broker_id}
IN_SCREEN = ("district", "industry", "circle")


def _stage(model: type[Any], name: str, step: int) -> Measure:
    """A stage of the funnel of demands, of results, or of the pairs a broker judged."""
    title, definition = FUNNEL[STAGES[step]]
    if model is Demand:
        return Measure(
            name, title, N_("条"), definition, Demand, lambda s: [*_published(Demand), *demand_reached(step, s)], DEMAND,
            Demand.published_at, monthly=IN_SCREEN if step == 0 else (), examples=Demand.is_example,
        )  # fmt: skip
    if model is Result:
        return Measure(
            name, title, N_("项"), definition, Result, lambda s: [*_published(Result), *result_reached(step, s)], RESULT,
            Result.published_at, examples=Result.is_example,
        )  # fmt: skip
    return Measure(
        name, title if step > 1 else N_("已判断"), N_("对"), definition if step > 1 else JUDGED, Match,
        lambda s: [_judged(), *([pair_reached(step, s)] if step > 1 else [])], {"person": Match.broker_id},
        func.coalesce(Match.reviewed_at, Match.created_at), joins=SIDES, examples=Match.is_example,
    )  # fmt: skip


def _published(model: Any) -> list[ColumnElement[bool]]:
    return [model.published_at.is_not(None), model.state.not_in(PRIVATE), model.sealed.is_(False)]


def _live(model: Any) -> list[ColumnElement[bool]]:
    return [model.state.in_(LIVE[model.__tablename__]), model.sealed.is_(False)]


def _judged() -> ColumnElement[bool]:
    return and_(Match.state.not_in(ON_DESK), Match.broker_id.is_not(None))


JUDGED = N_("经纪人给出过判断（入围、不入围或推荐）的供需配对。")
FUNNEL = {
    "posted": (N_("已发布"), N_("这段时间发布的需求；成果漏斗为这段时间发布的成果。")),
    "matched": (N_("有匹配"), N_("至少有一对达到合适等级，或已被经纪人入围。")),
    "contacted": (N_("已联系"), N_("经纪人已就其中一对联系双方。")),
    "met": (N_("已见面"), N_("对接任务进到交流一步或更后，或记有走访、线上会议、现场会。")),
    "trial": (N_("试用或签约"), N_("先用后付试用已开始，或合同已签。")),
    "paid": (N_("付款"), N_("已有款项到账。")),
}
_OPEN_RESULTS = N_("任何访客现在都能看到的成果。")
_LATEST = select(func.max(Verdict.id)).where(
    Verdict.undone_at.is_(None), Verdict.is_example.is_(False), Verdict.part == "broker", Verdict.grade.is_not(None)
).group_by(Verdict.match_id)  # fmt: skip
_VERDICT = ((Verdict, Verdict.match_id == Match.id), *SIDES)
_TOP = (Verdict.id.in_(_LATEST), Verdict.position.between(1, TOP))


def _verdicts(code: str, name: str, definition: str, *where: Any) -> Measure:
    return Measure(
        code, name, N_("次"), definition, Match, lambda _s: list(where), {}, Verdict.created_at, joins=_VERDICT,
        monthly=("district",), examples=Verdict.is_example, counts_examples=False,
    )  # fmt: skip


ALL = (
    Measure("results_public", N_("公开成果"), N_("项"), _OPEN_RESULTS, Result, lambda _s: _live(Result), RESULT, public=True, examples=Result.is_example),
    Measure(
        "stages_public", N_("公开成果"), N_("项"), _OPEN_RESULTS, Result, lambda _s: _live(Result), RESULT, public=True,
        other=Result.stage, examples=Result.is_example,
    ),
    Measure(
        "flow_public", N_("公开成果"), N_("项"), _OPEN_RESULTS, Result, lambda _s: _live(Result),
        {"organisation": Result.organisation_id}, public=True, other=Result.industry_code, examples=Result.is_example,
    ),
    Measure(
        "offers_public", N_("可先用后付"), N_("项"), N_("公开成果中，学校愿意先使用后付费的。"), Result,
        lambda _s: [*_live(Result), Result.use_first_offered.is_(True)], RESULT, public=True, examples=Result.is_example,
    ),
    Measure(
        "demands_public", N_("公开需求"), N_("条"), N_("任何访客现在都能看到的在寻需求。"), Demand, lambda _s: _live(Demand),
        {"industry": Demand.industry_code}, public=True, examples=Demand.is_example,
    ),
    Measure(
        "heat_public", N_("新发布的公开需求"), N_("条"), N_("任何访客现在都能看到的在寻需求，按发布月份。"), Demand, lambda _s: _live(Demand),
        {"industry": Demand.industry_code}, Demand.published_at, public=True, monthly=IN_SCREEN, examples=Demand.is_example,
    ),
    Measure(
        "notices_public", N_("公示中"), N_("项"), N_("现在正在公示的先用后付许可。"), PublicNotice,
        lambda _s: [PublicNotice.state == "OPEN"], RESULT, public=True,
        joins=((Licence, Licence.id == PublicNotice.licence_id), *OF_LICENCE), examples=Licence.is_example,
    ),
    Measure(
        "experts_public", N_("公开专家"), N_("位"), N_("同意公开主页的科研人员。"), Expert, lambda _s: [], {"organisation": Expert.organisation_id},
        public=True, examples=Expert.is_example,
    ),
    Measure("results", N_("在库成果"), N_("项"), N_("已发布、在有效期内的成果，各保密级都计。"), Result, lambda _s: _live(Result), RESULT, examples=Result.is_example),
    Measure("demands", N_("在寻需求"), N_("条"), N_("已发布、仍在寻找成果的需求，各保密级都计。"), Demand, lambda _s: _live(Demand), DEMAND, examples=Demand.is_example),
    Measure(
        "judged", N_("经纪人已判断"), N_("对"), JUDGED, Match, lambda _s: [Match.state.not_in(ON_DESK), Match.reviewed_at.is_not(None)], PAIR,
        Match.reviewed_at, joins=SIDES, examples=Match.is_example,
    ),
    Measure(
        "tasks", N_("进入对接"), N_("项"), N_("双方同意后开出的对接任务。"), Task, lambda _s: [], TASK_DIMS, Task.created_at,
        joins=OF_TASK, examples=Task.is_example,
    ),
    Measure(
        "trials", N_("先用后付试用中"), N_("项"), N_("现在处于试用、中止或到期评估的许可。"), Licence, lambda _s: [Licence.state.in_(ON_TRIAL)],
        LICENCE_DIMS, joins=OF_LICENCE, examples=Licence.is_example,
    ),
    Measure(
        "direct", N_("不经需求的试用"), N_("项"), N_("企业直接申请、不属于任何对接任务的先用后付试用，不在需求漏斗里。"), Licence,
        lambda _s: [Licence.task_id.is_(None), Licence.trial_start.is_not(None)], LICENCE_DIMS, Licence.trial_start,
        joins=OF_LICENCE, examples=Licence.is_example,
    ),
    Measure(
        "received_licence", N_("许可到账"), "", N_("先用后付许可的分期款、提成到账额，以银行回单计。"), Receipt, lambda _s: [],
        LICENCE_DIMS, Receipt.received_on, amount=Receipt.amount_fen, examples=Licence.is_example,
        joins=((Instalment, Instalment.id == Receipt.instalment_id), (Licence, Licence.id == Instalment.licence_id), *OF_LICENCE),
    ),
    Measure(
        "received_task", N_("对接到账"), "", N_("对接任务所签合同的到账额，以经纪人或运营方见到的凭证计。"), TaskReceipt, lambda _s: [],
        TASK_DIMS, TaskReceipt.received_on, amount=TaskReceipt.amount_fen, examples=Task.is_example,
        joins=((Task, Task.id == TaskReceipt.task_id), *OF_TASK),
    ),
    Measure(
        "registered", N_("登记合同额"), "", N_("对接任务所签、已认定登记的技术合同总额；不等于到账额。"), Task,
        lambda _s: [Task.registration_no != "", Task.signed_on.is_not(None)], TASK_DIMS, Task.signed_on,
        joins=OF_TASK, amount=func.coalesce(Task.contract_value_fen, 0), examples=Task.is_example,
    ),
    Measure(
        "flow", N_("已见面的配对"), N_("对"), N_("已见面或更后的供需配对：成果所属院校 → 需求所属产业。"), Match, lambda s: [pair_reached(3, s)],
        {"organisation": Result.organisation_id}, Match.created_at, other=Demand.industry_code, joins=SIDES, examples=Match.is_example,
    ),
    _verdicts("fit_total", N_("判断"), N_("经纪人最近一次判断，理由说明是否合适的。"), Verdict.id.in_(_LATEST)),
    _verdicts("fit_good", N_("被认可"), N_("其中入围或双方同意的。"), Verdict.id.in_(_LATEST), Verdict.grade >= GOOD),
    _verdicts("top_total", N_("排在前 5 的判断"), N_("判断时排在前 5 的配对。"), *_TOP),
    _verdicts("top_good", N_("排在前 5 且被认可"), N_("判断时排在前 5、又被认可的配对。"), *_TOP, Verdict.grade >= GOOD),
    *(_stage(Demand, stage, step) for step, stage in enumerate(STAGES)),
    *(_stage(Result, f"r_{stage}", step) for step, stage in enumerate(STAGES)),
    *(_stage(Match, f"p_{stage}", step) for step, stage in enumerate(STAGES) if step),
)  # fmt: skip
MEASURES = {measure.code: measure for measure in ALL}


@dataclass(frozen=True)
class Span:
    """The days of a period: a year, a quarter, or a month."""

    first: date
    end: date  # the day after the last

    @property
    def start(self) -> datetime:
        """The first moment, in Shanghai."""
        return datetime.combine(self.first, time(), clock.ZONE)

    @property
    def stop(self) -> datetime:
        """The moment after the last, in Shanghai."""
        return datetime.combine(self.end, time(), clock.ZONE)


def span(period: str) -> Span | None:
    """The days of 2026, 2026Q4 or 2026-11; None for anything else."""
    year, rest = period[:4], period[4:]
    if not (year.isascii() and year.isdigit() and 2000 <= int(year) <= 2100):
        return None
    months = {"": (1, 12)} | {f"Q{n}": (3 * n - 2, 3) for n in range(1, 5)} | {f"-{n:02d}": (n, 1) for n in range(1, 13)}
    if rest not in months:
        return None
    first = date(int(year), months[rest][0], 1)
    return Span(first, clock.add_months(first, months[rest][1]))


def is_day(measure: Measure) -> bool:
    """Whether the rows carry a day instead of a moment."""
    return measure.moment is not None and measure.moment.type.python_type is date


def rows(measure: Measure, settings: Settings, actor: Actor | None = None) -> Select[Any]:
    """The rows of a measure as everybody's count sees them; with `actor`, those of them this reader may open."""
    query = _seen(measure, ANONYMOUS if measure.public else DESK)
    for model, on in measure.joins:
        query = query.join(model, on)
    query = query.where(*measure.where(settings))
    if measure.examples is not None and not (settings.demo and measure.counts_examples):
        query = query.where(measure.examples.is_(False))
    if actor is not None and not measure.public and not actor.has(*DESK.roles):
        query = query.where(_opens(measure, actor))
    return query


OWNERS: dict[type[Any], tuple[type[Any], Any]] = {Receipt: (Licence, Licence.id), TaskReceipt: (Task, Task.id)}


def _seen(measure: Measure, reader: Actor) -> Select[Any]:
    return select(measure.model) if measure.model in OWNERS else policy.visible(reader, measure.model)


def _opens(measure: Measure, actor: Actor) -> ColumnElement[bool]:
    model, key = OWNERS.get(measure.model, (measure.model, measure.model.id))
    condition: ColumnElement[bool] = key.in_(policy.visible(actor, model).with_only_columns(model.id))
    return condition


def about(measure: Measure, kind: str, key: str, other: str | None, period: str) -> list[ColumnElement[bool]]:
    """The conditions of one cell: its subject, its further split, its period."""
    found: list[ColumnElement[bool]] = []
    if kind != "district":
        column = measure.dims[kind]
        found.append(column == (int(key) if kind in ("organisation", "person") else key))
    if other is not None:
        found.append(or_(measure.other == other, measure.other.is_(None)) if other == "" else measure.other == other)
    days = span(period) if measure.moment is not None else None
    if days is not None:
        ends = (days.first, days.end) if is_day(measure) else (days.start, days.stop)
        found += [measure.moment >= ends[0], measure.moment < ends[1]]
    return found
