"""HTML door of brokers' fees: the rate table, how a task's fee is shared, and the statement."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_security import auth_required

from webapp.core import clock, pages, policy
from webapp.core.errors import AppError
from webapp.tasks import fees, service
from webapp.tasks.forms import FeeRuleForm
from webapp.tasks.models import FeeRule, Task
from webapp.tasks.values import OUTCOMES

paying = Blueprint("fees", __name__)
SHARES = 4  # brokers who may share one task


@paying.get("/fees")
@auth_required("session")
def statement() -> Any:
    """What was earned by which receipt."""
    policy.check(pages.actor(), "fee:statement")
    rows = pages.session().execute(fees.statement(pages.actor()).limit(500)).all()
    today = clock.today()
    return render_template(
        "tasks/fees.html", rows=rows, total=sum(row[0].amount_fen for row in rows), outcomes=_outcomes(), all=pages.actor().has("operator"),
        rates=fees.applying(pages.session(), today), today=today,
    )  # fmt: skip


def _outcomes() -> dict[str, str]:
    return {code: gettext(label) for code, label in OUTCOMES.items()}


@paying.route("/fees/rules", methods=["GET", "POST"])
@auth_required("session")
def rules() -> Any:
    """The rate table."""
    policy.check(pages.actor(), "fee:rules")
    form, status = FeeRuleForm().offer(), 200
    if request.method == "POST":
        with pages.submitting(form) as done:
            fees.add_rule(pages.session(), pages.actor(), form.data)
        if done.ok:
            flash(gettext("费率已加进表里。"), "success")
            return redirect(url_for("fees.rules"))
        status = done.error.status if done.error else 400
    return render_template("tasks/fee_rules.html", form=form, rows=fees.rules(pages.session()), outcomes=_outcomes()), status


@paying.post("/fees/rules/<int:rule_id>/end")
@auth_required("session")
def end(rule_id: int) -> Any:
    """From tomorrow on this line counts no more."""
    policy.check(pages.actor(), "fee:rules")
    fees.end_rule(pages.session(), pages.actor(), pages.find(FeeRule, rule_id))
    return redirect(url_for("fees.rules"))


@paying.post("/tasks/<int:task_id>/shares")
@auth_required("session")
def share(task_id: int) -> Any:
    """How brokers share this task's fee."""
    row = pages.find(Task, task_id)
    policy.check(pages.actor(), "fee:share", row)
    given = [(request.form.get(f"person-{n}", type=int) or 0, request.form.get(f"permille-{n}", type=int) or 0) for n in range(SHARES)]
    try:
        fees.agree(pages.session(), pages.actor(), row, [(person, part) for person, part in given if person])
        flash(gettext("份额已记下，从下一笔到账起生效。"), "success")
    except AppError as error:
        flash("".join(gettext(sentence) for sentence in error.fields.values()) or pages.say(error), "error")
    return redirect(service.url(row) + "#money")
