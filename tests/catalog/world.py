"""A school with its people, a company, and the desk, for tests of the catalog."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import makers
from webapp.accounts.models import Organisation
from webapp.catalog.models import Result
from webapp.catalog.service import act, post_result
from webapp.core import clock
from webapp.core.errors import AppError
from webapp.core.outbox import Job
from webapp.core.policy import Actor
from webapp.messages.models import Notice


@dataclass(frozen=True)
class World:
    """Who acts in the tests."""

    school: Organisation
    company: Organisation
    author: Actor
    office: Actor
    second_office: Actor
    buyer: Actor
    broker: Actor
    operator: Actor


def build(session: Session) -> World:
    """Everybody, in one session."""
    makers.industry(session)
    school = makers.organisation(session, "SCHOOL", name="示例大学", cluster_code=None)
    company = makers.organisation(session, "COMPANY", name="示例海工装备（青岛）有限公司")
    return World(
        school, company, makers.actor(session, "researcher", school), makers.actor(session, "tto", school),
        makers.actor(session, "tto", school), makers.actor(session, "company_user", company),
        makers.actor(session, "broker"), makers.actor(session, "operator"),
    )  # fmt: skip


def result_values(**more: Any) -> dict[str, Any]:
    """What somebody types who posts a result ready to be published."""
    return {
        "title": "低表面处理防腐涂层", "summary": "海洋平台浪溅区用，手工除锈后即可涂装，近岸平台试涂十八个月未起泡。",
        "details": "固化剂配方", "keywords": "防腐；涂层；海工", "industry_code": "船舶海工", "trl": "TRL 7", "stage": "中试",
        "modes": "许可、合作开发", "price": "50-120万元", "confidentiality": "L0 公开", "contact": "示例电话",
        "use_first_offered": "是", "trial_months": "12", "non_secret": True, "ownership_clear": True, "inventors_agree": True,
        "indicators": [{"name": "附着力", "comparison": "GE", "value": "12.4", "unit": "MPa"}],
    } | more  # fmt: skip


def demand_values(**more: Any) -> dict[str, Any]:
    """What somebody types who posts a demand ready to be verified."""
    return {
        "title": "深海连接件长效防腐", "summary": "海工装备的螺栓与法兰八个月起泡，要找耐盐雾三千小时以上的涂层。",
        "details": "现用配方与供货单位", "kind": "TACKLE", "keywords": "防腐、连接件", "industry_code": "marine", "price": "80万",
        "deadline": (clock.today() + timedelta(days=90)).isoformat(), "min_trl": "6", "confidentiality": "1", "wants_use_first": "是",
        "targets": [{"name": "耐盐雾", "comparison": "GE", "value": "3,000", "unit": "h", "must": "yes"}],
    } | more  # fmt: skip


def jobs(session: Session) -> set[tuple[str, str, int]]:
    """What waits in the outbox: kind, table, row."""
    return {(job.kind, job.model, job.row_id) for job in session.scalars(select(Job))}


def forget_jobs(session: Session) -> None:
    """Start counting jobs anew."""
    session.flush()
    for job in session.scalars(select(Job)):
        session.delete(job)
    session.flush()


def notices(session: Session, actor: Actor) -> list[Notice]:
    """What the actor was told."""
    session.flush()
    return list(session.scalars(select(Notice).where(Notice.person_id == actor.person_id).order_by(Notice.id)))


def count(session: Session, model: type) -> int:
    """How many rows a table holds."""
    return session.scalar(select(func.count()).select_from(model)) or 0


def refused(error: type[AppError], work: Callable[[], Any]) -> AppError:
    with pytest.raises(error) as caught:
        work()
    return caught.value


def published(session: Session, world: World, **more: Any) -> Result:
    row = post_result(session, world.author, result_values(**more))
    act(session, world.author, row, "submit")
    act(session, world.office, row, "approve")
    return row
