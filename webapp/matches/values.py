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
# The nine reasons that have a digit: always the same one, so that fingers can learn it.
DIGITS = {code: str(place) for place, code in enumerate(list(REASONS)[:9], 1)}
# The reasons one press away on every pair, in places that never change; the facts of a pair only mark some of them.
QUICK = ("FIELD_MISMATCH", "SPEC_NOT_MET", "TRL_TOO_LOW", "PRICE_GAP", "TIME_GAP")
# How a no reaches the other side: what it means for them, and never a word about their credit, honesty or people.
GENTLE = {
    "FIELD_MISMATCH": N_("这次的技术方向与对方正在找的不完全一致。"),
    "SPEC_NOT_MET": N_("有指标与对方的要求还有距离；补充数据或改进后可以再谈。"),
    "TRL_TOO_LOW": N_("对方这次需要更成熟的技术；有新的试验或示范进展后可以再谈。"),
    "TITLE_UNCLEAR": N_("知识产权的归属还要先理清，理清后可以再谈。"),
    "IP_INVALID": N_("相关专利的状态还要先确认，确认后可以再谈。"),
    "ALREADY_EXCLUSIVE": N_("这项成果目前已有别的安排。"),
    "PRICE_GAP": N_("双方的价格预期目前有差距。"),
    "TIME_GAP": N_("双方的时间安排这次没有对上。"),
    "DEMAND_VAGUE": N_("需求的内容再具体一些，对方更容易判断；补充后可以再谈。"),
    "DEMAND_SOLVED": N_("这项需求已经有了着落。"),
    "COMPLIANCE": N_("这个方向目前不便开展合作。"),
    "CONFLICT": N_("因对方已有的安排，这次不便合作。"),
    "CAPACITY": N_("对方希望等双方的承接条件更成熟时再谈。"),
    "TEAM_UNWILLING": N_("对方近期的工作已经排满。"),
    "NOT_SME": N_("这项成果的先用后付方式这次不适用，可以问问别的合作方式。"),
    "CREDIT": N_("这次暂时不具备合作条件。"),
    "LOCATION": N_("双方对落地地点的安排不同。"),
    "OTHER": N_("对方这次没有合作的打算。"),
}
# Which reasons a side is likely to mean, offered first.
LIKELY_OF = {
    "company": ("FIELD_MISMATCH", "SPEC_NOT_MET", "TRL_TOO_LOW", "PRICE_GAP", "TIME_GAP", "DEMAND_SOLVED", "TITLE_UNCLEAR"),
    "researcher": ("TEAM_UNWILLING", "FIELD_MISMATCH", "SPEC_NOT_MET", "ALREADY_EXCLUSIVE", "DEMAND_VAGUE", "PRICE_GAP", "TIME_GAP"),
}
# Where a pair stands, in the words of the owner of one side.
SEEN_BY_OWNER = {
    "SUGGESTED": N_("经纪人还没看过"),
    "REVIEWING": N_("经纪人正在核对"),
    "SHORTLISTED": N_("经纪人觉得合适，准备联系双方"),
    "REJECTED": N_("经纪人看过，这次不推荐"),
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
    "verdicts": N_("同类成果以往的判断"),
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
register("match_taken_over", N_("匹配 %(number)s 已由%(who)s接手。"))
register("match_handed_over", N_("%(who)s 把匹配 %(number)s 转交给您。%(note)s"))
register("match_broker_absent", N_("有经纪人离岗，%(count)s 对匹配回到团队池，请安排人接手。"))
register("match_reminder_demand", N_("您的需求《%(title)s》有一项推荐还没有答复，请在 %(until)s 前说一声愿意或不愿意。"))
register("match_reminder_result", N_("有一项企业需求还在等您答复，关于您的成果《%(title)s》，请在 %(until)s 前说一声愿意或不愿意。"))
register("match_wish_passed", N_("《%(title)s》：您想谈的一对，经纪人已经联系对方，请等答复。"))
register("match_wish_broker", N_("匹配 %(number)s 有一方主动想谈，已排到队列最前面。"))
register("match_withdrawn", N_("《%(title)s》的一次对接不用再答复：对方的内容已经撤下或改写。"))
register("match_withdrawn_broker", N_("匹配 %(number)s 有一方的内容已撤下，不再等双方答复。"))
register("match_expired", N_("《%(title)s》的一次推荐到期，没有等到双方都答复。还想谈，可以告诉经纪人。"))
register("match_nobody_broker", N_("匹配 %(number)s 有一方现在没有人能答复（人员已离开单位），请联系该单位。"))
register("demand_suitable", N_("您的需求《%(title)s》之前没有合适的成果，现在出现了一项可能合适的，请看匹配页。"))
register("match_mutual", N_("《%(title)s》：双方都愿意对接，经纪人会与您联系。"))
register("match_mutual_broker", N_("匹配 %(number)s 双方都愿意，正在开对接任务。"))
register("match_declined", N_("《%(title)s》的这次对接，对方没有意愿，对方的话见匹配页。"))
register("match_declined_broker", N_("您推荐的匹配 %(number)s 被婉拒，原因见匹配页。"))
register("match_expired_broker", N_("您推荐的匹配 %(number)s 到期没有等到双方答复，可以再次推荐。"))
