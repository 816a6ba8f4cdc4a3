"""The lifecycle of a matchmaking task: assigned, accepted, led step by step to a signature and its follow-up."""

from __future__ import annotations

from webapp.core.errors import N_
from webapp.core.states import Lifecycle, moves

# The road forward, in order; the board has one column for each of these but the last.
STEPS = (
    "CREATED", "ASSIGNED", "ACCEPTED", "VERIFYING", "NDA", "MEETING", "VALIDATING", "NEGOTIATING",
    "SIGNED", "REGISTERED", "FOLLOW_UP", "CLOSED_SUCCESS",
)  # fmt: skip
OPTIONAL = frozenset({"NDA", "VALIDATING", "REGISTERED"})
WORK = STEPS[STEPS.index("ACCEPTED") : STEPS.index("CLOSED_SUCCESS")]
BEFORE_SIGNING = WORK[: WORK.index("SIGNED")]
LIVE = (*STEPS[:-1], "REASSIGNED", "ON_HOLD")
FINALS = frozenset({"CLOSED_SUCCESS", "CLOSED_FAILED", "CANCELLED"})
RATED = ("CLOSED_SUCCESS", "CLOSED_FAILED")
# Money is written down from the signature on, and may still come in after the task has closed.
PAID = ("SIGNED", "REGISTERED", "FOLLOW_UP", "CLOSED_SUCCESS")
_LEAD = "broker operator"

TASK = Lifecycle(
    name="task",
    start="CREATED",
    states={
        "CREATED": N_("待指派"),
        "ASSIGNED": N_("待接受"),
        "REASSIGNED": N_("待改派"),
        "ACCEPTED": N_("已接受"),
        "VERIFYING": N_("双方核实"),
        "NDA": N_("签保密协议"),
        "MEETING": N_("对接交流"),
        "VALIDATING": N_("技术验证"),
        "NEGOTIATING": N_("商务谈判"),
        "SIGNED": N_("签约"),
        "REGISTERED": N_("合同登记"),
        "FOLLOW_UP": N_("跟踪"),
        "ON_HOLD": N_("暂停"),
        "CLOSED_SUCCESS": N_("成功办结"),
        "CLOSED_FAILED": N_("未达成"),
        "CANCELLED": N_("已取消"),
    },
    moves=moves(
        (("CREATED", "REASSIGNED"), "assign", "operator system", "ASSIGNED"),
        ("ASSIGNED", "accept", "broker", "ACCEPTED"),
        ("ACCEPTED", "verify", _LEAD, "VERIFYING"),
        ("VERIFYING", "nda", _LEAD, "NDA"),
        (("VERIFYING", "NDA", "VALIDATING"), "meet", _LEAD, "MEETING"),
        (("MEETING", "NEGOTIATING"), "validate", _LEAD, "VALIDATING"),
        (("MEETING", "VALIDATING"), "negotiate", _LEAD, "NEGOTIATING"),
        ("NEGOTIATING", "sign", _LEAD, "SIGNED"),
        ("SIGNED", "register", _LEAD, "REGISTERED"),
        (("SIGNED", "REGISTERED"), "follow", _LEAD, "FOLLOW_UP"),
        ("FOLLOW_UP", "succeed", _LEAD, "CLOSED_SUCCESS"),
        # A licence that was paid to the end closes its task, wherever the broker had left it.
        (LIVE, "settle", "system", "CLOSED_SUCCESS"),
        (WORK, "hold", _LEAD, "ON_HOLD"),
        # Both lead back to the step held or handed over; the target here is only the earliest such step.
        (("ON_HOLD", "ACCEPTED"), "resume", "broker operator system", "ACCEPTED"),
        (("ASSIGNED", *WORK, "ON_HOLD"), "reassign", _LEAD, "REASSIGNED"),
        (("ASSIGNED", "REASSIGNED", *WORK, "ON_HOLD"), "fail", _LEAD, "CLOSED_FAILED"),
        (("CREATED", "ASSIGNED", "REASSIGNED", *BEFORE_SIGNING, "ON_HOLD"), "cancel", "operator", "CANCELLED"),
    ),
    finals=FINALS,
    shapes={
        "CREATED": "draft", "ASSIGNED": "draft", "REASSIGNED": "blocked", "ACCEPTED": "run", "VERIFYING": "run", "NDA": "run",
        "MEETING": "run", "VALIDATING": "run", "NEGOTIATING": "run", "SIGNED": "run", "REGISTERED": "run", "FOLLOW_UP": "run",
        "ON_HOLD": "blocked", "CLOSED_SUCCESS": "done", "CLOSED_FAILED": "off", "CANCELLED": "off",
    },
)  # fmt: skip


def skipped(source: str, target: str) -> tuple[str, ...]:
    """The steps a move leaves out; empty for the next step and for a step back."""
    if source not in STEPS or target not in STEPS:
        return ()
    return STEPS[STEPS.index(source) + 1 : STEPS.index(target)]


MEETING = Lifecycle(
    name="meeting",
    start="PROPOSED",
    states={"PROPOSED": N_("待答复"), "AGREED": N_("已约定"), "DECLINED": N_("不合适"), "CANCELLED": N_("已取消")},
    moves=moves(
        ("PROPOSED", "agree", "side", "AGREED"),
        (("PROPOSED", "AGREED"), "decline", "side", "DECLINED"),
        (("PROPOSED", "AGREED"), "cancel", "side", "CANCELLED"),
    ),
    finals=frozenset({"DECLINED", "CANCELLED"}),
    shapes={"PROPOSED": "draft", "AGREED": "run", "DECLINED": "off", "CANCELLED": "off"},
)
