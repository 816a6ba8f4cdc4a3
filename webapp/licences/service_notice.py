"""Public notices: how many days have passed, objections from anyone, decisions by the school, and the end of the notice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, case, func, or_, select
from sqlalchemy.orm import Session

from webapp.config import Settings
from webapp.core import audit, clock
from webapp.core import policy as permissions
from webapp.core.errors import N_, Forbidden, NotFound, Refused
from webapp.core.policy import SYSTEM, Actor
from webapp.licences import contract, fields, policy
from webapp.licences.models import Licence, Objection, PublicNotice
from webapp.licences.service_common import step
from webapp.licences.service_contract import prepare
from webapp.licences.values import CHALLENGED, DECISIONS

MOST_OPEN = 50


def notices(actor: Actor, text: str = "", archive: bool | None = None) -> Select[tuple[PublicNotice]]:
    """Notices anyone may read, newest first: the running ones, the archive of ended ones, or both with the running ones first."""
    running = PublicNotice.state.in_(("OPEN", "STOPPED"))
    query = permissions.visible(actor, PublicNotice)
    if archive is not None:
        query = query.where(~running if archive else running)
    for word in text.split()[:8]:
        found = [PublicNotice.facts[name].as_string().icontains(word, autoescape=True) for name in ("title", "licensor", "licensee", "lead")]
        query = query.where(or_(*found))
    return query.order_by(case((running, 0), else_=1), PublicNotice.id.desc())


def days_passed(notice: PublicNotice, today: date) -> int:
    """Whole days of the notice gone since it last began to count, today not among them."""
    yesterday = today - timedelta(days=1)
    if yesterday <= notice.counted_from:
        return 0
    if notice.day_type == "working":
        return clock.working_days_between(notice.counted_from, yesterday)
    return (yesterday - notice.counted_from).days


def object_to(session: Session, actor: Actor, notice: PublicNotice, data: Mapping[str, Any], settings: Settings) -> Objection:
    """Anyone may object before the notice ends; the notice stops counting. The same objection sent twice is one."""
    reader = fields.Reader(data)
    name, contact = reader.text("name", least=2, most=80), reader.text("contact", least=5, most=200)
    text = reader.text("text", least=10, most=settings.text_max)
    about = reader.choice("challenged", CHALLENGED)
    reader.done()
    same = select(Objection).where(Objection.notice_id == notice.id, Objection.name == name, Objection.text == text)
    existing = session.scalars(same).first()
    if existing:
        return existing
    licence = notice.licence
    _open_to_objections(session, notice)
    who = Actor(language=actor.language)  # who objects is kept with the objection only, not in events and audit
    with step(session, who, licence, "object", settings, held={"anyone"}, about=about):
        session.refresh(notice, ["state", "passed", "counted_from", "ends_on"], with_for_update=True)
        if notice.state == "OPEN":
            notice.passed += days_passed(notice, clock.today())
            notice.state = "STOPPED"
        objection = Objection(notice_id=notice.id, name=name, contact=contact, text=text, challenged=about)
        session.add(objection)
    session.expire(notice, ["objections"])
    return objection


def _open_to_objections(session: Session, notice: PublicNotice) -> None:
    late = notice.state == "OPEN" and clock.today() > notice.ends_on
    if late or notice.state not in {"OPEN", "STOPPED"}:
        raise Refused(N_("公示已经结束，不能再提异议；可以直接联系学校。"), code="notice_over")
    waiting = select(func.count()).select_from(Objection).where(Objection.notice_id == notice.id, Objection.decision == "")
    if (session.scalar(waiting) or 0) >= MOST_OPEN:
        raise Refused(N_("待处理的异议太多，请直接联系学校。"), code="too_many_objections")


def decide(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The school decides one objection in writing; never somebody it challenges. The last one decided lets the notice go on."""
    reader = fields.Reader(data)
    objection_id = reader.whole("objection_id", 1, 2**53)
    decision = reader.choice("decision", DECISIONS)
    text = reader.text("decision_text", least=5, most=settings.text_max)
    reader.done()
    policy.check(actor, licence, "resume")
    objection = next((row for notice in licence.notices for row in notice.objections if row.id == objection_id), None)
    if objection is None or objection.decision:
        raise NotFound(N_("这项异议不存在，或已经处理过。"))
    if policy.challenged(actor, licence, objection):
        raise Forbidden(N_("被异议的人不能处理异议，请换一位同事。"), code="challenged")
    notice = objection.notice
    others = [row for row in notice.objections if not row.decision and row.id != objection.id]
    action = {"UPHOLD": "uphold", "RESUME": "resume", "RERUN": "rerun"}[decision]
    if others and action != "uphold":
        action = "dismiss"
    with step(session, actor, licence, action, settings, reason=text, document=contract.text_hash(text), objection=objection.id):
        objection.decision, objection.decision_text = decision, text
        objection.decided_by_id, objection.decided_at = actor.person_id, clock.now()
        _go_on(notice, action, decision)
        if action == "uphold" and notice.about == "CONVERSION":
            licence.conversion, licence.conversion_agreed_on = "", None


def _go_on(notice: PublicNotice, action: str, decision: str) -> None:
    """Count again: the days that remain, or all of them when any of the decisions asked for a re-run."""
    today = clock.today()
    if decision == "RERUN":
        notice.passed, notice.starts_on = 0, today
    if action == "uphold":
        notice.state = "VOID"
    elif action in {"resume", "rerun"}:
        left = max(1, notice.days - notice.passed)
        notice.state, notice.counted_from, notice.ends_on = "OPEN", today, clock.deadline(today, left, notice.day_type)


def end(session: Session, licence: Licence, settings: Settings) -> bool:
    """The notice has run its full time without an open objection: the contract is ready to sign."""
    notice = licence.notices[-1] if licence.notices else None
    if notice is None or notice.state != "OPEN" or licence.state != PLACES[notice.about] or not _over(notice):
        return False
    with step(session, SYSTEM, licence, "end_notice", settings, notice=notice.id, about=notice.about) as event:
        notice.state = "ENDED"
        if notice.about == "LICENCE":
            prepare(session, licence, settings)
        event.document_hash = licence.text_hash if notice.about == "LICENCE" else contract.digest(notice.facts)
    return True


# The state in which a licence stands while a notice about it runs.
PLACES = {"LICENCE": "NOTICE", "CONVERSION": "EVALUATION"}


def _over(notice: PublicNotice) -> bool:
    """Whether the last day has passed; a holiday calendar published meanwhile may move that day back, never forward."""
    if clock.today() <= notice.ends_on:
        return False
    left = max(1, notice.days - notice.passed)
    notice.ends_on = max(notice.ends_on, clock.deadline(notice.counted_from, left, notice.day_type))
    return clock.today() > notice.ends_on


def unknown_years(notice: PublicNotice) -> list[int]:
    """Years the notice runs through whose holidays are not published yet: its last day may still move."""
    return [year for year in range(notice.counted_from.year, notice.ends_on.year + 1) if not clock.knows_year(year)]


def seen(session: Session, actor: Actor, licence: Licence) -> None:
    """Looking at who objected is itself written down."""
    known = [row.id for notice in licence.notices for row in notice.objections if policy.knows_objector(actor, licence, row)]
    if known:
        audit.record(session, actor, "objection:read", licence, objections=known)
