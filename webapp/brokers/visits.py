"""Visits: what a broker heard at a company, and the draft demands made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from webapp.accounts import joining
from webapp.accounts import service as accounts
from webapp.accounts.models import Organisation, Person
from webapp.brokers import policy as _policy  # noqa: F401 - registers the rules
from webapp.brokers.models import Collected, Visit
from webapp.catalog import collect
from webapp.catalog.models import Demand
from webapp.config import Settings
from webapp.core import audit, clock, policy
from webapp.core.errors import N_, Invalid, Refused
from webapp.core.policy import Actor
from webapp.messages import service as messages

SUMMARY_MAX = 4000
COMPANY, MANAGER = ("company_user", "company_admin"), "company_admin"
# What became of the demands heard on a visit.
PROGRESS = {"waiting": N_("有草稿待企业确认"), "confirmed": N_("企业都已确认"), "none": N_("没有听到需求")}
SORTS = {"newest": N_("最近在前"), "oldest": N_("最早在前"), "company": N_("按企业"), "broker": N_("按经纪人")}


@dataclass(frozen=True)
class Asked:
    """What an address of the list asks for; rubbish in it asks for nothing."""

    company: int = 0
    broker: int = 0
    first: date | None = None
    last: date | None = None
    state: str = ""
    sort: str = "newest"

    def query(self) -> dict[str, Any]:
        """The same as address parameters."""
        plain = {"company": self.company, "broker": self.broker, "from": self.first, "to": self.last, "state": self.state}
        return {name: str(value) for name, value in plain.items() if value} | ({"sort": self.sort} if self.sort != "newest" else {})


def asked(given: Mapping[str, str]) -> Asked:
    """Read an address."""
    state, sort = given.get("state", ""), given.get("sort", "")
    return Asked(
        _number(given.get("company", "")), _number(given.get("broker", "")), _date(given.get("from", "")), _date(given.get("to", "")),
        state if state in PROGRESS else "", sort if sort in SORTS else "newest",
    )  # fmt: skip


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def companies(session: Session) -> list[Organisation]:
    """Companies that can be visited, by name."""
    return list(session.scalars(select(Organisation).where(Organisation.kind == "COMPANY").order_by(Organisation.name)))


def record(session: Session, actor: Actor, data: dict[str, Any], settings: Settings) -> Visit:
    """Write down a visit with the demands heard there; the same form sent twice leaves one visit."""
    policy.check(actor, "visit:record")
    submission = str(data.get("submission") or "")[:36]
    if submission:
        twin = session.scalars(select(Visit).where(Visit.submission == submission, Visit.person_id == actor.person_id)).unique().first()
        if twin:
            return twin
    company, wishes = _checked(session, data)
    visit = Visit(
        person_id=actor.person_id, organisation_id=company.id, visited_on=data["visited_on"], submission=submission,
        summary=str(data["summary"]).strip(), people=str(data.get("people") or "").strip()[:200],
        next_step=str(data.get("next_step") or "").strip()[:200],
    )  # fmt: skip
    session.add(visit)
    session.flush()
    audit.record(session, actor, "visit:record", visit, organisation=company.id, demands=len(wishes))
    for wish in wishes:
        _collect(session, actor, visit, company, wish, settings)
    return visit


def _checked(session: Session, data: dict[str, Any]) -> tuple[Organisation, list[dict[str, Any]]]:
    faults: dict[str, str] = {}
    company = session.get(Organisation, data.get("organisation_id") or 0)
    if company is None or company.kind != "COMPANY":
        faults["organisation_id"] = N_("请选走访的企业。")
    visited, summary = data.get("visited_on"), str(data.get("summary") or "").strip()
    if visited is None or visited > clock.today():
        faults["visited_on"] = N_("请填今天或以前的日期。")
    if not summary:
        faults["summary"] = N_("请写下谈了什么。")
    elif len(summary) > SUMMARY_MAX:
        faults["summary"] = N_("内容太长，请精简后再存。")
    wishes = [wish for wish in data.get("wishes") or [] if str(wish.get("title") or "").strip() or str(wish.get("details") or "").strip()]
    if any(not str(wish.get("title") or "").strip() for wish in wishes):
        faults["wishes"] = N_("每条需求都要有名称。")
    if faults or company is None:
        raise Invalid(fields=faults)
    return company, wishes


def _collect(
    session: Session, actor: Actor, visit: Visit, company: Organisation, wish: dict[str, Any], settings: Settings
) -> None:
    demand = collect.draft(session, actor, company, {name: wish.get(name) or "" for name in ("title", "details")}, settings)
    session.add(Collected(visit=visit, demand=demand))
    session.flush()
    people = accounts.people_of(session, company.id, COMPANY)
    messages.notify(session, people, "demand_collected", f"/demands/{demand.id}", title=demand.title)


def listing(actor: Actor, wanted: Asked = Asked()) -> Select[Any]:
    """The team's visits under these filters, in this order."""
    query = policy.visible(actor, Visit).where(*_conditions(wanted))
    latest = (Visit.visited_on.desc(), Visit.id.desc())
    if wanted.sort == "oldest":
        return query.order_by(Visit.visited_on, Visit.id)
    if wanted.sort == "company":
        return query.join(Organisation, Organisation.id == Visit.organisation_id).order_by(Organisation.name, *latest)
    if wanted.sort == "broker":
        return query.join(Person, Person.id == Visit.person_id).order_by(Person.name, *latest)
    return query.order_by(*latest)


def _conditions(wanted: Asked) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.company:
        found.append(Visit.organisation_id == wanted.company)
    if wanted.broker:
        found.append(Visit.person_id == wanted.broker)
    if wanted.first:
        found.append(Visit.visited_on >= wanted.first)
    if wanted.last:
        found.append(Visit.visited_on <= wanted.last)
    draft = Visit.collected.any(Collected.demand.has(Demand.state == "DRAFT"))
    states = {"waiting": [draft], "confirmed": [Visit.collected.any(), ~draft], "none": [~Visit.collected.any()]}
    return [*found, *states.get(wanted.state, [])]


def progress(visit: Visit) -> str:
    """What became of the demands heard on a visit."""
    if not visit.collected:
        return "none"
    return "waiting" if any(one.demand.state == "DRAFT" for one in visit.collected) else "confirmed"


def visited(session: Session, actor: Actor) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """Companies that were visited and brokers who visited, to choose from, by name."""
    seen = policy.visible(actor, Visit).order_by(None).subquery()
    companies = select(Organisation.id, Organisation.name).where(Organisation.id.in_(select(seen.c.organisation_id))).order_by(Organisation.name)
    brokers = select(Person.id, Person.name).where(Person.id.in_(select(seen.c.person_id))).order_by(Person.name)
    return [(number, name) for number, name in session.execute(companies)], [(number, name) for number, name in session.execute(brokers)]


def reachable(session: Session, company_id: int) -> bool:
    """Whether somebody of the company can confirm a draft."""
    return bool(accounts.people_of(session, company_id, COMPANY))


def invite(session: Session, actor: Actor, visit: Visit, email: str, settings: Settings) -> bool:
    """Bring the company in as its own manager; True when the mail is on its way, False when the operator has been asked to send it.

    Who is the first manager of a company is the operator's word: a broker names the address and does not let in.
    """
    policy.check(actor, "visit:invite", visit)
    if reachable(session, visit.organisation_id):
        raise Refused(N_("这家企业已经有人在平台上，草稿由他们确认。"), code="visit_reachable")
    if policy.can(actor, "organisation:people", visit.organisation):
        joining.invite(session, actor, settings, visit.organisation, email, MANAGER)
        return True
    address = joining.address(email)
    if address == session.get_one(Person, actor.person_id).email.lower():
        raise Invalid(fields={"email": N_("请填企业的人的邮箱，不是您自己的。")})
    audit.record(session, actor, "visit:invite", visit, organisation=visit.organisation_id)
    page = f"/organisations/{visit.organisation_id}/invite?" + urlencode({"email": address, "role": MANAGER})
    messages.notify(session, accounts.people_with(session, "operator"), "visit_invite", page, company=visit.organisation.name)
    return False


def invited(session: Session, visit: Visit) -> bool:
    """Whether an invitation to the company waits for its answer."""
    return bool(joining.invitations(session, visit.organisation))
