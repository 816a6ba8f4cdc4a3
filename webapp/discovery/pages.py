"""HTML door of discovery: home, search, and the four circles."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, current_app, render_template, request
from flask_babel import gettext

from webapp.catalog import values
from webapp.core import pages
from webapp.core.errors import NotFound
from webapp.discovery import facets, service
from webapp.discovery.asked import asked
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
        values=values,
        trial_months=pages.settings().trial_months,
    )


@discovery.get("/search")
def search() -> Any:
    """One search over everything the searcher may see."""
    query = asked(request.args, pages.actor(), pages.page_number(), service.FACETS)
    answer, broken = service.safe_search(pages.session(), pages.actor(), _engine(), query)
    names = service.names(pages.session(), pages.language())
    page = pages.Page(answer.hits, query.page, query.size, answer.total)
    body = render_template(
        "discovery/search.html", query=query, answer=answer, page=page, broken=broken, values=values, facets=service.FACETS,
        filters=[(group, value) for group, chosen in query.filters.items() for value in chosen],
        facet_titles={group: gettext(title) for group, title in facets.TITLES.items()},
        facet_rows=partial(facets.rows, names), facet_label=partial(facets.label, names),
        toggled=facets.toggled, sorted_by=facets.sorted_by,
    )  # fmt: skip
    return body, 503 if broken else 200


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
    return render_template("discovery/cluster.html", entry=found, results=results, values=values)
