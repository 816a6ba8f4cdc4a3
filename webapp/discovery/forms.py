"""The search form, and what an address of the search page asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import Form, SearchField

from webapp.core.policy import Actor
from webapp.discovery.service import SearchQuery, access_tokens

SORTS = {"relevance", "newest", "trl", "price"}
LONGEST = 10_000


class SearchForm(Form):
    """The one box."""

    q = SearchField(_l("搜索"))


def asked(arguments: MultiDict[str, str], actor: Actor, page: int, facets: Sequence[str]) -> SearchQuery:
    """The query an address asks for; rubbish in a filter finds nothing, rubbish in a sort is ignored."""
    filters: dict[str, Any] = {}
    for group in facets:
        chosen = tuple(dict.fromkeys(value[:80] for value in arguments.getlist(group) if value))
        if chosen:
            filters[group] = chosen[:50]
    sort = arguments.get("sort", "relevance")
    return SearchQuery(
        text=arguments.get("q", "")[:LONGEST], access=access_tokens(actor), filters=filters,
        sort=sort if sort in SORTS else "relevance", page=page, size=20, facets=tuple(facets),
    )  # fmt: skip
