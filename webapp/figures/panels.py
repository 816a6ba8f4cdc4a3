"""The parts of a figures page, each one list of lines that its chart, its table and its file are made from."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from webapp.catalog.values import STAGES as MATURITY
from webapp.core.errors import N_
from webapp.core.filters import NBSP, number, wan
from webapp.core.languages import translate
from webapp.figures.measures import MEASURES, Measure
from webapp.figures.quality import ENOUGH, ENOUGH_DEMANDS
from webapp.figures.reached import STAGES
from webapp.figures.reading import Cells, Names, Subject

log = logging.getLogger(__name__)
# Shown as one figure though they come from two kinds of rows.
GROUPS = {"received": (N_("到账额"), N_("许可分期款、提成和对接合同的到账额之和，以银行回单或凭证计。"), ("received_licence", "received_task"))}
SOURCE = N_("本平台记录")
SHADES = 5
MOST_FROM, MOST_TO, MOST_HEAT = 6, 8, 7


@dataclass(frozen=True)
class Value:
    """One cell: as it is written, as it is, and which rows it opens (parameters of the rows page), if any."""

    text: str
    raw: float | None = None
    rows: dict[str, str] | None = None
    shade: int = 0
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def full(self) -> str:
        """As a table and a file write it: with the unit."""
        unit = self.more.get("unit")
        return f"{self.text}{NBSP}{unit}" if unit else self.text


@dataclass(frozen=True)
class Line:
    """One line: its name, the subject whose page the name opens, if any, and its cells."""

    name: str
    values: tuple[Value, ...]
    subject: tuple[str, str] | None = None
    help: str = ""


@dataclass(frozen=True)
class Panel:
    """One part of a page; `cut` says how many lines there are when not all are shown."""

    code: str
    title: str
    note: str = ""
    columns: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    definition: str = ""
    source: str = ""
    more: str = ""
    cut: int = 0
    failed: bool = False

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show."""
        return not any(value.raw for line in self.lines for value in line.values)


@dataclass(frozen=True)
class View:
    """What a page is about and for whom: the subject, the year, months or quarters, public or whole counts, the language."""

    subject: Subject
    year: int
    whole: bool
    language: str
    by: str = "month"

    def say(self, text: str, **params: Any) -> str:
        """A sentence in the reader's language."""
        return translate(self.language, text, **params)

    def unit(self, text: str) -> str:
        """A Chinese measure word; English has none."""
        return self.say(text) if text and self.language != "en" else ""


class Board:
    """Makes the panels of one view from the aggregates."""

    def __init__(self, session: Session, view: View, names: Names) -> None:
        self.session, self.view, self.names = session, view, names
        self.cells = Cells(session, view.subject, view.year)
        self.say = view.say

    def panel(self, code: str, whole_list: bool = False) -> Panel:
        """One panel; one that breaks is logged and leaves the others alone."""
        try:
            with self.session.begin_nested():
                return MAKERS[code](self, whole_list)
        except Exception:
            log.exception("the panel %s of %s could not be made", code, self.view.subject)
            return Panel(code, self.say(TITLES[code]), failed=True)

    def value(self, code: str, period: str = "", **more: Any) -> Value:
        """The number of a measure, or of a group of them, with the rows it opens."""
        parts = GROUPS[code][2] if code in GROUPS else (code,)
        when = "" if MEASURES[parts[0]].moment is None else period or str(self.view.year)
        raw = sum(self.cells.get(part, when) for part in parts)
        if MEASURES[parts[0]].amount is None:
            return Value(number(raw), raw, self.opens(code, when), more=more)
        text, unit = money(int(raw), self.view.language)
        return Value(text, raw, self.opens(code, when), more=more | {"unit": unit})

    def opens(self, code: str, period: str, other: str | None = None, subject: Subject | None = None) -> dict[str, str]:
        """The parameters of the rows page of a cell."""
        about = subject or self.view.subject
        found = {"measure": code, "kind": about.kind, "key": about.key, "period": period} | ({"other": other} if other is not None else {})
        return {name: value for name, value in found.items() if value or name == "other"}

    def fits(self, measure: Measure) -> bool:
        """Whether the measure is counted for this kind of subject."""
        return self.view.subject.kind == "district" or self.view.subject.kind in measure.dims


def money(fen: int, language: str) -> tuple[str, str]:
    """A sum short enough for a big figure, and its unit: 780.67 万元, 7.81 million CNY."""
    if language == "en":
        size, unit = next(((size, unit) for size, unit in ((10**11, "billion CNY"), (10**8, "million CNY")) if fen >= size), (100, "CNY"))
        return number(round(fen / size, 2)), unit
    text, _, unit = wan(fen).partition(NBSP)
    return text, unit


def figures(board: Board, _all: bool) -> Panel:
    """The few big numbers."""
    lines = []
    for code in board.view.subject.figures(board.view.whole):
        title, definition = (GROUPS[code][:2]) if code in GROUPS else (MEASURES[code].name, MEASURES[code].definition)
        unit = "" if code in GROUPS else MEASURES[code].unit
        parts = GROUPS[code][2] if code in GROUPS else (code,)
        dated = MEASURES[parts[0]].moment is not None
        name = board.say(N_("%(name)s（%(year)s 年）"), name=board.say(title), year=board.view.year) if dated else board.say(title)
        lines.append(Line(name, (board.value(code, unit=board.view.unit(unit)),), help=board.say(definition)))
    return _panel(board, "figures", (N_("指标"), N_("数值")), lines)


def funnel(board: Board, _all: bool) -> Panel:
    """From posted to paid, with the share that came on from the stage before."""
    lines: list[Line] = []
    before = 0.0
    for code in board.view.subject.funnel():
        measure, value = MEASURES[code], board.value(code)
        share = (value.raw or 0) / before if before else None
        rate = Value(f"{share:.0%}" if share is not None else "—", share)
        lines.append(Line(board.say(measure.name), (value, rate), help=board.say(measure.definition)))
        before = value.raw or 0
    unit = MEASURES[board.view.subject.funnel()[0]].unit
    note = board.say(N_("%(year)s 年发布，%(unit)s"), year=board.view.year, unit=board.view.unit(unit)).strip()
    direct = board.value("direct", apart=True)
    if board.view.subject.kind == "district" and direct.raw:
        lines.append(Line(board.say(MEASURES["direct"].name), (direct, Value("—")), help=board.say(MEASURES["direct"].definition)))
    return _panel(board, "funnel", (N_("阶段"), N_("数量"), N_("占上一步")), lines, note=note, definition=FUNNEL_RULE)


FUNNEL_RULE = N_("每一步都包括走到更后一步的；同一条只计一次。试用和签约并列，因为有的合作不经试用直接签约。")


def stages(board: Board, _all: bool) -> Panel:
    """Public results by how mature they are."""
    found = board.cells.split("stages_public", "")
    lines = [
        Line(board.say(name), (Value(number(found.get(code, 0)), found.get(code, 0), board.opens("stages_public", "", code)),))
        for code, name in MATURITY.items()
    ]
    return _panel(board, "stages", (N_("成熟阶段"), N_("公开成果")), lines, note=board.say(N_("公开成果，项")), definition=MEASURES["stages_public"].definition)


def flow(board: Board, whole_list: bool) -> Panel:
    """From institutions to industries; beyond the largest ones the rest goes together, with a link to the whole list."""
    code = "flow" if board.view.whole else "flow_public"
    period = str(board.view.year) if MEASURES[code].moment is not None else ""
    cells = board.cells.flow(code, period, board.names)
    total = len(cells)
    shown = cells if whole_list else _gathered(cells)
    lines = [_flow_line(board, code, period, *cell) for cell in shown]
    note = board.say(N_("院校 → 产业，%(what)s %(n)s %(unit)s"), what=board.say(MEASURES[code].name), n=number(sum(n for *_, n in cells)), unit=board.view.unit(MEASURES[code].unit)).strip()
    definition = MEASURES[code].definition
    return _panel(board, "flow", (N_("院校"), N_("产业"), N_("数量")), lines, note=note, definition=definition, cut=total if len(shown) < total else 0)


Flow = tuple[str, str, float]


def _gathered(cells: Sequence[Flow]) -> list[Flow]:
    """The same with small sources and small targets put together under an empty name, so that a drawing stays readable."""
    sources, targets = _largest(cells, 0, MOST_FROM), _largest(cells, 1, MOST_TO)
    found: dict[tuple[str, str], float] = {}
    for source, target, n in cells:
        place = (source if source in sources else "", target if target in targets else "")
        found[place] = found.get(place, 0) + n
    return sorted(((*place, n) for place, n in found.items()), key=lambda cell: (cell[0] == "", -cell[2], cell))


def _largest(cells: Iterable[Flow], place: int, most: int) -> set[str]:
    sums: dict[str, float] = {}
    for cell in cells:
        sums[str(cell[place])] = sums.get(str(cell[place]), 0) + cell[2]
    return set(sorted((name for name in sums if name), key=lambda name: (-sums[name], name))[:most])


def _flow_line(board: Board, code: str, period: str, source: str, target: str, n: float) -> Line:
    whose = board.names.organisation(source) if source else board.say(N_("其他院校"))
    to = board.names.industry(target) if target else board.say(N_("其他产业"))
    exact = bool(source) and bool(target)
    opens = board.opens(code, period, target, Subject("organisation", source)) if exact else None
    return Line(whose, (Value(to, None, more={"subject": ("industry", target) if target else None}), Value(number(n), n, opens)),
                subject=("organisation", source) if source else None)  # fmt: skip


def heat(board: Board, whole_list: bool) -> Panel:
    """New demands by industry and month or quarter; a district's by industry, an industry's own in one line."""
    view, code = board.view, "posted" if board.view.whole else "heat_public"
    periods = board.cells.periods(view.by)
    rows = board.cells.heat(code, view.subject)
    order = sorted(rows, key=lambda key: (-sum(rows[key].values()), key))
    shown = order if whole_list else order[:MOST_HEAT]
    sums = {key: [sum(rows[key].get(month, 0) for month in months) for _, months in periods] for key in shown}
    top = max((n for row in sums.values() for n in row), default=0)
    lines = []
    for key in shown:
        cells = [
            Value(number(n), n, board.opens(code, period, None, Subject("industry", key)), shade=_shade(n, top))
            for (period, _), n in zip(periods, sums[key], strict=True)
        ]
        total = Value(number(sum(sums[key])), sum(sums[key]), board.opens(code, str(view.year), None, Subject("industry", key)))
        lines.append(Line(board.names.industry(key) or board.say(N_("未分产业")), (*cells, total), subject=("industry", key)))
    columns = (N_("产业"), *(_period_name(board, period) for period, _ in periods), N_("合计"))
    note = board.say(N_("产业 × 季度，新增需求条数") if view.by == "quarter" else N_("产业 × 月份，新增需求条数"))
    return _panel(board, "heat", columns, lines, note=note, definition=MEASURES[code].definition, cut=len(order) if len(shown) < len(order) else 0)


def _period_name(board: Board, period: str) -> str:
    if "Q" in period:
        return board.say(N_("%(n)s 季度"), n=period[-1])
    month = date(2000, int(period[-2:]), 1)
    return f"{month:%b}" if board.view.language == "en" else board.say(N_("%(n)s 月"), n=month.month)


def _shade(n: float, top: float) -> int:
    return min(SHADES - 1, int(SHADES * n / top)) if n and top else 0


def quality(board: Board, _all: bool) -> Panel:
    """How good the matching was, month by month, where there were enough verdicts to say so."""
    lines = [_quality_line(board, period) for period in ("", *board.cells.judged_months())]
    columns = (N_("月份"), "P@5", N_("排在前 5 的判断"), "nDCG@10", N_("有判断的需求"))
    note = f"P@5 {lines[0].values[0].text} · nDCG@10 {lines[0].values[2].text}"
    return _panel(board, "quality", columns, lines, note=note, definition=QUALITY_RULE, source=N_("经纪人的真实判断，示例判断不计"))


QUALITY_RULE = N_("P@5：判断时排在前 5 的配对中被认可的比例；nDCG@10：排序与判断的一致程度，1 为最好。判断不足 30 次或需求不足 10 条时不下结论。")


def _quality_line(board: Board, period: str) -> Line:
    get = board.cells.get
    if period:
        good, total = get("top_good", period), get("top_total", period)
    else:
        good, total = board.cells.everything("top_good"), board.cells.everything("top_total")
    share = good / total if total >= ENOUGH else None
    demands = get("ndcg_demands", period)
    ndcg = get("ndcg", period) if demands >= ENOUGH_DEMANDS else None
    opens = board.opens("top_total", period) if board.view.whole and total else None
    cells = (
        Value(f"{share:.2f}" if share is not None else "—", share, board.opens("top_good", period) if opens and good else None),
        Value(number(total), total, opens),
        Value(f"{ndcg:.2f}" if ndcg is not None else "—", ndcg), Value(number(demands), demands),
    )  # fmt: skip
    return Line(period or board.say(N_("全部")), cells)


def _panel(board: Board, code: str, columns: Sequence[str], lines: Sequence[Line], **more: Any) -> Panel:
    said = {name: board.say(more[name]) for name in ("definition", "source") if name in more}
    return Panel(
        code, board.say(TITLES[code]), columns=tuple(board.say(name) for name in columns), lines=tuple(lines),
        **({"source": board.say(SOURCE)} | more | said),
    )  # fmt: skip


Maker = Callable[[Board, bool], Panel]
MAKERS: dict[str, Maker] = {"figures": figures, "funnel": funnel, "stages": stages, "flow": flow, "heat": heat, "quality": quality}
TITLES = {
    "figures": N_("总览"), "funnel": N_("从发布到付款"), "stages": N_("成果成熟度"), "flow": N_("成果流向"), "heat": N_("需求热度"),
    "quality": N_("匹配质量"), "goals": N_("2028 目标"),
}  # fmt: skip


def titled(panel: Panel, **changes: Any) -> Panel:
    """The panel with something changed."""
    return replace(panel, **changes)


__all__ = ["MAKERS", "STAGES", "Board", "Line", "Panel", "Value", "View", "titled"]
