"""The rule of each field of a demand, in the order of its form: problem, present state, targets, conditions, budget and time."""

from __future__ import annotations

from webapp.catalog import reading, values
from webapp.catalog.fields_base import DEFAULTS, NOT_LISTED, Field, Lists, coded, common, named, or_else
from webapp.catalog.quantities import figures, price
from webapp.config import Settings
from webapp.core.errors import N_


def demand_fields(lists: Lists, settings: Settings = DEFAULTS) -> dict[str, Field]:
    """Fields of a demand."""
    return common(lists, settings.text_max) | _what(settings.text_max) | _terms(settings.text_max)


def _what(text_max: int) -> dict[str, Field]:
    long = N_("最多 %(text_max)s 个字，请精简，或改成附件。")
    kinds = reading.choice(named(values.DEMAND_KINDS, values.KIND_ALIASES), NOT_LISTED)
    return {
        "kind": Field(N_("需求类型"), or_else(kinds, "TACKLE")),
        "background": Field(N_("背景与难点"), reading.text(text_max, long), N_("在什么产品、什么工序上遇到，难在哪里，不解决会怎样。")),
        "present": Field(N_("现状与已有基础"), reading.text(text_max, long), N_("现在怎么做、做到多少、试过什么、为什么不行。")),
        "targets": Field(N_("技术指标"), figures, N_("一行一个数；标为“必须”的达不到就不算强匹配。")),
        "scope": Field(N_("希望对方做什么"), reading.text(text_max, long), N_("要样品、工艺包、设备、软件，还是一起研发；验收怎么做。")),
        "conditions": Field(N_("使用条件与限制"), reading.text(text_max, long), N_("温度、介质、空间、节拍、标准、不能用什么。")),
        "min_trl": Field(N_("最低成熟度（TRL）"), reading.trl, N_("低于这一级的成果不考虑；不限就留空。")),
    }


def _terms(text_max: int) -> dict[str, Field]:
    return {
        "price": Field(N_("预算"), price, N_("例：面议、80万、50-120万元、面议（50万左右）。")),
        "fundings": Field(N_("资金来源"), reading.choices(named(values.FUNDINGS, {}), NOT_LISTED)),
        "deadline": Field(N_("截止日期"), reading.day, N_("过了这一天不再匹配。")),
        "months": Field(N_("实施周期（月）"), reading.whole(1, 120, N_("实施周期请填 1 到 120 的整数。"))),
        "cooperations": Field(N_("希望的合作形式"), reading.choices(named(values.COOPERATIONS, {}), NOT_LISTED)),
        "ip_ownership": Field(N_("成果归属"), coded(values.IP_OWNERSHIPS)),
        "experts": Field(N_("意向专家或团队"), reading.line(200, N_("意向专家最多 200 个字。")), N_("只给技术经纪人看。")),
        "location": Field(N_("落地地点"), reading.line(120, N_("落地地点最多 120 个字。"))),
        "wants_use_first": Field(N_("愿意先使用后付费"), reading.boolean),
        "wants_board": Field(N_("愿意上揭榜挂帅榜单"), reading.boolean),
    }
