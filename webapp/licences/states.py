"""Lifecycles of a licence and of its instalments: every step anyone may ever take, as tables."""

from __future__ import annotations

from webapp.core.errors import N_
from webapp.core.states import Lifecycle, moves

STATES = {
    "DRAFT": N_("草拟"),
    "APPLIED": N_("已申请"),
    "ELIGIBILITY": N_("资格核验"),
    "INST_REVIEW": N_("单位审批"),
    "NOTICE": N_("公示中"),
    "OBJECTION": N_("异议处理"),
    "SIGNING": N_("待签约"),
    "SIGNED": N_("已签约待生效"),
    "DELIVERING": N_("技术交付"),
    "TRIAL": N_("试用中"),
    "SUSPENDED": N_("中止"),
    "EVALUATION": N_("到期评估"),
    "PAYABLE": N_("付费触发"),
    "PAYING": N_("付费履行"),
    "OVERDUE": N_("逾期"),
    "DEFAULT": N_("违约处置"),
    "COMPLETED": N_("完结"),
    "CONVERTED": N_("已转正"),
    "EXITED": N_("试用退出"),
    "TERMINATED": N_("终止"),
    "REJECTED": N_("未通过"),
    "CANCELLED": N_("撤销"),
}
FINALS = frozenset({"COMPLETED", "CONVERTED", "EXITED", "TERMINATED", "REJECTED", "CANCELLED"})
BEFORE_SIGNED = ("DRAFT", "APPLIED", "ELIGIBILITY", "INST_REVIEW", "NOTICE", "OBJECTION", "SIGNING")
# Approved by the school and not yet past the trial: these take up one of the result's places.
LIVE_TRIALS = ("NOTICE", "OBJECTION", "SIGNING", "SIGNED", "DELIVERING", "TRIAL", "SUSPENDED", "EVALUATION")
# Under contract: an early end needs the other side's word, or a reason of the law.
IN_FORCE = ("SIGNED", "DELIVERING", "TRIAL", "SUSPENDED", "EVALUATION", "PAYABLE", "PAYING", "OVERDUE", "DEFAULT")
NOT_FINAL = tuple(state for state in STATES if state not in FINALS)

LICENCE = Lifecycle(
    name="licence",
    states=STATES,
    start="DRAFT",
    finals=FINALS,
    shapes={
        "DRAFT": "draft", "OBJECTION": "blocked", "SUSPENDED": "blocked", "OVERDUE": "late", "DEFAULT": "late",
        "COMPLETED": "done", "CONVERTED": "done", "EXITED": "off", "TERMINATED": "off", "REJECTED": "blocked", "CANCELLED": "off",
    },
    moves=moves(
        # Application, eligibility, review by the school
        ("DRAFT", "apply", "company broker", "APPLIED"),
        ("DRAFT", "expire", "system", "CANCELLED"),
        ("APPLIED", "open_check", "system", "ELIGIBILITY"),
        ("ELIGIBILITY", "check", "broker", "ELIGIBILITY"),
        ("ELIGIBILITY", "confirm", "operator", "INST_REVIEW"),
        ("ELIGIBILITY", "send_back", "broker operator", "DRAFT"),
        ("ELIGIBILITY", "reject", "operator", "REJECTED"),
        ("INST_REVIEW", "endorse", "tto", "INST_REVIEW"),
        ("INST_REVIEW", "approve", "tto", "NOTICE"),
        ("INST_REVIEW", "send_back", "tto", "DRAFT"),
        ("INST_REVIEW", "reject", "tto", "REJECTED"),
        # Public notice and objections
        ("NOTICE", "end_notice", "system", "SIGNING"),
        (("NOTICE", "OBJECTION"), "object", "anyone", "OBJECTION"),
        ("OBJECTION", "dismiss", "tto", "OBJECTION"),
        ("OBJECTION", "resume", "tto", "NOTICE"),
        ("OBJECTION", "rerun", "tto", "NOTICE"),
        ("OBJECTION", "uphold", "tto", "REJECTED"),
        # A conversion has a notice of its own, while the licence stays in its evaluation
        ("EVALUATION", "object", "anyone", "EVALUATION"),
        ("EVALUATION", "dismiss", "tto", "EVALUATION"),
        ("EVALUATION", "resume", "tto", "EVALUATION"),
        ("EVALUATION", "rerun", "tto", "EVALUATION"),
        ("EVALUATION", "uphold", "tto", "EVALUATION"),
        ("EVALUATION", "end_notice", "system", "EVALUATION"),
        # Signing and delivery
        ("SIGNING", "amend", "tto", "SIGNING"),
        ("SIGNING", "renotice", "tto", "NOTICE"),
        ("SIGNING", "sign", "company tto broker", "SIGNING"),
        ("SIGNING", "seal", "company tto broker", "SIGNED"),
        ("SIGNING", "lapse", "system", "CANCELLED"),
        ("SIGNED", "deliver", "tto", "DELIVERING"),
        ("DELIVERING", "receive", "company", "TRIAL"),
        ("DELIVERING", "deem_received", "system", "TRIAL"),
        # Trial
        ("TRIAL", "report", "company", "TRIAL"),
        ("TRIAL", "claim", "company tto system", "TRIAL"),
        ("TRIAL", "contest", "company tto", "TRIAL"),
        ("TRIAL", "confirm_trigger", "company tto", "PAYABLE"),
        ("TRIAL", "confirm_part", "company tto operator system", "TRIAL"),
        ("TRIAL", "uncontested", "system", "PAYABLE"),
        ("TRIAL", "unanswered", "system", "TRIAL"),
        ("TRIAL", "decide_payable", "operator", "PAYABLE"),
        ("TRIAL", "decide_trial", "operator", "TRIAL"),
        ("TRIAL", "suspend", "company tto broker system", "SUSPENDED"),
        (("TRIAL", "SUSPENDED"), "renew_rights", "tto", ""),
        ("SUSPENDED", "cure_over", "system", "SUSPENDED"),
        ("SUSPENDED", "lift", "company tto broker", "TRIAL"),
        ("SUSPENDED", "prove_use", "tto", "PAYABLE"),
        # End of the trial
        ("TRIAL", "end_trial", "system", "EVALUATION"),
        ("EVALUATION", "ask_extension", "company", "EVALUATION"),
        ("EVALUATION", "refuse_extension", "tto", "EVALUATION"),
        ("EVALUATION", "extend", "tto", "TRIAL"),
        ("EVALUATION", "continue", "company", "PAYABLE"),
        ("EVALUATION", "silence", "system", "SUSPENDED"),
        ("EVALUATION", "ask_conversion", "company", "EVALUATION"),
        ("EVALUATION", "agree_conversion", "tto", "EVALUATION"),
        ("EVALUATION", "drop_conversion", "company tto system", "EVALUATION"),
        ("EVALUATION", "convert", "tto", "CONVERTED"),
        (("TRIAL", "EVALUATION", "SUSPENDED"), "ask_exit", "company", ""),
        (("TRIAL", "EVALUATION", "SUSPENDED"), "refuse_exit", "tto", ""),
        (("TRIAL", "EVALUATION", "SUSPENDED"), "confirm_exit", "tto", "EXITED"),
        # Money
        ("PAYABLE", "schedule", "tto", "PAYING"),
        ("PAYING", "receipt", "tto", "PAYING"),
        ("OVERDUE", "receipt", "tto", "OVERDUE"),
        ("DEFAULT", "receipt", "tto", "DEFAULT"),
        ("PAYABLE", "nothing_due", "system", "PAYING"),
        (("PAYING", "OVERDUE", "DEFAULT"), "statement", "company", ""),
        (("PAYING", "OVERDUE", "DEFAULT"), "audit", "tto", ""),
        (("PAYING", "OVERDUE", "DEFAULT"), "reach", "company operator", ""),
        (("PAYING", "OVERDUE", "DEFAULT"), "claim_stage", "tto", ""),
        (("PAYING", "OVERDUE", "DEFAULT"), "confirm_stage", "company", ""),
        (("PAYING", "OVERDUE", "DEFAULT"), "contest_stage", "company", ""),
        (("PAYING", "OVERDUE", "DEFAULT"), "stage_unanswered", "system", ""),
        (("PAYING", "OVERDUE", "DEFAULT"), "refuse_stage", "operator", ""),
        (("PAYING", "OVERDUE", "DEFAULT"), "invoice", "tto", ""),
        (("PAYING", "OVERDUE", "DEFAULT"), "void_invoice", "tto", ""),
        (("PAYING", "OVERDUE", "DEFAULT"), "forgive", "tto", ""),
        (("PAYING", "OVERDUE", "DEFAULT"), "refund", "tto", ""),
        ("PAYING", "complete", "system", "COMPLETED"),
        (("PAYABLE", "PAYING"), "overdue", "system", "OVERDUE"),
        ("OVERDUE", "catch_up", "system", "PAYING"),
        ("OVERDUE", "demand", "tto", "OVERDUE"),
        (("OVERDUE", "DEFAULT"), "ask_plan", "company", ""),
        (("OVERDUE", "DEFAULT"), "refuse_plan", "tto", ""),
        ("OVERDUE", "reschedule", "tto", "PAYING"),
        ("OVERDUE", "declare_default", "tto", "DEFAULT"),
        ("DEFAULT", "next_stage", "tto operator", "DEFAULT"),
        ("DEFAULT", "settle", "tto operator system", "PAYING"),
        # Ways out
        (BEFORE_SIGNED, "cancel", "company", "CANCELLED"),
        (IN_FORCE, "ask_end", "company tto", ""),
        (IN_FORCE, "refuse_end", "company tto", ""),
        (NOT_FINAL, "terminate", "company tto operator", "TERMINATED"),
    ),
)  # fmt: skip

INSTALMENT_STATES = {
    "SCHEDULED": N_("未触发"),
    "TRIGGERED": N_("已触发"),
    "INVOICED": N_("待付"),
    "DUE": N_("到期应付"),
    "PARTIAL": N_("部分到账"),
    "PAID": N_("已到账"),
    "OVERDUE": N_("逾期"),
    "CLAIMED": N_("保险理赔中"),
    "WAIVED": N_("已免除"),
    "WRITTEN_OFF": N_("已核销"),
}
OPEN_INSTALMENTS = ("TRIGGERED", "INVOICED", "DUE", "PARTIAL", "OVERDUE", "CLAIMED")

INSTALMENT = Lifecycle(
    name="instalment",
    states=INSTALMENT_STATES,
    start="SCHEDULED",
    finals=frozenset({"PAID", "WAIVED", "WRITTEN_OFF"}),
    shapes={"SCHEDULED": "draft", "OVERDUE": "late", "PAID": "done", "WAIVED": "done", "WRITTEN_OFF": "done"},
    moves=moves(
        ("SCHEDULED", "trigger", "system", "TRIGGERED"),
        ("TRIGGERED", "invoice", "tto", "INVOICED"),
        ("DUE", "invoice", "tto", "INVOICED"),
        (("TRIGGERED", "INVOICED"), "fall_due", "system", "DUE"),
        (("INVOICED", "DUE", "PARTIAL"), "receive_part", "tto", "PARTIAL"),
        ("OVERDUE", "receive_part", "tto", "OVERDUE"),
        ("CLAIMED", "receive_part", "tto", "CLAIMED"),
        (OPEN_INSTALMENTS[1:], "receive_all", "tto", "PAID"),
        (("DUE", "PARTIAL"), "overdue", "system", "OVERDUE"),
        ("OVERDUE", "claim_insurance", "tto", "CLAIMED"),
        ("CLAIMED", "claim_refused", "tto", "OVERDUE"),
        ("OVERDUE", "reschedule", "tto", "INVOICED"),
        (("SCHEDULED", *OPEN_INSTALMENTS), "waive", "tto", "WAIVED"),
        (OPEN_INSTALMENTS, "write_off", "tto", "WRITTEN_OFF"),
    ),
)
