"""What must hold before a step may be taken, beyond the table of states: who may not, and what has to come first."""

from __future__ import annotations

from collections.abc import Callable

from webapp.core import clock
from webapp.core.errors import N_, AppError, Forbidden, Refused
from webapp.core.policy import Actor
from webapp.licences import outlook, outlook_money
from webapp.licences.models import Licence, LicenceEvent
from webapp.licences.money_plan import BY_CONVERSION
from webapp.licences.values import LAW_REASONS

Guard = Callable[[Actor, Licence, set[str]], AppError | None]

# Steps somebody can take on the licence page, in the order they are offered.
OFFERED = (
    "check", "confirm", "approve", "endorse", "resume", "sign", "deliver", "receive", "confirm_trigger", "contest", "decide_payable",
    "decide_trial", "report", "claim", "confirm_exit", "refuse_exit", "extend", "refuse_extension", "agree_conversion", "convert",
    "continue", "lift", "prove_use", "reschedule", "settle", "refuse_plan", "schedule", "receipt", "statement", "confirm_stage", "contest_stage", "reach", "refuse_stage", "claim_stage", "invoice", "audit", "refund", "forgive", "void_invoice", "demand", "declare_default", "next_stage",
    "ask_plan", "ask_extension", "ask_conversion", "drop_conversion", "ask_exit", "suspend", "renew_rights", "amend", "send_back", "reject",
    "terminate", "ask_end", "refuse_end", "cancel",
)  # fmt: skip


def in_team(actor: Actor, licence: Licence) -> bool:
    """Whether the actor posted the licensed result."""
    return actor.person_id is not None and actor.person_id == licence.result.created_by_id


TWO_PERSONS = N_("提交、核验和确认要由不同的人来做，请换一位同事。")
CREATOR = N_("成果由您发布，审批要换一位同事来做。")


def _check(actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    if licence.eligibility is None or licence.eligibility.checked_at:
        return Refused(N_("这份申请已经核验过，正等运营方确认。"), code="licence_checked_already")
    return Forbidden(TWO_PERSONS, code="two_persons") if actor.person_id == licence.applicant_id else None


def _confirm(actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    eligibility = licence.eligibility
    if eligibility is None or not eligibility.checked_at:
        return Refused(N_("要先由技术经纪人核验，运营方再确认。"), code="licence_not_checked")
    same = actor.person_id in (eligibility.checked_by_id, licence.applicant_id)
    return Forbidden(TWO_PERSONS, code="two_persons") if same else None


def _review(actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    if licence.state != "INST_REVIEW":
        return None
    own = in_team(actor, licence) or (licence.result.lead and actor.name == licence.result.lead)
    return Forbidden(CREATOR, code="two_persons") if own else None


def _decide(actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    return Forbidden(N_("被异议的人不能处理异议，请换一位同事。"), code="challenged") if in_team(actor, licence) else None


def _sign(_actor: Actor, licence: Licence, held: set[str]) -> AppError | None:
    if not set(outlook.sides(licence)) & held:
        return Forbidden(N_("这一步要由别的角色来做。"), code="licence_sign_not_yours")
    left = set(outlook.sides(licence)) & held - outlook.signed_sides(licence)
    return None if left else Refused(N_("您这一方已经签署，等对方签署。"), code="licence_signed_already")


def _claim(actor: Actor, licence: Licence, held: set[str]) -> AppError | None:
    if licence.payment_model in BY_CONVERSION:
        return _paid(actor, licence, held)
    free = outlook.situation(licence) in {"TRIAL", "TRIAL_QUIET"}
    return None if free else Refused(N_("已有一项付费触发或退出申请在处理，请等它有结果。"), code="licence_claim_open")


def _answer(_actor: Actor, licence: Licence, held: set[str]) -> AppError | None:
    if outlook.situation(licence) != "TRIAL_CLAIMED":
        return Refused(N_("现在没有等待答复的付费触发。"), code="licence_no_claim")
    if outlook.OTHER_SIDE[licence.claimed_side] not in held:
        return Forbidden(N_("要由对方来答复。"), code="licence_other_side")
    return None


def _contest(actor: Actor, licence: Licence, held: set[str]) -> AppError | None:
    late = licence.contest_until is not None and clock.today() > licence.contest_until
    return Refused(N_("异议期已过。"), code="licence_contest_late") if late else _answer(actor, licence, held)


def _dispute(_actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    return None if licence.disputed else Refused(N_("现在没有争议要裁定。"), code="licence_no_dispute")


def _ask_exit(_actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    if licence.exit_asked_on:
        return Refused(N_("退出申请已提交，等学校确认。"), code="licence_exit_asked")
    own_end = licence.claimed_side == "system" and licence.claimed_trigger == "TRIAL_END"
    if licence.disputed or (licence.claimed_side and not own_end):
        return Refused(N_("有一项付费触发还没有结果，请先确认或提出异议。"), code="licence_claim_open")
    return None


def _exit(_actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    asked = licence.exit_asked_on or (licence.state == "SUSPENDED" and not licence.cure_until)
    return None if asked else Refused(N_("企业没有申请退出。"), code="licence_no_exit")


def _refuse_exit(_actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    return None if licence.exit_asked_on else Refused(N_("企业没有申请退出。"), code="licence_no_exit")


def _in(*situations: str) -> Guard:
    """Only in these situations, finer than states."""

    def guard(_actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
        return None if outlook.situation(licence) in situations else Refused(code="licence_not_in_situation")

    return guard


def _continue(_actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    return Refused(N_("退出申请已提交，等学校确认。"), code="licence_exit_asked") if licence.exit_asked_on else None


def _endorse(actor: Actor, licence: Licence, held: set[str]) -> AppError | None:
    if licence.endorsed_by_id:
        return Refused(N_("审核意见已经提出，等登记上级决定。"), code="licence_endorsed_already")
    return _review(actor, licence, held)


def _suspend(_actor: Actor, licence: Licence, held: set[str]) -> AppError | None:
    if "system" in held:
        return None
    if licence.exit_asked_on:
        return Refused(N_("退出申请已提交，等学校确认。"), code="licence_exit_asked")
    if licence.claimed_side:
        return Refused(N_("有一项付费触发还没有结果，请先确认或提出异议。"), code="licence_claim_open")
    return None


def _lift(_actor: Actor, licence: Licence, held: set[str]) -> AppError | None:
    if not licence.suspended_cause or licence.exit_asked_on:
        return Refused(N_("试用期已满或已申请退出，不能恢复试用。"), code="licence_not_lifted")
    if outlook.lapsed(licence):
        return Refused(N_("权利仍已失效，请先登记续展或补缴。"), code="rights_lapsed")
    causer = outlook.CURED_BY.get(licence.suspended_cause, "")
    return None if held & {"company", "tto", "broker"} - {causer} else Forbidden(N_("要由对方或者技术经纪人确认原因已消除。"), code="licence_other_side")


def _prove_use(_actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    if licence.exit_asked_on:
        return Refused(N_("企业已申请退出，请确认或不同意退出。"), code="licence_exit_asked")
    ended = licence.trial_end is not None and clock.today() > licence.trial_end
    return None if ended else Refused(N_("试用还没有期满，不能以继续使用为由收费。"), code="trial_not_over")


def _ask_extension(_actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    if outlook.situation(licence) != "EVALUATION":
        return Refused(N_("已有一项申请在处理，请等它有结果。"), code="licence_wish_open")
    asked = any(event.action == "ask_extension" for event in _since(licence, "end_trial"))
    if asked or licence.extensions >= outlook.agreed(licence, "most_extensions"):
        return Refused(N_("试用只能延长一次。"), code="extended_already")
    return None


def _since(licence: Licence, action: str) -> list[LicenceEvent]:
    """What has happened since the latest of these steps, newest first."""
    events = licence.events
    at = next((index for index, event in enumerate(events) if event.action == action), len(events))
    return list(events[:at])


def _ask_end(_actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    return Refused(N_("提前终止已经提出，等对方答复。"), code="licence_end_asked") if licence.ending_asked_by else None


def _refuse_end(_actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    return None if licence.ending_asked_by else Refused(N_("没有人提出提前终止。"), code="licence_no_end")


def _terminate(_actor: Actor, licence: Licence, held: set[str]) -> AppError | None:
    """By the other side's word, by the operator for reasons of law, or by the school out of a suspension or a default."""
    asked = licence.ending_asked_by
    agreed = bool(asked) and outlook.OTHER_SIDE[asked] in held
    by_law = "operator" in held and (not asked or licence.ending_reason in LAW_REASONS)
    by_school = "tto" in held and (licence.state == "DEFAULT" or (licence.state == "SUSPENDED" and not licence.cure_until))
    fits = agreed or by_law or by_school
    return None if fits else Refused(N_("提前终止要双方同意：请先提出，由对方答复。"), code="licence_terminate")


def _receipt(_actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    return None if outlook_money.open_instalments(licence) else Refused(N_("没有待收的款项。"), code="licence_nothing_open")


def _plan(_actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    return None if licence.plan_asked else Refused(N_("企业没有申请延期付款。"), code="no_plan")


def _settle(actor: Actor, licence: Licence, held: set[str]) -> AppError | None:
    return None if "system" in held else _plan(actor, licence, held)


def _ask_plan(_actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    return Refused(N_("延期付款的申请已提交，等学校答复。"), code="plan_asked") if licence.plan_asked else None


def _declare(_actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    return Refused(N_("企业申请了延期付款，请先答复。"), code="plan_asked") if licence.plan_asked else None


def _next_stage(actor: Actor, licence: Licence, held: set[str]) -> AppError | None:
    if licence.plan_asked:
        return Refused(N_("企业申请了延期付款，请先答复。"), code="plan_asked")
    return Refused(N_("处置已到最后一步。"), code="last_stage") if licence.default_stage == "ARBITRATION" else None


def _statement(_actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    periods = outlook_money.missing_periods(licence)
    ended = bool(periods) and periods[0][1] < clock.today()
    return None if ended else Refused(N_("现在没有要交的收益报表。"), code="no_period")


def _audit(_actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    return None if licence.statements else Refused(N_("还没有可以核查的收益报表。"), code="no_statement")


def _reach(_actor: Actor, licence: Licence, held: set[str]) -> AppError | None:
    """A claimed stage the company confirms or contests; the operator finds about any."""
    open_ = any(not row.stage_claim or "operator" in held for row in outlook_money.expected(licence))
    return None if open_ else Refused(N_("没有待达成的阶段。"), code="no_stage")


def _claim_stage(_actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    free = any(not row.stage_claim for row in outlook_money.expected(licence))
    return None if free else Refused(N_("没有待达成的阶段。"), code="no_stage")


def _claimed(state: str = "") -> Guard:
    """Only while the school's word that a stage is reached waits, for an answer or for a decision."""

    def guard(_actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
        return None if outlook_money.claimed(licence, state) else Refused(N_("没有等待答复的阶段。"), code="no_stage_claim")

    return guard


def _invoice(_actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    return None if licence.instalments else Refused(N_("没有可以开票的款项。"), code="nothing_to_invoice")


def _void_invoice(_actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    valid = any(invoice.voided_on is None for row in licence.instalments for invoice in row.invoices)
    return None if valid else Refused(N_("没有可以作废的发票。"), code="no_invoice")


def _forgive(_actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    left = outlook_money.open_instalments(licence) or outlook_money.expected(licence)
    return None if left else Refused(N_("没有待收的款项。"), code="licence_nothing_open")


def _refund(_actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    return None if outlook_money.held_fen(licence) else Refused(N_("没有多收的款项。"), code="nothing_held")


def _paid(_actor: Actor, licence: Licence, _held: set[str]) -> AppError | None:
    """Going on to pay is no choice where the agreed payment is a transfer or shares."""
    by_conversion = licence.payment_model in BY_CONVERSION
    return Refused(N_("约定的付费方式是转让或作价入股，请申请转正。"), code="pays_by_conversion") if by_conversion else None


def _going_on(actor: Actor, licence: Licence, held: set[str]) -> AppError | None:
    return _paid(actor, licence, held) or _continue(actor, licence, held)


def _proved(actor: Actor, licence: Licence, held: set[str]) -> AppError | None:
    return _paid(actor, licence, held) or _prove_use(actor, licence, held)


GUARDS: dict[str, Guard] = {
    "check": _check, "confirm": _confirm, "endorse": _endorse, "approve": _review, "reject": _review, "dismiss": _decide,
    "resume": _decide, "rerun": _decide, "uphold": _decide, "sign": _sign, "seal": _sign, "claim": _claim, "contest": _contest,
    "confirm_trigger": _answer, "decide_payable": _dispute, "decide_trial": _dispute, "suspend": _suspend, "lift": _lift,
    "ask_extension": _ask_extension, "extend": _in("EXTENSION_ASKED"), "refuse_extension": _in("EXTENSION_ASKED"),
    "ask_conversion": _in("EVALUATION"), "agree_conversion": _in("CONVERSION_ASKED"),
    "drop_conversion": _in("CONVERSION_ASKED", "CONVERTING"), "convert": _in("CONVERTING"),
    "ask_exit": _ask_exit, "confirm_exit": _exit, "refuse_exit": _refuse_exit, "continue": _going_on, "prove_use": _proved,
    "ask_end": _ask_end, "refuse_end": _refuse_end, "terminate": _terminate, "receipt": _receipt, "ask_plan": _ask_plan,
    "refuse_plan": _plan, "reschedule": _plan, "settle": _settle, "declare_default": _declare, "next_stage": _next_stage,
    "statement": _statement, "audit": _audit, "reach": _reach, "claim_stage": _claim_stage, "confirm_stage": _claimed(), "contest_stage": _claimed("OPEN"),
    "refuse_stage": _claimed("DISPUTED"), "invoice": _invoice, "void_invoice": _void_invoice, "forgive": _forgive,
    "refund": _refund,
}  # fmt: skip
