"""Value lists of use-first licences: codes with their names for people, and the clocks no setting names."""

from __future__ import annotations

from webapp.core.errors import N_

PAYMENT_MODELS = {
    "DEFERRED_LUMP": N_("延期一次性付款"),
    "INSTALMENT": N_("分期付款"),
    "MILESTONE": N_("按里程碑付款"),
    "CONDITIONAL": N_("达标后付款"),
    "ROYALTY": N_("收益提成"),
    "HYBRID": N_("低门槛费加阶段付加提成"),
    "EQUITY": N_("转作价入股"),
    "TRANSFER": N_("转为转让"),
    "FREE": N_("免费许可"),
}
# What an application may ask for: models whose sum is one agreed price. The others need terms of their own.
OFFERED_MODELS = ("DEFERRED_LUMP", "INSTALMENT", "CONDITIONAL")

TRIGGERS = {
    "TRIAL_END": N_("试用期满"),
    "FIXED_DATE": N_("约定日期"),
    "FIRST_REVENUE": N_("产生首笔收入"),
    "REVENUE_THRESHOLD": N_("收入达到约定数额"),
    "ACCEPTANCE_TEST_PASS": N_("验收测试合格"),
    "MASS_PRODUCTION": N_("批量生产"),
    "FINANCING": N_("完成融资"),
    "CUSTOM": N_("其他约定条件"),
}
TRIGGERS_WITH_TEXT = frozenset({"FIXED_DATE", "REVENUE_THRESHOLD", "ACCEPTANCE_TEST_PASS", "FINANCING", "CUSTOM"})

SECURITIES = {
    "NONE": N_("不要求担保"),
    "PROMISE": N_("书面承诺"),
    "PERFORMANCE_INSURANCE": N_("履约保险"),
    "GUARANTEE": N_("保函或担保"),
    "TRUST": N_("信托"),
    "DEPOSIT": N_("小额保证金"),
    "PATENT_PLEDGE": N_("专利质押"),
}
SECURITIES_ON_PAPER = frozenset({"PERFORMANCE_INSURANCE", "GUARANTEE", "TRUST", "DEPOSIT", "PATENT_PLEDGE"})

TIERS = {"MICRO": N_("微型"), "SMALL": N_("小型"), "MEDIUM": N_("中型"), "LARGE": N_("大型")}
SME_TIERS = frozenset({"MICRO", "SMALL", "MEDIUM"})

SIZE_CLASSES = {
    "AGRICULTURE": N_("农、林、牧、渔业"),
    "INDUSTRY": N_("工业"),
    "CONSTRUCTION": N_("建筑业"),
    "WHOLESALE": N_("批发业"),
    "RETAIL": N_("零售业"),
    "TRANSPORT": N_("交通运输业（不含铁路）"),
    "STORAGE": N_("仓储业"),
    "POSTAL": N_("邮政业"),
    "LODGING": N_("住宿业"),
    "CATERING": N_("餐饮业"),
    "INFORMATION": N_("信息传输业"),
    "SOFTWARE": N_("软件和信息技术服务业"),
    "REAL_ESTATE": N_("房地产开发经营"),
    "PROPERTY": N_("物业管理"),
    "LEASING_BUSINESS": N_("租赁和商务服务业"),
    "OTHER": N_("其他未列明行业"),
}
INDICATORS = {"staff": N_("从业人员"), "revenue": N_("营业收入"), "assets": N_("资产总额")}
UNITS = {"staff": N_("人"), "revenue": N_("万元"), "assets": N_("万元")}

NOTICE_STATES = {
    "OPEN": N_("公示中"),
    "STOPPED": N_("异议处理中，公示暂停计时"),
    "ENDED": N_("公示已结束"),
    "VOID": N_("公示已撤销"),
}
DAY_TYPES = {"calendar": N_("自然日"), "working": N_("工作日")}

DECISIONS = {
    "RESUME": N_("异议不成立，继续公示"),
    "RERUN": N_("异议不成立，重新公示"),
    "UPHOLD": N_("异议成立，不予许可"),
}
CHALLENGED = {
    "RESULT": N_("成果权属或完成人"),
    "LICENSEE": N_("被许可企业"),
    "PRICE": N_("价格或付款条件"),
    "REVIEWER": N_("学校审批人"),
    "OTHER": N_("其他"),
}

# What the school confirms before it approves: kept with the approval as evidence that the procedure was followed.
REVIEW_CHECKS = {
    "owners": N_("权利人属本单位，有共有人的已征得同意"),
    "pledge": N_("没有质押，或质权人已同意"),
    "valid": N_("权利有效、年费已缴，试用到期不晚于权利到期"),
    "inventors": N_("完成人已同意"),
    "secret": N_("不涉密，不属于禁止或限制出口的技术"),
    "terms": N_("付款方式、金额和触发条件完整"),
}

PARTS = {
    "company": N_("企业"),
    "tto": N_("学校"),
    "broker": N_("技术经纪人"),
    "operator": N_("运营方"),
    "system": N_("系统"),
    "mediator": N_("调解机构"),
    "insurer": N_("保险机构"),
    "anyone": N_("任何人"),
}

# Days before the trial's end, and after a due date, on which reminders go out.
TRIAL_REMINDERS = (90, 60, 30, 7)
DUE_REMINDERS = (1, 7, 15)
