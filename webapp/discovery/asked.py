"""What an address of the search page asks for."""

from __future__ import annotations

from collections.abc import Sequence

from werkzeug.datastructures import MultiDict

from webapp.core.policy import Actor
from webapp.discovery.service import SearchQuery, access_tokens

SORTS = {"relevance", "newest", "trl", "price"}
LONGEST = 10_000
OLD = {"results": "result", "demands": "demand"}  # the home page's words for kinds


def asked(arguments: MultiDict[str, str], actor: Actor, page: int, facets: Sequence[str]) -> SearchQuery:
    """The query an address asks for; rubbish in a filter finds nothing, rubbish in a sort is ignored."""
    filters: dict[str, tuple[str, ...]] = {}
    for group in facets:
        chosen = tuple(dict.fromkeys(OLD.get(value, value)[:80] for value in arguments.getlist(group) if value and value != "all"))
        if chosen:
            filters[group] = chosen[:50]
    sort = arguments.get("sort", "relevance")
    return SearchQuery(
        text=arguments.get("q", "")[:LONGEST], access=access_tokens(actor), filters=filters,
        sort=sort if sort in SORTS else "relevance", page=page, size=20, facets=tuple(facets),
    )  # fmt: skip
