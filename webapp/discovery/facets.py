"""Names of the filters of the search page, and the addresses their changes lead to."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask_babel import gettext

from webapp.catalog import values
from webapp.core.errors import N_
from webapp.discovery.service import Answer, Names, SearchQuery

TITLES = {
    "kind": N_("类型"),
    "industry": N_("产业"),
    "circle": N_("创新圈"),
    "stage": N_("成果阶段"),
    "mode": N_("合作方式"),
    "use_first": N_("先用后付"),
    "institution": N_("单位"),
}
KINDS = {"result": N_("成果"), "demand": N_("需求"), "cluster": N_("创新圈")}
YES = {"yes": N_("可先用后付"), "no": N_("不支持"), "1": N_("可先用后付"), "0": N_("不支持")}
SHOWN = 8


def label(names: Names, group: str, value: str) -> str:
    """What a filter value is called on the page."""
    fixed = {"kind": KINDS, "stage": values.STAGES, "mode": values.MODES, "use_first": YES}
    if group in fixed:
        return gettext(fixed[group][value]) if value in fixed[group] else value
    return names.get(group, {}).get(value, value)


def rows(names: Names, answer: Answer, query: SearchQuery, group: str) -> list[dict[str, Any]]:
    """Values of one filter with their counts, chosen ones first to stay even at zero."""
    counted = dict(answer.facets.get(group, ()))
    chosen = query.filters.get(group, ())
    order = [*chosen, *(value for value in counted if value not in chosen)][: max(SHOWN, len(chosen))]
    return [{"value": v, "label": label(names, group, v), "count": counted.get(v, 0), "checked": v in chosen} for v in order]


def _arguments() -> dict[str, list[str]]:
    return {key: list(chosen) for key, chosen in request.args.lists() if key != "page"}


def toggled(group: str, value: str) -> str:
    """This search with one filter value switched, back on page one."""
    arguments = _arguments()
    chosen = arguments.setdefault(group, [])
    if value in chosen:
        chosen.remove(value)
    else:
        chosen.append(value)
    return url_for("discovery.search", **arguments)  # type: ignore[arg-type]


def sorted_by(sort: str) -> str:
    """This search in another order, back on page one."""
    return url_for("discovery.search", **(_arguments() | {"sort": [sort]}))  # type: ignore[arg-type]
