"""Value lists of use-first licences: codes with their names for people, and the clocks no setting names."""

from __future__ import annotations

from webapp.accounts import values as organisations
from webapp.catalog import values as offered
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
# What an application may ask for, where the school's offer does not narrow it.
OFFERED_MODELS = tuple(PAYMENT_MODELS)
TRIGGERS = offered.TRIGGERS  # the offer names already what starts the payment
TRIGGERS_WITH_TEXT = frozenset({"ACCEPTANCE_TEST_PASS", "MASS_PRODUCTION", "FINANCING", "CUSTOM"})
TRIGGER_RULES = {"ANY": N_("满足任一条件"), "ALL": N_("满足全部条件")}

SECURITIES = {
    "NONE": N_("不要求担保"),
    "PROMISE": N_("书面承诺"),
    "PERFORMANCE_INSURANCE": N_("履约保险"),
    "GUARANTEE": N_("保函或担保"),
    "TRUST": N_("信托"),
    "DEPOSIT": N_("小额保证金"),
    "PATENT_PLEDGE": N_("专利质押"),
}
# These have a policy, a letter or a register entry with a number and a last day; in a default they pay first.
SECURITIES_ON_PAPER = frozenset({"PERFORMANCE_INSURANCE", "GUARANTEE", "TRUST", "DEPOSIT", "PATENT_PLEDGE"})

ROYALTY_BASES = {"NET_SALES": N_("净销售额"), "GROSS_SALES": N_("销售总额"), "PROFIT": N_("利润"), "UNIT": N_("销售台数")}
ROYALTY_PERIODS = {"1": N_("每月"), "3": N_("每季度"), "6": N_("每半年"), "12": N_("每年")}
INSTALMENT_KINDS = {
    "PRICE": N_("许可费"), "ENTRY": N_("入门费"), "MILESTONE": N_("阶段付款"), "ROYALTY": N_("收益提成"), "AUDIT": N_("提成核查补差"),
    "LATE_FEE": N_("逾期违约金"),
}  # fmt: skip
FORGIVEN = {"WAIVED": N_("免除"), "WRITTEN_OFF": N_("核销")}
AMOUNTS = {
    "CONTRACT_VALUE": N_("合同成交额"), "NON_TECHNOLOGY": N_("非技术部分（设备、仪器、原材料等）"), "TECHNOLOGY_INCOME": N_("核定的技术性收入"),
}  # fmt: skip
FOUR_SUMS = {
    "contract_value": N_("合同成交额"), "technology_value": N_("技术交易额"), "received": N_("到账额"), "technology_income": N_("技术性收入"),
}  # fmt: skip
SHARERS = {"team": N_("完成人团队"), "faculty": N_("学院"), "school": N_("学校"), "broker": N_("技术转移机构或经纪人")}
DISTRIBUTION_STATES = {"PROPOSED": N_("公示中"), "APPROVED": N_("已批准，待发放"), "PAID": N_("已发放"), "WITHDRAWN": N_("已撤回")}
BANK_STATES = {"NEW": N_("待核对"), "BOOKED": N_("已入账"), "IGNORED": N_("与许可无关")}
BANK_FAULTS = {
    "day": N_("日期看不懂"), "amount": N_("金额看不懂"), "reference": N_("没有流水号"), "currency": N_("不是人民币，请按结汇后的金额登记"),
    "again": N_("已经导入过"), "changed": N_("这个流水号已导入过，金额不同，请核对"),
}  # fmt: skip

TIERS = {"MICRO": N_("微型"), "SMALL": N_("小型"), "MEDIUM": N_("中型"), "LARGE": N_("大型")}
SME_TIERS = frozenset({"MICRO", "SMALL", "MEDIUM"})

SIZE_CLASSES = organisations.SIZE_CLASSES
INDICATORS = {"staff": N_("从业人员"), "revenue": N_("营业收入"), "assets": N_("资产总额")}
UNITS = {"staff": N_("人"), "revenue": N_("万元"), "assets": N_("万元")}

# Groups of the portfolio: where licences stand, trials that ended, and sums with the licences they belong to.
PORTFOLIO = {
    "applying": N_("申请和审批"), "notice": N_("公示和签约"), "trial": N_("交付和试用"), "paying": N_("正在付费"), "late": N_("逾期和违约"),
    "paid": N_("付清或转正"), "left": N_("退出或终止"), "tried": N_("已结束的试用"), "converted": N_("进入付费或转正"),
    "sum_due": N_("到期应付"), "sum_late": N_("逾期未付"), "sum_received": N_("已到账"),
}  # fmt: skip
CALENDAR = {"step": N_("办理期限"), "trial_end": N_("试用期满"), "instalment": N_("付款到期"), "notice_end": N_("公示期满"), "filing": N_("专利实施许可备案到期"), "income_end": N_("收益分配公示期满")}
NOTICE_ABOUT = {"LICENCE": N_("先用后付许可"), "CONVERSION": N_("转正")}
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

SUSPEND_REASONS = {
    "IP_LAPSED": N_("知识产权失效或年费未缴"),
    "LAWSUIT": N_("发生侵权诉讼"),
    "CREDIT_EVENT": N_("企业出现信用风险"),
    "MISSED_REPORTS": N_("连续两期未交使用进展报告"),
    "SAFETY": N_("出现安全或质量问题"),
    "OTHER": N_("其他原因"),
}
SUSPEND_CAUSES = {"COMPANY": N_("企业原因"), "LICENSOR": N_("学校原因"), "NEITHER": N_("双方以外的原因")}

END_REASONS = {
    "AGREED": N_("双方协商一致"),
    "BREACH": N_("对方违约"),
    "IP_INVALIDATED": N_("知识产权被宣告无效"),
    "FRAUD": N_("申请材料虚假"),
    "INSOLVENCY": N_("企业破产或解散"),
}
LAW_REASONS = frozenset({"IP_INVALIDATED", "FRAUD", "INSOLVENCY"})
SETTLEMENTS = {"WAIVED": N_("学校免除未付款项"), "WRITTEN_OFF": N_("确认无法收回，予以核销")}

CONVERSIONS = {
    "LICENCE": N_("长期许可"),
    "EXCLUSIVE": N_("独占或排他许可"),
    "TRANSFER": N_("转让"),
    "EQUITY": N_("作价入股"),
}

# After a default, one stage after the other; security pays before anybody's credit record is touched.
DEFAULT_STAGES = {
    "NEGOTIATION": N_("协商"),
    "MEDIATION": N_("知识产权纠纷人民调解"),
    "INSURANCE": N_("保险或担保先行赔付"),
    "CREDIT": N_("信用信息报送"),
    "ARBITRATION": N_("仲裁或者诉讼"),
}
PAYERS = {"COMPANY": N_("企业"), "INSURER": N_("保险或担保机构")}

# What the school confirms before it approves: kept with the approval as evidence that the procedure was followed.
REVIEW_CHECKS = {
    "owners": N_("权利人属本单位，有共有人的已征得同意"),
    "pledge": N_("没有质押，或质权人已同意"),
    "valid": N_("权利有效、年费已缴，试用到期不晚于权利到期"),
    "inventors": N_("完成人已同意"),
    "secret": N_("不涉密，不属于禁止或限制出口的技术"),
    "terms": N_("付款方式、金额和触发条件完整"),
}

CO_OWNERS = {
    "NONE": N_("没有共有人"),
    "NOTIFIED": N_("有共有人，普通许可依法由本单位单独许可，已告知并分配许可费"),
    "CONSENTED": N_("有共有人，已书面同意"),
}
PLEDGES = {"NONE": N_("没有质押"), "CONSENTED": N_("已质押，质权人书面同意")}

FILING_KINDS = {"REGISTRATION": N_("技术合同认定登记"), "CNIPA": N_("专利实施许可合同备案")}
FILING_STATES = {
    "NOT_FILED": N_("未申报"), "FILED": N_("已申报"), "RETURNED": N_("退回补正"), "ACCEPTED": N_("已受理"), "RECOGNISED": N_("已登记"),
    "NOT_RECOGNISED": N_("未予登记"), "AMENDED": N_("已变更"), "CANCELLED": N_("已注销"),
}  # fmt: skip
FILING_ACTS = {
    "file": N_("登记已申报"), "return": N_("登记被退回"), "accept": N_("登记已受理"), "recognise": N_("登记通过并填编号"), "refuse": N_("登记未予登记"),
    "amend": N_("登记变更"), "cancel": N_("登记注销"),
}  # fmt: skip
FILING_FIELDS = {
    "seller_country": N_("卖方国别代码"), "seller_region": N_("卖方区划代码"), "seller_nature": N_("卖方性质"), "buyer_country": N_("买方国别代码"),
    "buyer_region": N_("买方区划代码"), "buyer_nature": N_("买方性质"), "technology": N_("技术领域"), "ip_class": N_("知识产权类别"), "source": N_("计划来源"),
    "goal": N_("社会经济目标"), "added_input": N_("预计新增投入（万元）"), "added_output": N_("预计新增产值（万元）"),
}  # fmt: skip
PARTY_NATURES = {
    "021": N_("科研机构"), "022": N_("高等院校"), "023": N_("医疗卫生机构"), "024": N_("其他事业单位"), "030": N_("社会团体"), "100": N_("内资企业"),
    "150": N_("有限责任公司"), "160": N_("股份有限公司"), "170": N_("私营企业"), "200": N_("港澳台商投资企业"), "300": N_("外商投资企业"), "400": N_("个体经营"),
}  # fmt: skip
CONTRACT_FIELDS = {
    "01": N_("电子信息"), "02": N_("航空航天"), "03": N_("先进制造"), "04": N_("生物、医药和医疗器械"), "05": N_("新材料"), "06": N_("新能源与高效节能"),
    "07": N_("环境保护与资源综合利用"), "08": N_("核应用"), "09": N_("农业"), "10": N_("现代交通"), "11": N_("城市建设与社会发展"),
}  # fmt: skip
IP_CLASSES = {
    "SECRET": N_("技术秘密"), "INVENTION": N_("发明专利"), "UTILITY": N_("实用新型专利"), "DESIGN": N_("外观设计专利"), "SOFTWARE": N_("计算机软件"),
    "VARIETY": N_("动植物新品种"), "LAYOUT": N_("集成电路布图设计"), "MEDICINE": N_("生物、医药新品种"), "NONE": N_("未涉及知识产权"),
}  # fmt: skip
SIGN_METHODS = {"CODE": N_("邮件验证码"), "SCAN": N_("盖章扫描件"), "ESEAL": N_("电子签章"), "": N_("平台登记")}
# Sections of the contract a school may word itself; the others carry what the platform enforces.
OWN_CLAUSES = {
    "improvements": N_("七、后续改进"), "secrecy": N_("八、保密"), "dispute": N_("九、争议解决"), "more": N_("十一、其他约定"),
}  # fmt: skip

PARTS = {
    "company": N_("企业"),
    "tto": N_("学校"),
    "broker": N_("技术经纪人"),
    "operator": N_("运营方"),
    "system": N_("系统"),
    "anyone": N_("任何人"),
}

# Days before the trial's end, and after a due date, on which reminders go out.
TRIAL_REMINDERS = (90, 60, 30, 7)
DUE_REMINDERS = (1, 7, 15)
