"""Use cases of confidentiality: accept an agreement, set the levels of fields, and who was let in and has looked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from webapp.accounts import nda
from webapp.accounts import service as accounts
from webapp.accounts.models import Grant, Organisation, Sight
from webapp.accounts.nda import NdaAcceptance
from webapp.catalog import layers
from webapp.catalog.layers import Posting
from webapp.catalog.models import Demand, Result
from webapp.catalog.values import NDA
from webapp.catalog.verbs import check_version
from webapp.confidentiality import policy as _rules  # noqa: F401 - registers the rules
from webapp.confidentiality import wording
from webapp.core import audit, clock, outbox, policy
from webapp.core.errors import N_, Invalid
from webapp.core.policy import Actor
from webapp.messages import service as messages

MODELS: dict[str, type[Posting]] = {"result": Result, "demand": Demand}
ASKED = "nda_ask"


def register_touches() -> None:
    """A new guest is asked for the agreement; an accepted one opens the index's layer."""
    outbox.touches(Grant, ASKED, targets=_new_guest)
    outbox.touches(NdaAcceptance, "index", targets=lambda entry: [(entry.subject_kind, entry.subject_id)])


def _new_guest(grant: Grant) -> list[tuple[str, int]]:
    return [(grant.subject_kind, grant.subject_id)] if grant.subject_kind in MODELS and grant.ended_at is None else []


@dataclass(frozen=True)
class Box:
    """What the page of a row offers this reader about its confidentiality."""

    must_accept: bool
    accepted: NdaAcceptance | None
    may_set: bool
    may_see: bool
    veiled: tuple[str, ...]


def box(session: Session, actor: Actor, kind: str, row_id: int) -> Box:
    """For one row the actor already sees."""
    row = cast(Posting, session.get_one(MODELS[kind], row_id))
    guest = not policy.can(actor, "secrecy:seen", row) and layers.let_in(actor, row)
    closed = layers.closed_fields(row, layers.reach(actor, row)) if row.field_levels else ()
    return Box(
        layers.must_accept(actor, row), nda.accepted(session, actor.organisation_id, row) if guest else None,
        policy.can(actor, "secrecy:layers", row), policy.can(actor, "secrecy:seen", row), closed,
    )  # fmt: skip


def agreement(session: Session, actor: Actor, row: Posting) -> tuple[str, str, NdaAcceptance | None]:
    """The text as the actor's organisation would accept it, its English reading copy, and what was accepted already."""
    policy.check(actor, "secrecy:accept", row)
    home = session.get_one(Organisation, actor.organisation_id)
    standing = nda.accepted(session, actor.organisation_id, row)
    text = standing.text if standing else wording.text(row.code, home.name)
    return text, wording.reading_copy(row.code, home.name_en or home.name), standing


def accept(session: Session, actor: Actor, row: Posting, shown_hash: str, agreed: bool) -> NdaAcceptance:
    """Accept for the actor's organisation what was shown; from now on the layer is open while the grant lasts."""
    text, _copy, standing = agreement(session, actor, row)
    if standing is not None:
        return standing
    if not agreed:
        raise Invalid(fields={"agreed": N_("请先阅读全文，并勾选代表本单位接受。")})
    entry = nda.accept(session, actor, row, text, shown_hash)
    messages.notify(
        session, accounts.people_of(session, row.organisation_id, layers.GUESTS[:4]), f"{row.__tablename__}_nda",
        f"/{row.__tablename__}s/{row.id}/seen", title=row.title, who=entry.organisation.name if entry.organisation else "",
    )  # fmt: skip
    return entry


def set_levels(session: Session, actor: Actor, row: Posting, given: Mapping[str, Any], version: int) -> None:
    """Say who reads which field; a field is never more open than its row."""
    policy.check(actor, "secrecy:layers", row)
    check_version(row, version)
    wanted: dict[str, int] = {}
    for name in layers.names(row.__tablename__):
        raw = str(given.get(name, "0"))
        level = int(raw) if raw.isascii() and raw.isdigit() and len(raw) == 1 else -1
        if level not in layers.LEVELS:
            raise Invalid(fields={name: N_("请选择谁可以看。")})
        if level:
            wanted[name] = level
    if wanted == (row.field_levels or {}):
        return
    before, row.field_levels, row.changed_by = dict(row.field_levels or {}), wanted, actor.name
    audit.record(session, actor, f"{row.__tablename__}:layers", row, before=before, after=wanted)
    session.flush()


@dataclass(frozen=True)
class Guest:
    """An organisation that was let in: since when, why, until when, and whether it accepted the agreement."""

    name: str
    since: Any
    reason: str
    ended: Any
    accepted: NdaAcceptance | None


def looks(session: Session, actor: Actor, row: Posting) -> Select[Any]:
    """Every look at the row's confidential side, newest first."""
    policy.check(actor, "secrecy:seen", row)
    query = select(Sight).where(Sight.subject_kind == row.__tablename__, Sight.subject_id == row.id)
    return query.options(selectinload(Sight.person), selectinload(Sight.organisation)).order_by(Sight.id.desc())


def let_in(session: Session, actor: Actor, row: Posting) -> Sequence[Guest]:
    """Every organisation that was ever let in, newest first."""
    policy.check(actor, "secrecy:seen", row)
    signed = {entry.organisation_id: entry for entry in session.scalars(nda.acceptances(row))}
    query = (
        select(Grant, Organisation.name).join(Organisation, Organisation.id == Grant.organisation_id)
        .where(Grant.subject_kind == row.__tablename__, Grant.subject_id == row.id).order_by(Grant.id.desc())
    )  # fmt: skip
    return [
        Guest(name, grant.created_at, grant.reason, _ended(grant), signed.get(grant.organisation_id))
        for grant, name in session.execute(query).all()
    ]


def _ended(grant: Grant) -> Any:
    over = grant.until is not None and grant.until <= clock.now()
    return grant.ended_at or (grant.until if over else None)


def ask(session: Session, kind: str, row_id: int) -> None:
    """Tell organisations that were let in but have not accepted the agreement what is still to do."""
    row = cast(Posting | None, session.get(MODELS[kind], row_id))
    if row is None:
        return
    signed = {entry.organisation_id for entry in session.scalars(nda.acceptances(row))}
    standing = select(Grant.organisation_id).where(
        Grant.subject_kind == kind, Grant.subject_id == row_id, Grant.ended_at.is_(None),
    )  # fmt: skip
    closer = row.confidentiality == NDA or NDA in (row.field_levels or {}).values()
    for organisation_id in sorted(set(session.scalars(standing)) - signed) if closer else ():
        people = accounts.people_of(session, organisation_id, layers.GUESTS[:4])
        messages.notify(session, people, f"{kind}_nda_ask", f"/{kind}s/{row_id}/nda", code=row.code)
