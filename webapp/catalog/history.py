"""The changes of a row as people read them: who, when, which field, what was taken out and what was put in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from sqlalchemy.orm import Session

from webapp.catalog import laying, rowsets, values
from webapp.catalog.fields import Lists, rules
from webapp.catalog.policy import Posting
from webapp.config import Settings
from webapp.core.errors import N_

Say = Callable[[str], str]
Pieces = list[tuple[str, str]]  # text, and "" kept, "-" taken out, "+" put in
MOST = 20_000
WORD = re.compile(r"[A-Za-z0-9.]+|\s+|.", re.DOTALL)
NAMES: Mapping[str, Mapping[str, str]] = {
    "stage": values.STAGES, "form": values.FORMS, "modes": values.MODES, "price_kind": values.PRICE_KINDS, "payment_model": values.PAYMENT_MODELS,
    "nature": values.NATURES, "standing": values.STANDINGS, "exclusivity": values.EXCLUSIVITIES, "landing": values.LANDINGS,
    "supports": values.SUPPORTS, "compliance": values.COMPLIANCE, "trial_trigger": values.TRIGGERS, "kind": values.DEMAND_KINDS,
    "cooperations": values.COOPERATIONS, "ip_ownership": values.IP_OWNERSHIPS, "fundings": values.FUNDINGS,
    "confidentiality": {str(level): name for level, name in values.CONFIDENTIALITY.items()},
}  # fmt: skip
LISTED = {"industry_code": "industry", "field_code": "field", "cluster_code": "cluster"}
CELLS = {"ip_rights": rowsets.IP_CELLS, "members": rowsets.TEAM_CELLS, "evidence": rowsets.EVIDENCE_CELLS}
PRICES = {"price_kind": N_("价格方式"), "price_min_fen": N_("价格下限（万元）"), "price_max_fen": N_("价格上限（万元）")}
ACTIONS = {"edit": N_("修改"), "import": N_("导入更新"), "merge": N_("合并时补入")}


@dataclass(frozen=True)
class Change:
    """One change: who made it, and the fields with their differences."""

    at: datetime
    name: str
    action: str
    version: int
    fields: list[tuple[str, Pieces]]


def changes(session: Session, row: Posting, settings: Settings, lists: Lists, say: Say, contact: bool = False) -> list[Change]:
    """Every change of a row, newest first; those of its contact details only for whoever reads them."""
    labels = {name: field.label for name, field in rules(row.__tablename__, lists, settings).fields.items()} | PRICES
    shown = _shower(lists, say)
    return [
        Change(one.at, one.name, say(ACTIONS.get(one.action, one.action)), one.version, [
            (say(labels.get(name, name)), difference(shown(name, one.before[name]), shown(name, one.after.get(name))))
            for name in one.before if contact or name != "contact"
        ])
        for one in laying.revisions(session, row)
    ]  # fmt: skip


def _shower(lists: Lists, say: Say) -> Callable[[str, Any], str]:
    def shown(name: str, value: Any) -> str:
        if value is None or value == "":
            return ""
        if name in ("price_min_fen", "price_max_fen", "use_first_price_fen"):
            return f"{value / 1_000_000:g}"
        if name in CELLS:
            return rowsets.written(CELLS[name], value)
        if isinstance(value, bool):
            return say(N_("是")) if value else say(N_("否"))
        if isinstance(value, list):
            return "\n".join(shown(name, one) for one in value)
        if name in LISTED:
            return lists.name(LISTED[name], str(value))
        return say(NAMES[name][str(value)]) if str(value) in NAMES.get(name, ()) else str(value)

    return shown


def difference(before: str, after: str) -> Pieces:
    """Two texts as one: what stayed, what was taken out, what was put in; very long ones are shown one after the other."""
    if len(before) + len(after) > MOST:
        return [(before, "-"), (after, "+")]
    old, new = WORD.findall(before), WORD.findall(after)
    out: Pieces = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            out.append(("".join(old[a:b]), ""))
            continue
        out += [("".join(old[a:b]), "-"), ("".join(new[c:d]), "+")]
    return [piece for piece in out if piece[0]]
