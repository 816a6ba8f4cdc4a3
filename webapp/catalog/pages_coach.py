"""The coach's side of a demand's page: what it has to say, and the summary it drafts."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_babel import gettext

from webapp.catalog import coach, disclosure
from webapp.catalog.forms import PostingForm
from webapp.catalog.pages import names_for
from webapp.core import pages


def advice(form: PostingForm, row_id: int | None) -> dict[str, Any]:
    """What the coach's side of the page needs."""
    engine = current_app.extensions["engines"]["index"]
    given = form.given()
    found = coach.advise(pages.session(), pages.actor(), engine, form.rules, given, row_id)
    return {
        "kinds": disclosure.KINDS, "leak_names": gettext("、").join(gettext(disclosure.KINDS[kind]) for kind in found.leaks),
        "advice": found, "steps": _steps(found), "lines": (pages.settings().clarity_line, pages.settings().clarity_good),
        "level": int(given["confidentiality"]) if str(given.get("confidentiality") or "").isdecimal() else 1,
        **names_for(),
    }  # fmt: skip


# The form's sections: anchor, name, and the parts of the score that are filled in there.
STEPS = (
    ("problem", ("title", "problem", "keywords")), ("present-state", ("present",)), ("aims", ("targets",)), ("terms", ("conditions",)),
    ("money", ("budget", "time")), ("eyes", ()),
)  # fmt: skip


def _steps(found: coach.Advice) -> list[dict[str, str]]:
    names = {
        "problem": gettext("要解决什么"), "present-state": gettext("现在怎么做"), "aims": gettext("做到什么程度"), "terms": gettext("什么条件下"),
        "money": gettext("预算和时间"), "eyes": gettext("谁能看到"),
    }  # fmt: skip
    parts = {part.code: part for part in found.clarity.parts}
    out = []
    for anchor, codes in STEPS:
        missing = sum(parts[code].missing for code in codes)
        done = not missing if codes else bool(found.summary) and not found.leaks
        note = gettext("说清了") if done else gettext("还差 %(n)s 分", n=missing) if codes else gettext("还没有公开摘要") if not found.summary else gettext("有会认出单位的话")
        out.append({"label": names[anchor], "note": note, "href": f"#{anchor}", "state": "done" if done else ""})
    return out


def draft_summary(form: PostingForm) -> None:
    """Write a public summary from what is filled in, below what stands there already; what stands there word for word is not written twice."""
    there = form["summary"].data or ""
    text = coach.draft_summary(pages.session(), pages.actor(), form.rules, form.given(), gettext)
    if text not in there:
        form["summary"].data = "\n".join(part for part in (there, text) if part)
