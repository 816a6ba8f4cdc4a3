"""News of people and organisations: who hears of requests to join, invitations, verifications and disclosed interests."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts import joining, organisations
from webapp.accounts import service as accounts
from webapp.accounts.models import Interest, Joining, Person, Verification
from webapp.accounts.values import BOTH, INVITE, ROLES
from webapp.config import Settings
from webapp.core.errors import N_
from webapp.core.languages import translate
from webapp.messages import service
from webapp.messages.kinds import register
from webapp.messages.models import Notice

register("joining_asked", N_("%(person)s 申请加入 %(organisation)s，等您答复。"))
register("joining_accepted", N_("您已加入 %(organisation)s。"))
register("joining_declined", N_("您加入 %(organisation)s 的申请没有通过：%(why)s"))
register("invitation_accepted", N_("%(person)s 接受了邀请，已加入 %(organisation)s。"))
register("verification_submitted", N_("%(organisation)s 提交了认证，等您核对。"))
register("verification_approved", N_("%(organisation)s 已通过认证。"))
register("verification_returned", N_("%(organisation)s 的认证被退回：%(why)s"))
register("interest_disclosed", N_("技术经纪人 %(person)s 披露：同时服务 %(organisation)s 和 %(other)s。有异议请联系运营方。"))

INVITATION = N_("榫卯：%(who)s邀请您加入 %(organisation)s")
INVITATION_BODY = N_("%(who)s邀请您以“%(role)s”身份加入 %(organisation)s。\n\n请打开下面的链接答复，%(days)s 天内有效：\n%(link)s\n\n不认识对方就不用理会。")


def tell(session: Session, settings: Settings, model: str, row_id: int) -> None:
    """Tell whom it concerns; a repeat tells nobody twice."""
    if model == "joining" and (row := session.get(Joining, row_id)):
        _joining(session, settings, row)
    elif model == "verification" and (entry := session.get(Verification, row_id)):
        _verification(session, entry)
    elif model == "interest" and (interest := session.get(Interest, row_id)):
        _interest(session, interest)


def _once(session: Session, people: Iterable[Person], kind: str, url: str, row_id: int, **params: str) -> None:
    """Notices of one row and kind go to each person once, whatever is run again."""
    for person in people:
        told = select(Notice).where(Notice.person_id == person.id, Notice.kind == kind, Notice.url == url)
        if not any(notice.params.get("row") == row_id for notice in session.scalars(told)):
            service.notify(session, [person], kind, url, row=row_id, **params)


def _joining(session: Session, settings: Settings, row: Joining) -> None:
    home, url = row.organisation.name, f"/organisations/{row.organisation_id}"
    if row.kind == INVITE:
        if row.state == "WAITING" and row.secret_hash is None:
            _invite(session, settings, row)
        elif row.state == "ACCEPTED" and row.made_by and row.person:
            _once(session, [row.made_by], "invitation_accepted", url, row.id, person=row.person.name, organisation=home)
        return
    if row.person is None:
        return
    if row.state == "WAITING":
        _once(session, _answerers(session, row), "joining_asked", _desk(session, row, url), row.id, person=row.person.name, organisation=home)
    elif row.state == "ACCEPTED":
        _once(session, [row.person], "joining_accepted", "/start", row.id, organisation=home)
    elif row.state == "DECLINED":
        _once(session, [row.person], "joining_declined", url, row.id, organisation=home, why=row.decision_note)


def _answerers(session: Session, row: Joining) -> list[Person]:
    own = [] if row.role == "broker" else organisations.managers(session, row.organisation)
    return own or accounts.people_with(session, "operator")


def _desk(session: Session, row: Joining, url: str) -> str:
    own = row.role != "broker" and organisations.managers(session, row.organisation)
    return url if own else "/verifications"


def _invite(session: Session, settings: Settings, row: Joining) -> None:
    """The mail with the link; the secret is made here and kept nowhere but in it."""
    known = session.scalars(select(Person).where(Person.email == row.email)).one_or_none()
    language = known.language if known else (row.made_by.language if row.made_by else settings.language)
    words = {
        "who": row.made_by.name if row.made_by else "", "organisation": row.organisation.name,
        "role": translate(language, ROLES[row.role]), "days": settings.invite_days,
        "link": f"{settings.public_url.rstrip('/')}/invitations/{joining.renew_secret(row)}",
    }  # fmt: skip
    subject = translate(language, INVITATION, who=words["who"], organisation=words["organisation"])
    service.post_plain(session, known.id if known else None, row.email, "invitation", subject, translate(language, INVITATION_BODY, **words) + "\n")


def _verification(session: Session, entry: Verification) -> None:
    home, url = entry.organisation.name, f"/organisations/{entry.organisation_id}"
    if entry.state == "SUBMITTED":
        people = [person for person in accounts.people_with(session, "operator") if person.id != entry.submitted_by_id]
        _once(session, people, "verification_submitted", "/verifications", entry.id, organisation=home)
    elif entry.state == "APPROVED":
        _once(session, [entry.submitted_by], "verification_approved", url, entry.id, organisation=home)
    elif entry.state == "RETURNED":
        _once(session, [entry.submitted_by], "verification_returned", url, entry.id, organisation=home, why=entry.decision_note)


def _interest(session: Session, row: Interest) -> None:
    """Both rivals hear that one broker serves them both."""
    if row.kind != BOTH or row.other is None or row.ended_at is not None:
        return
    people = [*organisations.managers(session, row.organisation), *organisations.managers(session, row.other)]
    names = {"person": row.person.name, "organisation": row.organisation.name, "other": row.other.name}
    _once(session, people, "interest_disclosed", "/notices", row.id, **names)
