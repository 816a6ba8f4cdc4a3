"""The sums of a licence: planned at signature by the payment model, added later as they become certain."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from webapp.core import clock
from webapp.licences import money_plan
from webapp.licences.models import Instalment, Licence
from webapp.licences.models_money import ContractAmount
from webapp.licences.states import INSTALMENT


def plan(session: Session, licence: Licence) -> None:
    """The agreed sums, not yet due: nothing is owed before the trigger. The fixed sum is the contract's value for now."""
    parts = money_plan.parts(licence.payment_model, licence.price_fen, licence.instalment_count, licence.payment_terms)
    for position, part in enumerate(parts, 1):
        session.add(Instalment(licence_id=licence.id, position=position, kind=part.kind, name=part.name, amount_fen=part.fen))
    count_value(session, licence, licence.price_fen, licence.code)


def add(session: Session, licence: Licence, kind: str, fen: int, name: str, due_on: date) -> Instalment:
    """A sum that became certain later, at once ready to be paid."""
    position = max((row.position for row in licence.instalments), default=0) + 1
    row = Instalment(licence=licence, position=position, kind=kind, name=name, amount_fen=fen, due_on=due_on, state="SCHEDULED")
    session.add(row)
    INSTALMENT.step(row, "trigger", ("system",))
    INSTALMENT.step(row, "invoice", ("tto",))
    return row


def count_value(session: Session, licence: Licence, fen: int, basis: str) -> None:
    """A part of the contract's value that is certain now."""
    if fen:
        session.add(ContractAmount(licence_id=licence.id, kind="CONTRACT_VALUE", amount_fen=fen, known_on=clock.today(), basis=basis[:200]))
