"""Stages of a licence that is being paid: said to be reached by the company, claimed by the school, found by the operator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from webapp.config import Settings
from webapp.core import clock
from webapp.core.errors import Refused
from webapp.core.policy import SYSTEM, Actor
from webapp.licences import contract, fields, outlook, outlook_money, policy
from webapp.licences.models import Instalment, Licence
from webapp.licences.service_common import lock, people, send, step
from webapp.licences.service_money import first_due
from webapp.licences.service_payments import chosen
from webapp.licences.states import INSTALMENT


def reach(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The company says it has reached a stage, or the operator finds so in writing: the sum of that stage is due."""
    _due(session, actor, licence, "reach", data, settings)


def confirm(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The company agrees that the stage the school named is reached."""
    _due(session, actor, licence, "confirm_stage", data, settings)


def _due(session: Session, actor: Actor, licence: Licence, action: str, data: Mapping[str, Any], settings: Settings) -> None:
    lock(session, licence)
    policy.check(actor, licence, action)
    reader = fields.Reader(data)
    agreed = action == "confirm_stage"
    evidence = "" if agreed else reader.text("evidence", least=10, most=settings.text_max)
    row = chosen(licence, reader, outlook_money.claimed(licence) if agreed else outlook_money.expected(licence))
    document = contract.text_hash(evidence) if evidence else ""
    with step(session, actor, licence, action, settings, reason=evidence, document=document, position=row.position):
        _drop(row)
        INSTALMENT.step(row, "trigger", ("system",))
        INSTALMENT.step(row, "invoice", ("tto",))
        row.due_on = first_due(licence)


def claim(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The school says, with evidence, that a stage is reached; nothing is due by that: the company has its days to answer."""
    lock(session, licence)
    policy.check(actor, licence, "claim_stage")
    reader = fields.Reader(data)
    evidence = reader.text("evidence", least=10, most=settings.text_max)
    row = chosen(licence, reader, [item for item in outlook_money.expected(licence) if not item.stage_claim])
    with step(session, actor, licence, "claim_stage", settings, reason=evidence, document=contract.text_hash(evidence), position=row.position):
        row.stage_claim = "OPEN"
        row.claim_until = clock.add_working_days(clock.today(), outlook.agreed(licence, "contest_working_days"))
    send(session, licence, people(session, licence, ("company",)), "licence_stage_claimed", row.claim_until)


def contest(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The company does not agree: the operator decides in writing."""
    lock(session, licence)
    policy.check(actor, licence, "contest_stage")
    reader = fields.Reader(data)
    reason = reader.text("reason", least=5, most=settings.text_max)
    row = chosen(licence, reader, outlook_money.claimed(licence, "OPEN"))
    if _late(row):
        raise Refused(code="licence_contest_late")
    with step(session, actor, licence, "contest_stage", settings, reason=reason, document=contract.text_hash(reason), position=row.position):
        _dispute(row, settings)
    _tell_dispute(session, licence, row)


def unanswered(session: Session, licence: Licence, settings: Settings) -> bool:
    """A claim nobody answered in time is no consent: it goes to the operator. One at a time; whether there was one."""
    row = next((item for item in outlook_money.claimed(licence, "OPEN") if _late(item)), None)
    if row is None:
        return False
    with step(session, SYSTEM, licence, "stage_unanswered", settings, position=row.position):
        _dispute(row, settings)
    _tell_dispute(session, licence, row)
    return True


def refuse(session: Session, actor: Actor, licence: Licence, data: Mapping[str, Any], settings: Settings) -> None:
    """The operator finds in writing, alone or with a mediator, that the stage is not reached; the school may claim it again later."""
    lock(session, licence)
    policy.check(actor, licence, "refuse_stage")
    reader = fields.Reader(data)
    reason, body = reader.text("reason", least=5, most=settings.text_max), reader.text("body", most=120)
    row = chosen(licence, reader, outlook_money.claimed(licence, "DISPUTED"))
    document = contract.text_hash(reason)
    with step(session, actor, licence, "refuse_stage", settings, reason=reason, document=document, position=row.position, body=body):
        _drop(row)
    send(session, licence, people(session, licence, ("company", "tto")), "licence_stage_refused")


def _late(row: Instalment) -> bool:
    return row.claim_until is not None and clock.today() > row.claim_until


def _dispute(row: Instalment, settings: Settings) -> None:
    row.stage_claim = "DISPUTED"
    row.claim_until = clock.add_working_days(clock.today(), settings.dispute_working_days)


def _drop(row: Instalment) -> None:
    row.stage_claim, row.claim_until = "", None


def _tell_dispute(session: Session, licence: Licence, row: Instalment) -> None:
    send(session, licence, people(session, licence, ("operator",)), "licence_stage_disputed", row.claim_until)
