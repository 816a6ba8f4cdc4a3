"""HTML door of figures: live matching quality, what the engine learnt, and the 2028 targets."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_security import auth_required

from webapp.core import clock, pages, policy
from webapp.core.errors import NotFound
from webapp.core.pages import Form
from webapp.figures import brokers, lessons, service
from webapp.figures import policy as _policy  # noqa: F401 - registers the rules

figures = Blueprint("figures", __name__)


@figures.get("/quality")
def quality() -> Any:
    """How good the matching is, from real verdicts, and the targets of the founding policy."""
    return _show(Form())


def _show(form: Form, status: int = 200) -> Any:
    session = pages.session()
    may_choose = policy.can(pages.actor(), "match:lessons")
    shown = {
        "form": form, "quality": service.quality(session), "versions": service.by_version(session),
        "targets": service.targets(session), "lessons": lessons.listing(session) if may_choose else [], "may_choose": may_choose,
    }  # fmt: skip
    return render_template("figures/quality.html", **shown), status


@figures.post("/quality/lessons/<int:lesson_id>")
@auth_required("session")
def choose(lesson_id: int) -> Any:
    """Go back to an earlier version of what the ranking learnt."""
    return _change(lambda: lessons.choose(pages.session(), pages.actor(), lesson_id), gettext("已改用这个版本，正在按它重新排序。"))


@figures.post("/quality/lessons")
@auth_required("session")
def go_on() -> Any:
    """Let learning go on by schedule."""
    return _change(lambda: lessons.go_on(pages.session(), pages.actor()), gettext("已恢复按计划学习。"))


def _change(deed: Any, thanks: str) -> Any:
    form = Form()
    with pages.submitting(form) as done:
        deed()
    if not done.ok:
        return _show(form, done.error.status if done.error else 400)
    flash(thanks, "success")
    return redirect(url_for("figures.quality", _anchor="lessons"))


def _period() -> brokers.Period:
    """The period asked for; this year so far when nothing or nonsense is."""
    today = clock.today()
    first, last = _date(request.args.get("from"), date(today.year, 1, 1)), _date(request.args.get("to"), today)
    return brokers.Period(min(first, last), max(first, last))


def _date(text: str | None, otherwise: date) -> date:
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return otherwise
    return found if 2000 <= found.year <= 2100 else otherwise


@figures.get("/figures/brokers")
@auth_required("session")
def broker_table() -> Any:
    """What each broker achieved; every number opens its rows."""
    policy.check(pages.actor(), "figures:brokers")
    period = _period()
    rows = brokers.table(pages.session(), pages.actor(), period)
    names = [(kpi.code, gettext(kpi.name), gettext(kpi.meaning)) for kpi in brokers.KPIS]
    actor = pages.actor()
    return render_template(
        "figures/brokers.html", rows=rows, names=names, period=period, can_open=lambda person: policy.can(actor, "figures:broker", person)
    )


@figures.get("/figures/brokers/<int:person_id>/<code>")
@auth_required("session")
def broker_lines(person_id: int, code: str) -> Any:
    """The rows behind one number."""
    policy.check(pages.actor(), "figures:brokers")
    session, actor, period = pages.session(), pages.actor(), _period()
    person = next((one for one in brokers.people(session, actor) if one.id == person_id), None)
    kpi = brokers.BY_CODE.get(code)
    if person is None or kpi is None:
        raise NotFound
    lines = brokers.lines_of(session, actor, person_id, code, period)
    return render_template(
        "figures/broker_lines.html", person=person, kpi=kpi, name=gettext(kpi.name), meaning=gettext(kpi.meaning), lines=lines,
        figure=brokers.figure(kpi, lines), period=period,
    )  # fmt: skip
