"""One match explained: both texts with the shared terms marked, what the score is made of, targets against indicators."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from webapp.accounts.models import Person
from webapp.catalog.models import Indicator, Target
from webapp.catalog.quantities import written
from webapp.core import policy
from webapp.core.policy import Actor
from webapp.engines import matcher
from webapp.matches.conditions import Spec, conditions
from webapp.matches.mentions import mentioned
from webapp.matches.models import Match, Verdict
from webapp.matches.policy import MatchView, party
from webapp.matches.values import GENTLE, HIDDEN_TEXT, OTHER_SIGNAL, PUBLIC_TEXT, SIGNALS

Segments = list[tuple[str, bool]]


@dataclass(frozen=True)
class Side:
    """One side's public text as this reader may see it, cut where the shared terms stand."""

    view: Any
    title: Segments
    text: Segments
    hidden: int  # letters of confidential text that count towards the score but are not shown here

    @property
    def closed(self) -> bool:
        """Whether this reader may not know of the row more than its number."""
        return not self.view.owner_name


@dataclass(frozen=True)
class Bar:
    """One part of the score in points of 100; `hidden` is drawn hatched, and its words are never quoted."""

    label: str
    points: int
    hidden: bool = False


@dataclass(frozen=True)
class Detail:
    """Everything a page shows of one match."""

    match: MatchView
    demand: Side
    result: Side
    bars: list[Bar]
    terms: list[tuple[str, float]]
    signals: list[str]
    specs: list[Spec]
    conditions: list[Spec]
    hinted: list[str]


def explain(session: Session, actor: Actor, match: Match) -> Detail:
    """What this actor may read about a match; confidential words are in none of it."""
    view: MatchView = policy.reveal(actor, match)
    terms = [reason for reason in match.reasons if reason.get("kind") == "term" and reason.get("label")]
    words = [str(reason["label"]) for reason in terms]
    demand, result = _side(view.demand, words), _side(view.result, words)
    shared = words if not view.coarse else telling(_marked(view.demand, words) & _marked(view.result, words))
    specs, both = compare(match, view), conditions(actor, view.demand, view.result)
    return Detail(
        match=view, demand=demand, result=result, specs=specs, conditions=both,
        bars=[] if view.coarse else bars(match.reasons, match.score),
        # The parties read which words both texts share, the desk also how much each weighs.
        terms=[(word, 0.0) for word in shared] if view.coarse else weights(terms),
        signals=_uncontested(speaking_for(match.reasons), both), hinted=[] if view.coarse else hinted(match, specs),
    )  # fmt: skip


def telling(words: Iterable[str]) -> list[str]:
    """Shared words somebody can make sense of, the longest first: a single sign or a bare number says nothing by itself."""
    return sorted((word for word in words if len(word) > 1 and not word.isdecimal()), key=lambda word: (-len(word), word))


def weights(terms: Iterable[dict[str, Any]]) -> list[tuple[str, float]]:
    """Points of each shared word over all the places it stands in (title, text, keywords), heaviest first."""
    sums: dict[str, float] = {}
    for reason in terms:
        if reason.get("kind") != "term" or not reason.get("label"):
            continue
        word = str(reason["label"])
        sums[word] = sums.get(word, 0.0) + _number(reason.get("share")) * 100
    return sorted(sums.items(), key=lambda item: (-item[1], item[0]))


def _side(view: Any, words: Sequence[str]) -> Side:
    return Side(view, joined(matcher.mark(view.title, words)), joined(matcher.mark(view.summary, words)), len(view.details))


def joined(segments: Segments) -> Segments:
    """Neighbouring pieces that are both marked, or both not, as one: 防腐 + 涂层 reads 防腐涂层."""
    return [("".join(piece for piece, _ in run), on) for on, run in groupby(segments, key=lambda segment: segment[1])]


def _marked(view: Any, words: Sequence[str]) -> set[str]:
    """The shared words this reader can find in a side's text."""
    return {piece.lower() for text in (view.title, view.summary) for piece, on in matcher.mark(text, words) if on}


def _number(value: Any) -> float:
    """A share as stored; what is no share of a score, however it came there, counts nothing."""
    return float(value) if isinstance(value, int | float) and -1 <= value <= 1 else 0.0


def bars(reasons: Iterable[dict[str, Any]], score: float) -> list[Bar]:
    """The parts of the score: public text, confidential text, then each signal; whole points that add up to the total."""
    sums: dict[tuple[str, bool], float] = {(PUBLIC_TEXT, False): 0.0}
    for reason in reasons:
        kind, share = reason.get("kind"), _number(reason.get("share"))
        if kind == "term":
            key = (PUBLIC_TEXT, False)
        elif kind == "hidden":
            key = (HIDDEN_TEXT, True)
        else:
            key = (SIGNALS.get(str(reason.get("label")), OTHER_SIGNAL), False)
        sums[key] = sums.get(key, 0.0) + share * 100
    points = whole(list(sums.values()), round(score * 100))
    return [Bar(label, value, hidden) for (label, hidden), value in zip(sums, points, strict=True)]


def whole(parts: list[float], total: int) -> list[int]:
    """Parts as whole numbers that add up to the total: the largest fractions are rounded up."""
    floors = [math.floor(part) for part in parts]
    left = total - sum(floors)
    order = sorted(range(len(parts)), key=lambda i: (floors[i] - parts[i], i))
    for step in range(abs(left)):
        floors[order[step % len(order)]] += 1 if left > 0 else -1
    return floors


def speaking_for(reasons: Iterable[dict[str, Any]]) -> list[str]:
    """The names of the signals that speak for the pair: what the parties are told, without figures."""
    good = [str(r.get("label")) for r in reasons if r.get("kind") == "signal" and _number(r.get("share")) > 0]
    return [SIGNALS[label] for label in good if label in SIGNALS]


def _uncontested(signals: list[str], both: list[Spec]) -> list[str]:
    """Without those the table of conditions leaves open: the same page must not say that a thing fits and is unknown."""
    open_ = {row.label for row in both if row.verdict != "ok"}
    return [label for label in signals if label not in open_]


def compare(match: Match, view: MatchView) -> list[Spec]:
    """The demand's targets against the result's indicators, only those this reader may see; must-targets that fail first."""
    targets = match.demand.targets if view.demand.figures else []
    indicators = match.result.indicators if view.result.figures else []
    checked = {row.get("name"): row for row in _checked(match.reasons)}
    text = f"{view.result.title}。{view.result.summary}"
    rows = [_mentioned(_spec(target, indicators, checked.get(target.name)), target, text) for target in targets]
    return sorted(rows, key=lambda row: (not (row.must and row.verdict == "miss"), not row.must))


def _checked(reasons: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The comparisons the engine made, units converted."""
    found = (r.get("detail") or {} for r in reasons if r.get("kind") == "signal" and r.get("label") == "targets")
    return [row for detail in found for row in detail.get("targets", ()) if isinstance(row, dict)]


def _spec(target: Target, indicators: Sequence[Indicator], checked: dict[str, Any] | None) -> Spec:
    required = written(target.comparison, target.value, target.value_max, target.unit)
    stated = _stated(target, indicators, checked)
    if stated is None:
        return Spec(target.name, target.must, required, "", "unknown")
    actual = written(stated.comparison, stated.value, stated.value_max, stated.unit)
    met = bool(checked["met"]) if checked and _compared(stated, checked) else meets(target, stated)
    verdict = {None: "unknown", True: "ok", False: "miss"}[met]
    return Spec(target.name, target.must, required, actual, verdict, _gap(target, stated) if verdict == "miss" else "")


def _mentioned(row: Spec, target: Target, text: str) -> Spec:
    """A target without a figure to compare is looked for in the text this reader sees."""
    return row if row.actual else replace(row, mention=mentioned(target.name, target.unit, text))


def _stated(target: Target, indicators: Sequence[Indicator], checked: dict[str, Any] | None) -> Indicator | None:
    """The visible indicator that speaks of the target: the one the engine compared, else the same name and unit."""
    same = (i for i in indicators if (_fold(i.name), _fold(i.unit)) == (_fold(target.name), _fold(target.unit)))
    return next((i for i in indicators if checked and _compared(i, checked)), None) or next(same, None)


def _compared(indicator: Indicator, checked: dict[str, Any]) -> bool:
    return (indicator.value, indicator.unit) == (checked.get("have"), checked.get("have_unit"))


def _fold(text: str) -> str:
    return "".join(text.split()).lower()


def meets(target: Target, stated: Indicator) -> bool | None:
    """Whether a stated value meets a target of the same unit; None where that cannot be said."""
    if _fold(stated.unit) != _fold(target.unit) or stated.value_max is not None:
        return None
    have, need = stated.value, target.value
    if target.comparison == "RANGE":
        return None if target.value_max is None else need <= have <= target.value_max
    tests = {"GE": have >= need, "LE": have <= need, "GT": have > need, "LT": have < need, "EQ": have == need}
    return tests.get(target.comparison)


def _gap(target: Target, stated: Indicator) -> str:
    """How much is missing, where both speak in one unit."""
    if _fold(stated.unit) != _fold(target.unit) or target.comparison not in {"GE", "GT", "LE", "LT"}:
        return ""
    return written("EQ", abs(target.value - stated.value), None, target.unit)


def hinted(match: Match, specs: list[Spec]) -> list[str]:
    """The reasons for a no that the facts of the pair speak of."""
    found = ["SPEC_NOT_MET"] if any(row.verdict == "miss" for row in specs) else []
    against = {r.get("label") for r in match.reasons if r.get("kind") == "signal" and _number(r.get("share")) < 0}
    hints = {
        "trl": "TRL_TOO_LOW",
        "price": "PRICE_GAP",
        "deadline": "TIME_GAP",
        "industry": "FIELD_MISMATCH",
        "field": "FIELD_MISMATCH",
    }
    return list(dict.fromkeys([*found, *(hints[label] for label in hints if label in against)]))


@dataclass(frozen=True)
class Said:
    """A verdict as the desk reads it."""

    verdict: Verdict
    who: str
    title: str
    same: bool


def said(session: Session, actor: Actor, match: Match, most: int = 5) -> list[Said]:
    """Verdicts on this pair, and the latest on other pairs of the same demand or result."""
    query = (
        select(Verdict).join(Verdict.match)
        .where(or_(Match.demand_id == match.demand_id, Match.result_id == match.result_id), Verdict.undone_at.is_(None))
        .options(selectinload(Verdict.person)).order_by((Match.id == match.id).desc(), Verdict.id.desc()).limit(most)
    )  # fmt: skip
    return [_said(actor, match, verdict) for verdict in session.scalars(query).unique()]


def _said(actor: Actor, match: Match, verdict: Verdict) -> Said:
    other = verdict.match
    row = other.result if other.demand_id == match.demand_id else other.demand
    same = other.id == match.id
    return Said(verdict, verdict.person.name, "" if same else policy.reveal(actor, row).title, same)


@dataclass(frozen=True)
class No:
    """A side's no as somebody else reads it: the reason itself only for that side and the desk."""

    part: str
    reason: str
    sentence: str
    note: str


def noes(session: Session, actor: Actor, match: Match) -> list[No]:
    """Why it came to nothing: the other side reads a sentence made for them, and a note only where it was meant for them."""
    declined = {"DECLINED_COMPANY": "company", "DECLINED_RESEARCHER": "researcher"}.get(match.state)
    query = select(Verdict).where(Verdict.match_id == match.id, Verdict.decision == "decline", Verdict.part == declined)
    said = session.scalars(query.order_by(Verdict.id.desc()).limit(1)).first()
    if said is None:
        return []
    inside = party(actor, match) == declined or actor.has("broker", "operator")
    note = said.note if inside or said.share_note else ""
    return [No(said.part, said.reason if inside else "", GENTLE.get(said.reason, GENTLE["OTHER"]), note)]


def broker_name(session: Session, match: Match) -> str:
    """Who looks after this match."""
    broker = session.get(Person, match.broker_id) if match.broker_id else None
    return broker.name if broker else ""
