"""Freshness: is it still available? Reminders, the signed link in their mail, the public stale rate, and rights that lapse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer
from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.accounts.models import Organisation, Person
from webapp.catalog import notices, policy, service
from webapp.catalog.models import Demand, IpRight, Result
from webapp.catalog.policy import Posting
from webapp.catalog.states import LIVE
from webapp.catalog.verbs import act, advance
from webapp.config import Settings, secret_key
from webapp.core import clock
from webapp.core.errors import N_, Invalid, NotFound, Refused
from webapp.core.policy import SYSTEM, Actor

PURPOSE = "still-available"
MODELS: dict[str, type[Posting]] = {"result": Result, "demand": Demand}
ANSWERS = {"confirm": N_("仍然有效"), "pause": N_("暂停"), "withdraw": N_("撤下")}


@dataclass(frozen=True)
class Asked:
    """What a link asks about: the row, and the person it was sent to."""

    row: Posting
    person: Person
    done: bool  # somebody answered since the mail was sent


def _signer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret_key(settings), salt=PURPOSE)


def link(settings: Settings, row: Posting, person: Person) -> str:
    """The address in the mail: for this person, this row and this one question."""
    return f"/fresh/{_signer(settings).dumps([row.__tablename__, row.id, person.id, _stamp(row)])}"


def _stamp(row: Posting) -> int:
    """Changes with every confirmation, so that a link answers one question once."""
    moment = row.confirmed_at or row.published_at or row.created_at
    return int(moment.timestamp())


def opened(session: Session, settings: Settings, token: str) -> Asked:
    """What a link asks; refused when it was altered, is too old, or its row or person is gone."""
    try:
        kind, row_id, person_id, stamp = _signer(settings).loads(token, max_age=settings.fresh_link_days * 86_400)
    except SignatureExpired:
        raise Refused(N_("链接已过期。请登录后在“我发布的”里确认。"), code="link_expired") from None
    except (BadSignature, ValueError, TypeError):
        raise NotFound(N_("链接不完整或已失效。请登录后在“我发布的”里确认。"), code="link_wrong") from None
    row: Any = session.get(MODELS[kind], row_id)
    person = session.get(Person, person_id)
    if row is None or person is None or not person.active:
        raise NotFound(N_("链接不完整或已失效。请登录后在“我发布的”里确认。"), code="link_wrong")
    return Asked(row, person, _stamp(row) != stamp or row.state not in LIVE[kind])


def answer(session: Session, settings: Settings, token: str, action: str) -> Asked:
    """Do what the link's page was answered with, in the name of the person it was sent to; a second click does nothing."""
    asked = opened(session, settings, token)
    if action not in ANSWERS:
        raise Invalid(N_("请点页面上的按钮。"))
    if not asked.done:
        actor = accounts.actor_for(session, asked.person, asked.row.organisation_id)
        act(session, actor, asked.row, action, settings=settings)
    return asked


def remind_some(session: Session, settings: Settings, most: int = 200) -> int:
    """Ask the owners of a slice of the rows whose validity soon ends; each is asked once a period."""
    until = clock.today() + timedelta(days=settings.remind_days)
    rows = [row for model in MODELS.values() for row in session.scalars(_ending(model, until).limit(most)).unique()]
    for row in rows:
        row.reminded_at = clock.now()
        notices.ask_whether_it_holds(session, row, partial(link, settings, row))
    session.flush()
    return len(rows)


def _ending(model: type[Posting], until: date) -> Select[Any]:
    ending = model.valid_until <= until
    if model is Demand:
        ending = or_(ending, Demand.deadline <= until)
    return select(model).where(model.state.in_(LIVE[model.__tablename__]), ending, model.reminded_at.is_(None)).order_by(model.id)


@dataclass(frozen=True)
class Stale:
    """How many live rows of an organisation, and how many of them nobody confirmed for long."""

    name: str
    organisation_id: int | None
    live: int
    stale: int

    @property
    def rate(self) -> float:
        """The share of stale rows, in per cent."""
        return 100 * self.stale / self.live if self.live else 0.0


def unconfirmed(model: type[Posting], settings: Settings) -> ColumnElement[bool]:
    """Rows nobody confirmed for so long."""
    before = clock.now() - timedelta(days=30.44 * settings.stale_months)
    return func.coalesce(model.confirmed_at, model.published_at) < before


def stale_rate(session: Session, actor: Actor, model: type[Posting], settings: Settings) -> Stale:
    """The public rate over the rows the actor may see."""
    live, stale = session.execute(_counting(actor, model, settings)).one()
    return Stale("", None, live or 0, stale or 0)


def _counting(actor: Actor, model: type[Posting], settings: Settings) -> Any:
    seen = service.published(actor, model).order_by(None)
    late = func.sum(case((unconfirmed(model, settings), 1), else_=0))
    return seen.with_only_columns(func.count(), late, maintain_column_froms=True)


def by_school(session: Session, actor: Actor, settings: Settings) -> list[Stale]:
    """The rate of each school whose results are shown, the most stale first."""
    query = _counting(actor, Result, settings).where(Result.confidentiality != 1).add_columns(Result.organisation_id).group_by(Result.organisation_id)
    found = session.execute(query).all()
    homes = {home.id: home for home in session.scalars(select(Organisation).where(Organisation.id.in_([row[2] for row in found])))}
    rows = [Stale(_name(homes[number], actor), number, live, stale or 0) for live, stale, number in found if number in homes]
    return sorted(rows, key=lambda row: (-row.rate, -row.live, row.name))


def _name(home: Organisation, actor: Actor) -> str:
    return (home.name_en if actor.language == "en" else "") or home.name


def lapse_some(session: Session, most: int = 200) -> int:
    """Take results from the lists that stand on a right that no longer holds, and tell their owners which."""
    today = clock.today()
    gone = or_(IpRight.status == "LAPSED", IpRight.expires < today, IpRight.fee_paid_until < today)
    query = select(Result).where(Result.state == "PUBLISHED", Result.id.in_(select(IpRight.result_id).where(gone))).order_by(Result.id)
    return sum(lapse(session, row) for row in session.scalars(query.limit(most)).unique())


def lapse(session: Session, row: Result) -> bool:
    """Pause a published result one of whose rights no longer holds."""
    over = [right for right in row.ip_rights if policy.over(right)]
    if not over or not advance(session, row, "pause", SYSTEM):
        return False
    row.paused_for = "、".join(right.number or right.kind for right in over)[:500]
    notices.tell_of_rights(session, row, "lapsed", row.paused_for)
    return True


def warn_of_rights(session: Session, settings: Settings) -> int:
    """Tell owners of rights that soon end or whose fee is soon due, once for each day."""
    today, until = clock.today(), clock.today() + timedelta(days=settings.rights_remind_days)
    due = or_(IpRight.expires.between(today, until), IpRight.fee_paid_until.between(today, until))
    told = 0
    for right in session.scalars(select(IpRight).join(Result).where(Result.state == "PUBLISHED", due)).unique():
        day = min(day for day in (right.expires, right.fee_paid_until) if day is not None and today <= day <= until)
        if right.warned_for == day:
            continue
        right.warned_for = day
        notices.tell_of_rights(session, right.result, "ending", right.number or right.kind, day=day.isoformat())
        told += 1
    return told


def chase_verification(session: Session, settings: Settings) -> int:
    """Tell the desk once of each demand that waits longer for its verification than was promised."""
    rows = list(session.scalars(select(Demand).where(Demand.state == "SUBMITTED", Demand.reminded_at.is_(None))).unique())
    due = service.verify_until(session, [row.id for row in rows], Demand, settings)
    late = [row for row in rows if row.id in due and due[row.id] < clock.today()]
    for row in late:
        row.reminded_at = clock.now()
        notices.tell_of_late(session, row)
    return len(late)
