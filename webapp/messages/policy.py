"""Who may look after outgoing mail."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, false

from webapp.core import policy
from webapp.core.policy import Actor
from webapp.messages.models import Mail, Notice

HANDED_ON = ("confirm", "invitation")


@policy.rule("message:mail")
def see_mail(actor: Actor, _obj: Any) -> bool:
    """Operators and administrators see which mails left and which did not; nobody reads them there."""
    return actor.has("operator", "admin")


@policy.rule("message:read_mail")
def read_mail(actor: Actor, mail: Mail) -> bool:
    """Operators hand on confirmations and invitations where no mail server does; links that open an account stay unread."""
    return actor.has("operator", "admin") and mail.kind in HANDED_ON


@policy.filters(Mail)
def visible_mail(actor: Actor, query: Select[Any]) -> Select[Any]:
    """All of them for those who look after mail, none for anybody else."""
    return query if see_mail(actor, None) else query.where(false())


@policy.filters(Notice)
def visible_notices(actor: Actor, query: Select[Any]) -> Select[Any]:
    """One's own."""
    return query.where(Notice.person_id == actor.person_id) if actor.signed_in else query.where(false())
