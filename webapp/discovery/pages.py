"""HTML door of discovery: home, search, and the four circles."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for

from webapp.catalog import service as catalog
from webapp.catalog import values
from webapp.core import pages
from webapp.core.errors import NotFound
from webapp.discovery import service
from webapp.discovery.forms import SearchForm, asked
from webapp.figures import service as figures

discovery = Blueprint("discovery", __name__)


def _engine() -> Any:
    return current_app.extensions["engines"]["index"]


@discovery.get("/")
def home() -> str:
    """What this is, one box, the circles, and the newest of both sides."""
    session, actor = pages.session(), pages.actor()
    return render_template(
        "discovery/home.html",
        circles=service.circles(session),
        counts=figures.public_counts(session),
        quality=figures.quality(session),
        results=service.newest(session, actor, service.Result),
        demands=service.newest(session, actor, service.Demand),
        lists=catalog.lists(session),
    )


@discovery.get("/search")
def search() -> Any:
    """One search over everything the searcher may see."""
    form = SearchForm(request.args)
    query = asked(request.args, pages.actor(), pages.page_number(), service.FACETS)
    answer, broken = service.safe_search(pages.session(), pages.actor(), _engine(), query)
    page = pages.Page(answer.hits, query.page, query.size, answer.total)
    shown = {
        "form": form, "query": query, "answer": answer, "page": page, "broken": broken, "values": values,
        "lists": catalog.lists(pages.session()), "facets": service.FACETS,
        "filters": [(group, value) for group, chosen in query.filters.items() for value in chosen],
    }  # fmt: skip
    return render_template("discovery/search.html", toggled=toggled, **shown), 503 if broken else 200


def toggled(group: str, value: str) -> str:
    """The address of this search with one filter value switched on or off, back on page one."""
    arguments = {key: list(chosen) for key, chosen in request.args.lists() if key != "page"}
    chosen = arguments.setdefault(group, [])
    chosen.remove(value) if value in chosen else chosen.append(value)
    return url_for("discovery.search", **arguments)


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
    return render_template("discovery/cluster.html", entry=found, results=results, lists=catalog.lists(pages.session()))
