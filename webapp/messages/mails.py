"""The list of outgoing mail: waiting, sent, given up."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from webapp.core import audit, policy
from webapp.core.policy import Actor
from webapp.messages.models import Mail
from webapp.messages.values import FAILED, SENT, WAITING


def _is(state: str) -> ColumnElement[bool]:
    return {
        SENT: Mail.sent_at.is_not(None),
        FAILED: Mail.failed_at.is_not(None),
        WAITING: Mail.sent_at.is_(None) & Mail.failed_at.is_(None),
    }[state]


def state_of(mail: Mail) -> str:
    """Where a mail is."""
    return SENT if mail.sent_at else FAILED if mail.failed_at else WAITING


def query(actor: Actor, state: str) -> Select[Any]:
    """Mails in one state, or all, newest first."""
    found = policy.visible(actor, Mail).order_by(Mail.id.desc())
    return found.where(_is(state)) if state in (WAITING, SENT, FAILED) else found


def counts(session: Session) -> dict[str, int]:
    """How many mails are in each state."""
    return {state: session.scalar(select(func.count()).select_from(Mail).where(_is(state))) or 0 for state in (WAITING, SENT, FAILED)}


def open_mail(session: Session, actor: Actor, mail: Mail) -> Mail:
    """One mail for the operator who hands it on; the look is written into the audit trail."""
    policy.check(actor, "message:read_mail", mail)
    audit.record(session, actor, "mail:read", mail)
    return mail
