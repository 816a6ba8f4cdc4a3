"""Keeping ranked pairs true: what to rank again after a change, and which rows of the match table follow from it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, lazyload

from webapp.catalog import documents
from webapp.catalog.models import Demand, Result
from webapp.config import Settings
from webapp.core import audit, outbox
from webapp.core.policy import SYSTEM
from webapp.core.worker import NotNow
from webapp.engines.matcher import Document, Matcher, Scored, plain_reason
from webapp.matches import learning
from webapp.matches.models import Match, Verdict

MANY = 60  # results changed at once from which ranking every demand costs less than finding the touched ones
NEAR = 40  # demands looked at again for one changed result
CLOSED = ("REJECTED", "DECLINED_COMPANY", "DECLINED_RESEARCHER", "EXPIRED", "STALE")
SLICE = 500  # rows in memory at once while their documents are made
UNDECIDED = ("REVIEWING", "SHORTLISTED")
RESULT_STATES = ("PUBLISHED",)
DEMAND_STATES = ("OPEN", "MATCHING")


def fingerprint(document: Document) -> str:
    """A short hash of what the engine reads of a row: a rejected pair comes back only when this changes.

    The day of the last confirmation is left out: "still valid" is no new text.
    """
    facts = replace(document.facts, updated=None)
    parts = [document.title, document.text, *document.keywords, document.hidden, repr(facts)]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def open_demands(session: Session, ids: Iterable[int] | None = None) -> list[Demand]:
    """Demands that are matched: open or matching ones."""
    query = select(Demand).where(Demand.state.in_(DEMAND_STATES)).order_by(Demand.id)
    return list(session.scalars(query if ids is None else query.where(Demand.id.in_(list(ids)))).unique())


def demands_of(session: Session, match_ids: set[int]) -> list[int]:
    """The demands of these matches that are still matched."""
    query = select(Demand.id).join(Match, Match.demand_id == Demand.id).where(Match.id.in_(match_ids), Demand.state.in_(DEMAND_STATES))
    return sorted(set(session.scalars(query)))


def live_results(session: Session, ids: Iterable[int] | None = None) -> list[Result]:
    """Results that are matched: published ones."""
    query = select(Result).where(Result.state.in_(RESULT_STATES)).order_by(Result.id)
    return list(session.scalars(query if ids is None else query.where(Result.id.in_(list(ids)))).unique())


def _made(session: Session, model: type[Result] | type[Demand]) -> Iterator[Document]:
    """The documents of all matched rows; the rows themselves pass through memory some at a time."""
    states = RESULT_STATES if model is Result else DEMAND_STATES
    ids = list(session.scalars(select(model.id).where(model.state.in_(states)).order_by(model.id)))
    for start in range(0, len(ids), SLICE):
        rows: Sequence[Result | Demand] = (live_results if model is Result else open_demands)(session, ids[start : start + SLICE])
        yield from map(documents.match_document, rows)


def fit(session: Session, matcher: Matcher) -> None:
    """Learn both engines anew from the database; results pass through memory, since they may be many."""
    matcher.fit(_made(session, Result), list(_made(session, Demand)), fingerprint)


def prepare(session: Session, matcher: Matcher) -> bool:
    """Load the engines' snapshots once, or fit; then take in what changed while no worker ran. True when anything did.

    Not while a large import is on its way: at its end everything is fitted anew anyway, and until then there would be twice as much in memory.
    """
    if matcher.loaded:
        return False
    if outbox.under_way(session, "import", "rematch_all"):
        raise NotNow
    loaded = matcher.load() and not _outgrown(session, matcher)
    if not loaded:
        fit(session, matcher)
    learning.teach(session, matcher)
    return not loaded or any([_reconcile(matcher, "result", _made(session, Result)), _reconcile(matcher, "demand", _made(session, Demand))])


def _outgrown(session: Session, matcher: Matcher) -> bool:
    """Whether so many rows came or went, as in a large import, that fitting anew takes less time and memory than putting them in one by one."""
    rows = ((Result, RESULT_STATES, matcher.sides["result"]), (Demand, DEMAND_STATES, matcher.sides["demand"]))
    counted = [(session.scalar(select(func.count()).where(model.state.in_(states))) or 0, side) for model, states, side in rows]
    return any(abs(there - len(side.versions)) > side.room for there, side in counted)


def _reconcile(matcher: Matcher, side: str, found: Iterable[Document]) -> bool:
    have = matcher.sides[side].versions
    known, changed, met = set(have), dict[str, tuple[Document, str]](), False
    for document in found:
        known.discard(document.id)
        if have.get(document.id) != (print_ := fingerprint(document)):
            changed[document.id], met = (document, print_), True
        if len(changed) == SLICE:
            matcher.sides[side].put(changed)
            changed = {}
    matcher.sides[side].put(changed)
    matcher.sides[side].drop(known)
    return met or bool(known)


def take_in(session: Session, matcher: Matcher, side: str, ids: set[int]) -> dict[str, Document]:
    """Put the changed rows of one side into its engine, or drop those that are no longer matched; returns the live ones."""
    rows: Sequence[Result | Demand] = live_results(session, ids) if side == "result" else open_demands(session, ids)
    made = {document.id: document for document in map(documents.match_document, rows)}
    matcher.sides[side].put({key: (document, fingerprint(document)) for key, document in made.items()})
    matcher.sides[side].drop([str(row_id) for row_id in ids if str(row_id) not in made])
    return made


def touched_demands(session: Session, matcher: Matcher, changed: dict[str, Document], result_ids: set[int]) -> set[int] | None:
    """Which demands must be ranked again after these results changed; None means all of them."""
    if len(result_ids) > MANY:
        return None
    near = {int(key) for document in changed.values() for key in matcher.demands_near(document, NEAR)}
    known = session.scalars(select(Match.demand_id).where(Match.result_id.in_(result_ids)).distinct())
    return near | set(known)


def rank(session: Session, matcher: Matcher, settings: Settings, demands: Sequence[Demand]) -> int:
    """Rank results for these demands and bring the match table in line; returns how many pairs are kept."""
    made = [documents.match_document(demand) for demand in demands]
    settled = _settled(session, demands)
    ranked = matcher.rank_many(made, settings.match_top + max(map(len, settled.values()), default=0))
    kept = 0
    for demand, document in zip(demands, made, strict=True):
        good = [s for s in ranked.get(document.id, []) if s.score >= settings.match_least_score and s.grade >= 1]
        good = _room_for_new(good, settled[demand.id], settings.match_top)
        kept += len(_record(session, matcher, demand, document, good))
    return kept


def _settled(session: Session, demands: Sequence[Demand]) -> dict[int, set[int]]:
    """The results of each demand about which somebody already decided something."""
    found: dict[int, set[int]] = {demand.id: set() for demand in demands}
    query = select(Match.demand_id, Match.result_id).where(Match.demand_id.in_(found), Match.state != "SUGGESTED")
    for demand_id, result_id in session.execute(query):
        found[demand_id].add(result_id)
    return found


def _room_for_new(ranked: list[Scored], settled: set[int], most: int) -> list[Scored]:
    """The best of the ranking with as many open pairs as there is room for: judged ones take nobody's place."""
    places = [place for place, scored in enumerate(ranked) if int(scored.id) not in settled]
    return ranked[: places[most - 1] + 1] if len(places) >= most else ranked


def _record(session: Session, matcher: Matcher, demand: Demand, document: Document, good: list[Scored]) -> list[Scored]:
    query = select(Match).where(Match.demand_id == demand.id).options(lazyload(Match.demand), lazyload(Match.result))
    existing = {match.result_id: match for match in session.scalars(query)}
    prints = matcher.sides["result"].versions
    for position, scored in enumerate(good, 1):
        match = existing.pop(int(scored.id), None)
        values = _values(scored, position, matcher.version, fingerprint(document), prints.get(scored.id, ""))
        if match is None:
            session.add(Match(demand_id=demand.id, result_id=int(scored.id), is_example=demand.is_example, **values))
        else:
            _refresh(match, values)
    _leave(session, existing.values())
    return good


def _values(scored: Scored, position: int, version: str, demand_text: str, result_text: str) -> dict[str, Any]:
    return {
        "score": round(scored.score, 6), "grade": scored.grade, "position": position,
        "reasons": [plain_reason(reason) for reason in scored.reasons], "hidden_share": round(scored.hidden_share, 4),
        "engine_version": version, "demand_text": demand_text, "result_text": result_text,
    }  # fmt: skip


def _refresh(match: Match, values: dict[str, Any]) -> None:
    """Open pairs follow the ranking; judged ones keep what was judged and return only when a text changed."""
    same = match.demand_text == values["demand_text"] and match.result_text == values["result_text"]
    if match.state == "SUGGESTED" or (match.state in UNDECIDED and not same):
        changes = values
    elif match.state in CLOSED and not same:
        changes = values | {"state": "SUGGESTED"}
    else:
        return
    for name, value in changes.items():
        if getattr(match, name) != value:
            setattr(match, name, value)


def _leave(session: Session, fallen: Iterable[Match]) -> None:
    """Open pairs that fell out of the ranking go; ones a person has judged or undone stay as STALE.

    Where a side asked to talk the pair stays for the broker to see.
    """
    open_ids = [match.id for match in fallen if match.state == "SUGGESTED" and not match.urgent]
    if not open_ids:
        return
    judged = set(session.scalars(select(Verdict.match_id).where(Verdict.match_id.in_(open_ids))))
    for match in fallen:
        if match.id in judged:
            match.state = "STALE"
    session.flush()
    session.execute(delete(Match).where(Match.id.in_(set(open_ids) - judged)))


def close_pairs(session: Session, side: str, ids: set[int]) -> None:
    """A withdrawn row takes its open pairs with it; pairs in work become STALE, so that the broker sees why."""
    column = Match.result_id if side == "result" else Match.demand_id
    pairs = session.scalars(select(Match).where(column.in_(ids), Match.state.in_(("SUGGESTED", *UNDECIDED)))).unique().all()
    _leave(session, pairs)
    for match in pairs:
        if match.state in UNDECIDED:
            match.state = "STALE"
            audit.record(session, SYSTEM, "match:stale", match, side=side)


def rematch_everything(session: Session) -> None:
    """Ask the worker to fit and rank everything anew, e.g. after an import."""
    outbox.enqueue(session, "rematch_all", "match", 0)
