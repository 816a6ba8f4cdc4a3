"""A result or a demand as cells of text that imports read again unchanged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from webapp.catalog import rowsets, values
from webapp.catalog.fields import Lists
from webapp.catalog.quantities import Price
from webapp.catalog.views import FigureView
from webapp.imports.cells import WITHHELD, withheld

Cells = dict[str, str]
COMMON = (
    "external_id", "source", "title", "summary", "keywords", "field_code", "industry_code", "cluster_code", "organisation", "modes", "price",
    "confidentiality", "valid_until",
)  # fmt: skip
# What every reader of a row reads of it.
COLUMNS = {
    "results": (
        *COMMON, "department", "lead", "form", "nature", "standing", "project", "research_from", "research_to", "scenes", "cases", "benefits",
        "evidence", "stage", "trl", "trl_evidence", "indicators", "exclusivity", "landing", "supports", "use_first_offered", "trial_months",
        "payment_model", "trial_trigger", "use_first_price_fen",
    ),
    "demands": (*COMMON, "kind", "min_trl", "deadline", "location", "wants_use_first", "targets"),
}  # fmt: skip
# What only its own people read, and so only the export of one's own rows holds.
CLOSED = {
    "results": ("details", "contact", "members", "ip_rights", "compliance", "unfiled"),
    "demands": (
        "details", "contact", "background", "present", "scope", "conditions", "fundings", "months", "cooperations", "ip_ownership", "experts",
        "wants_board",
    ),
}  # fmt: skip
# The cells of a field that has a level of its own.
VEILED = {
    "summary": ("summary",), "keywords": ("keywords",), "price": ("price",), "figures": ("indicators", "targets"), "location": ("location",),
    "team": ("department", "lead", "members"), "details": ("details", "background", "present", "scope", "conditions"),
}  # fmt: skip


def told(view: Any, lists: Lists) -> Cells:
    """Every column of a row as one reader reads it."""
    common = {
        "external_id": view.code, "title": view.title, "summary": view.summary, "keywords": _joined(view.keywords),
        "field_code": lists.name("field", view.field), "industry_code": lists.name("industry", view.industry),
        "cluster_code": lists.name("cluster", view.cluster), "organisation": "" if view.anonymous else view.owner_name,
        "modes": _names(view.modes, values.MODES), "price": str(Price(view.price_kind, view.price_min_fen, view.price_max_fen)),
        "confidentiality": values.CONFIDENTIALITY[view.confidentiality], "valid_until": _text(view.valid_until),
        "details": view.details, "contact": view.contact,
    }  # fmt: skip
    whole = common | (_result(view) if view.kind == "result" else _demand(view))
    whole |= {name: f"'{text}" for name, text in whole.items() if withheld(text)}  # somebody wrote just that
    return whole | {cell: WITHHELD for name in view.veiled for cell in VEILED[name] if cell in whole}


def _result(view: Any) -> Cells:
    plain = {name: _text(getattr(view, name)) for name in ("department", "lead", "project", "cases", "benefits", "trl_evidence", "trl", "trial_months")}
    return plain | {
        "form": values.FORMS.get(view.form, ""), "nature": values.NATURES.get(view.nature, ""), "standing": values.STANDINGS.get(view.standing, ""),
        "research_from": _text(view.research_from), "research_to": _text(view.research_to), "scenes": "；".join(view.scenes),
        "evidence": rowsets.written(rowsets.EVIDENCE_CELLS, view.evidence), "stage": values.STAGES.get(view.stage or "", ""),
        "indicators": _figures(view.figures), "exclusivity": values.EXCLUSIVITIES.get(view.exclusivity, ""),
        "landing": values.LANDINGS.get(view.landing, ""), "supports": _names(view.supports, values.SUPPORTS),
        "use_first_offered": _yes(view.use_first), "payment_model": values.PAYMENT_MODELS.get(view.payment_model, ""),
        "trial_trigger": values.TRIGGERS.get(view.trial_trigger, ""),
        "use_first_price_fen": "" if view.use_first_price_fen is None else str(Price("FIXED", view.use_first_price_fen, view.use_first_price_fen)),
        "members": rowsets.written(rowsets.TEAM_CELLS, view.members),
        "ip_rights": rowsets.written(rowsets.IP_CELLS, [_right(right) for right in view.rights]),
        "compliance": _names(view.compliance, values.COMPLIANCE), "unfiled": _yes(view.unfiled),
    }  # fmt: skip


def _right(right: Any) -> dict[str, Any]:
    return {cell.name: getattr(right, cell.name) for cell in rowsets.IP_CELLS}


def _demand(view: Any) -> Cells:
    plain = {name: _text(getattr(view, name)) for name in ("background", "present", "scope", "conditions", "experts", "months", "location", "min_trl")}
    return plain | {
        "kind": values.DEMAND_KINDS.get(view.demand_kind, ""), "deadline": _text(view.deadline), "wants_use_first": _yes(view.wants_use_first),
        "targets": _figures(view.figures), "fundings": _names(view.fundings, values.FUNDINGS),
        "cooperations": _names(view.cooperations, values.COOPERATIONS), "ip_ownership": values.IP_OWNERSHIPS.get(view.ip_ownership, ""),
        "wants_board": _yes(view.wants_board),
    }  # fmt: skip


def _names(codes: Iterable[str], names: Mapping[str, str]) -> str:
    return _joined(names[code] for code in codes)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _yes(value: bool) -> str:
    return "是" if value else "否"


def _joined(words: Iterable[str]) -> str:
    """A lone word with a blank in it gets the sign that keeps it one."""
    found = list(words)
    return "；".join(found) + ("；" if len(found) == 1 and " " in found[0] else "")


def _figures(figures: Sequence[FigureView]) -> str:
    return "；".join(f"{'★' if figure.must else ''}{figure.name}：{figure.exact}" for figure in figures)
