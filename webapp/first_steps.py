"""What to do first in each role: the panel of a start page, gone once everything is done or it was put away."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from webapp.accounts.models import Organisation, Verification
from webapp.brokers.models import BrokerProfile, Visit
from webapp.catalog.models import Demand, Result
from webapp.core.db import at_once
from webapp.core.errors import N_
from webapp.core.policy import Actor
from webapp.matches.models import Match, Verdict
from webapp.tasks.models import FeeRule, Task

COMPANY, SCHOOL, OPERATOR = ("company_user", "company_admin"), ("researcher", "tto"), ("operator", "admin")


@dataclass(frozen=True)
class Step:
    """One thing to do, the page it is done on, and whether it is done."""

    label: str
    why: str
    endpoint: str
    done: bool = False


Asked = tuple[Step, Select[Any]]


def steps(session: Session, actor: Actor) -> list[Step]:
    """The steps of the role somebody acts in; empty when all are done, and for roles that only read."""
    asked = _of_role(actor)
    done = at_once(session, {step.endpoint: query.limit(1) for step, query in asked})
    found = [replace(step, done=done[step.endpoint] is not None) for step, _ in asked]
    return [] if all(step.done for step in found) else found


def _of_role(actor: Actor) -> list[Asked]:
    """Each step, and what finds something as soon as it is done."""
    if actor.has(*COMPANY):
        return _company(actor)
    if actor.has(*SCHOOL):
        return _school(actor)
    if actor.has("broker"):
        return _broker(actor)
    return _operator() if actor.has(*OPERATOR) else []


def _company(actor: Actor) -> list[Asked]:
    home = actor.organisation_id
    verified = select(Organisation.id).where(Organisation.id == home, Organisation.verified_at.is_not(None))
    posted = select(Demand.id).where(Demand.organisation_id == home, Demand.state != "DRAFT")
    met = select(Task.id).join(Match, Task.match_id == Match.id).join(Demand, Match.demand_id == Demand.id).where(Demand.organisation_id == home)
    return [
        (Step(N_("让单位通过认证"), N_("上传营业执照，运营方核对后就能发布。"), "accounts.organisations_of_mine"), verified),
        (Step(N_("发布第一条需求"), N_("说清要解决什么、指标是多少，可以不公开单位名称。"), "catalog.demand_new"), posted),
        (Step(N_("答复一次推荐"), N_("经纪人推荐的成果在这里答复，双方都愿意就开始对接。"), "matches.mine"), met),
    ]


def _school(actor: Actor) -> list[Asked]:
    home = actor.organisation_id
    own = select(Result.id).where(Result.organisation_id == home)
    met = select(Task.id).join(Match, Task.match_id == Match.id).join(Result, Match.result_id == Result.id).where(Result.organisation_id == home)
    return [
        (Step(N_("发布第一项成果"), N_("写明能解决什么、做到哪一步，约十分钟。"), "catalog.result_new"), own.where(Result.state != "DRAFT")),
        (Step(N_("拿出一项先用后付"), N_("在成果里勾选可先使用后付费，中小微企业就能申请试用。"), "catalog.mine"), own.where(Result.use_first_offered)),
        (Step(N_("答复一次推荐"), N_("有企业需求对上时会通知您，双方都愿意就开始对接。"), "matches.mine"), met),
    ]


def _broker(actor: Actor) -> list[Asked]:
    me = actor.person_id
    filled = select(BrokerProfile.id).where(BrokerProfile.person_id == me, or_(BrokerProfile.about != "", BrokerProfile.is_public))
    return [
        (Step(N_("填好经纪人资料"), N_("写明熟悉的产业和领域，派任务时按它推荐。"), "brokers.me"), filled),
        (Step(N_("判断第一对匹配"), N_("左右对照着看，合适就入围，不合适选原因。"), "matches.queue"), select(Verdict.id).where(Verdict.person_id == me)),
        (Step(N_("记一次走访"), N_("听到的需求当场记下，企业核对后提交。"), "brokers.visit_new"), select(Visit.id).where(Visit.person_id == me)),
        (Step(N_("接一个对接任务"), N_("双方都愿意后任务自动开出，按步骤往前带。"), "tasks.tasks"), select(Task.id).where(Task.broker_id == me)),
    ]


def _operator() -> list[Asked]:
    verified = select(Verification.id).where(Verification.state == "APPROVED")
    return [
        (Step(N_("认证第一个单位"), N_("核对营业执照后，单位就能发布和申请。"), "accounts.verifications"), verified),
        (Step(N_("请经纪人登记"), N_("有了经纪人，匹配才有人核对。"), "brokers.register"), select(BrokerProfile.id)),
        (Step(N_("定佣金规则"), N_("写明比例和起止日期，到账后自动算。"), "fees.rules"), select(FeeRule.id)),
    ]
