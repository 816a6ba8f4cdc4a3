"""Lifecycles of joining an organisation and of its verification."""

from __future__ import annotations

from webapp.core.errors import N_
from webapp.core.states import Lifecycle, moves

JOINING = Lifecycle(
    name="joining",
    states={
        "WAITING": N_("等待答复"),
        "ACCEPTED": N_("已加入"),
        "DECLINED": N_("未同意"),
        "WITHDRAWN": N_("已撤回"),
        "EXPIRED": N_("已过期"),
    },
    moves=moves(
        ("WAITING", "accept", "answerer", "ACCEPTED"),
        ("WAITING", "decline", "answerer", "DECLINED"),
        ("WAITING", "withdraw", "maker", "WITHDRAWN"),
        ("WAITING", "expire", "system", "EXPIRED"),
    ),
    finals=frozenset({"ACCEPTED", "DECLINED", "WITHDRAWN", "EXPIRED"}),
    start="WAITING",
    shapes={"WAITING": "run", "ACCEPTED": "done", "DECLINED": "off", "WITHDRAWN": "off", "EXPIRED": "off"},
)

VERIFICATION = Lifecycle(
    name="verification",
    states={
        "SUBMITTED": N_("等待认证"),
        "APPROVED": N_("已认证"),
        "RETURNED": N_("已退回"),
        "WITHDRAWN": N_("已撤回"),
    },
    moves=moves(
        ("SUBMITTED", "approve", "operator", "APPROVED"),
        ("SUBMITTED", "return", "operator", "RETURNED"),
        ("SUBMITTED", "withdraw", "manager", "WITHDRAWN"),
    ),
    finals=frozenset({"APPROVED", "RETURNED", "WITHDRAWN"}),
    start="SUBMITTED",
    shapes={"SUBMITTED": "run", "APPROVED": "done", "RETURNED": "blocked", "WITHDRAWN": "off"},
)
