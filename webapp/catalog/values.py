"""Value lists of results and demands: code -> name for people, with the ranges and signs that belong to them."""

from __future__ import annotations

from webapp.core.errors import N_

STAGES = {
    "CONCEPT": N_("概念"),
    "LAB": N_("实验室"),
    "SMALL_TRIAL": N_("小试"),
    "PILOT": N_("中试"),
    "SMALL_BATCH": N_("小批量"),
    "INDUSTRIAL": N_("产业化"),
}
STAGE_TRL = {
    "CONCEPT": (1, 3), "LAB": (1, 3), "SMALL_TRIAL": (4, 5), "PILOT": (6, 7), "SMALL_BATCH": (7, 8), "INDUSTRIAL": (8, 9),
}  # fmt: skip
TRL_STAGE = {
    1: "CONCEPT", 2: "CONCEPT", 3: "LAB", 4: "SMALL_TRIAL", 5: "SMALL_TRIAL", 6: "PILOT", 7: "PILOT", 8: "INDUSTRIAL", 9: "INDUSTRIAL",
}  # fmt: skip
TRL_NAMES = {
    1: N_("报告级：基本原理"),
    2: N_("方案级：技术概念"),
    3: N_("功能级：关键功能实验成立"),
    4: N_("仿真级：实验室部件验证"),
    5: N_("初样级：相关环境部件验证"),
    6: N_("正样级：相关环境系统样机演示"),
    7: N_("环境级：实际环境样机试验"),
    8: N_("产品级：实际系统完成并通过验证"),
    9: N_("系统级：实际任务运行成功"),
}
FORMS = {
    "TECHNOLOGY": N_("新技术"),
    "PROCESS": N_("新工艺"),
    "PRODUCT": N_("新产品"),
    "MATERIAL": N_("新材料"),
    "EQUIPMENT": N_("新装备"),
    "VARIETY": N_("农业生物新品种"),
    "SOFTWARE": N_("软件"),
    "OTHER": N_("其他"),
}
MODES = {
    "LICENSE": N_("许可"),
    "TRANSFER": N_("转让"),
    "JOINT": N_("合作开发"),
    "EQUITY": N_("作价投资"),
    "USE_FIRST": N_("先使用后付费"),
    "SELF": N_("自行投资"),
    "OTHER": N_("协商确定"),
}
NATURES = {"ORIGINAL": N_("原始创新"), "ABSORBED": N_("引进消化吸收再创新"), "DOMESTIC": N_("国内二次开发")}
STANDINGS = {
    "WORLD_LEADING": N_("国际领先"),
    "WORLD_ADVANCED": N_("国际先进"),
    "NATIONAL_LEADING": N_("国内领先"),
    "NATIONAL_ADVANCED": N_("国内先进"),
    "UNRATED": N_("未评价"),
}
IP_KINDS = {
    "INVENTION": N_("发明专利"),
    "UTILITY": N_("实用新型"),
    "DESIGN": N_("外观设计"),
    "SOFTWARE": N_("软件著作权"),
    "LAYOUT": N_("集成电路布图设计"),
    "VARIETY": N_("植物新品种"),
    "KNOW_HOW": N_("技术秘密"),
    "DRUG": N_("新药证书"),
}
IP_STATUSES = {
    "APPLIED": N_("申请中"),
    "PUBLISHED": N_("已公开"),
    "GRANTED": N_("已授权"),
    "PLEDGED": N_("已质押"),
    "LICENSED": N_("许可中"),
    "LAPSED": N_("已失效"),
}
EXCLUSIVITIES = {"PLAIN": N_("只做普通许可"), "SOLE": N_("可以排他许可"), "EXCLUSIVE": N_("可以独占许可")}
LANDINGS = {"ANY": N_("不限地点"), "DISTRICT_FIRST": N_("本区优先"), "DISTRICT_ONLY": N_("只在本区")}
SUPPORTS = {"PROOF": N_("概念验证"), "PILOT": N_("中试"), "FINANCE": N_("融资"), "SCENE": N_("应用场景")}
EVIDENCE_KINDS = {
    "AWARD": N_("获奖"),
    "EVALUATION": N_("评价报告"),
    "NOVELTY": N_("查新报告"),
    "TEST": N_("检测报告"),
    "USER": N_("用户证明"),
    "OTHER": N_("其他证明"),
}
COMPLIANCE = {
    "GENETIC": N_("人类遗传资源"),
    "ETHICS": N_("科技伦理"),
    "DUAL_USE": N_("两用物项"),
    "EXPORT": N_("禁止或限制出口技术"),
}
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
PRICE_KINDS = {"NEGOTIABLE": N_("面议"), "RANGE": N_("区间"), "FIXED": N_("固定"), "FREE": N_("免费")}
PAYMENT_MODELS = {
    "INSTALMENT": N_("分期付款"),
    "DEFERRED_LUMP": N_("延期一次付清"),
    "MILESTONE": N_("按里程碑付款"),
    "CONDITIONAL": N_("指标达成后付款"),
    "ROYALTY": N_("收益提成"),
    "HYBRID": N_("低门槛费加阶段付款和提成"),
    "EQUITY": N_("转作价入股"),
    "TRANSFER": N_("转为转让"),
    "FREE": N_("免费许可"),
}
DEMAND_KINDS = {
    "TACKLE": N_("技术攻关"),
    "ADOPT": N_("成果引进"),
    "JOINT_RD": N_("联合研发"),
    "COMMISSIONED_RD": N_("委托研发"),
    "CONSULTING": N_("技术咨询/服务"),
    "TESTING": N_("检测/仪器共享"),
    "PILOT": N_("中试/概念验证"),
    "TALENT": N_("人才/专家"),
    "IP_STANDARD": N_("标准/知识产权"),
}
COOPERATIONS = {"DIAGNOSIS": N_("诊断指导"), "TRAINING": N_("培训"), "COMMISSION": N_("委托开发"), "TOGETHER": N_("联合开发")}
IP_OWNERSHIPS = {
    "COMPANY": N_("归企业"),
    "SHARED": N_("双方共有"),
    "PROVIDER": N_("归提供方，许可企业使用"),
    "OPEN": N_("可以协商"),
}
FUNDINGS = {
    "OWN": N_("企业自筹"),
    "GOVERNMENT": N_("财政资金"),
    "LOAN": N_("银行贷款"),
    "INVESTMENT": N_("投资"),
    "OTHER": N_("其他来源"),
}
VERIFY_WAYS = {"PHONE": N_("电话核实"), "VISIT": N_("上门走访"), "VIDEO": N_("视频会议"), "PAPERS": N_("查看材料")}
REPORT_REASONS = {
    "SECRET": N_("可能涉及国家秘密"),
    "TITLE": N_("权属有争议或侵权"),
    "FALSE": N_("内容不真实"),
    "PERSONAL": N_("泄露个人信息或商业秘密"),
    "OTHER": N_("其他问题"),
}
COMPARISONS = {
    "GE": N_("不低于"),
    "LE": N_("不高于"),
    "EQ": N_("等于"),
    "GT": N_("高于"),
    "LT": N_("低于"),
    "RANGE": N_("范围"),
    "APPROX": N_("约"),
}
SIGNS = {"GE": "≥", "LE": "≤", "EQ": "=", "GT": ">", "LT": "<", "RANGE": "–", "APPROX": "≈"}
CONFIDENTIALITY = {0: N_("公开"), 1: N_("匿名公开"), 2: N_("实名可见"), 3: N_("签保密后可见"), 4: N_("仅经纪人")}
CONFIDENTIALITY_MEANING = {
    0: N_("所有人都能看到全部公开内容和单位名称。"),
    1: N_("所有人都能看到标题、摘要和指标，单位显示为“某××企业”；详细内容和联系方式不公开。"),
    2: N_("代表已核验单位登录的人才能看到，单位名称一并显示；详细内容和联系方式不公开。"),
    3: N_("只有本单位、技术经纪人、运营方，以及签过保密的推荐对象能看到。"),
    4: N_("只有本单位、技术经纪人和运营方能看到。"),
}
ANONYMOUS, VERIFIED, NDA, BROKERS = 1, 2, 3, 4
RESULT_CONFIDENTIALITY = (0, VERIFIED, NDA, BROKERS)

# Other words people write for the same thing, as found in spreadsheets; compared without case, blanks and punctuation.
STAGE_ALIASES = {
    "CONCEPT": ("概念阶段", "concept"),
    "LAB": ("实验室阶段", "实验室研究", "laboratory", "lab"),
    "SMALL_TRIAL": ("小试阶段", "bench scale", "small trial"),
    "PILOT": ("中试阶段", "pilot"),
    "SMALL_BATCH": ("小批量生产", "小批量试制", "small batch"),
    "INDUSTRIAL": ("产业化阶段", "批量生产", "已产业化", "industrial", "industrialisation", "industrialization"),
}
MODE_ALIASES = {
    "LICENSE": ("技术许可", "专利许可", "普通许可", "许可使用", "licence", "license"),
    "TRANSFER": ("技术转让", "专利转让", "成果转让", "transfer", "assignment"),
    "JOINT": ("合作实施", "合作转化", "联合开发", "技术合作", "合作", "joint development", "joint"),
    "EQUITY": ("作价入股", "技术入股", "技术作价入股", "股权合作", "入股", "equity"),
    "USE_FIRST": ("先用后付", "先用后转", "先试用后付费", "先使用后付", "use first, pay later", "use first"),
    "SELF": ("自行实施", "自行转化", "自主实施", "self"),
    "OTHER": ("其它", "其他", "协商", "面谈", "other"),
}
KIND_ALIASES = {
    "TACKLE": ("攻关", "技术难题", "关键技术攻关", "tackle"),
    "ADOPT": ("引进成果", "技术引进", "adopt"),
    "JOINT_RD": ("合作研发", "合作开发", "joint r&d"),
    "COMMISSIONED_RD": ("委托开发", "commissioned r&d"),
    "CONSULTING": ("技术咨询", "技术服务", "咨询", "consulting"),
    "TESTING": ("检测", "检验检测", "仪器共享", "testing"),
    "PILOT": ("中试", "概念验证", "pilot", "proof of concept"),
    "TALENT": ("人才", "专家", "人才需求", "talent"),
    "IP_STANDARD": ("标准", "知识产权", "standards", "ip"),
}
FORM_ALIASES = {
    "TECHNOLOGY": ("技术", "technology"),
    "PROCESS": ("工艺", "process"),
    "PRODUCT": ("产品", "product"),
    "MATERIAL": ("材料", "material"),
    "EQUIPMENT": ("装备", "设备", "equipment"),
    "VARIETY": ("新品种", "variety"),
    "SOFTWARE": ("软件系统", "软著", "software"),
    "OTHER": ("其它", "other"),
}
LEVEL_ALIASES = {
    "0": ("L0", "L0 公开", "public"),
    "1": ("L1", "匿名", "L1 匿名公开", "anonymous"),
    "2": ("L2", "实名认证后可见", "L2 实名可见"),
    "3": ("L3", "仅推荐对象", "L3 签保密后可见"),
    "4": ("L4", "仅技术经纪人", "仅技术经纪人和运营方", "L4 仅经纪人"),
}


def stage_for(trl: int | None) -> str | None:
    """The stage a readiness level usually belongs to."""
    return TRL_STAGE.get(trl) if trl else None
