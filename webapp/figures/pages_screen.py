"""HTML door of the district screen, of the pages for one circle, institution, industry or broker, and of what stands behind each number."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_security import auth_required
from wtforms import SelectChoice, SelectField, StringField, TextAreaField

from webapp.core import clock, pages, policy
from webapp.core.cells import harmless
from webapp.core.errors import NotFound
from webapp.core.filters import iso, yuan
from webapp.figures import goals as goal_list
from webapp.figures import rows as behind
from webapp.figures.models import KpiTarget
from webapp.figures.pages import figures
from webapp.figures.panels import MAKERS, Board, Panel, View
from webapp.figures.reading import Names, Subject, as_of
from webapp.figures.subjects import Named, find, listed

FIRST_YEAR = 2020
SIZE = 50
WHOLE = ("figures", "funnel", "flow", "quality", "heat")
PUBLIC = ("figures", "stages", "flow", "quality", "heat")
ABOUT = ("figures", "funnel", "stages", "flow", "heat")
WAYS = ("month", "quarter")


def _year() -> int:
    raw, now = request.args.get("year", ""), clock.today().year
    return int(raw) if raw.isascii() and raw.isdigit() and FIRST_YEAR <= int(raw) <= now else now


def _view(named: Named) -> View:
    by = request.args.get("by", "")
    return View(named.subject, _year(), named.whole, pages.language(), by if by in WAYS else "month")


def _board(named: Named) -> Board:
    session, view = pages.session(), _view(named)
    return Board(session, view, Names(session, view.language, view.subject))


def _named(kind: str, key: str = "") -> Named:
    found = find(pages.session(), pages.actor(), Subject(kind, key), pages.language())
    if found is None:
        raise NotFound
    return found


def _goals() -> Panel:
    return goal_list.panel(pages.session(), pages.settings(), pages.language())


def address(endpoint: str, **more: Any) -> str:
    """An address with the year and the way of splitting it that are shown now."""
    kept = {name: request.args[name] for name in ("year", "by") if request.args.get(name)}
    return url_for(endpoint, **{name: value for name, value in (kept | more).items() if value not in ("", None)})


def subject_url(kind: str, key: str) -> str:
    """The page of a circle, an institution, an industry or a broker."""
    endpoint, name = SUBJECTS[kind]
    return address(endpoint, **{name: key})


def rows_url() -> Callable[[dict[str, str]], str]:
    """Makes addresses of the rows behind a number: a page may have thousands, so the router is asked once."""
    start = url_for("figures.rows")
    return lambda parameters: f"{start}?{urlencode(parameters)}"


SUBJECTS = {
    "circle": ("figures.circle", "code"), "organisation": ("figures.institution", "organisation_id"),
    "industry": ("figures.industry", "code"), "person": ("figures.broker", "person_id"),
}  # fmt: skip


@dataclass(frozen=True)
class Frame:
    """What every figures page shows round its panels."""

    named: Named
    view: View

    def shown(self) -> dict[str, Any]:
        """Variables of the template."""
        return {
            "named": self.named, "view": self.view, "as_of": as_of(pages.session(), pages.settings()), "address": address,
            "subject_url": lru_cache(maxsize=None)(subject_url), "rows_url": rows_url(), "examples": pages.settings().demo, "years": range(FIRST_YEAR, clock.today().year + 1),
            "may_report": policy.can(pages.actor(), "figures:targets"),
        }  # fmt: skip


@figures.get("/screen")
def screen() -> str:
    """The district on one screen: whole for its operators, what is public for everybody else."""
    named = _named("district")
    board = _board(named)
    parts = {code: board.panel(code) for code in (WHOLE if named.whole else PUBLIC)}
    parts["goals"] = _whole_or_failed(_goals)
    return render_template("figures/screen.html", parts=parts, theme="dark", **Frame(named, board.view).shown())


def _whole_or_failed(make: Any) -> Panel:
    try:
        with pages.session().begin_nested():
            panel: Panel = make()
            return panel
    except Exception:
        behind.log.exception("the targets could not be shown")
        return Panel("goals", gettext("2028 目标"), failed=True)


@figures.get("/figures/circles/<code>")
def circle(code: str) -> str:
    """One circle."""
    return _about(_named("circle", code))


@figures.get("/figures/industries/<code>")
def industry(code: str) -> str:
    """One industry."""
    return _about(_named("industry", code))


@figures.get("/figures/institutions/<int:organisation_id>")
def institution(organisation_id: int) -> str:
    """One school; a company's page is for its own people and the operator."""
    return _about(_named("organisation", str(organisation_id)))


@figures.get("/figures/people/<int:person_id>")
@auth_required("session")
def broker(person_id: int) -> str:
    """One broker's own pairs, from the verdict to the payment."""
    return _about(_named("person", str(person_id)))


def _about(named: Named) -> str:
    board = _board(named)
    parts = [board.panel(code) for code in _codes(named)]
    return render_template("figures/subject.html", parts=parts, **Frame(named, board.view).shown())


def _codes(named: Named) -> tuple[str, ...]:
    """Which panels the page of a subject has."""
    kind, company = named.subject.kind, named.subject.company
    if kind == "person" or company:
        return ("figures", "funnel")
    left_out = {"stages"} if named.whole else {"funnel"}
    left_out |= {"heat"} if kind != "industry" else set()
    return tuple(code for code in ABOUT if code not in left_out)


@figures.get("/figures")
def index() -> str:
    """Circles, institutions and industries beside each other, each with its page."""
    named = _named("district")
    lists = listed(pages.session(), pages.language(), named.whole)
    return render_template("figures/index.html", lists=lists, own=_own(), **Frame(named, _view(named)).shown())


def _own() -> Named | None:
    """The organisation of whoever may see the whole page of it."""
    number = pages.actor().organisation_id
    found = find(pages.session(), pages.actor(), Subject("organisation", str(number)), pages.language()) if number else None
    return found if found and found.whole and not policy.can(pages.actor(), "figures:district") else None


def _panel_of(code: str) -> tuple[Panel, Named]:
    """The panel an address names, with every line."""
    kind = request.args.get("kind") or "district"
    named = _named(kind, request.args.get("key", ""))
    if code == "goals" and kind == "district":
        return _goals(), named
    if code not in {*(WHOLE if named.whole else PUBLIC), *(_codes(named) if kind != "district" else ())} or code not in MAKERS:
        raise NotFound
    return _board(named).panel(code, whole_list=True), named


@figures.get("/figures/panels/<code>")
def panel(code: str) -> Any:
    """One panel as a drawing and a table, with every line, its definition and its source."""
    found, named = _panel_of(code)
    return render_template("figures/panel.html", panel=found, **Frame(named, _view(named)).shown())


@figures.get("/figures/panels/<code>.csv")
def panel_file(code: str) -> Response:
    """The same table as a file."""
    found, _ = _panel_of(code)
    return _csv(found.title, found.columns, ([line.name, *(value.full for value in line.values)] for line in found.lines))


def _csv(name: str, columns: Iterable[str], lines: Iterable[Iterable[str]]) -> Response:
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow([harmless(cell) for cell in columns])
    table.writerows([harmless(cell) for cell in line] for line in lines)
    answer = Response("\ufeff" + out.getvalue(), mimetype="text/csv")
    # A header holds ASCII alone: the name is given the way RFC 6266 writes other signs.
    answer.headers["Content-Disposition"] = f"attachment; filename=figures.csv; filename*=UTF-8''{quote(f'{name} {clock.today()}.csv')}"
    return answer


def _cell() -> behind.Cell:
    cell = behind.asked(request.args)
    behind.check(pages.session(), pages.actor(), cell)
    return cell


@figures.get("/figures/rows", endpoint="rows")
def rows_page() -> Any:
    """The rows behind one number, read as this reader may read them."""
    cell, session, actor = _cell(), pages.session(), pages.actor()
    number = pages.page_number()
    found = behind.page(session, actor, pages.settings(), cell, (number - 1) * SIZE, SIZE)
    page = pages.Page([behind.told(actor, row, gettext) for row in found.items], number, SIZE, found.total)
    named = _named("district")
    return render_template(
        "figures/rows.html", cell=cell, page=page, title=_title(cell), about=_about_cell(cell), definitions=_definitions(cell),
        **Frame(named, _view(named)).shown(),
    )  # fmt: skip


@figures.get("/figures/rows.csv")
def rows_file() -> Response:
    """The same rows as a file."""
    cell, actor = _cell(), pages.actor()
    lines = (behind.told(actor, row, gettext) for row in behind.every(pages.session(), actor, pages.settings(), cell))
    return _csv(_title(cell), [str(name) for name in ROW_COLUMNS], (_cells(line) for line in lines))


ROW_COLUMNS = (lazy_gettext("编号"), lazy_gettext("名称"), lazy_gettext("单位或人"), lazy_gettext("日期"), lazy_gettext("状态"), lazy_gettext("金额（元）"))


def _cells(line: behind.Row) -> list[str]:
    return [line.code, line.title, line.who, iso(line.on) if line.on else "", line.state, "" if line.amount_fen is None else yuan(line.amount_fen)]


def _title(cell: behind.Cell) -> str:
    return str(gettext(behind.title(cell)))


def _definitions(cell: behind.Cell) -> list[str]:
    return [gettext(sentence) for sentence in behind.definitions(cell)]


def _about_cell(cell: behind.Cell) -> str:
    """Whose rows, which part of them, and of when."""
    session, language = pages.session(), pages.language()
    names = Names(session, language, cell.subject)
    named = None if cell.subject.kind == "district" else find(session, pages.actor(), cell.subject, language)
    whose = named.name if named else gettext("全区")
    return " · ".join(part for part in (whose, behind.other_name(cell, names, gettext), cell.period) if part)


class ReportForm(pages.Form):
    """What an office reported against one target."""

    code = SelectField(lazy_gettext("目标"))
    value = StringField(lazy_gettext("现状"), description=lazy_gettext("按目标的单位填，不推算"))
    as_of = StringField(lazy_gettext("截至"), description=lazy_gettext("例如 2026-09-30；同一天再填就是更正"))
    source = StringField(lazy_gettext("来源"), description=lazy_gettext("哪个部门、哪份报表"))


def _form(**arguments: Any) -> ReportForm:
    form = ReportForm(**arguments)
    english = pages.language() == "en"
    found = goal_list.goals(pages.session(), pages.settings())
    form.code.choices = [(goal.target.code, goal.target.en if english else goal.target.zh) for goal in found]
    return form


@figures.get("/figures/goals")
def goals() -> Any:
    """The 2028 targets, and everything that was reported against them."""
    return _show_goals(_form(formdata=None, data={"code": request.args.get("code", ""), "as_of": clock.today().isoformat()}))


def _show_goals(form: ReportForm, status: int = 200) -> Any:
    named = _named("district")
    shown = {"panel": _goals(), "form": form, "reports": goal_list.reports(pages.session(), request.args.get("code", "")), "targets": [goal.target for goal in goal_list.goals(pages.session(), pages.settings())]}
    return render_template("figures/goals.html", **shown, **Frame(named, _view(named)).shown()), status


@figures.post("/figures/goals")
@auth_required("session")
def report() -> Any:
    """Write down what an office reported."""
    form = _form()
    with pages.submitting(form) as done:
        goal_list.report(pages.session(), pages.actor(), form.data)
    if done.error is not None:
        return _show_goals(form, done.error.status)
    flash(gettext("已记下。"), "success")
    return redirect(url_for("figures.goals"))


class TargetForm(pages.Form):
    """One target of 2028 as its source states it."""

    comparison = SelectField(lazy_gettext("比较"), choices=[SelectChoice(*pair) for pair in (("GE", lazy_gettext("不少于")), ("GT", lazy_gettext("超过")), ("EQ", lazy_gettext("达到")))])
    value = StringField(lazy_gettext("目标值"), description=lazy_gettext("按下面的单位填"))
    unit_zh = StringField(lazy_gettext("单位（中文）"))
    unit_en = StringField(lazy_gettext("单位（英文）"))
    source = StringField(lazy_gettext("来源"), description=lazy_gettext("哪份文件"))
    as_of = StringField(lazy_gettext("印发日期"), description=lazy_gettext("例如 2024-09-19"))
    definition_zh = TextAreaField(lazy_gettext("口径（中文）"))
    definition_en = TextAreaField(lazy_gettext("口径（英文）"))


@figures.get("/figures/goals/<code>")
@auth_required("session")
def target(code: str) -> Any:
    """The form of one target."""
    row = goal_list.find(pages.session(), code)
    return _show_target(row, TargetForm(formdata=None, data=vars(row) | {"value": _exact(row.value), "as_of": row.as_of.isoformat()}))


def _exact(value: float) -> str:
    """A number as a field takes it back."""
    return str(int(value)) if value == int(value) else str(value)


def _show_target(row: KpiTarget, form: TargetForm, status: int = 200) -> Any:
    return render_template("figures/target.html", target=row, form=form), status


@figures.post("/figures/goals/<code>")
@auth_required("session")
def change_target(code: str) -> Any:
    """Set a target's value, unit, definition, source and day."""
    row, form = goal_list.find(pages.session(), code), TargetForm()
    with pages.submitting(form) as done:
        goal_list.change(pages.session(), pages.actor(), code, form.data)
    if done.error is not None:
        return _show_target(row, form, done.error.status)
    flash(gettext("目标已更新。"), "success")
    return redirect(url_for("figures.goals"))
