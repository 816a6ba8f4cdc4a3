"""One's own data: topics say what they hold of a person; it is exported as one file, and the account can be closed."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts import experts, sign_ins
from webapp.accounts.models import (
    Expert,
    Interest,
    Joining,
    Membership,
    Organisation,
    Passkey,
    Person,
    Rivalry,
    Sight,
    SignIn,
    Verification,
)
from webapp.accounts.nda import NdaAcceptance
from webapp.accounts.organisations import managers
from webapp.accounts.values import MANAGERS
from webapp.core import audit, clock, policy
from webapp.core.audit import AuditEvent
from webapp.core.errors import N_, Refused
from webapp.core.files import Attachment
from webapp.core.policy import Actor

Collector = Callable[[Session, Person], Any]
Hold = Callable[[Session, Person], str]
Eraser = Callable[[Session, Person], None]
_collectors: dict[str, Collector] = {}
_holds: list[Hold] = []
_erasers: list[Eraser] = []
_covered: dict[str, str] = {}


def collects(name: str, *columns: str) -> Callable[[Collector], Collector]:
    """Register what a topic holds of a person, as plain JSON values; `columns` are those naming the person it goes by (table.column)."""

    def register(function: Collector) -> Collector:
        _collectors[name] = function
        _covered.update(dict.fromkeys(columns, name))
        return function

    return register


def lists(name: str, by: Any, *columns: Any) -> None:
    """Register the rows whose column `by` names the person, with these columns of theirs, oldest first."""
    table = by.class_.__table__

    def collect(session: Session, person: Person) -> Any:
        rows = session.execute(select(*columns).where(by == person.id).order_by(*table.primary_key.columns))
        return [{column.key: _value(value) for column, value in zip(columns, row, strict=True)} for row in rows]

    collects(name, f"{table.name}.{by.property.columns[0].name}")(collect)


def covered() -> dict[str, str]:
    """Columns naming a person (table.column) whose rows are exported, each with the part of the export that does."""
    return dict(_covered)


def erases(function: Eraser) -> Eraser:
    """Register what a topic deletes or empties when an account is closed."""
    _erasers.append(function)
    return function


def holds(function: Hold) -> Hold:
    """Register a reason that keeps an account open: a sentence, or nothing."""
    _holds.append(function)
    return function


def plain(row: Any, *names: str) -> dict[str, Any]:
    """Columns of a row as JSON values."""
    return {name: _value(getattr(row, name)) for name in names}


def _value(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def export(session: Session, actor: Actor, person: Person) -> dict[str, Any]:
    """Everything the platform holds of the person, by topic."""
    policy.check(actor, "person:read", person)
    found = {"exported_at": clock.now().isoformat()} | {name: _collectors[name](session, person) for name in sorted(_collectors)}
    audit.record(session, actor, "person:export", person)
    return found


@collects("account", "person.id")
def _account(_session: Session, person: Person) -> Any:
    names = ("email", "name", "phone", "language", "confirmed_at", "agreed_at", "created_at", "last_login_at", "login_count")
    return plain(person, *names) | {"second_factor": bool(person.tf_primary_method)}


@collects("memberships", "membership.person_id")
def _memberships(session: Session, person: Person) -> Any:
    rows = session.scalars(select(Membership).where(Membership.person_id == person.id).order_by(Membership.id))
    return [{"organisation": row.organisation.name} | plain(row, "role", "department", "active", "created_at", "ended_at") for row in rows]


@collects("joinings", "joining.person_id")
def _joinings(session: Session, person: Person) -> Any:
    rows = session.scalars(select(Joining).where(Joining.person_id == person.id).order_by(Joining.id))
    return [{"organisation": row.organisation.name} | plain(row, "kind", "role", "state", "note", "created_at", "decided_at") for row in rows]


@collects("sign_ins", "sign_in.person_id")
def _sign_ins(session: Session, person: Person) -> Any:
    rows = session.scalars(select(SignIn).where(SignIn.person_id == person.id).order_by(SignIn.id))
    return [plain(row, "created_at", "seen_at", "ended_at", "way", "address", "agent") for row in rows]


@collects("passkeys", "passkey.user_id")
def _passkeys(session: Session, person: Person) -> Any:
    rows = session.scalars(select(Passkey).where(Passkey.user_id == person.id).order_by(Passkey.id))
    return [plain(row, "name", "usage", "created_at", "lastuse_datetime") for row in rows]


@collects("expert_profiles", "expert.person_id")
def _experts(session: Session, person: Person) -> Any:
    rows = session.scalars(select(Expert).where(Expert.person_id == person.id).order_by(Expert.id)).unique()
    names = ("title", "department", "fields", "keywords", "summary", "consented_at", "withdrawn_at")
    return [{"organisation": row.organisation.name} | plain(row, *names) for row in rows]


@collects("interests", "interest.person_id")
def _interests(session: Session, person: Person) -> Any:
    rows = session.scalars(select(Interest).where(Interest.person_id == person.id).order_by(Interest.id))
    return [{"organisation": row.organisation.name} | plain(row, "kind", "note", "created_at", "ended_at") for row in rows]


lists("organisations_founded", Organisation.founder_id, Organisation.name, Organisation.kind, Organisation.created_at)
lists("verifications", Verification.submitted_by_id, Verification.state, Verification.note, Verification.created_at, Verification.decided_at)
lists("invitations_sent", Joining.made_by_id, Joining.kind, Joining.role, Joining.state, Joining.created_at, Joining.decided_at)
lists("rivals_named", Rivalry.made_by_id, Rivalry.organisation_id, Rivalry.rival_id, Rivalry.created_at, Rivalry.ended_at)
lists("agreements", NdaAcceptance.person_id, NdaAcceptance.subject_kind, NdaAcceptance.subject_id, NdaAcceptance.text_hash, NdaAcceptance.accepted_at)
lists("looks", Sight.person_id, Sight.at, Sight.subject_kind, Sight.subject_id, Sight.level)
lists("deeds", AuditEvent.person_id, AuditEvent.at, AuditEvent.role, AuditEvent.action, AuditEvent.subject_kind, AuditEvent.subject_id)
lists("files", Attachment.uploaded_by, Attachment.name, Attachment.size, Attachment.owner_kind, Attachment.owner_id, Attachment.created_at)


def hindrances(session: Session, person: Person) -> list[str]:
    """Why the account cannot be closed yet: sentences, empty when nothing stands against it."""
    return [sentence for hold in _holds if (sentence := hold(session, person))]


def alone(session: Session, person: Person) -> list[int]:
    """Organisations of the person that nobody else acts for."""
    mine = select(Membership.organisation_id).where(Membership.person_id == person.id, Membership.active)
    others = select(Membership.organisation_id).join(Person).where(Membership.active, Person.active, Membership.person_id != person.id)
    return list(session.scalars(mine.where(Membership.organisation_id.not_in(others))))


@holds
def _last_manager(session: Session, person: Person) -> str:
    """An organisation with other people keeps somebody who looks after it."""
    for row in session.scalars(select(Membership).where(Membership.person_id == person.id, Membership.active)):
        others = session.scalars(
            select(Membership.id).where(
                Membership.organisation_id == row.organisation_id, Membership.active, Membership.person_id != person.id
            )
        ).first()
        if row.role == MANAGERS.get(row.organisation.kind) and others and managers(session, row.organisation) == [person]:
            return N_("您是一个单位的最后一位管理员，单位里还有别人，请先让另一位同事成为管理员。")
    return ""


def close(session: Session, actor: Actor, person: Person) -> None:
    """Close one's account: nothing personal stays but what contracts and the audit trail must keep, under a number."""
    against = hindrances(session, person)
    if against:
        raise Refused(against[0], code="account_needed")
    experts.withdraw_all(session, actor, person.id)
    for row in session.scalars(select(Membership).where(Membership.person_id == person.id, Membership.active)):
        row.active, row.ended_at = False, clock.now()
    for joining in session.scalars(select(Joining).where(Joining.person_id == person.id, Joining.state == "WAITING")):
        joining.state, joining.decided_at = "WITHDRAWN", clock.now()
    for profile in session.scalars(select(Expert).where(Expert.person_id == person.id)).unique():
        profile.title, profile.summary, profile.keywords, profile.fields = "", "", [], []
    for erase in _erasers:
        erase(session, person)
    sign_ins.end_all(session, person.id)
    person.webauthn.clear()
    person.email, person.name, person.phone = f"closed-{person.id}@closed.invalid", N_("已注销用户"), ""
    person.password = person.tf_totp_secret = person.tf_primary_method = person.mf_recovery_codes = None
    person.fs_uniquifier, person.fs_webauthn_user_handle = secrets.token_hex(32), None
    person.active, person.closed_at = False, clock.now()
    session.flush()
    audit.record(session, actor, "person:close", person)
