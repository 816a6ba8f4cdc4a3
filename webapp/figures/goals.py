"""The 2028 targets: what was reported, where one should be by then, and how far that is from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.config import Settings
from webapp.core import audit, clock, policy
from webapp.core.errors import N_, Invalid, NotFound
from webapp.core.filters import number
from webapp.core.languages import translate
from webapp.core.policy import Actor
from webapp.figures import policy as _policy  # noqa: F401 - registers the rules
from webapp.figures.models import KpiFact, KpiTarget
from webapp.figures.panels import TITLES, Line, Panel, Value

END = date(2028, 12, 31)
SIGNS = {"GE": "≥", "GT": ">", "EQ": ""}
AHEAD, SLOW, BEHIND, UNKNOWN = "ok", "wn", "bad", ""
WORDS = {AHEAD: N_("达到进度"), SLOW: N_("略慢"), BEHIND: N_("明显落后"), UNKNOWN: N_("尚无进度线")}
YEARLY = "per year"
NOTHING = N_("尚未填报")


@dataclass(frozen=True)
class Goal:
    """One target with the latest report, and what should have been reached on the day of that report."""

    target: KpiTarget
    fact: KpiFact | None
    expected: float | None
    state: str

    @property
    def reached(self) -> float | None:
        """The share of the target that is reached."""
        return self.fact.value / self.target.value if self.fact and self.target.value else None


def goals(session: Session, settings: Settings) -> list[Goal]:
    """Every target in its order."""
    facts: dict[str, list[KpiFact]] = {}
    for fact in session.scalars(select(KpiFact).order_by(KpiFact.as_of)):
        facts.setdefault(fact.code, []).append(fact)
    targets = session.scalars(select(KpiTarget).order_by(KpiTarget.position, KpiTarget.code))
    return [_goal(target, facts.get(target.code, []), settings) for target in targets]


def _goal(target: KpiTarget, facts: list[KpiFact], settings: Settings) -> Goal:
    if not facts:
        return Goal(target, None, None, UNKNOWN)
    expected = due(target, facts[0], facts[-1].as_of)
    return Goal(target, facts[-1], expected, _state(facts[-1].value, expected, settings))


def yearly(target: KpiTarget) -> bool:
    """Whether the target counts anew each January."""
    return target.kind == "flow" and target.unit_en.endswith(YEARLY)


def due(target: KpiTarget, first: KpiFact, on: date) -> float | None:
    """What should be reached by a day, on a straight line.

    A yearly flow grows from nothing each January; a count since the policy was issued grows from its day to the end of 2028;
    a stock grows from its first report to the end of 2028, and has no line before there is a second one.
    """
    if yearly(target):
        return target.value * (on - date(on.year - 1, 12, 31)).days / (date(on.year, 12, 31) - date(on.year - 1, 12, 31)).days
    start, base = (target.as_of, 0.0) if target.kind == "flow" else (first.as_of, first.value)
    if on <= start:
        return None
    return base + (target.value - base) * min(1.0, (on - start).days / (END - start).days)


def _state(value: float, expected: float | None, settings: Settings) -> str:
    if not expected:
        return UNKNOWN
    if value >= expected:
        return AHEAD
    return SLOW if value >= expected * settings.goal_slow_percent / 100 else BEHIND


def panel(session: Session, settings: Settings, language: str) -> Panel:
    """The targets as lines: reported, target, share, by when, from where; the definition stands with the name."""
    say = partial(translate, language)
    columns = (N_("目标"), N_("现状"), N_("2028 年目标"), N_("完成"), N_("按进度应达"), N_("进度"), N_("截至"), N_("来源"))
    found = goals(session, settings)
    return Panel(
        "goals", say(TITLES["goals"]), say(N_("竖线为填报那天应达的进度")), tuple(say(name) for name in columns),
        tuple(_line(goal, language, say) for goal in found), say(RULE), found[0].target.source if found else "",
    )  # fmt: skip


RULE = N_("年度指标按当年天数折算，累计指标从文件印发日起算，存量指标从第一次填报起直线推算到 2028 年底。现状由主管部门填报，不由本平台推算。")


def _line(goal: Goal, language: str, say: Any) -> Line:
    english, target, fact = language == "en", goal.target, goal.fact
    unit = target.unit_en if english else target.unit_zh
    share = goal.reached
    values = (
        Value(number(fact.value) if fact else say(NOTHING), fact.value if fact else None, {"code": target.code} if fact else None),
        Value(f"{SIGNS.get(target.comparison, '')}{number(target.value)}", target.value, more={"unit": unit}),
        Value(f"{share:.1%}" if share is not None else "—", share),
        Value(number(round(goal.expected, 1)) if goal.expected is not None else "—", goal.expected),
        Value(say(WORDS[goal.state]) if fact else "—", more={"state": goal.state if fact else ""}),
        Value(fact.as_of.isoformat() if fact else "—"),
        Value(fact.source if fact else "—"),
    )
    return Line(target.en if english else target.zh, values, help=target.definition_en if english else target.definition_zh)


def reports(session: Session, code: str = "") -> list[tuple[KpiTarget, KpiFact]]:
    """What was reported, the latest first."""
    query = select(KpiTarget, KpiFact).join(KpiFact, KpiFact.code == KpiTarget.code)
    if code:
        query = query.where(KpiFact.code == code)
    return [(target, fact) for target, fact in session.execute(query.order_by(KpiTarget.position, KpiFact.as_of.desc()))]


def report(session: Session, actor: Actor, data: dict[str, Any]) -> KpiFact:
    """Write down what an office reported; the same day again is a correction."""
    policy.check(actor, "figures:targets")
    code, value, on, source = _read(session, data)
    row = session.scalars(select(KpiFact).where(KpiFact.code == code, KpiFact.as_of == on)).one_or_none()
    before = row.value if row else None
    if row is None:
        row = KpiFact(code=code, as_of=on)
        session.add(row)
    row.value, row.source, row.person_id = value, source, actor.person_id
    session.flush()
    audit.record(session, actor, "figures:report", row, target=code, before=before, after=value, on=on.isoformat())
    return row


def _read(session: Session, data: dict[str, Any]) -> tuple[str, float, date, str]:
    faults: dict[str, str] = {}
    code, source = str(data.get("code") or ""), str(data.get("source") or "").strip()
    value, on = _number(str(data.get("value") or "")), _day(str(data.get("as_of") or ""))
    if session.get(KpiTarget, code) is None:
        faults["code"] = N_("请从列表里选。")
    if value is None:
        faults["value"] = N_("请填不小于 0 的数。")
    if on is None:
        faults["as_of"] = N_("请填不晚于今天的日期。")
    if not source or len(source) > 120:
        faults["source"] = N_("请写明出处，最多 120 个字。")
    if faults or value is None or on is None:
        raise Invalid(fields=faults)
    return code, value, on, source


def change(session: Session, actor: Actor, code: str, data: dict[str, Any]) -> KpiTarget:
    """Set a target's value with its unit, definition, source and day."""
    policy.check(actor, "figures:targets")
    target = find(session, code)
    values = _target_values(target, data)
    before = {name: getattr(target, name) for name in values}
    for name, value in values.items():
        setattr(target, name, value)
    session.flush()
    changed = {name: [_plain(before[name]), _plain(value)] for name, value in values.items() if value != before[name]}
    audit.record(session, actor, "figures:target", target, target=code, changed=changed)
    return target


def find(session: Session, code: str) -> KpiTarget:
    """One target."""
    target = session.get(KpiTarget, code)
    if target is None:
        raise NotFound
    return target


TEXTS = {"unit_zh": 20, "unit_en": 40, "source": 80, "definition_zh": 400, "definition_en": 800}


def _target_values(target: KpiTarget, data: dict[str, Any]) -> dict[str, Any]:
    faults: dict[str, str] = {}
    values: dict[str, Any] = {name: str(data.get(name) or "").strip() for name in TEXTS}
    values |= {"value": _number(str(data.get("value") or "")), "as_of": _day(str(data.get("as_of") or "")), "comparison": str(data.get("comparison") or "")}
    for name, most in TEXTS.items():
        if not values[name]:
            faults[name] = N_("请填写。")
        elif len(values[name]) > most:
            faults[name] = N_("太长了，请写短些。")
    if yearly(target) and "unit_en" not in faults and not values["unit_en"].endswith(YEARLY):
        faults["unit_en"] = N_("这是每年的指标，英文单位请以 per year 结尾。")
    if not values["value"]:
        faults["value"] = N_("请填大于 0 的数。")
    if values["as_of"] is None:
        faults["as_of"] = N_("请填不晚于今天的日期。")
    if values["comparison"] not in SIGNS:
        faults["comparison"] = N_("请从列表里选。")
    if faults:
        raise Invalid(fields=faults)
    return values


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _number(text: str) -> float | None:
    plain = text.replace(",", "").strip()
    if not plain.replace(".", "", 1).isdigit() or not plain.isascii() or len(plain) > 15:
        return None
    return float(plain)


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if date(2020, 1, 1) <= found <= clock.today() else None
