"""A licence in the reader's words: labels of codes, its clock, its nine stages and its line of time."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext

from webapp.core import clock, filters, pages
from webapp.licences import values, wording
from webapp.licences.states import INSTALMENT, LICENCE
from webapp.licences.views import LicenceView, Line, Stage


def says() -> dict[str, dict[str, str]]:
    """The words for codes, in the reader's language."""
    lists: dict[str, dict[str, str]] = {
        "state": LICENCE.states, "act": wording.ACTS, "event": wording.EVENTS | wording.PLANS, "stage": wording.STAGES,
        "part": values.PARTS, "tier": values.TIERS, "size_class": values.SIZE_CLASSES, "indicator": values.INDICATORS,
        "unit": values.UNITS, "model": values.PAYMENT_MODELS, "trigger": values.TRIGGERS, "security": values.SECURITIES,
        "instalment": INSTALMENT.states, "notice": values.NOTICE_STATES, "day_type": values.DAY_TYPES,
        "decision": values.DECISIONS, "challenged": values.CHALLENGED,
    }  # fmt: skip
    return {name: {code: gettext(label) if label else "" for code, label in pairs.items()} for name, pairs in lists.items()}


def clock_of(view: LicenceView) -> tuple[str, str]:
    """How the clock of a licence is shown: its look and its words."""
    if view.final or view.due_on is None:
        return "done", gettext("已办结")
    left = (view.due_on - clock.today()).days
    if left < 0:
        return "late", gettext("逾期 %(n)s 天", n=-left)
    if not view.mine and view.awaits not in {(), ("system",)}:
        return "wait", gettext("等%(who)s，还有 %(n)s 天", who=_who(view), n=left)
    return ("soon", gettext("今天到期")) if left == 0 else ("soon" if left <= 3 else "normal", gettext("还有 %(n)s 天", n=left))


def _who(view: LicenceView) -> str:
    return gettext("、").join(gettext(values.PARTS[part]) for part in view.awaits)


def stages(view: LicenceView) -> list[dict[str, str]]:
    """The nine stages with their days: when done, how far, or when expected."""
    return [
        {"label": _stage_label(stage.code, view), "state": "" if stage.look == "future" else stage.look, "note": _stage_note(stage, view)}
        for stage in view.stages
    ]


def _stage_label(code: str, view: LicenceView) -> str:
    if code == "TRIAL":
        return gettext("试用 %(n)s 个月", n=view.trial_months)
    return gettext(wording.STAGES[code])


def _stage_note(stage: Stage, view: LicenceView) -> str:
    if stage.day:
        return _day(stage.day)
    if stage.code == "TRIAL" and stage.look == "now" and view.trial_start:
        return gettext("第 %(n)s 天", n=(clock.today() - view.trial_start).days + 1)
    if stage.code == "EVALUATE" and stage.look == "future" and view.trial_end:
        return _day(view.trial_end)
    return ""


def _day(day: date) -> str:
    return filters.day(day, pages.language())


def timeline(view: LicenceView) -> list[dict[str, Any]]:
    """Planned and past in one line of time, the latest first, with today between them."""
    today = clock.today()
    lines = [_line(line) for line in view.timeline if line.future and line.at >= today]
    late = [_line(line) for line in view.timeline if line.future and line.at < today]
    if lines or late:
        now = gettext(wording.SITUATIONS[view.situation][0])
        lines.append({"when": gettext("今天"), "iso": today.isoformat(), "title": now, "state": "today"})
    return lines + late + [_line(line) for line in view.timeline if not line.future]


def _line(line: Line) -> dict[str, Any]:
    label = (wording.PLANS if line.future else wording.EVENTS).get(line.action, line.action)
    role = gettext(values.PARTS[line.role]) if line.role in values.PARTS else ""
    text = line.reason
    if "amount_fen" in line.facts:
        text = gettext("第 %(n)s 期，%(yuan)s 元", n=line.facts["position"], yuan=filters.yuan(line.facts["amount_fen"]))
    elif "position" in line.facts:
        text = gettext("第 %(n)s 期", n=line.facts["position"])
    return {
        "when": line.at.isoformat(), "iso": line.at.isoformat(), "title": gettext(label), "text": text,
        "who": " ".join(filter(None, (role, line.who))), "state": "future" if line.future else "",
    }  # fmt: skip
