"""The lists results and demands are classified by, as they stand today: what the operator keeps, over what the platform begins with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts.models import Organisation
from webapp.catalog.fields import Entry, Lists
from webapp.catalog.models import Classification, Cluster
from webapp.catalog.values import TRL_NAMES
from webapp.core import clock
from webapp.core.languages import translate

SCHEMES = ("industry", "field", "cluster", "trl", "institution")


def lists(session: Session) -> Lists:
    """Names of industries, fields, circles, levels and institutions; only entries valid today may be chosen."""
    kept = _kept(session)
    schools = {str(row.id): row for row in _schools(session)}
    return Lists(
        industry=kept["industry"], field=kept["field"], trl=_over(beginnings(session, "trl"), kept["trl"]),
        cluster=_over(beginnings(session, "cluster"), kept["cluster"]),
        institution={number: _named(number, row, kept["institution"]) for number, row in schools.items()},
    )  # fmt: skip


def _kept(session: Session) -> dict[str, dict[str, Entry]]:
    """What the operator keeps: of each entry the version valid today, else its last one, marked as ended."""
    today = clock.today()
    found: dict[str, dict[str, Entry]] = {scheme: {} for scheme in SCHEMES}
    one = Classification  # columns, not rows: nearly every page asks, and nobody changes what it gets
    columns = select(one.scheme, one.code, one.zh, one.en, one.parent, one.valid_from, one.valid_to)
    for row in session.execute(columns.where(one.scheme.in_(found)).order_by(one.version, one.position)):
        current = (row.valid_from is None or row.valid_from <= today) and (row.valid_to is None or row.valid_to >= today)
        known = found[row.scheme].pop(row.code, None)
        if current or known is None or not known.current:
            known = Entry(row.code, row.zh, row.en, row.parent, current)
        found[row.scheme][row.code] = known
    return found


def beginnings(session: Session, scheme: str) -> list[Entry]:
    """What is in a list before an operator has touched it."""
    if scheme == "trl":
        return [Entry(str(level), translate("zh_CN", name), translate("en", name)) for level, name in TRL_NAMES.items()]
    if scheme == "cluster":
        columns = select(Cluster.code, Cluster.short_zh, Cluster.zh, Cluster.short_en, Cluster.en)
        rows = session.execute(columns.order_by(Cluster.position, Cluster.code))
        return [Entry(row.code, row.short_zh or row.zh, row.short_en or row.en) for row in rows]
    if scheme == "institution":
        return [Entry(row.code, row.name, row.name_en) for row in _schools(session) if row.code and not row.code.startswith("import-")]
    return []


def _schools(session: Session) -> Iterable[Any]:
    columns = select(Organisation.id, Organisation.code, Organisation.name, Organisation.name_en)
    return session.execute(columns.where(Organisation.kind == "SCHOOL").order_by(Organisation.id))


def _over(first: list[Entry], kept: dict[str, Entry]) -> dict[str, Entry]:
    """Kept entries in their order, then those nobody touched."""
    return kept | {entry.code: entry for entry in first if entry.code not in kept}


def _named(number: str, school: Any, kept: dict[str, Entry]) -> Entry:
    entry = kept.get(school.code or "")
    return entry._replace(code=number) if entry else Entry(number, school.name, school.name_en)
