"""What licences hold of a person, for the export of one's own data, and what hinders closing an account."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Person
from webapp.accounts.owndata import alone, holds, lists
from webapp.core.errors import N_
from webapp.licences.models import Licence, LicenceEvent, Receipt, Signature, UsageReport
from webapp.licences.models_money import BankLine, ContractAmount, Distribution, Overpayment, RoyaltyStatement
from webapp.licences.models_papers import SigningCode
from webapp.licences.states import FINALS

lists("licences_brokered", Licence.broker_id, Licence.id, Licence.state, Licence.created_at, Licence.effective_on)
lists(
    "licences_applied_for", Licence.applicant_id, Licence.id, Licence.state, Licence.intended_use, Licence.plan, Licence.related_party,
    Licence.created_at, Licence.effective_on,
)  # fmt: skip
lists(
    "licence_steps", LicenceEvent.person_id, LicenceEvent.licence_id, LicenceEvent.role, LicenceEvent.action, LicenceEvent.to_state,
    LicenceEvent.reason, LicenceEvent.created_at,
)  # fmt: skip
lists("signatures", Signature.person_id, Signature.licence_id, Signature.side, Signature.text_hash, Signature.created_at)
lists("usage_reports", UsageReport.person_id, UsageReport.licence_id, UsageReport.period_end, UsageReport.text, UsageReport.created_at)
lists("licence_receipts", Receipt.recorded_by_id, Receipt.instalment_id, Receipt.amount_fen, Receipt.received_on, Receipt.reference)
lists(
    "royalty_statements", RoyaltyStatement.person_id, RoyaltyStatement.licence_id, RoyaltyStatement.period_from, RoyaltyStatement.period_to,
    RoyaltyStatement.reported, RoyaltyStatement.due_fen, RoyaltyStatement.note,
)  # fmt: skip
lists(
    "overpayments_recorded", Overpayment.recorded_by_id, Overpayment.licence_id, Overpayment.amount_fen, Overpayment.received_on,
    Overpayment.reference,
)  # fmt: skip
lists(
    "contract_amounts", ContractAmount.person_id, ContractAmount.licence_id, ContractAmount.kind, ContractAmount.amount_fen,
    ContractAmount.known_on,
)  # fmt: skip
lists(
    "distributions_proposed", Distribution.proposed_by_id, Distribution.licence_id, Distribution.received_fen, Distribution.state,
    Distribution.created_at,
)  # fmt: skip
lists("bank_lines_imported", BankLine.imported_by_id, BankLine.received_on, BankLine.amount_fen, BankLine.reference, BankLine.state)
lists("signing_codes", SigningCode.person_id, SigningCode.licence_id, SigningCode.created_at, SigningCode.used_at)


@holds
def _brokering(session: Session, person: Person) -> str:
    """A running licence keeps its broker."""
    open_ = select(Licence.id).where(Licence.broker_id == person.id, Licence.state.not_in(FINALS)).limit(1)
    return N_("您还是一份没有办结的先用后付许可的经纪人，请先交接。") if session.scalars(open_).first() else ""


@holds
def _only_party(session: Session, person: Person) -> str:
    """The other side of a running licence keeps somebody who answers for it."""
    homes = alone(session, person)
    if not homes:
        return ""
    mine = or_(Licence.licensor_id.in_(homes), Licence.licensee_id.in_(homes))
    open_ = select(Licence.id).where(mine, Licence.state.not_in(FINALS)).limit(1)
    return N_("您的单位还有没有办结的先用后付许可，单位里没有别人，请先办结或邀请同事。") if session.scalars(open_).first() else ""
