"""What follows changes of people by itself: experts to be indexed anew, and how long data of people is kept."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import delete, inspect, select, update
from sqlalchemy.orm import Session, object_session

from webapp.accounts import attempts
from webapp.accounts.models import Expert, Joining, Membership, Organisation, Person, Sight, SignIn
from webapp.core import clock, outbox, retention
from webapp.core.errors import N_
from webapp.core.outbox import Targets

KIND = "index"


# Changes of these columns a profile's reader can notice.
NOTICED = {"person": ("name", "active", "closed_at"), "membership": ("active",), "organisation": ("name", "name_en", "cluster_code")}


def _touched(column: str, of: str = "id") -> Targets:
    """The profiles of a changed row, found without a flush of their own."""

    def targets(row: Any) -> list[tuple[str, int]]:
        session, state = object_session(row), inspect(row)
        if session is None or not any(state.attrs[name].history.has_changes() for name in NOTICED[row.__tablename__]):
            return []
        query = select(Expert.id).where(getattr(Expert, column) == getattr(row, of))
        return [("expert", number) for number in session.connection().execute(query).scalars()]

    return targets


def register_touches() -> None:
    """Whatever a profile shows, or whether it is shown, makes a job for it."""
    outbox.touches(Expert, KIND)
    outbox.touches(Membership, KIND, targets=_touched("person_id", "person_id"))
    outbox.touches(Organisation, KIND, targets=_touched("organisation_id"))
    outbox.touches(Person, KIND, targets=_touched("person_id"))


def _rows(session: Session, statement: object) -> int:
    return int(session.execute(statement).rowcount)  # type: ignore[call-overload]


NOBODY = "nobody@closed.invalid"


def nobody(session: Session) -> Person:
    """Who stands in old records instead of the person who acted, where a record must name somebody."""
    found = session.scalars(select(Person).where(Person.email == NOBODY)).one_or_none()
    if found is None:
        found = Person(email=NOBODY, name=N_("已抹去姓名"), active=False, fs_uniquifier=secrets.token_hex(32), closed_at=clock.now())
        session.add(found)
        session.flush()
    return found


@retention.rule("sign_ins", "keep_log_months", N_("登录记录"), N_("删除"))
def end_sign_ins(session: Session, before: datetime) -> int:
    """Old sign-ins and counts of failures go; a sign-in still alive is never that old."""
    return _rows(session, delete(SignIn).where(SignIn.seen_at < before)) + attempts.forget(session, before)


@retention.rule("sights", "keep_log_months", N_("查看保密内容的记录"), N_("删除"))
def end_sights(session: Session, before: datetime) -> int:
    """Old looks at confidential text go; the sealed events of the same looks stay with the audit trail."""
    return _rows(session, delete(Sight).where(Sight.at < before))


@retention.rule("joinings", "keep_deal_months", N_("加入单位的申请和邀请"), N_("抹去邮箱和留言"))
def end_joinings(session: Session, before: datetime) -> int:
    """Answered requests keep their fact and lose what was written in them."""
    over = Joining.state != "WAITING", Joining.decided_at < before, (Joining.email != "") | (Joining.note != "")
    return _rows(session, update(Joining).where(*over).values(email="", note="", decision_note=""))


@retention.rule("closed_accounts", "keep_deal_months", N_("已注销账号留下的网络地址"), N_("抹去"))
def end_closed(session: Session, before: datetime) -> int:
    """A closed account's last traces go once records of what it took part in need not be traced any more."""
    over = Person.closed_at < before, Person.current_login_ip.is_not(None)
    return _rows(session, update(Person).where(*over).values(current_login_ip=None, last_login_ip=None))
