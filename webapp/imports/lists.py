"""Which lists somebody may take along as a file: the rows their page shows them, under the filters of its address."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func
from sqlalchemy.orm import Session

from webapp.accounts.models import Organisation
from webapp.accounts.values import ORGANISATION_KINDS
from webapp.brokers import visits
from webapp.brokers.models import Visit
from webapp.catalog import browse
from webapp.catalog import service as catalog
from webapp.catalog.models import Demand, Result
from webapp.config import Settings
from webapp.core import clock, policy
from webapp.core.errors import N_, Invalid
from webapp.core.languages import translate
from webapp.core.policy import Actor
from webapp.imports import export
from webapp.imports.platform import platform
from webapp.licences import service as licences
from webapp.licences.states import LICENCE
from webapp.matches import queue
from webapp.matches.states import MATCH
from webapp.matches.values import GRADES
from webapp.tasks import board
from webapp.tasks.states import TASK

Given = Mapping[str, Sequence[str]]
Say = Callable[[str], str]
Cell = Callable[[Any, Say], Any]
PLAIN = (Organisation, Visit)  # rows whose list shows them as they are to whoever may see them
SUFFIXES = ("xlsx", "csv", "jsonl")


@dataclass(frozen=True)
class List:
    """One list: its name, who may take it, the query its page makes, and its columns (none: those imports read again)."""

    label: str
    permission: str
    query: Callable[[Actor, Given], Select[Any]]
    columns: tuple[tuple[str, Cell], ...] = ()
    kind: str = ""
    own: bool = False


@dataclass(frozen=True)
class Taken:
    """A list ready to be written."""

    names: list[str]
    rows: Iterator[list[str]]


def _first(given: Given, name: str) -> str:
    return next(iter(given.get(name, ())), "")


def _mine(actor: Actor, given: Given) -> Select[Any]:
    return catalog.mine(actor, Demand if actor.organisation_kind == "COMPANY" else Result, _first(given, "state"))


def _day(moment: Any) -> str:
    return clock.local(moment).date().isoformat() if moment else ""


MATCHES: tuple[tuple[str, Cell], ...] = (
    (N_("编号"), lambda v, _: v.id), (N_("状态"), lambda v, say: say(MATCH.states[v.state])), (N_("匹配程度"), lambda v, say: say(GRADES[v.grade])),
    (N_("得分"), lambda v, _: v.points), (N_("需求编号"), lambda v, _: v.demand.code), (N_("需求"), lambda v, _: v.demand.title),
    (N_("需求单位"), lambda v, _: v.demand.owner_name), (N_("成果编号"), lambda v, _: v.result.code), (N_("成果"), lambda v, _: v.result.title),
    (N_("成果单位"), lambda v, _: v.result.owner_name), (N_("发现于"), lambda v, _: _day(v.found_on)),
)  # fmt: skip
TASKS: tuple[tuple[str, Cell], ...] = (
    (N_("编号"), lambda v, _: v.code), (N_("状态"), lambda v, say: say(TASK.states[v.state])), (N_("到期日"), lambda v, _: v.due_on or ""),
    (N_("技术经纪人"), lambda v, _: v.broker), (N_("需求"), lambda v, _: v.match.demand.title), (N_("需求单位"), lambda v, _: v.match.demand.owner_name),
    (N_("成果"), lambda v, _: v.match.result.title), (N_("成果单位"), lambda v, _: v.match.result.owner_name),
    (N_("建立"), lambda v, _: _day(v.created_on)), (N_("结束"), lambda v, _: _day(v.closed_on)),
)  # fmt: skip
LICENCES: tuple[tuple[str, Cell], ...] = (
    (N_("编号"), lambda v, _: v.code), (N_("成果"), lambda v, _: v.title), (N_("许可方"), lambda v, _: v.licensor),
    (N_("被许可方"), lambda v, _: v.licensee), (N_("技术经纪人"), lambda v, _: v.broker), (N_("状态"), lambda v, say: say(LICENCE.states[v.state])),
    (N_("到期日"), lambda v, _: v.due_on or ""), (N_("试用开始"), lambda v, _: v.trial_start or ""), (N_("试用结束"), lambda v, _: v.trial_end or ""),
)  # fmt: skip
ORGANISATIONS: tuple[tuple[str, Cell], ...] = (
    (N_("名称"), lambda v, _: v.name), (N_("英文名称"), lambda v, _: v.name_en), (N_("类型"), lambda v, say: say(ORGANISATION_KINDS.get(v.kind, v.kind))),
    (N_("统一社会信用代码"), lambda v, _: v.uscc or ""), (N_("行业"), lambda v, _: v.industry_code or ""),
    (N_("创新圈"), lambda v, _: v.cluster_code or ""), (N_("已核验"), lambda v, _: _day(v.verified_at)),
)  # fmt: skip
VISITS: tuple[tuple[str, Cell], ...] = (
    (N_("日期"), lambda v, _: v.visited_on), (N_("企业"), lambda v, _: v.organisation.name), (N_("经纪人"), lambda v, _: v.person.name),
    (N_("参加人"), lambda v, _: v.people), (N_("谈了什么"), lambda v, _: v.summary), (N_("下一步"), lambda v, _: v.next_step),
    (N_("听到的需求"), lambda v, _: len(v.collected)), (N_("状态"), lambda v, say: say(visits.PROGRESS[visits.progress(v)])),
)  # fmt: skip
LISTS: dict[str, List] = {
    "results": List(N_("成果"), "export:use", lambda actor, given: browse.rows(actor, Result, browse.asked("result", given)), kind="results"),
    "demands": List(N_("需求"), "export:use", lambda actor, given: browse.rows(actor, Demand, browse.asked("demand", given)), kind="demands"),
    "mine": List(N_("我发布的"), "catalog:mine", _mine, own=True),
    "matches": List(N_("匹配队列"), "match:queue", lambda actor, given: queue.wanted(actor, queue.read_filters(_flat(given))), MATCHES),
    "tasks": List(N_("对接任务"), "task:list", lambda actor, given: board.query(actor, closed=_first(given, "view") == "closed"), TASKS),
    "licences": List(
        N_("先用后付"), "licence:list", lambda actor, given: licences.licences(actor, waiting_for_me=_first(given, "show") == "waiting"), LICENCES
    ),
    "visits": List(N_("走访"), "visit:list", lambda actor, given: visits.listing(actor, visits.asked(_flat(given))), VISITS),
    "organisations": List(
        N_("单位"), "organisation:list", lambda actor, _given: policy.visible(actor, Organisation).order_by(Organisation.id), ORGANISATIONS
    ),
}  # fmt: skip


def _flat(given: Given) -> dict[str, str]:
    return {name: values[0] for name, values in given.items() if values}


def offered(actor: Actor) -> dict[str, str]:
    """The lists this actor may take along, with their names."""
    return {name: found.label for name, found in LISTS.items() if policy.can(actor, found.permission)}


def take(session: Session, actor: Actor, settings: Settings, name: str, given: Given) -> Taken:
    """A list as a table: what this actor sees under these filters; one that is too long asks for filters."""
    wanted = LISTS[name]
    policy.check(actor, wanted.permission)
    query = wanted.query(actor, given)
    total = session.scalar(query.order_by(None).with_only_columns(func.count(), maintain_column_froms=True)) or 0
    if total > settings.export_max_rows:
        raise Invalid(
            N_("一次最多导出 %(most)s 条，这里有 %(total)s 条，请先加筛选条件。"), code="export_rows", most=settings.export_max_rows, total=total
        )
    if not wanted.columns:
        kind = wanted.kind or ("demands" if actor.organisation_kind == "COMPANY" else "results")
        rows = export.told_rows(session, actor, kind, platform(settings), query, wanted.own)
        return Taken(export.headers(kind, wanted.own), rows)
    return _table(session, actor, wanted.columns, query)


def _table(session: Session, actor: Actor, columns: tuple[tuple[str, Cell], ...], query: Select[Any]) -> Taken:
    def say(text: str) -> str:
        return translate(actor.language, text)

    def rows() -> Iterator[list[str]]:
        found: Iterable[Any] = session.scalars(query).unique()
        for row in found:
            view = row if isinstance(row, PLAIN) else policy.reveal(actor, row)
            yield [str(cell(view, say)) for _, cell in columns]

    return Taken([say(label) for label, _ in columns], rows())
