"""Values laid into a row: what differs is set, and each change of a saved row is kept as it was and as it became."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.catalog.models import Indicator, IpRight, Result, Revision, Target
from webapp.catalog.policy import Posting
from webapp.catalog.quantities import Quantity, same
from webapp.core import clock
from webapp.core.policy import Actor

FIGURES: dict[str, tuple[str, type[Indicator] | type[Target]]] = {"result": ("indicators", Indicator), "demand": ("targets", Target)}
RIGHT = ("kind", "number", "status", "holder", "co_owned", "expires", "fee_paid_until")


def quantities(row: Posting) -> list[Quantity]:
    """The row's figures as read values."""
    stored = row.indicators if isinstance(row, Result) else row.targets
    return [Quantity(f.name, f.comparison, f.value, f.value_max, f.unit, bool(getattr(f, "must", False))) for f in stored]


def rights(row: Result) -> list[dict[str, Any]]:
    """The row's intellectual property rights as read values."""
    return [{name: _plain(getattr(right, name)) for name in RIGHT} for right in row.ip_rights]


def _plain(value: Any) -> Any:
    """A stored value as JSON holds it; of a date without a day the empty text."""
    return value.isoformat() if isinstance(value, date | datetime) else "" if value is None else value


def before(row: Posting) -> dict[str, Any]:
    """The row's present values, as the rules between fields compare them."""
    list_name, _ = FIGURES[row.__tablename__]
    columns = {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs}
    return columns | {list_name: quantities(row)} | ({"ip_rights": rights(row)} if isinstance(row, Result) else {})


def lay(row: Posting, columns: Mapping[str, Any]) -> list[str]:
    """Set what differs and say what did; equal values leave the row untouched."""
    return [name for name, value in columns.items() if _set(row, name, value)]


def differs(row: Posting, columns: Mapping[str, Any]) -> bool:
    """Whether any of these values is not what the row holds."""
    was, (list_name, _) = before(row), FIGURES[row.__tablename__]
    return any(not same(getattr(row, name), value) if name == list_name else was[name] != value for name, value in columns.items())


def _set(row: Posting, name: str, value: Any) -> bool:
    list_name, model = FIGURES[row.__tablename__]
    if name == list_name:
        if same(getattr(row, name), value):
            return False
        setattr(row, name, [_figure(model, place, quantity) for place, quantity in enumerate(value)])
    elif name == "ip_rights" and isinstance(row, Result):
        if rights(row) == value:
            return False
        row.ip_rights = [_right(place, right) for place, right in enumerate(value)]
    elif getattr(row, name) == value:
        return False
    else:
        setattr(row, name, value)
    return True


def _figure(model: type[Indicator] | type[Target], position: int, read: Quantity) -> Indicator | Target:
    figure = model(position=position, name=read.name, comparison=read.comparison, value=read.value, value_max=read.value_max, unit=read.unit)
    if isinstance(figure, Target):
        figure.must = read.must
    return figure


def _right(position: int, read: Mapping[str, Any]) -> IpRight:
    days = {name: date.fromisoformat(read[name]) if read[name] else None for name in ("expires", "fee_paid_until")}
    return IpRight(position=position, **(dict(read) | days))


def shown(row: Posting, names: Iterable[str]) -> dict[str, Any]:
    """These fields of a row as plain JSON."""
    whole = before(row)
    return {name: _json(whole[name]) for name in names if name in whole}


def _json(value: Any) -> Any:
    if isinstance(value, list):
        return [str(one) + (" *" if one.must else "") if isinstance(one, Quantity) else one for one in value]
    return _plain(value) if isinstance(value, date | datetime) else value


def revise(session: Session, actor: Actor, row: Posting, action: str, was: Mapping[str, Any], changed: Iterable[str]) -> None:
    """Keep a change: the fields as they were in `was`, and as they are now."""
    names = [name for name in changed if name in was]
    if not names:
        return
    session.add(Revision(
        kind=row.__tablename__, row_id=row.id, version=row.version, action=action, at=clock.now(), person_id=actor.person_id,
        name=actor.name, before={name: _json(was[name]) for name in names}, after=shown(row, names),
    ))  # fmt: skip


def revisions(session: Session, row: Posting) -> list[Revision]:
    """Every change of a row, newest first."""
    query = select(Revision).where(Revision.kind == row.__tablename__, Revision.row_id == row.id)
    return list(session.scalars(query.order_by(Revision.id.desc())))

