"""Why is a result not offered for a demand: what the engine says of the pair, and what else keeps it off the list."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Person
from webapp.catalog import documents
from webapp.catalog.models import Demand, Result
from webapp.config import Settings
from webapp.core import audit, policy
from webapp.core.errors import N_, Refused
from webapp.core.policy import Actor
from webapp.engines.matcher import Matcher, plain_reason
from webapp.matches import detail, service, verdicts
from webapp.matches.models import Match
from webapp.matches.own import MODELS
from webapp.matches.policy import holder
from webapp.matches.states import CLOSED, LIVE, MATCH
from webapp.matches.values import REASONS, SIGNALS

CODE = re.compile(r"^\s*(?:SM-)?([RD])-?(?:\d{4}-)?0*(\d{1,12})\s*$", re.IGNORECASE)
FOUND, WORDS, MISSING = 8, 8, 12


@dataclass(frozen=True)
class Hurdle:
    """One thing that keeps the pair off the list: a translatable sentence with its values, and whether that alone does."""

    sentence: str
    values: dict[str, Any] = field(default_factory=dict)
    decides: bool = True


@dataclass(frozen=True)
class Why:
    """A pair looked at on purpose."""

    demand: Any
    result: Any
    match: Match | None
    hurdles: list[Hurdle]
    points: int | None
    grade: int
    bars: list[detail.Bar]
    terms: list[tuple[str, float]]
    missing: list[str]
    against: list[str]
    may_add: bool


def search(session: Session, actor: Actor, kind: str, text: str) -> list[Any]:
    """Postings this actor may see by number or by words of the title, in any state."""
    model: type[Demand] | type[Result] = MODELS[kind]
    query = policy.visible(actor, model)
    if code := CODE.match(text):
        if code[1].upper() != kind[0].upper():
            return []
        query = query.where(model.id == int(code[2]))
    else:
        words = text.replace("\x00", "").split()[:WORDS]
        if not words:
            return []
        query = query.where(*(model.title.icontains(word, autoescape=True) for word in words))
    rows = session.scalars(query.order_by(model.published_at.desc(), model.id.desc()).limit(FOUND)).unique()
    return [policy.reveal(actor, row) for row in rows]


def explain(session: Session, actor: Actor, matcher: Matcher, settings: Settings, demand: Demand, result: Result) -> Why:
    """Everything that speaks on a pair, whether or not it is in the table of matches."""
    match = session.scalars(select(Match).where(Match.demand_id == demand.id, Match.result_id == result.id)).unique().first()
    views = {"demand": policy.reveal(actor, demand), "result": policy.reveal(actor, result)}
    told = matcher.why_not(documents.match_document(demand), documents.match_document(result)) if matcher.read() else None
    reasons = [plain_reason(reason) for reason in told.scored.reasons] if told else []
    hurdles = [*_states(demand, result), *_judged(session, match)]
    if told:
        hurdles += _ranking(session, settings, demand, match, told.scored.score, told.scored.grade)
    return Why(
        **views, match=match, hurdles=hurdles, points=round(told.scored.score * 100) if told else None,
        grade=told.scored.grade if told else 0, bars=detail.bars(reasons, told.scored.score) if told else [],
        terms=detail.weights(reasons), missing=list(told.missing[:MISSING]) if told else [],
        against=[SIGNALS[reason.label] for reason in told.against if reason.label in SIGNALS] if told else [],
        may_add=addable(demand, result, match),
    )  # fmt: skip


def _states(demand: Demand, result: Result) -> list[Hurdle]:
    found = []
    if demand.state not in LIVE["demand"]:
        found.append(Hurdle(N_("这项需求不在征集中，不参与匹配。")))
    if result.state not in LIVE["result"]:
        found.append(Hurdle(N_("这项成果不在发布中（未发布、暂停、过期或已撤下），不参与匹配。")))
    return found


def _judged(session: Session, match: Match | None) -> list[Hurdle]:
    """What people did with the pair before."""
    if match is None:
        return []
    said = verdicts.standing(session, match)
    if match.state in ("REJECTED", "DECLINED_COMPANY", "DECLINED_RESEARCHER") and said:
        values = {"who": said.person.name, "reason": REASONS.get(said.reason, ""), "day": said.created_at}
        return [Hurdle(N_("%(who)s 在 %(day)s 拒绝过这一对（%(reason)s）；文字改动后才会再出现。"), values)]
    if match.state == "EXPIRED":
        return [Hurdle(N_("推荐过，到期没有等到双方答复；可以再次推荐。"))]
    if match.state == "STALE":
        return [Hurdle(N_("有一方的内容改过或撤下过，这一对作废，等重新排序。"))]
    return [Hurdle(N_("它在列表里，状态是“%(state)s”。"), {"state": MATCH.states[match.state]}, decides=False), *_held(session, match)]


def _held(session: Session, match: Match) -> list[Hurdle]:
    held = holder(match)
    person = session.get(Person, held) if held else None
    return [Hurdle(N_("%(who)s 正在跟。"), {"who": person.name}, decides=False)] if person else []


def _ranking(
    session: Session, settings: Settings, demand: Demand, match: Match | None, score: float, grade: int
) -> list[Hurdle]:
    """What the score alone decides."""
    if match is not None and match.state not in CLOSED:
        return []
    least = round(settings.match_least_score * 100)
    if score < settings.match_least_score:
        return [Hurdle(N_("得 %(points)s 分，低于进入列表的最低分 %(least)s 分。"), {"points": round(score * 100), "least": least})]
    if grade < 1:
        return [Hurdle(N_("等级是“无”：分数够，但换算成等级后不算相关。"))]
    better = session.scalar(select(func.count(Match.id)).where(Match.demand_id == demand.id, Match.score > score)) or 0
    if match is None and better >= settings.match_top:
        return [Hurdle(N_("每项需求只留前 %(top)s 项成果，有 %(better)s 项分数更高。"), {"top": settings.match_top, "better": better})]
    return [] if match else [Hurdle(N_("分数够，可能刚发布或刚改过，排序还没有轮到它；稍后会自己出现。"), decides=False)]


def addable(demand: Demand, result: Result, match: Match | None) -> bool:
    """Whether a broker may put the pair into the queue by hand."""
    live = demand.state in LIVE["demand"] and result.state in LIVE["result"]
    return live and (match is None or match.state == "SUGGESTED")


def add(session: Session, actor: Actor, matcher: Matcher, demand: Demand, result: Result, settings: Settings) -> Match:
    """Put a pair into one's own pool by hand, though the ranking would not; repeating it gives the same pair."""
    policy.check(actor, "match:judge")
    match = session.scalars(select(Match).where(Match.demand_id == demand.id, Match.result_id == result.id)).unique().first()
    if match is not None and match.state in ("REVIEWING", "SHORTLISTED"):
        return match
    if not addable(demand, result, match):
        raise Refused(N_("这一对不能放进队列：有一方不在发布中，或者已经有了结论。"), code="not_addable")
    if match is None:
        match = _made(session, matcher, demand, result)
    verdicts.put_aside(session, actor, match, settings)
    audit.record(session, actor, "match:add", match)
    return match


def _made(session: Session, matcher: Matcher, demand: Demand, result: Result) -> Match:
    papers = documents.match_document(demand), documents.match_document(result)
    told = matcher.why_not(*papers).scored if matcher.read() else None
    match = Match(
        demand=demand, result=result, score=round(told.score, 6) if told else 0.0, grade=told.grade if told else 0,
        reasons=[plain_reason(reason) for reason in told.reasons] if told else [], hidden_share=told.hidden_share if told else 0.0,
        engine_version=matcher.version, demand_text=service.fingerprint(papers[0]), result_text=service.fingerprint(papers[1]),
        is_example=demand.is_example,
    )  # fmt: skip
    session.add(match)
    session.flush()
    return match
