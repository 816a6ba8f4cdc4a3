"""A world for licences: a school with its office and team, a small company, a broker, an operator, and helpers to walk a deal."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import webapp.catalog.policy  # noqa: F401 - registers who sees results
from tests import makers
from webapp.accounts import service as accounts
from webapp.accounts.models import Organisation, Person
from webapp.catalog.models import Result
from webapp.config import Settings
from webapp.core import clock
from webapp.core.errors import AppError
from webapp.core.policy import Actor
from webapp.licences import service, service_sign
from webapp.licences.models import Licence
from webapp.licences.values import REVIEW_CHECKS
from webapp.messages.models import Mail

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
    known: dict[str, Actor] = field(default_factory=dict)  # actors a long story has looked up already

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
        return self.known.get(name) or accounts.actor_for(self.session, self.people[name], None)

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
        """Somebody takes a step with ordinary answers, dated today, unless told otherwise."""
        today = clock.today().isoformat()
        dated = {"credit_on": today, "stopped_on": today, "effective_on": today, "pay_by": today}
        if action == "ask_plan":
            dated["first_due"] = clock.add_days(clock.today(), 30).isoformat()
        answers = dated | ANSWERS.get(action, {}) | data
        if action == "sign" and self.settings.signing_code and not {"code", "method"} & set(data):
            answers["code"] = self.code(licence, who)
        return service.act(self.session, self.actor(who), licence, action, answers, settings=self.settings)

    def code(self, licence: Licence, who: str) -> str:
        """The code mailed to somebody who is about to sign; empty when they may not."""
        try:
            service_sign.ask_code(self.session, self.actor(who), licence)
        except AppError:
            return ""
        self.session.flush()
        mail = self.session.scalars(select(Mail).where(Mail.kind == "signing_code").order_by(Mail.id.desc()).limit(1)).first()
        return re.findall(r"\b[0-9]{6}\b", mail.body.split("SHA-256")[0])[-1] if mail else ""

    def sign(self, licence: Licence) -> None:
        """Every side signs the text it was shown."""
        for who in ("company", "tto", *(("broker",) if licence.firm_id else ())):
            self.act(licence, who, "sign", text_hash=licence.text_hash)

    def tick(self, licence: Licence) -> int:
        """Let time do its work on the licence."""
        done = service.run(self.session, licence.id, self.settings)
        self.session.flush()
        return done


ANSWERS: dict[str, dict[str, Any]] = {
    "check": {"evidence_seen": True, "credit_clear": True, "credit_source": "信用中国"}, "confirm": {},
    "approve": {"checks": list(REVIEW_CHECKS), "co_owners": "NONE", "pledge": "NONE"},
    "send_back": {"reason": "请补充使用计划的时间安排。"}, "reject": {"reason": "与在研项目冲突，不能许可。"}, "cancel": {},
    "sign": {"authorised": True}, "deliver": {"delivery_list": "配方说明书一份，施工工艺卡一份。"}, "receive": {"complete": True},
    "report": {"text": "涂装两根钢桩，附着力 7.6 MPa，未见起泡。"}, "claim": {"evidence": "第三方检测报告显示达到约定指标。"},
    "contest": {"reason": "检测方法与约定不一致。"}, "decide_payable": {"reason": "复检结果达到约定指标。"},
    "decide_trial": {"reason": "复检结果未达到约定指标。"}, "ask_exit": {"stop_use": True, "returned": "配方说明书已寄回。", "reason": "产线停产，不再需要。"},
    "confirm_exit": {}, "refuse_exit": {"reason": "仍有资料没有归还。"}, "continue": {"agreed": True, "evaluation": "附着力 7.6 MPa，达到预期。"},
    "prove_use": {"reason": "现场检查仍在使用该涂料。"},
    "terminate": {"reason_code": "BREACH", "reason": "企业失联，现场已停用。"}, "endorse": {"reason": "材料齐全，报校长办公会。"},
    "amend": {"price": "100", "instalment_count": "3", "trial_months": "10", "security": "PROMISE", "reason": "双方商定缩短试用。"},
    "suspend": {"reason_code": "SAFETY", "cause": "NEITHER", "reason": "码头检修，试验区封闭。"},
    "lift": {"reason": "检修结束，可以继续。"}, "renew_rights": {"rights_until": "2034-01-01", "proof": "年费收据 001"},
    "ask_extension": {"months": "6", "evaluation": "还缺一个台风季的数据。"}, "extend": {}, "refuse_extension": {"reason": "数据已经足够评估。"},
    "ask_conversion": {"conversion": "TRANSFER", "terms": "希望买断这项专利，价格另谈。", "evaluation": "附着力达标，准备扩产。"},
    "agree_conversion": {"price": "300", "basis": "评估报告 2026-01 号"}, "drop_conversion": {"reason": "价格没有谈拢。"},
    "convert": {"contract_number": "ZR-2026-01"}, "ask_end": {"reason_code": "AGREED", "reason": "产品线调整，双方商定结束。"},
    "refuse_end": {"reason": "希望继续履行合同。"}, "demand": {"text": "第一期款项已逾期，请在期限内付清。"},
    "ask_plan": {"months": "1", "reason": "回款推迟两个月。"}, "refuse_plan": {"reason": "已多次延期，不再同意。"}, "reschedule": {},
    "declare_default": {"reason": "催告后仍未付款，也没有方案。"}, "next_stage": {"note": "协商没有结果。", "reference": "调字 2026-8 号"},
    "settle": {"reason": "达成新的付款安排。"}, "statement": {"note": "涂料销售，账册存财务科。"}, "reach": {"evidence": "验收报告显示指标合格。"},
    "claim_stage": {"evidence": "现场验收记录显示指标合格。"}, "contest_stage": {"reason": "验收用的不是约定的方法。"}, "confirm_stage": {},
    "refuse_stage": {"reason": "复检结果未达到约定指标。"},
    "audit": {"reason": "核查账册所得。"}, "void_invoice": {"reason": "抬头写错了。"}, "forgive": {"decision": "纪要 9 号", "reason": "企业已说明原因。"},
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
