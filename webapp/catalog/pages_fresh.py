"""HTML door of freshness: the page behind the link in a mail, which needs no sign-in, and the public stale rate."""

from __future__ import annotations

from typing import Any

from flask import make_response, render_template, request

from webapp.catalog import freshness
from webapp.catalog.models import Demand, Result
from webapp.catalog.pages import catalog, names_for, reader
from webapp.catalog.policy import public_title
from webapp.core import pages


@catalog.get("/fresh/<token>")
def fresh(token: str) -> Any:
    """Ask; opening the page alone changes nothing, since mail scanners open links too."""
    return _page(freshness.opened(pages.session(), pages.settings(), token), token)


@catalog.post("/fresh/<token>")
def fresh_answer(token: str) -> Any:
    """The answer, once; the page then says what became of it."""
    asked = freshness.answer(pages.session(), pages.settings(), token, request.form.get("answer", ""))
    pages.session().flush()
    return _page(asked, token, answered=not asked.done)


def _page(asked: freshness.Asked, token: str, answered: bool = False) -> Any:
    """Whoever holds a stolen link reads what everybody may read: the title where it is public, else the number."""
    row = asked.row
    page = render_template(
        "catalog/fresh.html", kind=row.__tablename__, row_id=row.id, title=public_title(row), code=row.code, state=row.state,
        valid_until=row.valid_until, deadline=row.deadline if isinstance(row, Demand) else None, done=asked.done, answered=answered, token=token,
        **names_for(),
    )  # fmt: skip
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@catalog.get("/freshness")
def stale() -> str:
    """How much of what is shown nobody confirmed for long."""
    actor, session, settings = reader(), pages.session(), pages.settings()
    rates = {model.__tablename__: freshness.stale_rate(session, actor, model, settings) for model in (Result, Demand)}
    return render_template("catalog/freshness.html", rates=rates, schools=freshness.by_school(session, actor, settings), months=settings.stale_months, **names_for())
