"""Who hears of what happens to a result or a demand; confidential titles are replaced by the row's number."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.accounts.models import Person
from webapp.catalog.models import Demand, Result
from webapp.catalog.policy import COMPANY, Posting, public_title
from webapp.core.errors import N_
from webapp.core.policy import Actor
from webapp.messages import service as messages
from webapp.messages.kinds import register

register("result_submitted", N_("成果“%(title)s”等您审核。"))
register("result_published", N_("成果“%(title)s”已发布，可以被搜索和匹配。"))
register("result_returned", N_("成果“%(title)s”被退回，请按意见修改后再提交。"))
register("result_changed", N_("已发布的成果“%(title)s”有修改，请留意。"))
register("result_expired", N_("成果“%(title)s”到期，已停止匹配。仍然有效请点续期。"))
register("result_revoked", N_("成果“%(title)s”已被运营方下架，原因见页面。"))
register("demand_submitted", N_("需求“%(title)s”等您核实。"))
register("demand_published", N_("需求“%(title)s”已核实发布，开始匹配。"))
register("demand_returned", N_("需求“%(title)s”需要补充，请按意见修改后再提交。"))
register("demand_expired", N_("需求“%(title)s”到期，已停止匹配。仍然需要请改截止日期后续期。"))

register("result_fresh", N_("成果“%(title)s”的有效期到 %(day)s 为止。还有效吗？打开后按一下就行。"))
register("result_rights_ending", N_("成果“%(title)s”的知识产权 %(right)s 将在 %(day)s 到期或该缴年费，请及时处理并更新页面。"))
register("result_rights_lapsed", N_("成果“%(title)s”的知识产权 %(right)s 已失效、到期或欠缴年费，系统已暂停发布。更新法律状态后可以恢复。"))
register("result_merged", N_("成果“%(title)s”和另一条是同一件，已并入 %(code)s。"))
register("result_reported", N_("成果“%(title)s”被举报：%(reason)s。请核查。"))
register("demand_fresh", N_("需求“%(title)s”的有效期到 %(day)s 为止。还需要吗？打开后按一下就行。"))
register("demand_answered", N_("需求“%(title)s”有了答复：可能已有现成的办法。请看是否解决。"))
register("demand_contested", N_("需求“%(title)s”的发布人说还没有解决，请再核实。"))
register("demand_late", N_("需求“%(title)s”超过了答应的核实期限，请尽快核实。"))
register("demand_merged", N_("需求“%(title)s”和另一条是同一件，已并入 %(code)s。"))
register("demand_reported", N_("需求“%(title)s”被举报：%(reason)s。请核查。"))
register("demand_revoked", N_("需求“%(title)s”已被运营方下架，原因见页面。"))

APPROVALS = "/approvals"
REPORTS = "/reports"
KINDS = {
    "approve": "published", "verify": "published", "return": "returned", "expire": "expired", "revoke": "revoked", "answer": "answered",
}  # fmt: skip


def tell(session: Session, actor: Actor, row: Posting, action: str) -> None:
    """Approvers hear of a submission, owners of what became of it."""
    if action == "submit":
        _notify(session, _but(actor, approvers(session, row)), row, "submitted")
    elif action == "contest":
        _notify(session, _but(actor, approvers(session, row)), row, "contested")
    elif action in KINDS:
        _notify(session, _but(actor, owners(session, row)), row, KINDS[action])


def tell_of_change(session: Session, actor: Actor, row: Posting) -> None:
    """The office hears when a published result of its school is changed."""
    if isinstance(row, Result):
        _notify(session, _but(actor, approvers(session, row)), row, "changed")


def ask_whether_it_holds(session: Session, row: Posting, link: Callable[[Person], str]) -> None:
    """Ask each owner, with a link of their own in the mail; in the app the row's page asks."""
    days = [day for day in (row.valid_until, row.deadline if isinstance(row, Demand) else None) if day is not None]
    for person in owners(session, row):
        _notify(session, [person], row, "fresh", mail_url=link(person), day=min(days).isoformat())


def tell_of_rights(session: Session, row: Result, event: str, right: str, **more: str) -> None:
    """Owners and the office hear of rights that end or have ended; `right` is a number that is public, or a kind."""
    people = [*owners(session, row), *approvers(session, row)]
    _notify(session, people, row, f"rights_{event}", right=right if row.confidentiality <= 1 else row.code, **more)


def tell_of_late(session: Session, row: Demand) -> None:
    """The desk hears of a demand whose verification is overdue."""
    _notify(session, approvers(session, row), row, "late")


def tell_of_merge(session: Session, actor: Actor, row: Posting, into: Posting) -> None:
    """Owners of the row that went up in another hear which it is."""
    _notify(session, _but(actor, owners(session, row)), row, "merged", code=into.code)


def tell_of_report(session: Session, row: Posting, reason: str) -> None:
    """Operators hear that a row was reported."""
    _notify(session, accounts.people_with(session, "operator"), row, "reported", reason=reason)


def _notify(session: Session, people: Iterable[Person], row: Posting, event: str, mail_url: str = "", **more: str) -> None:
    address = {"submitted": APPROVALS, "late": APPROVALS, "reported": REPORTS}.get(event, f"/{row.__tablename__}s/{row.id}")
    messages.notify(session, people, f"{row.__tablename__}_{event}", address, mail_url, title=public_title(row), **more)


def _but(actor: Actor, people: Iterable[Person]) -> list[Person]:
    """Nobody is told of what they did themselves."""
    return [person for person in people if person.id != actor.person_id]


def approvers(session: Session, row: Posting) -> list[Person]:
    """The school's office for a result; brokers and operators for a demand."""
    if isinstance(row, Demand):
        return accounts.people_with(session, "broker", "operator")
    return accounts.people_of(session, row.organisation_id, ("tto",))


def owners(session: Session, row: Posting) -> list[Person]:
    """Who posted the row; when that is nobody or somebody gone, who answers for the organisation's rows."""
    if row.created_by is not None and row.created_by.active:
        return [row.created_by]
    roles = COMPANY if isinstance(row, Demand) else ("tto",)
    return accounts.people_of(session, row.organisation_id, roles)
