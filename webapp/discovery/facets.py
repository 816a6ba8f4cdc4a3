"""The filters of the search page as it shows them, and the addresses their changes lead to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import url_for
from flask_babel import gettext

from webapp.discovery.asked import address
from webapp.discovery.names import TITLES, Names
from webapp.discovery.searching import FACETS, Answer
from webapp.engines.index import SearchQuery

SHOWN = 5
WHOLE = ("kind", "trl", "mode", "use_first")  # short lists with an order of their own: all values stay, at zero too


@dataclass(frozen=True)
class Facet:
    """One filter: the rows always shown and those behind “all”."""

    name: str
    title: str
    rows: list[dict[str, Any]]
    more: list[dict[str, Any]]


def panel(names: Names, answer: Answer, query: SearchQuery) -> list[Facet]:
    """The filters beside the hits; one without any value is left out."""
    found = ((group, _rows(names, answer, query, group)) for group in FACETS)
    return [Facet(group, gettext(TITLES[group]), *_split(group, rows)) for group, rows in found if rows]


def _split(group: str, rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    if group in WHOLE or len(rows) <= SHOWN + 1:
        return rows, []
    cut = max(SHOWN, max((n + 1 for n, row in enumerate(rows) if row["checked"]), default=0))
    return rows[:cut], rows[cut:]


def _rows(names: Names, answer: Answer, query: SearchQuery, group: str) -> list[dict[str, Any]]:
    """Values with their counts; chosen ones come first and stay even at zero."""
    counted, chosen = dict(answer.facets.get(group, ())), query.filters.get(group, ())
    if group in WHOLE:
        order = [value for value in names[group] if value in counted or value in chosen] if group == "trl" else list(names[group])
    elif group == "year":
        order = sorted({*counted, *chosen}, reverse=True)
    else:
        order = [*chosen, *(value for value in counted if value not in chosen)]
    if not any(counted.get(value) or value in chosen for value in order):
        return []
    return [{"value": v, "label": label(names, group, v), "count": counted.get(v, 0), "checked": v in chosen} for v in order]


def label(names: Names, group: str, value: str) -> str:
    """What a filter value is called on the page."""
    return names.get(group, {}).get(value, value)


def chips(names: Names, query: SearchQuery) -> list[tuple[str, str, str]]:
    """The filters chosen: name of the filter, of its value, and the address without it."""
    return [
        (gettext(TITLES[group]), label(names, group, value), without(query, group, value))
        for group, chosen in query.filters.items()
        for value in chosen
    ]


def without(query: SearchQuery, group: str, value: str) -> str:
    """This search without one filter value, on page one."""
    return link(replace(query, filters=dict(query.filters) | {group: tuple(v for v in query.filters[group] if v != value)}))


def link(query: SearchQuery, **changed: Any) -> str:
    """The address of a search on its page one."""
    return url_for("discovery.search", **(address(query) | changed))


@dataclass(frozen=True)
class WayOut:
    """A way out of an empty answer, as a link: what is let go of, and how many rows that finds."""

    text: str
    href: str
    count: int


def ways(names: Names, answer: Answer, query: SearchQuery) -> list[WayOut]:
    """What to let go of to find something, the most fruitful first."""
    found = [WayOut(_let_go(names, query, way.groups), link(way.query), way.count) for way in answer.ways]
    return sorted(found, key=lambda way: -way.count)


def _let_go(names: Names, query: SearchQuery, groups: tuple[str, ...]) -> str:
    if not groups:
        return str(gettext("不按符号理解，只当普通文字找"))
    if len(groups) > 1:
        return str(gettext("去掉全部条件"))
    chosen = gettext("、").join(label(names, groups[0], value) for value in query.filters[groups[0]])
    return str(gettext("去掉“%(title)s：%(names)s”", title=gettext(TITLES[groups[0]]), names=chosen))
