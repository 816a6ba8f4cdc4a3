"""A world for licences: a school with its office and team, a small company, a broker, an operator, and helpers to walk a deal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

import webapp.catalog.policy  # noqa: F401 - registers who sees results
from tests import makers
from webapp.accounts import service as accounts
from webapp.accounts.models import Organisation, Person
from webapp.catalog.models import Result
from webapp.config import Settings
from webapp.core import clock
from webapp.core.policy import Actor
from webapp.licences import service
from webapp.licences.models import Licence
from webapp.licences.values import REVIEW_CHECKS

# For tables of cases that ask nothing of the database: once is enough.
ONE_DATABASE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
START = datetime(2025, 3, 3, 2, 0, tzinfo=clock.UTC)  # Monday, 10:00 in Shanghai
USCC = "91370211MAYYYY016U"


@dataclass
class World:
    """Everybody a deal needs, and the deal itself."""

    session: Session
    settings: Settings
    school: Organisation = field(init=False)
    company: Organisation = field(init=False)
    people: dict[str, Person] = field(default_factory=dict)
    result: Result = field(init=False)

    def __post_init__(self) -> None:
        self.school = makers.organisation(self.session, "SCHOOL", name="示例海洋大学")
        self.company = makers.organisation(self.session, "COMPANY", name="示例海工有限公司", uscc=USCC)
        homes = {
            "tto": ("tto", self.school), "tto2": ("tto", self.school), "researcher": ("researcher", self.school),
            "company": ("company_user", self.company), "broker": ("broker", None), "broker2": ("broker", None),
            "operator": ("operator", None), "auditor": ("auditor", None), "admin": ("admin", None),
            "stranger": ("company_user", None),
        }  # fmt: skip
        self.people = {name: makers.person(self.session, role, home) for name, (role, home) in homes.items()}
        self.result = makers.result(self.session, self.school, created_by=self.people["researcher"], lead="示例教授")

    def actor(self, name: str) -> Actor:
        """The actor of one of the people."""
        return accounts.actor_for(self.session, self.people[name], None)

    def application(self, **changes: Any) -> dict[str, Any]:
        """What a small industrial company would type."""
        return {
            "intended_use": "用于两座海洋平台飞溅区钢桩的防腐维护试验。", "plan": "第一季度涂装，其后每季度检查附着力。",
            "related": "no", "trial_months": "12", "payment_model": "INSTALMENT", "price": "100", "instalment_count": "3",
            "trigger": "TRIAL_END", "security": "PROMISE", "size_class": "INDUSTRY", "staff": "80", "revenue": "2,500",
            "figures_year": str(clock.today().year - 1), "evidence": "中小企业声明函",
        } | changes  # fmt: skip

    def apply(self, **changes: Any) -> Licence:
        """The company applies."""
        return service.apply(self.session, self.actor("company"), self.result, self.application(**changes), self.settings)

    def act(self, licence: Licence, who: str, action: str, **data: Any) -> Any:
        """Somebody takes a step with ordinary answers unless told otherwise."""
        return service.act(self.session, self.actor(who), licence, action, ANSWERS.get(action, {}) | data, settings=self.settings)

    def sign(self, licence: Licence) -> None:
        """Both sides sign the text they were shown."""
        for who in ("company", "tto"):
            self.act(licence, who, "sign", text_hash=licence.text_hash)

    def tick(self, licence: Licence) -> int:
        """Let time do its work on the licence."""
        done = service.run(self.session, licence.id, self.settings)
        self.session.flush()
        return done


ANSWERS: dict[str, dict[str, Any]] = {
    "check": {"evidence_seen": True, "credit_clear": True}, "confirm": {}, "approve": {"checks": list(REVIEW_CHECKS)},
    "send_back": {"reason": "请补充使用计划的时间安排。"}, "reject": {"reason": "与在研项目冲突，不能许可。"}, "cancel": {},
    "sign": {"authorised": True}, "deliver": {"delivery_list": "配方说明书一份，施工工艺卡一份。"}, "receive": {"complete": True},
    "report": {"text": "涂装两根钢桩，附着力 7.6 MPa，未见起泡。"}, "claim": {"evidence": "第三方检测报告显示达到约定指标。"},
    "contest": {"reason": "检测方法与约定不一致。"}, "decide_payable": {"reason": "复检结果达到约定指标。"},
    "decide_trial": {"reason": "复检结果未达到约定指标。"}, "ask_exit": {"stop_use": True, "reason": "产线停产，不再需要。"},
    "confirm_exit": {}, "refuse_exit": {"reason": "仍有资料没有归还。"}, "continue": {"agreed": True},
    "prove_use": {"reason": "现场检查仍在使用该涂料。"}, "terminate": {"reason": "企业失联，现场已停用。"},
}  # fmt: skip


@pytest.fixture
def at() -> Callable[[int], Any]:
    """Stop the clock so many days after the start of the story: `with at(5): …`."""
    return lambda days: clock.frozen(START + timedelta(days=days))


@pytest.fixture
def world(session: Session, settings: Settings, at: Callable[[int], Any]) -> World:
    """The world on day 0."""
    with at(0):
        return World(session, settings)


@pytest.fixture
def signed(world: World, at: Callable[[int], Any]) -> Licence:
    """A licence signed by both sides on day 20: applied, checked, confirmed, approved, and its notice ended."""
    with at(0):
        licence = world.apply()
        world.act(licence, "broker", "check")
        world.act(licence, "operator", "confirm")
        world.act(licence, "tto", "approve")
    with at(20):
        world.tick(licence)
        world.sign(licence)
    return licence


@pytest.fixture
def trial(world: World, signed: Licence, at: Callable[[int], Any]) -> Licence:
    """A licence whose trial began on day 21."""
    with at(21):
        world.act(signed, "tto", "deliver")
        world.act(signed, "company", "receive")
    return signed
