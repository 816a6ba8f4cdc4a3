"""How long finished licences name people and hold their words: as long as contracts, then sums and dates alone stay."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from webapp.accounts.upkeep import nobody
from webapp.core import clock, retention
from webapp.core.errors import N_
from webapp.core.files import Attachment
from webapp.licences.models import (
    Eligibility,
    Instalment,
    Licence,
    LicenceEvent,
    Objection,
    PublicNotice,
    Receipt,
    Signature,
    UsageReport,
)
from webapp.licences.states import FINALS

WORDS = (
    "intended_use", "plan", "related_party", "trigger_text", "contract_text", "security_reference", "conversion_terms", "evaluation", "delivery_list",
)  # fmt: skip


@retention.rule("licences", "keep_contract_months", N_("已结束的先用后付许可：合同、审批、公示异议、使用报告"), N_("抹去姓名和文字，保留金额、日期和文本指纹"))
def end_licences(session: Session, before: datetime) -> int:
    """Licences in a final state whose last step lies far back; the hash of the contract stays as proof of what was signed."""
    who = nobody(session).id
    last = select(func.max(LicenceEvent.created_at)).where(LicenceEvent.licence_id == Licence.id).scalar_subquery()
    due = select(Licence.id).where(Licence.state.in_(FINALS), Licence.applicant_id != who, func.coalesce(last, Licence.updated_at) < before)
    ids = list(session.scalars(due.limit(retention.MOST)))
    if ids:
        _forget(session, ids, who)
    return len(ids)


def _forget(session: Session, ids: list[int], who: int) -> None:
    def change(model: Any, **values: Any) -> None:
        session.execute(update(model).where(model.licence_id.in_(ids)).values(**values))

    change(LicenceEvent, person_id=None, reason="")
    change(Signature, person_id=who)
    change(UsageReport, person_id=who, text="")
    change(Eligibility, checked_by_id=None, confirmed_by_id=None, evidence="", credit_source="")
    notices = select(PublicNotice.id).where(PublicNotice.licence_id.in_(ids))
    objections = update(Objection).where(Objection.notice_id.in_(notices))
    session.execute(objections.values(name="", contact="", text="", decision_text="", decided_by_id=None))
    sums = select(Instalment.id).where(Instalment.licence_id.in_(ids))
    session.execute(update(Receipt).where(Receipt.instalment_id.in_(sums)).values(recorded_by_id=who))
    owned = (Attachment.owner_kind == "licence", Attachment.owner_id.in_(ids), Attachment.removed_at.is_(None))
    session.execute(update(Attachment).where(*owned).values(removed_at=clock.now(), uploaded_by=None))
    empty: dict[str, Any] = dict.fromkeys(WORDS, "")
    bare = update(Licence).where(Licence.id.in_(ids))
    session.execute(bare.values(**empty, broker_id=None, applicant_id=who, endorsed_by_id=None, stop_use={}, plan_asked={}, version=Licence.version + 1))
