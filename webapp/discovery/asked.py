"""What an address of the search page asks for, and the address of what was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from webapp.core.policy import Actor
from webapp.discovery.searching import FACETS, GROUPS, access_tokens
from webapp.engines.index import SearchQuery

SORTS = ("relevance", "newest", "trl", "price")
LONGEST, MOST, LONGEST_VALUE = 10_000, 50, 80
OLD = {"results": "result", "demands": "demand"}  # the home page's words for kinds


def asked(arguments: Mapping[str, Sequence[str]], actor: Actor, page: int = 1, size: int = 20) -> SearchQuery:
    """The query of an address's parameters, as of a request or as `address` gives them; rubbish in a filter finds nothing, rubbish in a sort is ignored."""
    filters: dict[str, tuple[str, ...]] = {}
    for group in GROUPS:
        given = (OLD.get(value, value)[:LONGEST_VALUE] for value in arguments.get(group, ()) if value and value != "all")
        if chosen := tuple(dict.fromkeys(given)):
            filters[group] = chosen[:MOST]
    sort = _first(arguments, "sort")
    return SearchQuery(
        text=_first(arguments, "q")[:LONGEST], access=access_tokens(actor), filters=filters, page=page, size=size, facets=FACETS,
        need="any" if _first(arguments, "words") == "some" else "auto",
        sort=sort if sort in SORTS else "relevance", synonyms=_first(arguments, "exact") != "1", plain=_first(arguments, "plain") == "1",
    )  # fmt: skip


def lists(arguments: MultiDict[str, str]) -> dict[str, list[str]]:
    """The parameters of a request, each with all its values."""
    return {key: list(given) for key, given in arguments.lists()}


def address(query: SearchQuery) -> dict[str, Any]:
    """The parameters that ask for this again, without its page."""
    found: dict[str, Any] = {"q": query.text} if query.text else {}
    found |= {group: list(chosen) for group, chosen in query.filters.items() if chosen}
    found |= {"sort": query.sort} if query.sort != "relevance" else {}
    found |= ({} if query.synonyms else {"exact": "1"}) | ({"words": "some"} if query.need == "any" else {})
    return found | ({"plain": "1"} if query.plain else {})


def _first(arguments: Mapping[str, Sequence[str]], name: str) -> str:
    given = arguments.get(name, "")
    return given if isinstance(given, str) else next(iter(given), "")
