"""HTML door of rights: the whole table, and why one person may or may not with one row."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask_babel import gettext
from flask_security import auth_required

from webapp.accounts.values import ROLES
from webapp.admin import rights as service
from webapp.admin.pages import admin
from webapp.core import pages, policy
from webapp.core.errors import N_, Invalid

KINDS = {
    "result": N_("成果"), "demand": N_("需求"), "match": N_("匹配"), "task": N_("对接任务"), "licence": N_("先用后付"),
    "organisation": N_("单位"), "expert": N_("专家"),
}  # fmt: skip


@admin.get("/admin/rights")
@auth_required("session")
def rights() -> str:
    """Every action with every role, as the rules answer now; below, one person and one row."""
    policy.check(pages.actor(), "admin:rights")
    asked = {name: request.args.get(name, "").strip()[:120] for name in ("email", "kind", "number", "organisation")}
    found, error = None, ""
    if asked["email"] or asked["number"]:
        try:
            found = _explain(asked)
        except Invalid as wrong:
            error = " ".join(gettext(sentence) for sentence in wrong.fields.values())
    return render_template(
        "admin/rights.html", rows=service.matrix(), askers=service.ASKERS, role_names=ROLES, lifes=service.LIFES, asked=asked,
        kinds=KINDS, found=found, error=error, people=service.people(pages.session()),
    )  # fmt: skip


def _explain(asked: dict[str, str]) -> dict[str, Any]:
    typed = (asked["number"].rpartition("-")[2], asked["organisation"])  # SM-D-2026-0110 is row 110
    number, home = (int(one) if one.isdecimal() and len(one) < 19 else 0 for one in typed)
    person, actor, row = service.find(pages.session(), asked["email"], home or None, asked["kind"], number)
    answers = service.explain(pages.session(), actor, row)
    lines = [(one, [gettext(reason.sentence, of=gettext(reason.of)) if reason.of else gettext(reason.sentence) for reason in one.reasons]) for one in answers]
    mine = [(m.organisation_id, m.organisation.name) for m in person.memberships if m.active]
    return {"person": person, "actor": actor, "row": row, "lines": lines, "memberships": list(dict.fromkeys(mine))}
