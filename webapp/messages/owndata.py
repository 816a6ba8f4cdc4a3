"""What messages hold of a person, for the export of one's own data; old mails and read notices end."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from webapp.accounts.models import Person
from webapp.accounts.owndata import collects, erases, lists, plain
from webapp.core import retention
from webapp.core.errors import N_
from webapp.messages.models import Mail, Message, Notice, Preference, ReadMark
from webapp.messages.service import sentence


@collects("notices", "notice.person_id")
def _notices(session: Session, person: Person) -> Any:
    rows = session.scalars(select(Notice).where(Notice.person_id == person.id).order_by(Notice.id))
    return [{"text": sentence(row.kind, row.params, person.language)} | plain(row, "url", "created_at", "read_at") for row in rows]


@collects("mails", "mail.person_id")
def _mails(session: Session, person: Person) -> Any:
    """Without their text: a mail may hold a link that still works."""
    rows = session.scalars(select(Mail).where(Mail.person_id == person.id).order_by(Mail.id))
    return [plain(row, "recipient", "subject", "created_at", "sent_at") for row in rows]


lists("messages", Message.person_id, Message.subject_kind, Message.subject_id, Message.side, Message.text, Message.created_at)
lists("read_marks", ReadMark.person_id, ReadMark.subject_kind, ReadMark.subject_id, ReadMark.message_id)
lists(
    "notice_preferences", Preference.person_id, Preference.usual, Preference.ways, Preference.digest_hour, Preference.quiet_from, Preference.quiet_until
)  # fmt: skip


@erases
def _forget(session: Session, person: Person) -> None:
    """Notices, marks and preferences serve nobody any more; what was said in a conversation belongs to the deal and loses its name."""
    for model in (Notice, ReadMark, Preference):
        session.execute(delete(model).where(model.person_id == person.id))
    unsent = (Mail.person_id == person.id, Mail.sent_at.is_(None), Mail.failed_at.is_(None))
    session.execute(delete(Mail).where(*unsent))


@retention.rule("mails", "keep_message_months", N_("外发邮件"), N_("删除"))
def end_mails(session: Session, before: datetime) -> int:
    """Mails that were sent or given up go; the notices they carried lose the reference only."""
    over = (Mail.created_at < before, Mail.sent_at.is_not(None) | Mail.failed_at.is_not(None))
    session.execute(update(Notice).where(Notice.mail_id.in_(select(Mail.id).where(*over))).values(mail_id=None))
    return int(session.execute(delete(Mail).where(*over)).rowcount)  # type: ignore[attr-defined]


@retention.rule("notices", "keep_message_months", N_("已读的通知"), N_("删除"))
def end_notices(session: Session, before: datetime) -> int:
    """Read notices go."""
    return int(session.execute(delete(Notice).where(Notice.created_at < before, Notice.read_at.is_not(None))).rowcount)  # type: ignore[attr-defined]
