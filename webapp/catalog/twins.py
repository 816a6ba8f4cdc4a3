"""Rows of one kind that are the same thing: found when they are posted or imported, shown to people, merged with their history."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from webapp.catalog import documents, laying, notices, policy
from webapp.catalog.likeness import plain, same_thing
from webapp.catalog.models import Demand, Likeness, Result
from webapp.catalog.policy import Posting
from webapp.catalog.states import LIVE, WAITING
from webapp.catalog.verbs import act
from webapp.core import audit, clock
from webapp.core import policy as rules
from webapp.core.errors import N_, Forbidden, Invalid
from webapp.core.policy import Actor
from webapp.engines.matcher import Matcher

Key = tuple[str, int]
Pair = tuple[str, int, int, float]  # kind, older row, younger row, likeness
MODELS: dict[str, type[Posting]] = {"result": Result, "demand": Demand}
LEAST = 0.55  # likeness from which people are asked
CANDIDATES = 8
CLOSED = ("WITHDRAWN", "REVOKED", "CONVERTED", "SOLVED", "SELF_SOLVED", "UNSOLVED", "DRAFT")


def needs_engine(session: Session, keys: Iterable[Key]) -> bool:
    """Whether a row among these was typed by a person: the engine is asked about those, imported ones are compared by their titles."""
    return any(row.source == "web" and _open(row) for row in _rows(session, keys))


def look(session: Session, matcher: Matcher | None, keys: Iterable[Key]) -> int:
    """Compare these rows with their likeliest twins and keep what looks the same; returns how many pairs are new."""
    return keep(session, compared(session, matcher, keys))


def compared(session: Session, matcher: Matcher | None, keys: Iterable[Key]) -> list[Pair]:
    """The pairs among these rows and their likeliest twins that look the same; only reads, since it takes its time."""
    rows = [row for row in _rows(session, keys) if _open(row)]
    titled = _same_titles(session, rows)
    return [pair for row in rows for pair in _compare(session, row, _candidates(session, matcher, row) | titled.get(_title_key(row), set()))]


def keep(session: Session, pairs: Iterable[Pair]) -> int:
    """Keep the pairs nobody knows of yet; returns how many."""
    return sum(_keep(session, *pair) for pair in dict.fromkeys(pairs))


def _rows(session: Session, keys: Iterable[Key]) -> list[Posting]:
    found: list[Posting] = []
    for kind, model in MODELS.items():
        ids = [row_id for name, row_id in keys if name == kind]
        query: Select[Any] = select(model).where(model.id.in_(ids))
        found += session.scalars(query).unique() if ids else []
    return found


def _open(row: Posting) -> bool:
    return row.state == WAITING or row.state in LIVE[row.__tablename__]


def _title_key(row: Posting) -> tuple[str, str]:
    return row.__tablename__, row.title


def _same_titles(session: Session, rows: list[Posting]) -> dict[tuple[str, str], set[int]]:
    """By kind and title: the ids of all rows with it."""
    found: dict[tuple[str, str], set[int]] = {}
    for kind, model in MODELS.items():
        titles = {row.title for row in rows if row.__tablename__ == kind}
        query = select(model.id, model.title).where(model.title.in_(titles), model.state.not_in(CLOSED))
        for row_id, title in session.execute(query) if titles else ():
            found.setdefault((kind, title), set()).add(row_id)
    return found


def _candidates(session: Session, matcher: Matcher | None, row: Posting) -> set[int]:
    if matcher is None or row.source != "web":
        return set()
    return {int(scored.id) for scored in matcher.similar(row.__tablename__, documents.match_document(row), CANDIDATES)}


def _compare(session: Session, row: Posting, others: set[int]) -> list[Pair]:
    model = type(row)
    query: Select[Any] = select(model).where(model.id.in_(others - {row.id}), model.state.not_in(CLOSED))
    found = [(other.id, same_thing(row.title, _text(row), other.title, _text(other))) for other in session.scalars(query).unique()]
    return [(row.__tablename__, min(row.id, other), max(row.id, other), round(score, 3)) for other, score in found if score >= LEAST]


def _keep(session: Session, kind: str, first: int, second: int, score: float) -> bool:
    pair = (Likeness.kind == kind, Likeness.first_id == first, Likeness.second_id == second)
    if session.scalars(select(Likeness).where(*pair)).first() is not None:
        return False
    session.add(Likeness(kind=kind, first_id=first, second_id=second, score=score, found_at=clock.now()))
    session.flush()
    return True


def _text(row: Posting) -> str:
    return "\n".join(filter(None, (row.summary, getattr(row, "background", ""), row.details)))


def of_row(session: Session, actor: Actor, row: Posting) -> list[tuple[Likeness, Any]]:
    """Pairs nobody decided yet that the actor may see both rows of, with the view of the other; for who may merge."""
    if "merge" not in policy.actions(actor, row):
        return []
    mine = or_(Likeness.first_id == row.id, Likeness.second_id == row.id)
    pairs = list(session.scalars(select(Likeness).where(Likeness.kind == row.__tablename__, Likeness.state == "OPEN", mine)))
    if not pairs:
        return []
    ids = {pair.first_id + pair.second_id - row.id for pair in pairs}
    model = type(row)
    others = {other.id: other for other in session.scalars(rules.visible(actor, model).where(model.id.in_(ids), model.state.not_in(CLOSED))).unique()}
    return [(pair, rules.reveal(actor, others[number])) for pair in pairs if (number := pair.first_id + pair.second_id - row.id) in others]


def different(session: Session, actor: Actor, row: Posting, other_id: int) -> None:
    """Somebody says that the two are not the same thing; they are not asked about again."""
    if "merge" not in policy.actions(actor, row):
        raise Forbidden(code="merge_not_yours")
    _decide(session, actor, row, other_id, "DIFFERENT")


def _decide(session: Session, actor: Actor, row: Posting, other_id: int, state: str) -> None:
    first, second = sorted((row.id, other_id))
    query = select(Likeness).where(Likeness.kind == row.__tablename__, Likeness.first_id == first, Likeness.second_id == second)
    pair = session.scalars(query).first()
    if pair is not None:
        pair.state, pair.decided_by = state, actor.name


def find(session: Session, actor: Actor, model: type[Posting], code: str) -> Posting:
    """The row with the number people quote, if the actor may see it."""
    found = re.fullmatch(r"(?:SM-([RD])-\d{4}-)?0*(\d{1,12})", code.strip().upper())
    letter = "R" if model is Result else "D"
    wrong = Invalid(N_("没有找到这个编号，请填 SM-%(letter)s-2026-0001 这样的编号。"), fields={"code": N_("没有找到这个编号。")}, letter=letter)
    if not found or found[1] not in {None, letter}:
        raise wrong
    row: Any = session.scalars(rules.visible(actor, model).where(model.id == int(found[2]))).unique().first()
    if row is None:
        raise wrong
    return row  # type: ignore[no-any-return]


def merge(session: Session, actor: Actor, row: Posting, into: Posting, version: int | None = None) -> None:
    """Close a row as the same thing as another; what it has that the other lacks goes along when both are of one organisation."""
    if into.id == row.id or into.merged_into_id is not None or into.state in CLOSED:
        raise Invalid(N_("不能并入这一条：它就是本身，或者已经关闭。"), fields={"code": N_("不能并入这一条。")})
    if type(into) is not type(row) or (row.organisation_id != into.organisation_id and not actor.has(*policy.DESK)):
        raise Forbidden(N_("只能并入本单位的另一条；跨单位的由技术经纪人或运营方来并。"), code="merge_other_organisation")
    act(session, actor, row, "merge", version=version, facts={"merged_into_id": into.id})
    if row.organisation_id == into.organisation_id:
        _take_over(session, actor, row, into)
    audit.record(session, actor, f"{row.__tablename__}:merged_with", into, merged=row.id)
    _decide(session, actor, row, into.id, "MERGED")
    notices.tell_of_merge(session, actor, row, into)


def _take_over(session: Session, actor: Actor, row: Posting, into: Posting) -> None:
    """Keywords, people, rights and evidence the kept row lacks; its own words stay."""
    was = laying.before(into)
    found: dict[str, Any] = {"keywords": list(dict.fromkeys([*into.keywords, *row.keywords]))[:10]}
    if isinstance(into, Result) and isinstance(row, Result):
        found |= {
            "members": _joined(into.members, row.members, "name"), "evidence": _joined(into.evidence, row.evidence, "title"),
            "ip_rights": _joined(laying.rights(into), laying.rights(row), "number"), "scenes": list(dict.fromkeys([*into.scenes, *row.scenes]))[:10],
        }  # fmt: skip
    changed = laying.lay(into, found)
    if changed:
        into.changed_by, into.updated_at = actor.name, clock.now()
        session.flush()
        laying.revise(session, actor, into, "merge", was, changed)


def _joined(kept: list[dict[str, Any]], more: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    known = {plain(str(one[name])) for one in kept}
    return [*kept, *(one for one in more if plain(str(one[name])) not in known)]
