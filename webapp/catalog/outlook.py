"""What happens next with one's own rows: a sentence for each state, and whether it is the owner's turn."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from webapp.catalog.views import PostingView
from webapp.core import clock
from webapp.core.errors import N_

RESULT = {
    "DRAFT": (N_("写完后提交，由学校技术转移机构审核。"), True),
    "SUBMITTED": (N_("学校技术转移机构在审核，有结果会通知您。"), False),
    "RETURNED": (N_("按退回意见修改后再提交。"), True),
    "APPROVED": (N_("已审核，马上发布。"), False),
    "PUBLISHED": (N_("在和需求匹配，有企业感兴趣会通知您。"), False),
    "PAUSED": (N_("不在公开列表里；可以随时恢复发布。"), True),
    "IN_DEAL": (N_("独占洽谈期间不对外匹配。"), False),
    "CONVERTED": (N_("已转化，不用再做什么。"), False),
    "WITHDRAWN": (N_("已撤下；需要时可以重新编辑再提交。"), False),
    "EXPIRED": (N_("到期停止匹配；仍然有效请续期。"), True),
    "REVOKED": (N_("被运营方下架，原因见页面。"), False),
}
DEMAND = {
    "DRAFT": (N_("写完后提交，由技术经纪人核实。"), True),
    "SUBMITTED": (N_("技术经纪人会联系您核实。"), False),
    "NEED_INFO": (N_("按意见补充后再提交。"), True),
    "OPEN": (N_("在和成果匹配，有合适的会推荐给您。"), False),
    "MATCHING": (N_("在和成果匹配，有合适的会推荐给您。"), False),
    "NEGOTIATING": (N_("洽谈中，进展见对接任务。"), False),
    "SIGNED": (N_("已签约；完成后请确认解决。"), False),
    "SOLVED": (N_("已解决，不用再做什么。"), False),
    "WITHDRAWN": (N_("已撤下；需要时可以重新编辑再提交。"), False),
    "EXPIRED": (N_("到期停止匹配；仍然需要请改截止日期后续期。"), True),
    "SELF_SOLVED": (N_("已自行解决，不用再做什么。"), False),
    "UNSOLVED": (N_("没有解决，已关闭。"), False),
    "TO_BOARD": (N_("已转榜单。"), False),
    "ANSWERED": (N_("请看答复，确认是否已经解决。"), True),
    "REVOKED": (N_("被运营方下架，原因见页面。"), False),
}
FOR_OFFICE = (N_("等您审核。"), True)
BY_DAY = N_("最晚 %(day)s 有答复。")
ENDS = N_("有效期只到 %(day)s，请确认是否仍然有效。")


@dataclass(frozen=True)
class Next:
    """What happens next: a sentence, perhaps a second one about a day, and whose turn it is."""

    text: str
    yours: bool
    more: str = ""
    day: date | None = field(default=None)


def following(view: PostingView, due: date | None, remind_days: int, approves: bool = False) -> Next:
    """What happens next with a row; `due` is by when a submitted one is answered, `approves` whether the reader answers it."""
    text, yours = (RESULT if view.kind == "result" else DEMAND)[view.state]
    if approves and view.kind == "result" and view.state == "SUBMITTED":
        text, yours = FOR_OFFICE
    if view.state == "SUBMITTED" and due is not None:
        return Next(text, yours, BY_DAY, due)
    ends = _ends(view)
    if view.state in {"PUBLISHED", "OPEN", "MATCHING"} and ends is not None and (ends - clock.today()).days <= remind_days:
        return Next(text, True, ENDS, ends)
    return Next(text, yours)


def _ends(view: Any) -> date | None:
    return min((day for day in (view.valid_until, getattr(view, "deadline", None)) if day is not None), default=None)
