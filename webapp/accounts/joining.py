"""Use cases of joining: invite by mail, ask to be let in, answer either, leave, remove."""

from __future__ import annotations

import secrets
from datetime import timedelta

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.accounts import sign_ins
from webapp.accounts.fields import LENGTHS
from webapp.accounts.models import Joining, Membership, Organisation, Person
from webapp.accounts.organisations import NEWS
from webapp.accounts.states import JOINING
from webapp.accounts.values import INVITE, MANAGERS, REQUEST, ROLE_KINDS
from webapp.config import Settings
from webapp.core import audit, clock, outbox, policy
from webapp.core.errors import N_, Invalid, NotFound, Refused
from webapp.core.policy import SYSTEM, Actor


def _fits(row: Organisation, role: str) -> None:
    if ROLE_KINDS.get(role) != row.kind:
        raise Invalid(fields={"role": N_("这个角色不属于这类单位。")})


def invite(session: Session, actor: Actor, settings: Settings, row: Organisation, email: str, role: str, department: str = "") -> Joining:
    """Invite an address; the mail carries a link that works once. Nothing tells whether the address has an account."""
    policy.check(actor, "organisation:people", row)
    _fits(row, role)
    entry = Joining(
        kind=INVITE, organisation=row, role=role, state=JOINING.start, email=address(email), department=department.strip()[: LENGTHS["department"]],
        made_by_id=actor.person_id, expires_at=clock.now() + timedelta(days=settings.invite_days),
    )  # fmt: skip
    policy.check(actor, "joining:admit", entry)
    same = select(Joining.id).where(
        Joining.organisation_id == row.id, Joining.email == entry.email, Joining.role == role, Joining.state == "WAITING", Joining.kind == INVITE
    )
    if session.scalars(same.limit(1)).first():
        raise Refused(N_("已经邀请过这个邮箱，正等对方接受；要重发请先撤回。"), code="invited_already")
    session.add(entry)
    session.flush()
    audit.record(session, actor, "joining:invite", entry, organisation=row.id, role=role)
    outbox.enqueue(session, NEWS, "joining", entry.id)
    return entry


def address(email: str) -> str:
    """An address as it is kept, or the fault at its field."""
    try:
        return str(validate_email(email.strip(), check_deliverability=False).normalized).lower()
    except EmailNotValidError:
        raise Invalid(fields={"email": N_("请填正确的邮箱地址。")}) from None


def renew_secret(entry: Joining) -> str:
    """A fresh secret for the link in the mail; an earlier one stops working."""
    secret = secrets.token_urlsafe(24)
    entry.secret_hash = sign_ins.digest(secret)
    return secret


def invited(session: Session, secret: str) -> Joining:
    """The invitation behind a link, while it can still be answered."""
    entry = session.scalars(select(Joining).where(Joining.secret_hash == sign_ins.digest(secret), Joining.kind == INVITE)).one_or_none()
    if entry is None or entry.state != "WAITING" or (entry.expires_at and entry.expires_at < clock.now()):
        raise NotFound(N_("这个邀请已经用过、撤回或过期，请让邀请您的人重新邀请。"))
    return entry


def answer_invitation(session: Session, actor: Actor, secret: str, yes: bool) -> Joining:
    """The invited person joins or declines; a stolen link is of no use, since the address must be the person's own."""
    entry = invited(session, secret)
    session.refresh(entry, ["state"], with_for_update=True)
    person = session.get_one(Person, actor.person_id)
    if person.email.lower() != entry.email:
        raise Refused(N_("这个邀请发给另一个邮箱，请用那个邮箱的账号登录后再接受。"), code="invitation_other_address")
    JOINING.step(entry, "accept" if yes else "decline", ("answerer",))
    entry.person_id, entry.decided_by_id, entry.decided_at = person.id, person.id, clock.now()
    if yes:
        admit(session, actor, entry)
    audit.record(session, actor, "joining:accept" if yes else "joining:decline", entry, organisation=entry.organisation_id)
    outbox.enqueue(session, NEWS, "joining", entry.id)
    return entry


def ask(session: Session, actor: Actor, row: Organisation, role: str, note: str, department: str = "") -> Joining:
    """Ask to be let in; somebody of the organisation, or the operator, answers."""
    policy.check(actor, "organisation:join", row)
    _fits(row, role)
    if len(note) > LENGTHS["note"]:
        raise Invalid(fields={"note": N_("太长了，请缩短。")})
    if _held(session, actor.person_id, row.id, role):
        raise Refused(N_("您已经是这个单位的成员。"), code="member_already")
    same = select(Joining.id).where(
        Joining.organisation_id == row.id, Joining.person_id == actor.person_id, Joining.role == role, Joining.state == "WAITING"
    )
    if session.scalars(same.limit(1)).first():
        raise Refused(N_("已经申请过，正等对方答复。"), code="asked_already")
    entry = Joining(
        kind=REQUEST, organisation=row, role=role, state=JOINING.start, person_id=actor.person_id, made_by_id=actor.person_id,
        note=note.strip(), department=department.strip()[: LENGTHS["department"]],
    )  # fmt: skip
    session.add(entry)
    session.flush()
    audit.record(session, actor, "joining:ask", entry, organisation=row.id, role=role)
    outbox.enqueue(session, NEWS, "joining", entry.id)
    return entry


def _held(session: Session, person_id: int | None, organisation_id: int, role: str) -> Membership | None:
    query = select(Membership).where(Membership.person_id == person_id, Membership.organisation_id == organisation_id, Membership.role == role)
    return session.scalars(query.where(Membership.active)).first()


def answer_request(session: Session, actor: Actor, entry: Joining, yes: bool, note: str = "") -> None:
    """Let somebody in or say no; nobody answers their own request."""
    session.refresh(entry, ["state"], with_for_update=True)
    policy.check(actor, "joining:admit", entry)
    if entry.kind != REQUEST:
        raise NotFound
    if not yes and not note.strip():
        raise Invalid(fields={"note": N_("不同意要写一句原因。")})
    JOINING.step(entry, "accept" if yes else "decline", ("answerer",))
    entry.decided_by_id, entry.decided_at, entry.decision_note = actor.person_id, clock.now(), note.strip()[: LENGTHS["note"]]
    if yes:
        admit(session, actor, entry)
    audit.record(session, actor, "joining:accept" if yes else "joining:decline", entry, organisation=entry.organisation_id)
    outbox.enqueue(session, NEWS, "joining", entry.id)


def admit(session: Session, actor: Actor, entry: Joining) -> Membership:
    """The membership; one that was ended comes back."""
    query = select(Membership).where(
        Membership.person_id == entry.person_id, Membership.organisation_id == entry.organisation_id, Membership.role == entry.role
    )
    row = session.scalars(query).one_or_none()
    if row is None:
        row = Membership(person_id=entry.person_id, organisation_id=entry.organisation_id, role=entry.role)
        session.add(row)
    row.active, row.ended_at, row.department = True, None, entry.department
    session.flush()
    audit.record(session, actor, "membership:add", row, role=row.role)
    return row


def take_back(session: Session, actor: Actor, entry: Joining) -> None:
    """Whoever asked or invited, or a manager, takes it back before it is answered."""
    mine = entry.made_by_id == actor.person_id or policy.can(actor, "organisation:people", entry.organisation)
    JOINING.step(entry, "withdraw", ("maker",) if mine else ())
    entry.secret_hash, entry.decided_at = None, clock.now()
    audit.record(session, actor, "joining:withdraw", entry)


def end(session: Session, actor: Actor, row: Membership) -> None:
    """Leave, or be taken off by a manager; the last manager stays while others are members."""
    policy.check(actor, "membership:end", row)
    if row.active and row.role == MANAGERS.get(row.organisation.kind) and _last(session, row):
        raise Refused(N_("这是最后一位管理员，单位里还有别人。请先让另一位同事也成为管理员。"), code="last_manager")
    row.active, row.ended_at = False, clock.now()
    session.flush()
    audit.record(session, actor, "membership:end", row, role=row.role)


def _last(session: Session, row: Membership) -> bool:
    others = select(func.count()).select_from(Membership).where(
        Membership.organisation_id == row.organisation_id, Membership.active, Membership.person_id != row.person_id
    )
    managers = others.where(Membership.role == row.role)
    return not session.scalar(managers) and bool(session.scalar(others))


def waiting_for(session: Session, actor: Actor, row: Organisation | None = None) -> list[Joining]:
    """Requests this actor may answer: of one organisation, or of all an operator answers for."""
    query = select(Joining).where(Joining.kind == REQUEST, Joining.state == "WAITING").order_by(Joining.id)
    if row is not None:
        query = query.where(Joining.organisation_id == row.id)
    return [entry for entry in session.scalars(query.limit(200)) if policy.can(actor, "joining:admit", entry)]


def invitations(session: Session, row: Organisation) -> list[Joining]:
    """Invitations of an organisation that wait for their answer."""
    query = select(Joining).where(Joining.organisation_id == row.id, Joining.kind == INVITE, Joining.state == "WAITING")
    return list(session.scalars(query.order_by(Joining.id.desc())))


def of_person(session: Session, person: Person) -> list[Joining]:
    """What waits for this person or was asked by them, the latest first."""
    mine = (Joining.person_id == person.id) | ((Joining.kind == INVITE) & (func.lower(Joining.email) == person.email.lower()))
    return list(session.scalars(select(Joining).where(mine, Joining.state == "WAITING").order_by(Joining.id.desc())))


def members(session: Session, row: Organisation) -> list[Membership]:
    """Active members, by role and name."""
    query = select(Membership).join(Person).where(Membership.organisation_id == row.id, Membership.active, Person.active)
    return list(session.scalars(query.order_by(Membership.role, Person.name, Membership.id)))


def expire(session: Session) -> int:
    """Invitations nobody answered in time lapse."""
    over = list(session.scalars(select(Joining).where(Joining.state == "WAITING", Joining.expires_at < clock.now()).limit(500)))
    for entry in over:
        JOINING.step(entry, "expire", ("system",))
        entry.secret_hash = None
        audit.record(session, SYSTEM, "joining:expire", entry)
    return len(over)
