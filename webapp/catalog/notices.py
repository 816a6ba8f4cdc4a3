"""Who hears of what happens to a result or a demand; confidential titles are replaced by the row's number."""

from __future__ import annotations

from collections.abc import Iterable

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

APPROVALS = "/approvals"
KINDS = {
    "approve": "published", "verify": "published", "return": "returned", "expire": "expired", "revoke": "revoked",
}  # fmt: skip


def tell(session: Session, actor: Actor, row: Posting, action: str) -> None:
    """Approvers hear of a submission, owners of what became of it."""
    if action == "submit":
        _notify(session, _but(actor, approvers(session, row)), row, "submitted")
    elif action in KINDS:
        _notify(session, _but(actor, owners(session, row)), row, KINDS[action])


def tell_of_change(session: Session, actor: Actor, row: Posting) -> None:
    """The office hears when a published result of its school is changed."""
    if isinstance(row, Result):
        _notify(session, _but(actor, approvers(session, row)), row, "changed")


def _notify(session: Session, people: Iterable[Person], row: Posting, event: str) -> None:
    address = APPROVALS if event == "submitted" else f"/{row.__tablename__}s/{row.id}"
    messages.notify(session, people, f"{row.__tablename__}_{event}", address, title=public_title(row))


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
