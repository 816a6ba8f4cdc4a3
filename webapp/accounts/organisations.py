"""Use cases of organisations: found one, change it, have it verified by an operator with evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from webapp.accounts import fields
from webapp.accounts.models import Faculty, Membership, Organisation, Person, Verification
from webapp.accounts.states import VERIFICATION
from webapp.accounts.values import CARRIER, FOUNDED, MANAGERS
from webapp.core import audit, clock, outbox, policy
from webapp.core.errors import N_, Invalid, Refused, Stale
from webapp.core.policy import Actor

NEWS = "people_news"
MOST_OWN = 10  # unverified organisations one person may found


def found(session: Session, actor: Actor, kind: str, values: Mapping[str, Any]) -> Organisation:
    """Found an unverified organisation; the founder looks after it, and an operator verifies it before it counts."""
    policy.check(actor, "organisation:found")
    if kind not in FOUNDED:
        raise Invalid(fields={"kind": N_("请选单位类型。")})
    columns = fields.organisation(kind, values)
    _unknown(session, columns, None)
    mine = select(func.count()).select_from(Organisation)
    mine = mine.where(Organisation.founder_id == actor.person_id, Organisation.verified_at.is_(None))
    if (session.scalar(mine) or 0) >= MOST_OWN:
        raise Refused(N_("您登记的单位里还有很多没有认证，请先完成认证。"), code="too_many_founded")
    row = Organisation(kind=kind, founder_id=actor.person_id, **columns)
    session.add(row)
    session.flush()
    session.add(Membership(person_id=actor.person_id, organisation=row, role=FOUNDED[kind]))
    session.flush()
    audit.record(session, actor, "organisation:found", row, kind=kind)
    return row


def add_carrier(session: Session, actor: Actor, values: Mapping[str, Any]) -> Organisation:
    """An operator enters a carrier of a circle; nobody acts for it, and it needs no verification."""
    policy.check(actor, "organisation:carrier")
    columns = fields.organisation(CARRIER, values)
    if not columns.get("cluster_code"):
        raise Invalid(fields={"cluster_code": N_("请选载体所在的创新圈。")})
    _unknown(session, columns, None)
    row = Organisation(kind=CARRIER, verified_at=clock.now(), verified_by_id=actor.person_id, **columns)
    session.add(row)
    session.flush()
    audit.record(session, actor, "organisation:add_carrier", row, cluster=row.cluster_code)
    return row


def _unknown(session: Session, columns: Mapping[str, Any], own_id: int | None) -> None:
    """Two organisations share neither a code nor a name."""
    taken: dict[str, str] = {}
    for name, sentence in (
        ("uscc", N_("这个信用代码的单位已经登记，请申请加入它，不要再登记一个。")),
        ("name", N_("已有同名的单位，请申请加入它；确是另一家，请写全称以示区别。")),
    ):
        if columns.get(name):
            same = select(Organisation.id).where(getattr(Organisation, name) == columns[name], Organisation.id != (own_id or 0))
            if session.scalars(same.limit(1)).first():
                taken[name] = sentence
    if taken:
        raise Invalid(fields=taken)


def edit(session: Session, actor: Actor, row: Organisation, values: Mapping[str, Any], version: int) -> list[str]:
    """Change an organisation opened at `version`; a verified one keeps the name and code that were verified."""
    policy.check(actor, "organisation:edit", row)
    if row.version != version:
        raise Stale(who=N_("同事"))
    columns = fields.organisation(row.kind, values)
    _unknown(session, columns, row.id)
    changed = [name for name, value in columns.items() if getattr(row, name) != value]
    fixed = sorted({"name", "uscc"} & set(changed)) if row.verified_at and not actor.has("operator") else []
    if fixed:
        raise Invalid(fields=dict.fromkeys(fixed, N_("单位已认证，名称和信用代码要由运营方来改。")))
    for name in changed:
        setattr(row, name, columns[name])
    if "faculties" in values and row.kind == "SCHOOL" and _faculties(session, row, fields.faculties(values["faculties"])):
        changed.append("faculties")
    if changed:
        row.updated_at = clock.now()
        session.flush()
        audit.record(session, actor, "organisation:edit", row, changed=changed)
    return changed


def _faculties(session: Session, row: Organisation, names: list[str]) -> bool:
    known = {one.name: one for one in row.faculties}
    if list(known) == names:
        return False
    for gone in [one for name, one in known.items() if name not in names]:
        row.faculties.remove(gone)
    session.flush()
    for place, name in enumerate(names):
        if name in known:
            known[name].position = place
        else:
            row.faculties.append(Faculty(name=name, position=place))
    session.flush()
    session.expire(row, ["faculties"])
    return True


def listed(actor: Actor, text: str = "", kind: str = "") -> Select[Any]:
    """Organisations by name or code, the verified ones first."""
    query = policy.visible(actor, Organisation)
    if text:
        like = f"%{text.replace('%', '').replace('_', '')[:60]}%"
        query = query.where(or_(Organisation.name.ilike(like), Organisation.name_en.ilike(like), Organisation.uscc == text.upper()))
    if kind:
        query = query.where(Organisation.kind == kind)
    return query.order_by(Organisation.verified_at.is_(None), Organisation.name, Organisation.id)


def submit(session: Session, actor: Actor, row: Organisation, note: str) -> Verification:
    """Ask an operator to verify; what is verified is kept as it stood."""
    policy.check(actor, "organisation:submit", row)
    if waiting(session, row) is not None:
        raise Refused(N_("已经提交，正等运营方认证。"), code="verification_waiting")
    if len(note) > fields.LENGTHS["note"]:
        raise Invalid(fields={"note": N_("太长了，请缩短。")})
    facts = {"name": row.name, "uscc": row.uscc, "kind": row.kind, "staff": row.staff, "address": row.address}
    entry = Verification(organisation=row, state=VERIFICATION.start, note=note.strip(), facts=facts, submitted_by_id=actor.person_id)
    session.add(entry)
    session.flush()
    audit.record(session, actor, "verification:submit", entry, organisation=row.id)
    outbox.enqueue(session, NEWS, "verification", entry.id)
    return entry


def waiting(session: Session, row: Organisation) -> Verification | None:
    """The request that waits for an operator, if there is one."""
    query = select(Verification).where(Verification.organisation_id == row.id, Verification.state == "SUBMITTED")
    return session.scalars(query.order_by(Verification.id.desc()).limit(1)).first()


def history(session: Session, row: Organisation) -> list[Verification]:
    """Requests of an organisation, the latest first."""
    query = select(Verification).where(Verification.organisation_id == row.id).order_by(Verification.id.desc())
    return list(session.scalars(query.limit(20)))


def decide(session: Session, actor: Actor, entry: Verification, yes: bool, note: str) -> None:
    """An operator verifies the organisation or sends the request back with a reason."""
    session.refresh(entry, ["state"], with_for_update=True)
    policy.check(actor, "organisation:verify", entry)
    if not yes and not note.strip():
        raise Invalid(fields={"note": N_("退回要写明原因，对方才知道怎么改。")})
    VERIFICATION.step(entry, "approve" if yes else "return", actor.roles)
    entry.decided_by_id, entry.decided_at, entry.decision_note = actor.person_id, clock.now(), note.strip()[:2000]
    if yes:
        entry.organisation.verified_at, entry.organisation.verified_by_id = clock.now(), actor.person_id
    session.flush()
    audit.record(session, actor, "verification:approve" if yes else "verification:return", entry, organisation=entry.organisation_id)
    outbox.enqueue(session, NEWS, "verification", entry.id)


def withdraw_verification(session: Session, actor: Actor, row: Organisation, why: str) -> None:
    """An operator takes a verification back; the organisation's trusted roles stop counting at once."""
    policy.check(actor, "organisation:unverify", row)
    if not why.strip():
        raise Invalid(fields={"note": N_("撤销认证要写明原因。")})
    row.verified_at = row.verified_by_id = None
    session.flush()
    audit.record(session, actor, "organisation:unverify", row, why=why.strip()[:400])


def managers(session: Session, row: Organisation) -> list[Person]:
    """Who looks after the organisation's people."""
    role = MANAGERS.get(row.kind, "")
    query = select(Person).join(Membership).where(Membership.organisation_id == row.id, Membership.active, Person.active)
    return list(session.scalars(query.where(Membership.role == role).order_by(Person.id)).unique())
