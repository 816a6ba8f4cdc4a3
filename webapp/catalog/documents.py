"""Rows as the matching engine and the full-text index see them, and who may find what.

Matching: its reasons quote words, so only text that everybody may read who meets the pair stands in the quoted fields.
From level 3 on a row meets the other side before that side may read it; therefore its title, summary and keywords are
hidden as its details are: they count and are never quoted. The facts stay, because a missed must-target has to rule out
the grade strong; signals are shown to brokers and operators only, who may read the row.

Search: a row is found only by readers holding one of its `access` tokens, hidden text only with `hidden_access`; there
the title stays a title, since nobody finds the row who may not read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, object_session

from webapp.accounts.models import Grant, Organisation
from webapp.attachments import service as attachments
from webapp.catalog import layers, policy, values
from webapp.catalog.attachments import Found, searched
from webapp.catalog.models import Demand, Result
from webapp.catalog.models import Figure as FigureRow
from webapp.catalog.policy import Posting
from webapp.catalog.quantities import written
from webapp.catalog.regions import HOME, region_of
from webapp.catalog.states import LIVE
from webapp.core import clock
from webapp.core.policy import Actor
from webapp.engines.index import SearchDocument
from webapp.engines.kinds import DESK, PUBLIC, VERIFIED, versioned
from webapp.engines.matcher import Document, Facts, Figure

COMPARISONS = {"GE": ">=", "LE": "<=", "GT": ">", "LT": "<", "EQ": "=", "APPROX": "~"}


def key(row: Posting) -> str:
    """The row's id in the index."""
    return f"{row.__tablename__}:{row.id}"


def live(row: Posting) -> bool:
    """Whether the row is to be found and matched."""
    return row.state in LIVE[row.__tablename__]


def quotable(row: Posting) -> bool:
    """Whether everybody who meets a pair with this row may read its public text."""
    return row.confidentiality < values.NDA


def match_document(row: Posting) -> Document:
    """The row for the engine: what may be quoted apart from what only counts."""
    outer, inner = layers.split(row)
    document = _match_document(outer)
    return replace(document, hidden=_joined(document.hidden, inner)) if inner else document


def _match_document(row: Posting) -> Document:
    shown, kept = _texts(row)
    names = _figure_names(row) if _figures_shown(row) else ""
    if quotable(row):
        return Document(str(row.id), row.title, _joined(shown, names), policy.public_keywords(row), kept, facts(row))
    hidden = _joined(row.title, shown, " ".join(row.keywords), names, kept)
    return Document(str(row.id), hidden=hidden, facts=facts(row))


def _texts(row: Posting) -> tuple[str, str]:
    """What the row's readers may all read, and what only the confidential layer holds."""
    shown = policy.public_summary(row)
    rest = row.summary.strip().removeprefix(shown) if shown != row.summary else ""
    if isinstance(row, Demand):
        return shown, _joined(row.background, row.present, row.scope, row.conditions, row.details)
    more = _joined(row.cases, row.benefits, row.trl_evidence)
    if row.unfiled:
        return _joined(shown, *row.scenes), _joined(rest, _figure_names(row), " ".join(row.keywords), more, row.details)
    return _joined(shown, *row.scenes, more), row.details


def _figures(row: Posting) -> list[Any]:
    return list(row.indicators if isinstance(row, Result) else row.targets)


def _figures_shown(row: Posting) -> bool:
    return not (isinstance(row, Result) and row.unfiled)


def _figure_names(row: Posting) -> str:
    return "；".join(figure.name for figure in _figures(row))


def _joined(*pieces: str) -> str:
    return "\n".join(piece for piece in pieces if piece)


def facts(row: Posting) -> Facts:
    """The structured signals of a row."""
    figures = tuple(figure for stored in _figures(row) for figure in _compared(stored))
    confirmed = row.confirmed_at or row.published_at
    common: dict[str, Any] = {
        "industry": row.industry_code or "", "field": row.field_code or "", "cluster": row.cluster_code or "",
        "modes": tuple(row.modes), "updated": clock.local(confirmed).date() if confirmed else None,
    }  # fmt: skip
    if isinstance(row, Result):
        return Facts(
            **common, trl=row.trl, figures=figures, use_first=row.use_first_offered,
            price_min_fen=row.price_min_fen, price_max_fen=row.price_max_fen,
        )  # fmt: skip
    return Facts(
        **common, min_trl=row.min_trl, targets=figures, wants_use_first=row.wants_use_first, deadline=row.deadline,
        budget_min_fen=row.price_min_fen, budget_max_fen=row.price_max_fen,
    )  # fmt: skip


def _compared(stored: FigureRow) -> Iterator[Figure]:
    """The engine compares single numbers: a range is its two ends."""
    must = bool(getattr(stored, "must", False))
    if stored.comparison == "RANGE" and stored.value_max is not None:
        yield Figure(stored.name, stored.value, stored.unit, ">=", must)
        yield Figure(stored.name, stored.value_max, stored.unit, "<=", must)
    else:
        yield Figure(stored.name, stored.value, stored.unit, COMPARISONS.get(stored.comparison, "="), must)


def access_tokens(actor: Actor) -> tuple[str, ...]:
    """The tokens a searcher holds."""
    held = [PUBLIC]
    if policy.verified_reader(actor):
        held.append(VERIFIED)
    if actor.has(*policy.DESK):
        held.append(DESK)
    if actor.organisation_id is not None and actor.has(*policy.READERS):
        held.append(_organisation(actor.organisation_id))
    return tuple(held)


def _organisation(number: int) -> str:
    return f"org:{number}"


def search_document(row: Posting, guests: Iterable[int] | None = None, attached: Found | None = None) -> SearchDocument:
    """The row for the index; `guests` are the organisations let in to its confidential layer, looked up when not given.

    So are the words of its files, `attached`.
    """
    let_in = () if row.confidentiality >= values.BROKERS else layers.guests(row, _guests(row) if guests is None else guests)
    inside = (DESK, _organisation(row.organisation_id), *map(_organisation, sorted(set(let_in))))
    row, inner = layers.split(row, values.NDA)
    files = _attached(row) if attached is None else attached
    document = SearchDocument(
        id=key(row), kind=row.__tablename__, title=row.title, text=public_text(row, files), keywords=policy.public_keywords(row),
        hidden=_joined(_texts(row)[1], searched(row, files)[1], inner), names=_names(row),
        access=_access(row.confidentiality, inside), hidden_access=inside,
        filters=_filters(row), numbers=_numbers(row), date=clock.local(row.published_at).isoformat() if row.published_at else "",
    )  # fmt: skip
    return versioned(document)


def public_text(row: Posting, files: Found) -> str:
    """What everybody who sees the row may read below its title, with the words of its open files."""
    row, _ = layers.split(row)
    return _joined(_texts(row)[0], _figure_text(row), searched(row, files)[0])


def _figure_text(row: Posting) -> str:
    if not _figures_shown(row):
        return ""
    return "；".join(f"{f.name} {written(f.comparison, f.value, f.value_max, f.unit)}" for f in _figures(row))


def _access(level: int, inside: tuple[str, ...]) -> tuple[str, ...]:
    if level <= values.ANONYMOUS:
        return (PUBLIC,)
    return (VERIFIED, *inside) if level == values.VERIFIED else inside


def _names(row: Posting) -> tuple[str, ...]:
    """Names the row may be found by; an unnamed company is not found by its name."""
    if row.confidentiality == values.ANONYMOUS:
        return ()
    own = (row.organisation.name, row.organisation.name_en)
    people = (row.lead, row.department) if isinstance(row, Result) else ()
    return tuple(name for name in (*own, *people) if name)


def _filters(row: Posting) -> dict[str, str | tuple[str, ...]]:
    found: dict[str, str | tuple[str, ...]] = {
        "kind": row.__tablename__, "industry": row.industry_code or "", "field": row.field_code or "",
        "circle": row.cluster_code or "", "mode": tuple(row.modes),
        "year": str(clock.local(row.published_at).year) if row.published_at else "",
    }  # fmt: skip
    named = row.confidentiality != values.ANONYMOUS
    if named and row.organisation.verified_at is not None:
        found["institution"] = str(row.organisation_id)
    if isinstance(row, Result):
        found |= {"stage": row.stage or "", "use_first": "yes" if row.use_first_offered else "", "region": _home(row.organisation)}
    else:
        places = (row.location, row.organisation.address if named else "")
        found |= {"use_first": "yes" if row.wants_use_first else "", "region": region_of(*places)}
    return {group: value for group, value in found.items() if value}


def _home(school: Organisation) -> str:
    """Where a school is: its address, or the new area for the schools of the circles, which all lie there."""
    return region_of(school.address) or (HOME if school.cluster_code else "")


def _numbers(row: Posting) -> dict[str, float]:
    """Readiness level, and the price in 万元: the lower end of an offer, the upper end of a budget."""
    level = row.trl if isinstance(row, Result) else row.min_trl
    fen = row.price_min_fen if isinstance(row, Result) else row.price_max_fen
    found: dict[str, float | None] = {"trl": level, "price": fen / 1_000_000 if fen is not None else None}
    return {name: float(value) for name, value in found.items() if value is not None}


def _open_grants() -> Select[int, int]:
    open_ended = or_(Grant.until.is_(None), Grant.until > clock.now())
    return select(Grant.subject_id, Grant.organisation_id).where(Grant.ended_at.is_(None), open_ended)


def _guests(row: Posting) -> list[int]:
    session = object_session(row)
    if session is None:
        return []
    query = _open_grants().where(Grant.subject_kind == row.__tablename__, Grant.subject_id == row.id)
    return [organisation for _, organisation in session.execute(query)]


def _attached(row: Posting) -> Found:
    session = object_session(row)
    return attachments.texts(session, row.__tablename__, [row.id]).get(row.id, ()) if session is not None else ()


def guests(session: Session, model: type[Posting]) -> dict[int, list[int]]:
    """For each row let in to: which organisations are its guests."""
    found: dict[int, list[int]] = {}
    for row_id, organisation in session.execute(_open_grants().where(Grant.subject_kind == model.__tablename__)):
        found.setdefault(row_id, []).append(organisation)
    return found
