"""Three years of many deals: everybody takes random steps the table allows, time does its work, and the books are checked."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from tests.licences.conftest import ANSWERS, World
from tests.licences.story import Story
from webapp.core import audit, clock
from webapp.core.errors import AppError
from webapp.core.policy import ANONYMOUS
from webapp.licences import outlook, outlook_money, policy, service
from webapp.licences.guards import OFFERED
from webapp.licences.models import Instalment, Licence, LicenceEvent, Receipt
from webapp.licences.models_money import ContractAmount, Overpayment, RoyaltyStatement
from webapp.licences.states import FINALS, LICENCE
from webapp.licences.values import CONVERSIONS, DECISIONS, END_REASONS, FORGIVEN, SETTLEMENTS, SUSPEND_CAUSES, SUSPEND_REASONS

YEARS = 3
PARTIES = ("company", "tto", "tto2", "broker", "broker2", "operator")
# Steps that end a deal early come seldom, or nothing would live to see its third year.
SELDOM = {"cancel", "reject", "terminate", "ask_end", "ask_exit", "send_back", "suspend", "amend", "declare_default", "contest", "contest_stage", "forgive", "void_invoice"}
STEPS = {(move.source, move.action): move.target for move in LICENCE.moves} | {(state, "remind"): state for state in LICENCE.states}
SHARE = {"royalty_base": "NET_SALES", "royalty_rate": "3.3", "royalty_period": "1", "royalty_months": "9"}
DEALS: tuple[dict[str, Any], ...] = (
    {"trigger": "TRIAL_END"}, {"trigger": "FIRST_REVENUE"}, {"payment_model": "DEFERRED_LUMP", "trigger": "FIRST_REVENUE"},
    {"trigger": "ACCEPTANCE_TEST_PASS", "trigger_text": "盐雾试验合格。", "security": "PERFORMANCE_INSURANCE"},
    {"trigger": "REVENUE_THRESHOLD", "trigger_revenue": "5", "more_triggers": ["TRIAL_END"], "trigger_rule": "ALL"},
    {"payment_model": "ROYALTY", "price": "", **SHARE, "royalty_floor": "0.3", "trigger": "FIRST_REVENUE"},
    {"payment_model": "ROYALTY", "price": "", **SHARE, "royalty_base": "UNIT", "royalty_rate": "99.99", "royalty_cap": "2"},
    {"payment_model": "MILESTONE", "price": "", "milestones": "中试合格 20\n首台销售 30.000001\n第二台销售 7"},
    {"payment_model": "HYBRID", "price": "", "entry": "0.5", "milestones": "中试合格 2.33\n量产 4", **SHARE},
    {"payment_model": "FREE", "price": ""}, {"payment_model": "TRANSFER", "price": "80"}, {"payment_model": "EQUITY", "price": ""},
)  # fmt: skip


def answers(licence: Licence, action: str, dice: random.Random) -> dict[str, Any]:
    """Ordinary answers for a step, with those that depend on the licence and on chance."""
    due = next(iter(outlook_money.open_instalments(licence)), None)
    undecided = [row.id for notice in licence.notices for row in notice.objections if not row.decision]
    left = due.amount_fen - due.received_fen if due else 100
    paid = dice.choice((left, left, max(1, left // 3), left + 777))
    stated = [row.id for row in licence.statements if row.found is None]
    billed = licence.instalments if action == "void_invoice" else ()
    invoices = [entry.id for row in billed for entry in row.invoices if entry.voided_on is None]
    held = next((row.id for row in licence.overpayments if row.held_fen), 1)
    expected = outlook_money.expected(licence)
    stages = outlook.next_stages(licence)
    claims = {state: [{"instalment_id": row.id} for row in outlook_money.claimed(licence, state)] for state in ("", "OPEN", "DISPUTED")}
    unclaimed = [{"instalment_id": row.id} for row in expected if not row.stage_claim]
    today = clock.today()
    more: dict[str, dict[str, Any]] = {
        "decide": {
            "objection_id": undecided[0] if undecided else 1, "decision": dice.choice([*DECISIONS, "RESUME", "RERUN", "RESUME"]),
            "decision_text": "经核实不影响许可。",
        },
        "sign": {"text_hash": licence.text_hash}, "schedule": {"first_due": service.first_due(licence), "months": "1"},
        "report": {"period_end": outlook.next_period(licence) or today, "sales": dice.choice(("", "0", "1.5", "20"))},
        "receipt": {
            "instalment_id": due.id if due else 1, "amount": f"{paid // 100}.{paid % 100:02d}", "received_on": today,
            "reference": f"REF{dice.randrange(10**12)}", "spread": dice.random() < 0.6, "payer": "INSURER" if licence.default_stage == "INSURANCE" else "COMPANY",
        },
        "check": {"third_party": dice.random() < 0.2, "credit_on": today.isoformat()},
        "deliver": {"security_reference": "BH-1", "security_until": today + timedelta(days=1200)},
        "approve": {"rights_until": dice.choice(("", today + timedelta(days=900)))},
        "claim": {"claimed": dice.choice(outlook.open_triggers(licence) or [""])}, "confirm_exit": {"note": "资料已返还。"},
        "suspend": {"reason_code": dice.choice(list(SUSPEND_REASONS)), "cause": dice.choice(list(SUSPEND_CAUSES))},
        "renew_rights": {"rights_until": today + timedelta(days=1500)}, "extend": {"security_until": today + timedelta(days=1200)},
        "ask_extension": {"months": str(dice.randint(1, 12))}, "ask_conversion": {"conversion": dice.choice(list(CONVERSIONS))},
        "amend": {"price": dice.choice(("100", "90")), "trial_months": dice.choice(("10", "12"))},
        "ask_exit": {"stopped_on": today, "stock": dice.choice(("", "涂料 20 桶"))}, "convert": {"effective_on": today},
        "ask_end": {"reason_code": dice.choice(list(END_REASONS))},
        "terminate": {"reason_code": dice.choice(list(END_REASONS)), "settlement": dice.choice(list(SETTLEMENTS))},
        "demand": {"pay_by": clock.add_days(today, 10)}, "ask_plan": {"first_due": clock.add_days(today, 30)},
        "statement": {"reported": dice.choice(("0", "1", "50", "12345"))}, "reach": {"instalment_id": expected[0].id if expected else 1},
        "audit": {"statement_id": dice.choice(stated or [1]), "found": dice.choice(("0", "20", "99999"))},
        "invoice": {
            "instalment_id": due.id if due else 1, "number": f"INV{dice.randrange(10**9)}", "amount": f"{left // 100}.{left % 100:02d}", "issued_on": today,
        },
        "void_invoice": {"invoice_id": dice.choice(invoices or [1])}, "forgive": {"instalment_id": due.id if due else 1, "how": dice.choice(list(FORGIVEN))},
        "refund": {"overpayment_id": held, "use_for": dice.choice(("", due.id if due else "")), "paid_on": today, "reference": f"OUT{dice.randrange(10**9)}"},
        "next_stage": {"stage": stages[0] if stages else ""}, "claim_stage": dice.choice(unclaimed or [{}]), "confirm_stage": dice.choice(claims[""] or [{}]),
        "contest_stage": dice.choice(claims["OPEN"] or [{}]), "refuse_stage": dice.choice(claims["DISPUTED"] or [{}]),
    }  # fmt: skip
    return ANSWERS.get(action, {}) | more.get(action, {})


def sound(licence: Licence) -> None:
    """What is true of every licence at every moment."""
    if licence.state in FINALS:
        assert (licence.awaits, licence.due_on) == ("", None)
    else:
        assert licence.awaits, licence.state
        assert licence.due_on is not None, licence.state
    assert all(0 <= row.received_fen <= row.amount_fen for row in licence.instalments)
    assert all((row.state == "PAID") == (row.received_fen == row.amount_fen) for row in licence.instalments)
    agreed = [row.amount_fen for row in licence.instalments if row.kind in {"PRICE", "ENTRY", "MILESTONE"}]
    assert not agreed or sum(agreed) == licence.price_fen
    shares = sum(row.amount_fen for row in licence.instalments if row.kind in {"ROYALTY", "AUDIT"})
    assert shares == outlook_money.charged(licence)
    terms = outlook_money.royalty(licence)
    assert terms is None or terms.cap_fen is None or shares <= terms.cap_fen
    assert all(row.held_fen >= 0 for row in licence.overpayments)
    assert all(row.claim_until for row in outlook_money.claimed(licence))
    if licence.state == "COMPLETED":
        assert {row.state for row in licence.instalments} <= {"PAID", "WAIVED", "WRITTEN_OFF"}
    if licence.state in {"EXITED", "CONVERTED", "TERMINATED", "COMPLETED"}:
        assert not outlook_money.open_instalments(licence)
        assert not outlook_money.held_fen(licence)
    if licence.trial_start and licence.trial_end:
        assert licence.trial_end <= clock.add_months(licence.trial_start, outlook.agreed(licence, "trial_months_cap"))


def unbroken(events: list[LicenceEvent]) -> None:
    """Every event is a row of the table and begins where the one before it ended."""
    for before, event in zip([None, *events], events, strict=False):
        assert STEPS[event.from_state, event.action] == event.to_state
        assert before is None or before.to_state == event.from_state


@dataclass
class Simulation:
    """Many deals in one world, each with its own company and its own three years."""

    world: World
    seed: int
    ended: Counter[str] = field(default_factory=Counter)
    taken: Counter[str] = field(default_factory=Counter)
    refused: int = 0

    def run(self, number: int, after_each: Callable[[int], None] = lambda _played: None) -> None:
        """Play this many deals to the end of their third year; `after_each` hears how many are done."""
        self.world.result.max_concurrent_trials = number + 1
        for index in range(number):
            self.deal(random.Random(f"{self.seed}:{index}"))
            after_each(index + 1)

    def deal(self, dice: random.Random) -> None:
        """One company's three years."""
        self.world.known = {}
        story = Story(self.world).apply(**({"instalment_count": str(dice.randint(2, 5))} | dice.choice(DEALS)))
        lazy = dice.random()
        self.world.known = {who: self.world.actor(who) for who in PARTIES}  # nobody changes roles while a deal lasts
        while story.day < YEARS * 365 and story.licence.state not in FINALS:
            story.later(dice.choice((0, 1, 3, 8, 30, 70)))
            if dice.random() >= lazy / 2:
                self.step(story, dice)
            with story.now():
                sound(story.licence)
        self.ended[story.licence.state] += 1

    def step(self, story: Story, dice: random.Random) -> None:
        """One random step of those that are legal now, by one of those who may take it."""
        licence, people = story.licence, self.world.people | {"company": story.person}
        self.world.people = people
        with story.now():
            if licence.notices and licence.notices[-1].state in {"OPEN", "STOPPED"} and dice.random() < 0.1:
                return self._try(lambda: self._object(licence, dice))
            legal = self._legal(licence, dice)
            if legal:
                who, action = dice.choice(legal)
                data = answers(licence, action, dice)
                self._try(lambda: self.world.act(licence, who, action, **data))
                self.taken[action] += 1
        return None

    def _legal(self, licence: Licence, dice: random.Random) -> list[tuple[str, str]]:
        wild = dice.random() < 0.05
        found = [
            (who, "decide" if action == "resume" else action)
            for who, actor in self.world.known.items()
            for action in OFFERED
            if (wild or action not in SELDOM) and policy.refusal(actor, licence, action) is None
        ]
        if licence.state == "DRAFT":
            found.append(("company", "apply"))
        return found

    def _object(self, licence: Licence, dice: random.Random) -> None:
        data = {"name": "示例异议人", "contact": "0532-0000", "text": f"异议内容第 {dice.random()} 条。", "challenged": "RESULT"}
        service.object_to(self.world.session, ANONYMOUS, licence.notices[-1], data, self.world.settings)

    def _try(self, deed: Any) -> None:
        """A step refused for what was typed leaves nothing behind."""
        savepoint = self.world.session.begin_nested()
        try:
            deed()
            savepoint.commit()
        except AppError:
            savepoint.rollback()
            self.refused += 1

    def balance(self) -> dict[str, int]:
        """The books over all deals, counted by the database; every history unbroken, every seal whole."""
        session = self.world.session
        for licence_id in session.scalars(select(Licence.id)):
            unbroken(list(session.scalars(select(LicenceEvent).where(LicenceEvent.licence_id == licence_id).order_by(LicenceEvent.id))))
        sums = dict(session.execute(select(Instalment.state, func.sum(Instalment.amount_fen)).group_by(Instalment.state)).all())
        booked = session.scalar(select(func.sum(Receipt.amount_fen))) or 0
        told = [event.facts["amount_fen"] for event in session.scalars(select(LicenceEvent).where(LicenceEvent.action == "receipt"))]
        assert sum(told) == booked, "every receipt stands in the history, and nothing else does"
        assert sums.get("PAID", 0) <= booked
        came = session.scalar(select(func.sum(Overpayment.amount_fen))) or 0
        gone = session.scalar(select(func.sum(Overpayment.used_fen + Overpayment.refunded_fen + 0))) or 0
        assert came - gone == sum(row.held_fen for row in session.scalars(select(Overpayment)))
        value = session.scalar(select(func.sum(ContractAmount.amount_fen))) or 0
        certain = session.scalar(select(func.sum(Licence.price_fen)).where(Licence.effective_on.is_not(None))) or 0
        shares = session.scalar(select(func.sum(RoyaltyStatement.due_fen + RoyaltyStatement.added_fen))) or 0
        assert value == certain + shares, "the contract value is what was fixed and what became certain since"
        while audit.seal(session, 5000):
            pass
        assert audit.verify(session) == []
        return {"agreed": sum(sums.values()), "booked": booked} | {state.lower(): fen for state, fen in sorted(sums.items())}


