"""Value lists of matches: grades, reasons for a no with what each teaches the ranking, signals, decisions, notices."""

from __future__ import annotations

from webapp.core.errors import N_
from webapp.messages.kinds import register

GRADES = {3: N_("强"), 2: N_("较强"), 1: N_("弱"), 0: N_("无")}

REASONS = {
    "FIELD_MISMATCH": N_("领域不符"),
    "SPEC_NOT_MET": N_("指标达不到"),
    "TRL_TOO_LOW": N_("成熟度不足"),
    "TITLE_UNCLEAR": N_("权属不清或共有人未同意"),
    "IP_INVALID": N_("专利失效、欠费或将到期"),
    "ALREADY_EXCLUSIVE": N_("已独占或已转让"),
    "PRICE_GAP": N_("价格与预算差距大"),
    "TIME_GAP": N_("时间不合"),
    "DEMAND_VAGUE": N_("需求不清或不真实"),
    "DEMAND_SOLVED": N_("需求已解决或重复"),
    "COMPLIANCE": N_("涉密、出口管制、伦理或安环"),
    "CONFLICT": N_("利益冲突或关联"),
    "CAPACITY": N_("企业承接能力不足"),
    "TEAM_UNWILLING": N_("团队无意愿或无精力"),
    "NOT_SME": N_("非中小微，不能先用后付"),
    "CREDIT": N_("信用问题"),
    "LOCATION": N_("落地要求不符"),
    "OTHER": N_("其他"),
}
# Only these speak of fit; every other reason hides the pair and teaches nothing.
REASON_GRADES = {"FIELD_MISMATCH": 0, "SPEC_NOT_MET": 1, "TRL_TOO_LOW": 1}
SHORTLIST_GRADE = 2
MUTUAL_GRADE = 3

DECISIONS = {
    "shortlist": N_("入围"),
    "reject": N_("不入围"),
    "accept": N_("愿意对接"),
    "decline": N_("婉拒"),
}
PARTS = {"broker": N_("技术经纪人"), "company": N_("企业"), "researcher": N_("学校")}

SIGNALS = {
    "targets": N_("硬指标"),
    "trl": N_("成熟度"),
    "price": N_("价格与预算"),
    "deadline": N_("时间"),
    "industry": N_("产业"),
    "field": N_("技术领域"),
    "mode": N_("合作方式"),
    "use_first": N_("先用后付"),
    "cluster": N_("创新圈"),
    "freshness": N_("时效"),
}
OTHER_SIGNAL = N_("其他信号")
PUBLIC_TEXT = N_("语义相近 · 公开文本")
HIDDEN_TEXT = N_("语义相近 · 受控文本")


def taught(decision: str, reason: str = "") -> int | None:
    """The grade a broker's or party's decision teaches the ranking; None teaches nothing."""
    if decision == "shortlist":
        return SHORTLIST_GRADE
    return REASON_GRADES.get(reason) if decision in {"reject", "decline"} else None


register("match_for_demand", N_("经纪人为您的需求《%(title)s》推荐了一项成果，请在 %(until)s 前答复是否愿意对接。"))
register("match_for_result", N_("有一项企业需求可能用得上您的成果《%(title)s》，请在 %(until)s 前答复是否愿意对接。"))
register("match_mutual", N_("《%(title)s》：双方都愿意对接，经纪人会与您联系。"))
register("match_mutual_broker", N_("匹配 %(number)s 双方都愿意，正在开对接任务。"))
register("match_declined", N_("《%(title)s》的这次对接，对方没有意愿，原因见匹配页。"))
register("match_declined_broker", N_("您推荐的匹配 %(number)s 被婉拒，原因见匹配页。"))
register("match_expired_broker", N_("您推荐的匹配 %(number)s 到期没有等到双方答复，可以再次推荐。"))
