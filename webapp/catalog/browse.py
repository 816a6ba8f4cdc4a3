"""The public lists: what an address asks for, the rows it finds, and how many each choice would find."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, or_
from sqlalchemy.orm import Session

from webapp.catalog import values
from webapp.catalog.fields_base import DEFAULTS
from webapp.catalog.freshness import unconfirmed
from webapp.catalog.models import Demand, Result
from webapp.catalog.policy import Posting
from webapp.catalog.quantities import price
from webapp.catalog.reading import Wrong
from webapp.catalog.service import published
from webapp.config import Settings
from webapp.core.policy import Actor

MOST = 40
GROUPS = {"result": ("cluster", "industry", "stage", "mode", "use_first"), "demand": ("industry", "kind", "mode", "use_first")}
COLUMNS = {
    "result": ("owner", "industry", "level", "price", "modes", "use_first", "rights", "landing", "published", "confirmed", "valid_until"),
    "demand": ("owner", "industry", "demand_kind", "price", "deadline", "min_trl", "modes", "location", "months", "published", "confirmed"),
}
DEFAULT_COLUMNS = {
    "result": ("owner", "level", "price", "use_first", "confirmed"), "demand": ("owner", "demand_kind", "price", "deadline", "published"),
}  # fmt: skip
SORTS = {"result": ("newest", "trl", "price"), "demand": ("newest", "deadline", "price")}


@dataclass(frozen=True)
class Asked:
    """What an address of a list asks for; rubbish in a filter finds nothing, rubbish in a sort is ignored."""

    kind: str
    chosen: Mapping[str, tuple[str, ...]]
    money: str = ""
    fen: int | None = None
    money_wrong: bool = False
    sort: str = "newest"
    stale: bool = False
    table: bool = False
    columns: tuple[str, ...] = ()

    def query(self) -> dict[str, Any]:
        """The same as address parameters."""
        plain: dict[str, Any] = {name: list(codes) for name, codes in self.chosen.items() if codes}
        plain |= ({"money": self.money} if self.money else {}) | ({"sort": self.sort} if self.sort != "newest" else {})
        plain |= ({"stale": "yes"} if self.stale else {}) | ({"show": "table"} if self.table else {})
        return plain | ({"col": list(self.columns)} if self.columns != DEFAULT_COLUMNS[self.kind] else {})


def asked(kind: str, lists: Mapping[str, Sequence[str]]) -> Asked:
    """Read an address; `lists` are its parameters, each with all its values."""
    chosen = {group: tuple(dict.fromkeys(code[:80] for code in lists.get(group, ())[:MOST] if code)) for group in GROUPS[kind]}
    sort = next(iter(lists.get("sort", ())), "newest")
    money = next(iter(lists.get("money", ())), "").strip()[:40]
    fen, wrong = _fen(money)
    columns = tuple(name for name in COLUMNS[kind] if name in lists.get("col", ())) or DEFAULT_COLUMNS[kind]
    return Asked(
        kind, chosen, money, fen, wrong, sort if sort in SORTS[kind] else "newest",
        stale="yes" in lists.get("stale", ()), table="table" in lists.get("show", ()), columns=columns,
    )  # fmt: skip


def _fen(money: str) -> tuple[int | None, bool]:
    try:
        return price(money).max_fen, False
    except Wrong:
        return None, True


def rows(actor: Actor, model: type[Posting], wanted: Asked, settings: Settings = DEFAULTS) -> Select[Any]:
    """The rows an address finds, in its order."""
    query = published(actor, model).where(*_conditions(model, wanted))
    if wanted.stale:
        query = query.where(unconfirmed(model, settings))
    newest = (model.published_at.desc(), model.id.desc())
    if wanted.sort == "trl" and model is Result:
        return query.order_by(Result.trl.desc().nulls_last(), *newest)
    if wanted.sort == "deadline" and model is Demand:
        return query.order_by(Demand.deadline.asc().nulls_last(), *newest)
    if wanted.sort == "price":
        column = model.price_min_fen.asc() if model is Result else model.price_max_fen.desc()
        return query.order_by(column.nulls_last(), *newest)
    return query.order_by(*newest)


def counts(session: Session, actor: Actor, model: type[Posting], wanted: Asked) -> dict[str, dict[str, int]]:
    """For each group how many rows each choice would find; within a group its own choice does not count.

    Groups without a choice share one pass, over an index that has them all but the modes; modes and each chosen group need a pass of their own.
    """
    free = [group for group, codes in wanted.chosen.items() if not codes and group != "mode"]
    found = _count(session, actor, model, wanted, free)
    for group in wanted.chosen.keys() - set(free):
        found |= _count(session, actor, model, wanted, [group])
    return found


def _count(session: Session, actor: Actor, model: type[Posting], wanted: Asked, groups: list[str]) -> dict[str, dict[str, int]]:
    """Count every combination of these groups' values once, then add up in memory."""
    found: dict[str, dict[str, int]] = {group: {} for group in groups}
    columns = [_column(model, group) for group in groups]
    if not columns:
        return found
    leave_out = groups[0] if len(groups) == 1 else ""
    query = published(actor, model).where(*_conditions(model, wanted, leave_out))
    combinations = query.with_only_columns(func.count(), *columns, maintain_column_froms=True).group_by(*columns)
    for number, *cells in session.execute(combinations):
        for group, cell in zip(groups, cells, strict=True):
            for code in _codes(group, cell):
                found[group][code] = found[group].get(code, 0) + number
    return found


def _codes(group: str, cell: Any) -> list[str]:
    """The choices a stored value belongs to."""
    if group == "mode":
        return [code for code in json.loads(cell or "[]") if code in values.MODES]
    if group == "use_first":
        return ["yes"] if cell else []
    return [cell] if cell else []


def _column(model: type[Posting], group: str) -> Any:
    if group == "mode":
        return cast(model.modes, String)
    if group == "use_first":
        return Result.use_first_offered if model is Result else Demand.wants_use_first
    return {
        "cluster": model.cluster_code, "industry": model.industry_code, "stage": Result.stage, "kind": Demand.kind,
    }[group]  # fmt: skip


def _conditions(model: type[Posting], wanted: Asked, leave_out: str = "") -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for group, codes in wanted.chosen.items():
        if not codes or group == leave_out:
            continue
        if group == "mode":
            found.append(or_(*(_has_mode(model, code) for code in codes)))
        elif group == "use_first":
            found.append(_column(model, group).is_(True))
        else:
            found.append(_column(model, group).in_(codes))
    if wanted.fen is not None:
        found.append(_affordable(model, wanted.fen))
    return found


def _has_mode(model: type[Posting], code: str) -> ColumnElement[bool]:
    """The list is stored as JSON text; codes hold no sign that LIKE or JSON would read otherwise."""
    known = code if code in values.MODES else "-"
    return cast(model.modes, String).like(f'%"{known.replace("_", "!_")}"%', escape="!")


def _affordable(model: type[Posting], fen: int) -> ColumnElement[bool]:
    """Offers from at most this sum; budgets up to at least this sum."""
    if model is Result:
        return and_(Result.price_min_fen.is_not(None), Result.price_min_fen <= fen)
    return and_(Demand.price_max_fen.is_not(None), Demand.price_max_fen >= fen)
