"""What fills the blanks of a licence's documents: the licence as it stands, and the step that made the document."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from webapp.core import clock
from webapp.licences import contract_payment, money, outlook, wording
from webapp.licences.models import Instalment, Licence, LicenceEvent, UsageReport
from webapp.licences.models_papers import Paper
from webapp.licences.values import (
    CO_OWNERS,
    CONVERSIONS,
    DAY_TYPES,
    INDICATORS,
    INSTALMENT_KINDS,
    PAYMENT_MODELS,
    PLEDGES,
    REVIEW_CHECKS,
    SECURITIES,
    SIZE_CLASSES,
    TIERS,
    TRIGGER_RULES,
    TRIGGERS,
    UNITS,
)

ITEM = "    （{n}）{text}"


def items(texts: Iterable[str]) -> str:
    """Lines of a numbered list."""
    return "\n".join(ITEM.format(n=n, text=text) for n, text in enumerate(texts, 1)) or "—"


def values(licence: Licence, event: LicenceEvent, actor: str) -> dict[str, Any]:
    """Every blank any document of a licence may have."""
    return {"actor": actor, "reason": event.reason, "way": way(event), **_deal(licence), **_checked(licence), **_notice(licence), **_money(licence), **_step(licence, event)}


def _deal(licence: Licence) -> dict[str, Any]:
    words, result = contract_payment.phrases(), licence.result
    names = [TRIGGERS[code] for code in licence.triggers]
    rule = words["rule"].format(rule=TRIGGER_RULES[licence.trigger_rule]) if len(names) > 1 else ""
    dates = ("trial_months", "trial_start", "trial_end", "intended_use", "plan", "delivery_list", "security_reference", "security_until", "evaluation")
    return {name: getattr(licence, name) for name in dates} | {
        "code": licence.code, "today": clock.today(), "licensor": licence.licensor.name, "licensee": licence.licensee.name,
        "licensee_uscc": licence.licensee.uscc, "title": result.title, "result_code": result.code, "lead": result.lead,
        "payment_model": PAYMENT_MODELS[licence.payment_model], "triggers": words["join"].join(names) + rule, "security": SECURITIES[licence.security],
        "price": money.figures(licence.price_fen) + words["yuan"].format(capitals=money.capitals(licence.price_fen)) if licence.price_fen else words["open"],
        "related_party": licence.related_party or words["unrelated"],
    }  # fmt: skip


def _checked(licence: Licence) -> dict[str, Any]:
    row, words = licence.eligibility, contract_payment.phrases()
    if row is None:
        return {}
    steps = [
        words["step"].format(indicator=INDICATORS[step["indicator"]], figure=_figure(step), tier=TIERS[step["tier"]]) for step in row.calculation
    ]
    yes = {True: words["yes"], False: words["no"]}
    return {
        "size_class": SIZE_CLASSES[row.size_class], "figures_year": row.figures_year, "evidence": row.evidence, "steps": items(steps),
        "tier": TIERS[row.tier], "credit": f"{row.credit_on or ''} {row.credit_source}".strip(), "controlled": yes[row.controlled_by_large],
        "foreign": yes[row.foreign_controlled], "checked": _moment(row.checked_at), "confirmed": _moment(row.confirmed_at),
    }  # fmt: skip


def _figure(step: dict[str, Any]) -> str:
    if step["indicator"] == "staff":
        return f"{step['figure']:,} {UNITS['staff']}"
    return f"{money.write_wan(step['figure'])} {UNITS[step['indicator']]}"


def _moment(at: Any) -> str:
    return clock.local(at).strftime("%Y-%m-%d %H:%M") if at else ""


def _notice(licence: Licence) -> dict[str, Any]:
    rights, notice = licence.rights, licence.notices[-1] if licence.notices else None
    words = contract_payment.phrases()
    found: dict[str, Any] = {
        "co_owners": CO_OWNERS.get(rights.get("co_owners", ""), ""), "pledge": PLEDGES.get(rights.get("pledge", ""), ""),
        "rights_until": licence.rights_until, "checks": words["join"].join(REVIEW_CHECKS[code] for code in rights.get("checks", ()) if code in REVIEW_CHECKS),
    }  # fmt: skip
    if notice:
        found |= {"starts": notice.starts_on, "ends": notice.ends_on, "days": notice.days, "day_type": DAY_TYPES[notice.day_type]}
    return found


def _money(licence: Licence) -> dict[str, Any]:
    words = contract_payment.phrases()
    late = [row for row in licence.instalments if row.state in {"OVERDUE", "CLAIMED"}]
    received = sum(row.received_fen for row in licence.instalments)
    line, owed = words["sum_line"], words["owed_line"]
    return {
        "arrears": items(owed.format(name=_name(row), left=money.figures(row.amount_fen - row.received_fen), due=row.due_on) for row in late),
        "all_sums": items(line.format(name=_name(row), sum=money.figures(row.amount_fen), received=money.figures(row.received_fen)) for row in licence.instalments),
        "received": money.figures(received), "received_capitals": money.capitals(received),
    }  # fmt: skip


def _name(row: Instalment) -> str:
    return contract_payment.phrases()["sum_name"].format(position=row.position, kind=INSTALMENT_KINDS[row.kind])


def _step(licence: Licence, event: LicenceEvent) -> dict[str, Any]:
    facts, report = event.facts, licence.reports[-1] if licence.reports else None
    claimed = facts.get("trigger", "")
    return {
        "decision": facts.get("decision", ""), "period_end": facts.get("period_end", ""), "claimed": TRIGGERS.get(claimed, claimed),
        "period_start": _start(licence, report), "sales_capitals": money.capitals(report.sales_fen) if report else "",
        "report_text": report.text if report else "", "sales": money.figures(report.sales_fen) if report else "", "months": facts.get("months", licence.trial_months),
        "stopped_on": licence.stop_use.get("stopped_on", ""), "returned": licence.stop_use.get("returned", ""), "stock": licence.stop_use.get("stock", ""),
        "pay_by": facts.get("pay_by", ""),
    }  # fmt: skip


def _start(licence: Licence, report: UsageReport | None) -> date | None:
    return outlook.period_start(licence, report.period_end) if report else None


def way(event: LicenceEvent) -> str:
    """How a step is told, with the kind of conversion wished for."""
    kind = CONVERSIONS.get(str(event.facts.get("conversion", "")), "")
    return wording.EVENTS.get(event.action, event.action) + kind


def diligence(licence: Licence, rows: list[Paper], held: int) -> dict[str, Any]:
    """The checklist, the steps and the documents of the file for auditors."""
    words, events = contract_payment.phrases(), list(reversed(licence.events))
    done = {event.action for event in events}
    yes = {True: words["yes"], False: words["no"]}
    distinct = len({event.person_id for event in events if event.action in {"apply", "check", "confirm", "approve"} and event.person_id})
    checks = {
        "procedure": {"apply", "check", "confirm", "approve", "end_notice"} <= done, "notice": any(row.state == "ENDED" for row in licence.notices),
        "objections": all(row.decision for notice in licence.notices for row in notice.objections), "related": bool(licence.eligibility),
        "persons": distinct == 4, "signed": len({row.side for row in licence.signatures if row.text_hash == licence.text_hash}) >= 2,
        "kept": all(row.sha256 for row in rows), "nothing_held": held == 0,
    }  # fmt: skip
    told = [f"{_moment(event.created_at)} {wording.EVENTS.get(event.action, event.action)} {event.document_hash}".strip() for event in events if event.action != "remind"]
    return _deal(licence) | _money(licence) | {
        "checklist": items(words[f"check_{name}"] + yes[good] for name, good in checks.items()), "events": items(told),
        "papers": items(words["paper_line"].format(number=row.number, version=row.version, hash=row.sha256) for row in rows),
    }  # fmt: skip
