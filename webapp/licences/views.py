"""What a page shows of a licence and of a public notice: frozen, already cut to what the reader may see."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from webapp.core import clock
from webapp.licences import outlook, outlook_money, stage_words
from webapp.licences.models import Eligibility, Instalment, Licence, LicenceEvent, Objection, PublicNotice
from webapp.licences.models_money import RoyaltyStatement
from webapp.licences.states import FINALS, LICENCE, OPEN_INSTALMENTS
from webapp.licences.values import SECURITIES_ON_PAPER

# The nine stages of the track and the states each one covers.
STAGES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("APPLY", ("DRAFT", "APPLIED")),
    ("CHECK", ("ELIGIBILITY",)),
    ("REVIEW", ("INST_REVIEW",)),
    ("NOTICE", ("NOTICE", "OBJECTION")),
    ("SIGN", ("SIGNING",)),
    ("DELIVER", ("SIGNED", "DELIVERING")),
    ("TRIAL", ("TRIAL", "SUSPENDED")),
    ("EVALUATE", ("EVALUATION",)),
    ("PAY", ("PAYABLE", "PAYING", "OVERDUE", "DEFAULT", "COMPLETED")),
)
# The step that completes a stage, so that its day can be shown.
FINISHED_BY = {
    "APPLY": ("open_check",), "CHECK": ("confirm",), "REVIEW": ("approve",), "NOTICE": ("end_notice",), "SIGN": ("seal",),
    "DELIVER": ("receive", "deem_received"), "TRIAL": ("end_trial", "confirm_trigger", "uncontested", "decide_payable"),
    "EVALUATE": ("continue", "prove_use"), "PAY": ("complete",),
}  # fmt: skip


@dataclass(frozen=True)
class Stage:
    """One stop of the track; `look` is done, now, stop or future."""

    code: str
    look: str
    day: date | None


@dataclass(frozen=True)
class Line:
    """One line of time, past or planned."""

    at: date
    action: str
    who: str = ""
    role: str = ""
    reason: str = ""
    document: str = ""
    future: bool = False
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ObjectionView:
    """An objection; name, contact and text are None for those who may not know."""

    id: int
    filed_at: datetime
    challenged: str
    name: str | None
    contact: str | None
    text: str | None
    decision: str
    decision_text: str
    can_decide: bool


@dataclass(frozen=True)
class SizeView:
    """The eligibility calculation; without figures only the tier."""

    size_class: str
    tier: str
    steps: tuple[dict[str, Any], ...]
    figures_year: int
    evidence: str
    controlled_by_large: bool
    foreign_controlled: bool
    credit_on: date | None
    credit_source: str
    checked_at: datetime | None
    confirmed_at: datetime | None


@dataclass(frozen=True)
class InstalmentView:
    """One sum with what has come of it."""

    id: int
    position: int
    amount_fen: int
    received_fen: int
    due_on: date | None
    state: str
    invoice: str
    kind: str
    name: str
    invoices: tuple[tuple[int, str, int, date, bool], ...]
    receipts: tuple[tuple[date, int, str], ...]
    stage_claim: str
    claim_until: date | None

    @property
    def expected(self) -> bool:
        """Whether it is a stage not yet reached."""
        return self.kind == "MILESTONE" and self.state == "SCHEDULED"

    @property
    def open(self) -> bool:
        """Whether money is still to come and may be written down."""
        return self.state in OPEN_INSTALMENTS[1:] and self.due_on is not None

    @property
    def owed(self) -> bool:
        """Whether it has been triggered and is not settled."""
        return self.state in OPEN_INSTALMENTS

    @property
    def left_fen(self) -> int:
        """What is still to come."""
        return self.amount_fen - self.received_fen


@dataclass(frozen=True)
class StatementView:
    """One royalty statement with what it made due and what an audit found."""

    id: int
    period_from: date
    period_to: date
    reported: int
    computed_fen: int
    due_fen: int
    found: int | None
    added_fen: int
    note: str
    handed_in: date


@dataclass(frozen=True)
class NoticeView:
    """A public notice: what was published, and until when it may be objected to."""

    id: int
    state: str
    starts_on: date
    ends_on: date
    days: int
    day_type: str
    facts: dict[str, Any]
    may_object: bool
    about: str
    decisions: tuple[tuple[date, str], ...]


@dataclass(frozen=True)
class LicenceView:
    """A licence as one reader may read it."""

    id: int
    code: str
    version: int
    title: str
    result_id: int
    licensor: str
    licensee: str
    broker: str
    lead: str
    state: str
    shape: str
    situation: str
    final: bool
    awaits: tuple[str, ...]
    mine: bool
    due_on: date | None
    parts: frozenset[str]
    actions: tuple[str, ...]
    texts: bool
    intended_use: str
    plan: str
    related_party: str
    trial_months: int
    trial_start: date | None
    trial_end: date | None
    effective_on: date | None
    payment_model: str
    price_fen: int
    trigger: str
    trigger_text: str
    security: str
    security_reference: str
    delivery_list: str
    contract_text: str
    evaluation: str
    conversion_terms: str
    text_hash: str
    signatures: tuple[tuple[str, str, datetime, str], ...]
    reason: str
    evidence: str
    stages: tuple[Stage, ...]
    timeline: tuple[Line, ...]
    instalments: tuple[InstalmentView, ...]
    statements: tuple[StatementView, ...]
    held: tuple[tuple[int, int], ...]
    missing: tuple[tuple[date, date], ...]
    payment_terms: dict[str, Any]
    size: SizeView | None
    objections: tuple[ObjectionView, ...]
    reports: tuple[tuple[date, str, int, date], ...]
    triggers: tuple[str, ...]
    open_triggers: tuple[str, ...]
    next_stages: tuple[str, ...]
    foreign: bool
    endorsed: bool
    on_paper: bool
    instalment_count: int
    trigger_rule: str
    trigger_on: date | None
    trigger_fen: int | None
    met: dict[str, Any]
    claimed_trigger: str
    rights_until: date | None
    security_until: date | None
    suspended_cause: str
    extension_months: int | None
    extensions: int
    conversion: str
    default_stage: str
    ending_asked_by: str
    ending_reason: str
    run_off_until: date | None
    plan_asked: dict[str, Any]
    firm: str
    stop_use: dict[str, Any]
    rights: dict[str, Any]
    report_end: date | None
    notice_id: int | None
    task_id: int | None
    scans: tuple[tuple[int, str], ...] = ()
    stage_claims: tuple[tuple[str, str, str], ...] = ()
    clauses: dict[str, int] = field(default_factory=dict)


def build(
    licence: Licence, parts: set[str], *, texts: bool, figures: bool, actions: tuple[str, ...], objections: tuple[ObjectionView, ...]
) -> LicenceView:
    """Cut a licence to what its reader may see."""
    awaits = tuple(licence.awaits.split())
    latest = next((event for event in licence.events if event.action != "remind"), None)
    claim = next((event for event in licence.events if event.action == "claim"), None)
    shown: dict[str, Any] = {name: getattr(licence, name) if texts else "" for name in TEXTS}
    return LicenceView(
        **{name: getattr(licence, name) for name in PLAIN}, **shown, texts=texts,
        title=licence.result.title, lead=licence.result.lead, licensor=licence.licensor.name, licensee=licence.licensee.name,
        broker=licence.broker.name if licence.broker else "", shape=LICENCE.shapes.get(licence.state, "run"),
        situation=outlook.situation(licence), final=licence.state in FINALS, awaits=awaits, mine=bool(parts & set(awaits)),
        parts=frozenset(parts), actions=actions, objections=objections,
        signatures=tuple((row.side, row.person.name, row.created_at, row.method) for row in licence.signatures if row.text_hash == licence.text_hash),
        reason=latest.reason if latest and texts else "", evidence=claim.reason if claim and texts and licence.claimed_side else "",
        stages=_stages(licence), timeline=(*planned(licence), *(_line(event, texts) for event in licence.events)),
        instalments=tuple(map(_instalment, licence.instalments)), size=_size(licence.eligibility, figures),
        statements=tuple(map(_statement, licence.statements)) if texts else (), missing=tuple(outlook_money.missing_periods(licence)),
        held=tuple((row.id, row.held_fen) for row in licence.overpayments if row.held_fen),
        triggers=tuple(licence.triggers), open_triggers=tuple(outlook.open_triggers(licence)),
        next_stages=tuple(outlook.next_stages(licence)), endorsed=licence.endorsed_by_id is not None,
        foreign=bool(licence.eligibility and licence.eligibility.foreign_controlled), on_paper=licence.security in SECURITIES_ON_PAPER,
        rights_until=licence.rights_until or outlook.rights_last(licence),
        firm=licence.firm.name if licence.firm else "", rights=licence.rights if texts else {}, stop_use=licence.stop_use if texts else {},
        plan_asked=licence.plan_asked if texts else {},
        reports=tuple((r.period_end, r.text, r.sales_fen, clock.local(r.created_at).date()) for r in licence.reports) if texts else (),
        report_end=outlook.next_period(licence) if licence.state == "TRIAL" else None,
        stage_claims=stage_words.claims(licence) if texts else (), clauses={name: outlook.agreed(licence, name) for name in outlook.CLAUSES},
        notice_id=licence.notices[-1].id if licence.notices and licence.notices[-1].state != "VOID" else None,
    )  # fmt: skip


PLAIN = (
    "id", "code", "version", "result_id", "state", "due_on", "trial_months", "trial_start", "trial_end", "effective_on",
    "payment_model", "price_fen", "trigger", "security", "text_hash", "task_id", "instalment_count", "trigger_rule", "trigger_on",
    "trigger_fen", "met", "payment_terms", "claimed_trigger", "security_until", "suspended_cause", "extension_months", "extensions",
    "conversion", "default_stage", "ending_asked_by", "ending_reason", "run_off_until",
)  # fmt: skip
TEXTS = ("intended_use", "plan", "related_party", "trigger_text", "security_reference", "delivery_list", "contract_text", "evaluation", "conversion_terms")


def _stages(licence: Licence) -> tuple[Stage, ...]:
    here = _here(licence)
    days = {event.action: clock.local(event.created_at).date() for event in reversed(licence.events)}
    out = []
    for index, (code, _states) in enumerate(STAGES):
        look = "done" if index < here or licence.state == "COMPLETED" else "future"
        if index == here and licence.state != "COMPLETED":
            look = "stop" if licence.state in STOPPED else "now"
        finished = next((days[action] for action in FINISHED_BY[code] if action in days), None)
        out.append(Stage(code, look, finished if look == "done" else None))
    return tuple(out)


STOPPED = (FINALS - {"COMPLETED", "CONVERTED"}) | {"OBJECTION", "SUSPENDED", "OVERDUE", "DEFAULT"}


def _here(licence: Licence) -> int:
    """The stage the licence is in; for an ended one the stage it ended from."""
    state = licence.state
    if state in FINALS - {"COMPLETED"}:
        state = next((event.from_state for event in licence.events if event.to_state == state), "DRAFT")
    if state == "TRIAL" and licence.trial_end and clock.today() > licence.trial_end:
        state = "EVALUATION"
    return next((index for index, (_code, states) in enumerate(STAGES) if state in states), 0)


def planned(licence: Licence) -> tuple[Line, ...]:
    """What is still to come and has a day, the farthest first."""
    today = clock.today()
    lines = []
    if licence.state == "NOTICE" and licence.notices:
        lines.append(Line(licence.notices[-1].ends_on, "plan_notice_end", role="system", future=True))
    if licence.state == "TRIAL" and licence.trial_end:
        lines += [Line(end, "plan_report", role="company", future=True) for end in outlook.periods(licence) if end >= today]
        lines.append(Line(licence.trial_end, "plan_trial_end", role="system", future=True))
    for row in outlook_money.open_instalments(licence):
        if row.due_on:
            lines.append(Line(row.due_on, "plan_instalment", role="company", future=True, facts={"position": row.position}))
    return tuple(sorted(lines, key=lambda line: line.at, reverse=True))


def _line(event: LicenceEvent, texts: bool) -> Line:
    return Line(
        at=clock.local(event.created_at).date(), action=event.action, role=event.role, document=event.document_hash,
        who=event.person.name if event.person and texts else "", reason=event.reason if texts else "", facts=event.facts,
    )  # fmt: skip


def _instalment(row: Instalment) -> InstalmentView:
    return InstalmentView(
        row.id, row.position, row.amount_fen, row.received_fen, row.due_on, row.state, row.invoice, row.kind, row.name,
        tuple((entry.id, entry.number, entry.amount_fen, entry.issued_on, entry.voided_on is not None) for entry in row.invoices),
        tuple((receipt.received_on, receipt.amount_fen, receipt.reference) for receipt in row.receipts),
        row.stage_claim if row.state == "SCHEDULED" else "", row.claim_until,
    )  # fmt: skip


def _statement(row: RoyaltyStatement) -> StatementView:
    return StatementView(
        row.id, row.period_from, row.period_to, row.reported, row.computed_fen, row.due_fen, row.found, row.added_fen, row.note,
        clock.local(row.created_at).date(),
    )  # fmt: skip


def _size(row: Eligibility | None, figures: bool) -> SizeView | None:
    if row is None:
        return None
    return SizeView(
        row.size_class, row.tier, tuple(row.calculation) if figures else (), row.figures_year, row.evidence if figures else "",
        row.controlled_by_large, row.foreign_controlled, row.credit_on, row.credit_source if figures else "", row.checked_at, row.confirmed_at,
    )  # fmt: skip


def objection(row: Objection, known: bool, can_decide: bool, texts: bool) -> ObjectionView:
    """An objection cut to what the reader may know."""
    return ObjectionView(
        row.id, row.created_at, row.challenged, row.name if known else None, row.contact if known else None,
        row.text if known else None, row.decision, row.decision_text if texts else "", can_decide,
    )  # fmt: skip


def notice(row: PublicNotice) -> NoticeView:
    """A notice as anyone may read it."""
    open_now = row.state == "STOPPED" or (row.state == "OPEN" and clock.today() <= row.ends_on)
    decided = tuple((clock.local(o.decided_at).date(), o.decision) for o in row.objections if o.decided_at)
    return NoticeView(row.id, row.state, row.starts_on, row.ends_on, row.days, row.day_type, row.facts, open_now, row.about, decided)
