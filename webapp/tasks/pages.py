"""HTML door of tasks: the board and list, one task with its next step, and its log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_security import auth_required

from webapp.core import clock, pages, policy
from webapp.core.errors import NotFound
from webapp.core.filters import day
from webapp.core.money import write_wan
from webapp.messages import talks
from webapp.tasks import aftermath, agenda, board, fees, ical, journal, service, suggest, talk
from webapp.tasks.clocks import Clocks, Lateness
from webapp.tasks.forms import ActForm, LogForm, RateForm, ReceiptForm, ValueForm
from webapp.tasks.models import Task
from webapp.tasks.policy import side_of
from webapp.tasks.states import PAID, TASK
from webapp.tasks.values import ACTIONS, ADVICE, ALL_KINDS, KINDS, OUTCOMES, REASONS, SCORES, SIDES, STEP, VISIBILITY, WAITS

tasks = Blueprint("tasks", __name__)
LIST_SIZE = 50


def _clocks() -> Clocks:
    return Clocks.of(pages.settings())


class Says(dict[str, dict[str, str]]):
    """The words for codes, in the reader's language; a list is put into words when a page first asks for it."""

    LISTS = {
        "state": TASK.states, "action": ACTIONS, "advice": ADVICE, "kind": ALL_KINDS, "outcome": OUTCOMES, "reason": REASONS,
        "visibility": VISIBILITY, "shape": TASK.shapes,
    }  # fmt: skip

    def __missing__(self, name: str) -> dict[str, str]:
        """Words of one list."""
        found = self[name] = {code: gettext(label) for code, label in self.LISTS[name].items()}
        return found


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
    shown: dict[str, Any] = {"says": Says(), "clock_words": clock_words, "view": request.args.get("view", "board")}
    if shown["view"] not in {"board", "list", "closed"}:
        shown["view"] = "board"
    if shown["view"] == "board":
        session, actor = pages.session(), pages.actor()
        shown["board"] = board.board(session, actor, _clocks())
        read = agenda.around(session, actor)
        shown["mine"], shown["others"] = agenda.waits_for_me(session, actor, read), agenda.waits_for_others(session, actor, read)
        shown["unread"] = talks.unread(session, actor, "task", [card.task.id for lane in shown["board"].lanes for card in lane])
        shown["meetings"] = agenda.meetings_ahead(session, actor)
        waits = {code: gettext(label) for code, label in WAITS.items()}
        return render_template("tasks/board.html", lanes=board.LANES, most=board.LANE_CARDS, ways=_ways, waits=waits, **shown)
    page = pages.paginate(board.query(pages.actor(), closed=shown["view"] == "closed"), LIST_SIZE)
    cards = board.cards(pages.session(), pages.actor(), page.items, _clocks())
    return render_template("tasks/list.html", page=page, cards=cards, **shown)


@tasks.get("/tasks/calendar")
@auth_required("session")
def calendar() -> Any:
    """A month of deadlines and meetings, and the address other calendars can read."""
    policy.check(pages.actor(), "task:list")
    first = _month(request.args.get("month", ""))
    return _calendar(first)


def _calendar(first: date, secret: str = "") -> Any:
    session, actor = pages.session(), pages.actor()
    weeks = agenda.month(session, actor, first)
    tasks_ = {item.task.id: item.task for week in weeks for _, items in week for item in items if isinstance(item, agenda.Item)}
    titles = {number: policy.reveal(actor, row).match.demand.title for number, row in tasks_.items()}
    return render_template(
        "tasks/calendar.html", weeks=weeks, titles=titles, first=first, today=clock.today(), says=Says(), view="calendar",
        before=clock.add_months(first, -1), after=clock.add_months(first, 1), feed=agenda.feed(session, actor),
        address=pages.settings().public_url + url_for("tasks.feed", secret=secret) if secret else "", working=clock.is_working_day,
    )  # fmt: skip


def _month(text: str) -> date:
    """The first day of a month like 2026-11; anything else is this month."""
    try:
        first = datetime.strptime(text, "%Y-%m").date()
    except ValueError:
        return clock.today().replace(day=1)
    return first if 2000 <= first.year <= 2100 else clock.today().replace(day=1)


@tasks.get("/tasks/calendar/feed", endpoint="feed_shown")
@auth_required("session")
def feed_shown() -> Any:
    """The page after a new address was made, opened again: the address is not shown twice."""
    policy.check(pages.actor(), "task:list")
    return redirect(url_for("tasks.calendar"))


@tasks.post("/tasks/calendar/feed")
@auth_required("session")
def feed_change() -> Any:
    """Make a new calendar address, or end the one there is."""
    policy.check(pages.actor(), "task:list")
    if request.form.get("do") == "close":
        agenda.close_feed(pages.session(), pages.actor())
        flash(gettext("日历地址已停用，旧地址不再能读。"), "success")
        return redirect(url_for("tasks.calendar"))
    return _calendar(clock.today().replace(day=1), agenda.open_feed(pages.session(), pages.actor()))


@tasks.get("/calendar/<secret>.ics")
def feed(secret: str) -> Any:
    """A person's calendar for other programs; the secret in the address is the right to read it."""
    person, items = agenda.read_feed(pages.session(), secret)
    answer = current_app.response_class(ical.write(items, person.language, pages.settings().public_url), mimetype="text/calendar")
    answer.headers["Cache-Control"] = "private, max-age=300"
    return answer


@tasks.get("/tasks/<int:task_id>")
@auth_required("session")
def task(task_id: int) -> Any:
    """One task: both sides, how far it is, the next step, and the log this reader may see."""
    return _show(pages.find(Task, task_id))


def _show(
    row: Task, form: ActForm | None = None, log_form: LogForm | None = None, status: int = 200, acted: str = "", **forms: Any
) -> Any:
    session, actor = pages.session(), pages.actor()
    shown = board.show(session, actor, row, _clocks())
    brokers = _suggested(row) if policy.can(actor, "task:assign", row) else []
    form = form or ActForm(formdata=None)
    form.seen.data = row.state
    says, acted = Says(), acted or request.args.get("act", "")
    return render_template(
        "tasks/task.html", after=_after(row, **forms), unread=talks.unread(session, actor, "task", [row.id]).get(row.id, 0),
        shown=shown, form=form.offer(brokers), log_form=(log_form or LogForm(formdata=None)).offer(), acted=acted,
        contacted=any(entry.kind in KINDS for entry in shown.log), says=says, clock_words=clock_words, brokers=brokers, applies=_applies(shown), hold_days=_clocks().hold_days,
        stages=[_stage(step, mark, says) for step, mark in shown.stages], cells=_cells(shown, says),
        events=[_event(entry, says) for entry in shown.log], way_notes={way.action: _way_note(way, says) for way in shown.others},
    ), status  # fmt: skip


def _suggested(row: Task) -> list[tuple[int, str]]:
    """Brokers to choose from, the best fitting first, each with what speaks for or against."""
    found = []
    for one in suggest.suggest(pages.session(), row.match):
        notes = [gettext("%(n)s 项领域相符", n=one.shared)] if one.shared else []
        notes += [gettext("在手 %(load)s / %(capacity)s", load=one.load, capacity=one.capacity)]
        notes += [gettext("已暂停派任务")] if one.suspended else []
        found.append((one.person.id, f"{one.person.name} · {gettext('、').join(notes)}"))
    return found


def _after(row: Task, **forms: Any) -> dict[str, Any]:
    """What the page shows of money and satisfaction, and the forms for those who may write them."""
    session, actor = pages.session(), pages.actor()
    leads, rates = policy.can(actor, "task:lead", row), policy.can(actor, "task:rate", row)
    found: dict[str, Any] = {
        "sides": {code: gettext(label) for code, label in SIDES.items()}, "scores": {n: gettext(label) for n, label in SCORES.items()},
        "money": leads and row.state in PAID, "row": row if leads else None, "receipts": aftermath.receipts(session, row) if leads else [],
        "received": aftermath.received(session, row) if leads else 0, "ratings": aftermath.ratings(session, row) if leads else {},
        "rates": rates, "side": side_of(actor, row), "meeting": talk.ahead(session, row),
    }  # fmt: skip
    if found["money"] and policy.can(actor, "fee:share", row):
        brokers, shares = [(person.id, person.name) for person in service.brokers(session)], fees.shares_of(session, row)
        names = dict(brokers)
        shared = gettext("、").join(f"{names.get(person, person)} {part}‰" for person, part in shares)
        found |= {"may_share": True, "brokers": brokers, "shares": shares, "shared": shared}
    if found["money"]:
        given = {"signed_on": row.signed_on, "registration_no": row.registration_no} | {
            name: write_wan(getattr(row, f"{name}_fen")) for name in ("contract_value", "technology_value")
        }
        found |= {"value_form": ValueForm(formdata=None, data=given), "receipt_form": ReceiptForm(formdata=None)}
    if rates:
        own = aftermath.ratings(session, row).get(found["side"] or "")
        data = {"score": own.score, "note": own.note} if own else {}
        found["rate_form"] = RateForm(formdata=None, data=data).offer()
    return found | forms


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
    agreed = service.agreed_step(shown.log)
    if agreed and shown.task.state not in TASK.finals:
        until = gettext("%(day)s 前", day=day(agreed.due_on, pages.language())) if agreed.due_on else None
        found.append((gettext("约定"), agreed.next_step, until))
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
    words += [_agreed(entry) if entry.next_step else ""]
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


def _agreed(entry: Any) -> str:
    if not entry.due_on:
        return str(gettext("约定：%(step)s", step=entry.next_step))
    return str(gettext("约定：%(step)s（%(day)s 前）", step=entry.next_step, day=day(entry.due_on, pages.language())))


def _applies(shown: board.Shown) -> str:
    """Where the company applies for a use-first licence out of this task, when the result offers one and the task is open."""
    pair = shown.task.match
    if pair.part != "company" or not pair.result.use_first or shown.task.state in TASK.finals:
        return ""
    return url_for("licences.apply", result_id=pair.result.id, task=shown.task.id)


def _ways(card: board.Card, says: Says) -> list[dict[str, Any]]:
    """Where a card may be moved from the board: steps at once, and steps that first want a note on the task's page."""
    return [
        {
            "action": way.action, "label": says["state"][way.target], "lane": board.lane_of(way.target), "note": bool(way.skipped),
            "seen": card.task.state,
        }
        for way in board.ways(card.task) if way.action not in {"succeed"}
    ]  # fmt: skip


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


def _submitted(row: Task, name: str, form: Any, work: Callable[[], object], sentence: str, anchor: str) -> Any:
    """One of the small forms of a task's page: done and back to its place, or the page again with what was typed."""
    with pages.submitting(form) as done:
        work()
    if not done.ok:
        pages.session().refresh(row)
        return _show(row, status=done.error.status if done.error else 400, **{name: form})
    flash(sentence, "success")
    return redirect(url_for("tasks.task", task_id=row.id, _anchor=anchor))


@tasks.post("/tasks/<int:task_id>/value")
@auth_required("session")
def value(task_id: int) -> Any:
    """What the contract is worth."""
    row, form = pages.find(Task, task_id), ValueForm()
    policy.check(pages.actor(), "task:money", row)
    work = lambda: aftermath.value(pages.session(), pages.actor(), row, form.data)  # noqa: E731
    return _submitted(row, "value_form", form, work, gettext("合同金额已记下。"), "money")


@tasks.post("/tasks/<int:task_id>/receipt")
@auth_required("session")
def receipt(task_id: int) -> Any:
    """Money that came in."""
    row, form = pages.find(Task, task_id), ReceiptForm()
    policy.check(pages.actor(), "task:money", row)
    work = lambda: aftermath.receive(pages.session(), pages.actor(), row, form.data)  # noqa: E731
    return _submitted(row, "receipt_form", form, work, gettext("到账已记下。"), "money")


@tasks.post("/tasks/<int:task_id>/rate")
@auth_required("session")
def rate(task_id: int) -> Any:
    """How satisfied one side was."""
    row, form = pages.find(Task, task_id), RateForm().offer()
    policy.check(pages.actor(), "task:rate", row)
    work = lambda: aftermath.rate(pages.session(), pages.actor(), row, form.score.data, form.note.data or "")  # noqa: E731
    return _submitted(row, "rate_form", form, work, gettext("谢谢，已记下。"), "rate")
