"""HTML door of discovery: home, search, watched searches, and the four circles."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_security import auth_required

from webapp.catalog import values
from webapp.core import pages, policy
from webapp.core.errors import AppError, NotFound
from webapp.discovery import experts as expert_pages
from webapp.discovery import facets, searching, service, terms, watching
from webapp.discovery import names as naming
from webapp.discovery.asked import address, asked, lists
from webapp.discovery.models import SavedSearch
from webapp.figures import service as figures

discovery = Blueprint("discovery", __name__)


def _engine() -> Any:
    return current_app.extensions["engines"]["index"]


@discovery.get("/")
def home() -> str:
    """What this is, one box, the circles, and the newest of both sides."""
    session, actor = pages.session(), pages.actor()
    names = dict(current_app.extensions["lists"](session, pages.language())["industry"])
    return render_template(
        "discovery/home.html",
        wanted=[(code, names.get(code, code), count) for code, count in service.wanted(session, actor)],
        circles=service.circles(session),
        counts=figures.public_counts(session),
        quality=figures.quality(session),
        results=service.newest(session, actor, service.Result),
        demands=service.newest(session, actor, service.Demand),
        values=values,
        trial_months=pages.settings().trial_months,
    )


@discovery.get("/search")
def search() -> Any:
    """One search over everything the searcher may see."""
    session, actor = pages.session(), pages.actor()
    query = asked(lists(request.args), actor, pages.page_number())
    if ":" in query.text or "：" in query.text:
        query = replace(query, labels=naming.labels(session))
    answer, broken = searching.safe_search(session, actor, _engine(), query)
    counted = {value for value, _ in answer.facets.get("institution", ())} | set(query.filters.get("institution", ()))
    names = naming.names(session, pages.language(), counted)
    body = render_template(
        "discovery/search.html", query=query, answer=answer, broken=broken, values=values, link=facets.link,
        page=pages.Page(answer.hits, answer.page, query.size, answer.total), panel=facets.panel(names, answer, query),
        chips=facets.chips(names, query), ways=facets.ways(names, answer, query), typed=query.text[:100],
        saved=watching.saved(session, actor, address(query)), address=address(query),
    )  # fmt: skip
    return body, 503 if broken else 200


@discovery.get("/search/suggest")
def suggest() -> str:
    """As you type: what public rows offer, as a list for the box above it."""
    typed = request.args.get("q", "")[:100]
    return render_template("discovery/suggest.html", offers=searching.suggestions(_engine(), typed))


@discovery.get("/searches")
@auth_required("session")
def searches() -> str:
    """The searches I watch."""
    session = pages.session()
    found = watching.mine(session, pages.actor())
    queries = {row.id: asked(row.address, pages.actor()) for row, _ in found}
    wanted = {value for query in queries.values() for value in query.filters.get("institution", ())}
    names = naming.names(session, pages.language(), wanted)
    chips = {number: facets.chips(names, query) for number, query in queries.items()}
    return render_template("discovery/searches.html", found=found, chips=chips, queries=queries, settings=pages.settings())


@discovery.post("/searches")
@auth_required("session")
def save_search() -> Any:
    """Watch a search; its address comes in the form."""
    session, actor = pages.session(), pages.actor()
    query = asked(lists(request.form), actor)
    names = naming.names(session, pages.language(), query.filters.get("institution", ()))
    name = " · ".join([query.text.strip()[:60], *(text for _, text, _ in facets.chips(names, query))]).strip(" ·")
    name = name or gettext("全部内容")
    try:
        watching.save(session, actor, _engine(), pages.settings(), address(query), name)
    except AppError as error:
        flash(pages.say(error), "error")
    else:
        flash(gettext("已关注。有新内容时会通知您，也可以随时暂停。"), "success")
    return redirect(facets.link(query))


@discovery.get("/searches/<int:search_id>")
@auth_required("session")
def open_search(search_id: int) -> Any:
    """Open a watched search, the newest first."""
    row = pages.find(SavedSearch, search_id)
    return redirect(facets.link(asked(row.address, pages.actor()), sort="newest"))


@discovery.post("/searches/<int:search_id>/<any(open,rename,pause,resume,delete):act>")
@auth_required("session")
def change_search(search_id: int, act: str) -> Any:
    """Open with a note that it was looked at, rename, pause, resume or delete a watched search."""
    session, actor, row = pages.session(), pages.actor(), pages.find(SavedSearch, search_id)
    if act == "open":
        watching.opened(row)
        return redirect(url_for("discovery.open_search", search_id=search_id))
    if act == "rename":
        watching.rename(session, actor, row, request.form.get("name", ""))
    elif act == "pause":
        watching.pause(session, actor, row)
    elif act == "resume":
        watching.resume(session, actor, _engine(), pages.settings(), row)
    else:
        watching.forget(session, actor, row)
    return redirect(pages.local_target(request.form.get("next"), url_for("discovery.searches")))


@discovery.get("/clusters")
def clusters() -> str:
    """The four circles."""
    return render_template("discovery/clusters.html", circles=service.circles(pages.session()))


@discovery.get("/clusters/<code>")
def cluster(code: str) -> str:
    """One circle: what it is strong in, its institutions and its newest results."""
    found = next((entry for entry in service.circles(pages.session()) if entry[0].code == code), None)
    if found is None:
        raise NotFound
    results = service.of_circle(pages.session(), pages.actor(), code)
    return render_template("discovery/cluster.html", entry=found, results=results, values=values,
        carriers=expert_pages.carriers(pages.session(), pages.actor(), code), experts=expert_pages.of_circle(pages.session(), pages.actor(), code),
    )


@discovery.get("/help/terms", endpoint="terms")
def terms_page() -> str:
    """The words of the field, explained."""
    return render_template("discovery/terms.html", groups=terms.GROUPS)


@discovery.get("/experts")
def experts() -> str:
    """Researchers who agreed to be found."""
    page = pages.paginate(expert_pages.shown(pages.actor()), 30)
    rows = [policy.reveal(pages.actor(), row) for row in page.items]
    return render_template("discovery/experts.html", page=page, rows=rows)


@discovery.get("/experts/<int:expert_id>")
def expert(expert_id: int) -> str:
    """One researcher's profile with the public results."""
    view, results = expert_pages.profile(pages.session(), pages.actor(), expert_id)
    fields = dict(current_app.extensions["lists"](pages.session(), pages.language())["field"])
    return render_template("discovery/expert.html", view=view, results=results, values=values, fields=fields)
