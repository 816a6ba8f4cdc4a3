"""Lifecycles of results and demands as tables, their names for people, and which states are public, private or open to edits."""

from __future__ import annotations

from webapp.core.errors import N_
from webapp.core.states import Lifecycle, moves

# Parts: owner (author or their office), tto (the institution's office), broker, operator, system (jobs and other topics).
RESULT = Lifecycle(
    name="result",
    states={
        "DRAFT": N_("草稿"),
        "SUBMITTED": N_("待学校审核"),
        "RETURNED": N_("退回修改"),
        "APPROVED": N_("已审核"),
        "PUBLISHED": N_("已发布"),
        "PAUSED": N_("暂停"),
        "IN_DEAL": N_("独占洽谈中"),
        "CONVERTED": N_("已转化"),
        "WITHDRAWN": N_("已撤下"),
        "EXPIRED": N_("已过期"),
        "REVOKED": N_("已下架"),
    },
    moves=moves(
        (("DRAFT", "RETURNED"), "submit", "owner", "SUBMITTED"),
        ("SUBMITTED", "approve", "tto", "APPROVED"),
        ("SUBMITTED", "return", "tto", "RETURNED"),
        ("APPROVED", "publish", "tto system", "PUBLISHED"),
        ("PUBLISHED", "confirm", "owner tto", "PUBLISHED"),
        ("PUBLISHED", "pause", "owner tto operator system", "PAUSED"),
        ("PAUSED", "resume", "owner tto", "PUBLISHED"),
        (("PUBLISHED", "PAUSED"), "deal", "system", "IN_DEAL"),
        ("IN_DEAL", "release", "tto system", "PUBLISHED"),
        (("PUBLISHED", "IN_DEAL"), "convert", "tto system", "CONVERTED"),
        (("PUBLISHED", "PAUSED"), "expire", "system", "EXPIRED"),
        ("EXPIRED", "renew", "owner tto", "PUBLISHED"),
        (("DRAFT", "SUBMITTED", "RETURNED", "APPROVED", "PUBLISHED", "PAUSED", "EXPIRED"), "withdraw", "owner tto", "WITHDRAWN"),
        ("WITHDRAWN", "reopen", "owner tto", "DRAFT"),
        (("APPROVED", "PUBLISHED", "PAUSED", "IN_DEAL", "EXPIRED"), "revoke", "operator", "REVOKED"),
        (("DRAFT", "SUBMITTED", "RETURNED", "APPROVED", "PUBLISHED", "PAUSED", "EXPIRED"), "merge", "owner tto operator", "WITHDRAWN"),
    ),
    finals=frozenset({"CONVERTED", "REVOKED"}),
    start="DRAFT",
    shapes={
        "DRAFT": "draft", "SUBMITTED": "run", "RETURNED": "blocked", "APPROVED": "run", "PUBLISHED": "run", "PAUSED": "blocked",
        "IN_DEAL": "run", "CONVERTED": "done", "WITHDRAWN": "off", "EXPIRED": "late", "REVOKED": "late",
    },
)  # fmt: skip

DEMAND = Lifecycle(
    name="demand",
    states={
        "DRAFT": N_("草稿"),
        "SUBMITTED": N_("待核实"),
        "NEED_INFO": N_("待补充"),
        "OPEN": N_("已发布"),
        "MATCHING": N_("匹配中"),
        "NEGOTIATING": N_("洽谈中"),
        "SIGNED": N_("已签约"),
        "SOLVED": N_("已解决"),
        "WITHDRAWN": N_("已撤下"),
        "EXPIRED": N_("已过期"),
        "SELF_SOLVED": N_("自行解决"),
        "UNSOLVED": N_("未解决"),
        "TO_BOARD": N_("转榜单"),
        "ANSWERED": N_("已有答复"),
        "REVOKED": N_("已下架"),
    },
    moves=moves(
        (("DRAFT", "NEED_INFO"), "submit", "owner", "SUBMITTED"),
        ("SUBMITTED", "verify", "broker operator", "OPEN"),
        ("SUBMITTED", "return", "broker operator", "NEED_INFO"),
        ("OPEN", "confirm", "owner", "OPEN"),
        ("MATCHING", "confirm", "owner", "MATCHING"),
        ("OPEN", "match", "broker system", "MATCHING"),
        (("OPEN", "MATCHING"), "negotiate", "broker system", "NEGOTIATING"),
        ("NEGOTIATING", "rematch", "broker system", "MATCHING"),
        ("NEGOTIATING", "sign", "broker system", "SIGNED"),
        ("SIGNED", "solve", "owner broker system", "SOLVED"),
        (("OPEN", "MATCHING"), "expire", "system", "EXPIRED"),
        ("EXPIRED", "renew", "owner", "OPEN"),
        (("OPEN", "MATCHING", "NEGOTIATING", "EXPIRED"), "self_solve", "owner", "SELF_SOLVED"),
        (("OPEN", "MATCHING", "NEGOTIATING", "SIGNED", "EXPIRED"), "give_up", "owner broker operator", "UNSOLVED"),
        (("OPEN", "MATCHING"), "to_board", "operator", "TO_BOARD"),
        (("DRAFT", "SUBMITTED", "NEED_INFO", "OPEN", "MATCHING", "NEGOTIATING", "EXPIRED"), "withdraw", "owner", "WITHDRAWN"),
        ("WITHDRAWN", "reopen", "owner", "DRAFT"),
        (("SUBMITTED", "OPEN", "MATCHING"), "answer", "broker operator", "ANSWERED"),
        ("ANSWERED", "accept", "owner", "SOLVED"),
        ("ANSWERED", "contest", "owner", "SUBMITTED"),
        (("DRAFT", "SUBMITTED", "NEED_INFO", "OPEN", "MATCHING", "EXPIRED"), "merge", "owner broker operator", "WITHDRAWN"),
        (("OPEN", "MATCHING", "NEGOTIATING", "EXPIRED", "ANSWERED"), "revoke", "operator", "REVOKED"),
    ),
    finals=frozenset({"SOLVED", "SELF_SOLVED", "UNSOLVED", "TO_BOARD", "REVOKED"}),
    start="DRAFT",
    shapes={
        "DRAFT": "draft", "SUBMITTED": "run", "NEED_INFO": "blocked", "OPEN": "run", "MATCHING": "run", "NEGOTIATING": "run",
        "SIGNED": "run", "SOLVED": "done", "WITHDRAWN": "off", "EXPIRED": "late", "SELF_SOLVED": "done", "UNSOLVED": "late",
        "TO_BOARD": "done", "ANSWERED": "run", "REVOKED": "late",
    },
)  # fmt: skip

ACTIONS = {
    "submit": N_("提交审核"),
    "approve": N_("审核通过并发布"),
    "verify": N_("核实无误，发布"),
    "return": N_("退回修改"),
    "publish": N_("发布"),
    "confirm": N_("仍然有效"),
    "pause": N_("暂停"),
    "resume": N_("恢复发布"),
    "release": N_("解除独占"),
    "convert": N_("登记为已转化"),
    "renew": N_("续期"),
    "withdraw": N_("撤下"),
    "reopen": N_("重新编辑"),
    "revoke": N_("下架"),
    "match": N_("开始匹配"),
    "negotiate": N_("进入洽谈"),
    "rematch": N_("退回匹配"),
    "sign": N_("登记签约"),
    "solve": N_("确认解决"),
    "self_solve": N_("已自行解决"),
    "give_up": N_("放弃"),
    "to_board": N_("转榜单"),
    "answer": N_("答复：已有现成的办法"),
    "accept": N_("确认已解决"),
    "contest": N_("没有解决，请再核实"),
    "merge": N_("并入另一条"),
}
NOTE_NEEDED = frozenset({"return", "revoke", "verify", "contest", "answer"})
NOTE_OFFERED = NOTE_NEEDED | {"pause", "withdraw", "give_up"}
# Steps that ask for more than a note: they have forms of their own on the page.
OWN_FORMS = frozenset({"merge", "answer", "verify"})

LIFECYCLES = {"result": RESULT, "demand": DEMAND}
# Live rows are found by search, ranked by the engine and shown in the public lists.
LIVE = {"result": ("PUBLISHED",), "demand": ("OPEN", "MATCHING")}
EDITABLE = {
    "result": frozenset({"DRAFT", "SUBMITTED", "RETURNED", "PUBLISHED", "PAUSED", "EXPIRED"}),
    "demand": frozenset({"DRAFT", "SUBMITTED", "NEED_INFO", "OPEN", "MATCHING", "EXPIRED"}),
}
# Rows in these states are seen by their own organisation alone; a SUBMITTED one by its approver too.
PRIVATE = frozenset({"DRAFT", "RETURNED", "NEED_INFO"})
WAITING = "SUBMITTED"
# Demands the desk works on before they were ever published.
DESK_WORK = frozenset({"SUBMITTED", "ANSWERED"})
