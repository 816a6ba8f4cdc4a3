"""HTML door of tasks: the board and list, one task with its next step, and its log."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_security import auth_required

from webapp.core import pages, policy
from webapp.core.errors import NotFound
from webapp.core.filters import day
from webapp.tasks import board, journal, service
from webapp.tasks.clocks import Clocks, Lateness
from webapp.tasks.forms import ActForm, LogForm
from webapp.tasks.models import Task
from webapp.tasks.states import TASK
from webapp.tasks.values import ACTIONS, ADVICE, ALL_KINDS, OUTCOMES, REASONS, STEP, VISIBILITY

tasks = Blueprint("tasks", __name__)
LIST_SIZE = 50
Says = dict[str, dict[str, str]]


def _clocks() -> Clocks:
    return Clocks.of(pages.settings())


def _words() -> Says:
    """The words for codes, in the reader's language."""
    lists = {
        "state": TASK.states, "action": ACTIONS, "advice": ADVICE, "kind": ALL_KINDS, "outcome": OUTCOMES, "reason": REASONS,
        "visibility": VISIBILITY, "shape": TASK.shapes,
    }  # fmt: skip
    return {name: {code: gettext(label) for code, label in pairs.items()} for name, pairs in lists.items()}


def clock_words(late: Lateness | None) -> tuple[str, str]:
    """The clock mark of a deadline and its words."""
    if late is None:
        return "done", ""
    if late.kind == "soon":
        return "soon", gettext("今天")
    if late.kind == "late":
        return "late", gettext("逾期 %(n)s 个工作日", n=late.days)
    if late.kind == "amber":
        return "soon", gettext("已超 %(n)s 个工作日", n=late.days)
    return late.kind, gettext("暂停，还有 %(n)s 天", n=late.days) if late.kind == "wait" else gettext(
        "还有 %(n)s 天", n=late.days
    )


@tasks.get("/tasks", endpoint="tasks")
@auth_required("session")
def listing() -> Any:
    """What needs somebody now, and every open task by its step; or the same as a table."""
    policy.check(pages.actor(), "task:list")
    shown: dict[str, Any] = {"says": _words(), "clock_words": clock_words, "view": request.args.get("view", "board")}
    if shown["view"] not in {"board", "list", "closed"}:
        shown["view"] = "board"
    if shown["view"] == "board":
        shown["board"] = board.board(pages.session(), pages.actor(), _clocks())
        return render_template("tasks/board.html", lanes=board.LANES, most=board.LANE_CARDS, **shown)
    page = pages.paginate(board.query(pages.actor(), closed=shown["view"] == "closed"), LIST_SIZE)
    cards = board.cards(pages.session(), pages.actor(), page.items, _clocks())
    return render_template("tasks/list.html", page=page, cards=cards, **shown)


@tasks.get("/tasks/<int:task_id>")
@auth_required("session")
def task(task_id: int) -> Any:
    """One task: both sides, how far it is, the next step, and the log this reader may see."""
    return _show(pages.find(Task, task_id))


def _show(row: Task, form: ActForm | None = None, log_form: LogForm | None = None, status: int = 200, acted: str = "") -> Any:
    session, actor = pages.session(), pages.actor()
    shown = board.show(session, actor, row, _clocks())
    brokers = [(person.id, person.name) for person in service.brokers(session)] if policy.can(actor, "task:assign", row) else []
    form = form or ActForm(formdata=None)
    form.seen.data = row.state
    says = _words()
    return render_template(
        "tasks/task.html", shown=shown, form=form.offer(brokers), log_form=(log_form or LogForm(formdata=None)).offer(), acted=acted,
        says=says, clock_words=clock_words, brokers=brokers, applies=_applies(shown), hold_days=_clocks().hold_days,
        stages=[_stage(step, mark, says) for step, mark in shown.stages], cells=_cells(shown, says),
        events=[_event(entry, says) for entry in shown.log], way_notes={way.action: _way_note(way, says) for way in shown.others},
    ), status  # fmt: skip


def _stage(step: str, mark: str, says: Says) -> dict[str, str]:
    return {
        "label": says["state"][step],
        "note": gettext("跳过") if mark == "left" else "",
        "state": "" if mark == "left" else mark,
    }


def _way_note(way: board.Way, says: Says) -> str:
    if way.back:
        return gettext("退回一步")
    steps = gettext("、").join(says["state"][step] for step in way.skipped)
    return gettext("跳过%(steps)s，要写明原因", steps=steps) if steps else ""


def _cells(shown: board.Shown, says: Says) -> list[tuple[str, str | None, str | None]]:
    """What the block of the next step says: the next act, the day, the outcome."""
    found: list[tuple[str, str | None, str | None]] = []
    if shown.primary:
        found.append((gettext("下一步"), says["action"][shown.primary.action], None))
    if shown.task.due_on:
        found.append((gettext("期限"), day(shown.task.due_on, pages.language()), None))
    if shown.task.outcome:
        found.append((gettext("结果"), says["outcome"][shown.task.outcome], shown.task.outcome_note or None))
    if shown.reason:
        found.append((gettext("原因"), says["reason"].get(shown.reason, ""), None))
    return found


def _event(entry: Any, says: Says) -> dict[str, Any]:
    """One line of the log for the line of time."""
    title = says["kind"][entry.kind]
    if entry.kind == STEP:
        title = says["action"].get(entry.facts.get("action"), says["state"][entry.to_state])
    words = [entry.summary, gettext("参加：%(people)s", people=entry.people) if entry.people else ""]
    words += [gettext("下一步：%(step)s", step=entry.next_step) if entry.next_step else ""]
    words += [says["reason"].get(entry.facts.get("reason", ""), "")]
    words += [gettext("（仅经纪人和运营方可见）") if entry.visibility == "BROKER" else ""]
    who = entry.person.name if entry.person else gettext("系统")
    return {
        "when": entry.happened_on.isoformat(),
        "iso": entry.happened_on.isoformat(),
        "title": title,
        "text": " ".join(filter(None, words)),
        "who": who,
    }


def _applies(shown: board.Shown) -> str:
    """Where the company applies for a use-first licence out of this task, when the result offers one and the task is open."""
    pair = shown.task.match
    if pair.part != "company" or not pair.result.use_first or shown.task.state in TASK.finals:
        return ""
    return url_for("licences.apply", result_id=pair.result.id, task=shown.task.id)


@tasks.post("/tasks/<int:task_id>/act/<action>")
@auth_required("session")
def act(task_id: int, action: str) -> Any:
    """Take a step."""
    row = pages.find(Task, task_id)
    if action not in ACTIONS or action == "settle":
        raise NotFound
    policy.check(pages.actor(), "task:lead", row)
    form = ActForm()
    data = {name: form[name].data for name in ("seen", "note", "until", "broker", "outcome", "reason")}
    with pages.submitting(form) as done:
        service.act(pages.session(), pages.actor(), row, action, data, _clocks())
    if not done.ok:
        pages.session().refresh(row)
        return _show(row, form=form, status=done.error.status if done.error else 400, acted=action)
    flash(gettext("已记下：%(state)s。", state=gettext(TASK.states[row.state])), "success")
    seen = policy.can(pages.actor(), "task:lead", row)
    return redirect(url_for("tasks.task", task_id=row.id) if seen else url_for("tasks.tasks"))


@tasks.post("/tasks/<int:task_id>/log")
@auth_required("session")
def log(task_id: int) -> Any:
    """Write down a contact."""
    row = pages.find(Task, task_id)
    policy.check(pages.actor(), "task:log", row)
    form = LogForm()
    with pages.submitting(form) as done:
        journal.log(pages.session(), pages.actor(), row, form.data, _clocks())
    if not done.ok:
        pages.session().refresh(row)
        return _show(row, log_form=form, status=done.error.status if done.error else 400)
    flash(gettext("已记入任务记录。"), "success")
    return redirect(url_for("tasks.task", task_id=row.id, _anchor="log"))
