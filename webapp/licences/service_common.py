"""What every step of a licence shares: lock, permission, event, audit, clocks, notices and the news upstream."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.accounts.models import Person
from webapp.catalog.policy import public_title
from webapp.config import Settings
from webapp.core import audit, outbox
from webapp.core.policy import Actor
from webapp.licences import outlook, policy, wording
from webapp.licences.models import Eligibility, Instalment, Licence, LicenceEvent, PublicNotice
from webapp.licences.states import FINALS, LICENCE
from webapp.messages import service as messages

COMPANY_ROLES = ("company_user", "company_admin")
PARTS = (Eligibility, Instalment, PublicNotice)
LISTS = ("events", "signatures", "reports", "instalments", "notices", "statements", "overpayments")


# Told of every step while it is taken: whoever makes documents or filings of it.
listeners: list[Callable[[Session, Licence, LicenceEvent], None]] = []


def lock(session: Session, licence: Licence) -> None:
    """Hold the row and read it afresh, so that two people acting at once are answered one after the other."""
    session.flush()
    # Columns by name: a plain refresh would also join the relations, and an outer join cannot be locked.
    session.refresh(licence, [column.key for column in inspect(Licence).column_attrs], with_for_update=True)
    # What this session has read of the licence before; asking the relations would read all of it twice.
    # The dictionary by itself: an attribute of an expired row would be read again.
    for row in [row for row in session.identity_map.values() if isinstance(row, PARTS) and row.__dict__.get("licence_id") in (licence.id, None)]:
        session.expire(row)
    session.expire(licence, LISTS)


@contextmanager
def step(
    session: Session, actor: Actor, licence: Licence, action: str, settings: Settings, *,
    reason: str = "", document: str = "", held: set[str] | None = None, **facts: Any,
) -> Iterator[LicenceEvent]:  # fmt: skip
    """Take one step of the table: refused or written down as an event; the body changes the row, then clocks and news follow."""
    lock(session, licence)
    if held is None:
        policy.check(actor, licence, action)
    mine = policy.parts(actor, licence) if held is None else held
    before, stood = licence.state, outlook.situation(licence)
    move = LICENCE.step(licence, action, mine)
    event = write(
        session, actor, licence, action, before=before, role=min(mine & set(move.who)), reason=reason, document=document, facts=facts
    )
    yield event
    if before == "EVALUATION" != licence.state:
        _close_conversion_notice(licence)
    session.flush()
    session.expire(licence, LISTS)
    for hear in listeners:
        hear(session, licence, event)
    outlook.look_ahead(licence, settings, stood)
    audit.record(session, actor, f"licence:{action}", licence, before=before, after=licence.state, document=event.document_hash)
    tell(session, licence, before, stood)
    if licence.state in FINALS:
        close(session, actor, licence)
    session.flush()


def _close_conversion_notice(licence: Licence) -> None:
    """Another way was taken while the notice of a conversion was still open."""
    for notice in licence.notices:
        if notice.about == "CONVERSION" and notice.state in {"OPEN", "STOPPED"}:
            notice.state = "VOID"


def write(
    session: Session, actor: Actor, licence: Licence, action: str, *, before: str, role: str,
    reason: str = "", document: str = "", facts: dict[str, Any] | None = None,
) -> LicenceEvent:  # fmt: skip
    """One line of the licence's history; it is never changed afterwards."""
    event = LicenceEvent(
        licence_id=licence.id, person_id=actor.person_id, role=role, action=action, from_state=before, to_state=licence.state,
        reason=reason, document_hash=document, facts=facts or {},
    )  # fmt: skip
    session.add(event)
    return event


def url(licence: Licence) -> str:
    """Where a licence is read."""
    return f"/licences/{licence.id}"


def people(session: Session, licence: Licence, parts: Iterable[str]) -> list[Person]:
    """Everybody who stands for these parts of this licence."""
    return [person for part in parts for person in _people(session, licence, part)]


def _people(session: Session, licence: Licence, part: str) -> list[Person]:
    if part == "company":
        return accounts.people_of(session, licence.licensee_id, COMPANY_ROLES)
    if part == "tto":
        return accounts.people_of(session, licence.licensor_id, ("tto",))
    if part == "broker":
        return [licence.broker] if licence.broker else accounts.people_with(session, "broker")
    if part == "operator":
        return accounts.people_with(session, "operator")
    if part == "team":
        return [licence.result.created_by] if licence.result.created_by else []
    return []


def send(session: Session, licence: Licence, to: Iterable[Person], kind: str, by: date | None = None) -> None:
    """One notice about a licence; its sentence knows code, title (where it is public) and the day."""
    day = by or licence.due_on
    messages.notify(session, to, kind, url(licence), code=licence.code, title=public_title(licence.result), by=day.isoformat() if day else "")


def tell(session: Session, licence: Licence, before: str, stood: str) -> None:
    """Those who have to act hear that it is their turn; on a new state the other parties hear the news."""
    now, told = outlook.situation(licence), set()
    awaited = licence.awaits.split()
    if now != stood:
        concerned = {person.id for person in people(session, licence, ("company", "tto", "operator", "team"))} | {licence.broker_id or 0}
        messages.settle(session, url(licence), "licence_turn_", concerned)
    if now in wording.TURNS and now != stood:
        turn = people(session, licence, awaited)
        told = {person.id for person in turn}
        send(session, licence, turn, f"licence_turn_{now.lower()}")
    if licence.state != before and licence.state in wording.NEWS:
        rest = people(session, licence, ("company", "tto", *(("broker",) if licence.broker else ()), "team"))
        send(session, licence, [person for person in rest if person.id not in told], f"licence_news_{licence.state.lower()}")


def close(session: Session, actor: Actor, licence: Licence) -> None:
    """A licence at its end: the company's sight of the confidential layer ends, and a paid one settles its task."""
    accounts.end_grants(session, actor, grant_reason(licence))
    if licence.task_id and licence.state == "COMPLETED":
        outbox.enqueue(session, "task_settled", "task", licence.task_id)


def grant_reason(licence: Licence) -> str:
    """The reason under which the licensee may see the confidential layer of the result."""
    return f"licence:{licence.id}"
