"""Forms of licences that stand on pages of their own: widgets and labels only; the rules stand in fields.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)

from webapp.core.pages import Form
from webapp.licences.fields_apply import Allowed
from webapp.licences.values import (
    CHALLENGED,
    DAY_TYPES,
    OFFERED_MODELS,
    PAYMENT_MODELS,
    ROYALTY_BASES,
    ROYALTY_PERIODS,
    SECURITIES,
    SIZE_CLASSES,
    TRIGGER_RULES,
    TRIGGERS,
)

ANYTHING = Allowed()


class Needed:
    """Marks a field as one that must be filled; the service says so when it is not."""

    field_flags = {"required": True}

    def __call__(self, form: Any, field: Any) -> None:
        """Nothing to check here."""


NEEDED = [Needed()]


def choices(values: Mapping[str, str], only: Iterable[str] | None = None, first: str = "") -> list[tuple[str, str]]:
    """Codes with their names in the reader's language, after a first line that chooses none."""
    head = [("", first)] if first else []
    return head + [(code, gettext(values[code])) for code in (only or values)]


class ActForm(Form):
    """What every step on the licence page carries: the version of the licence the person saw."""

    version = HiddenField()


class ApplyForm(Form):
    """The application: purpose, terms, and the figures of the company's size."""

    submission = HiddenField()
    task_id = HiddenField()
    authorisation = StringField(lazy_gettext("企业授权书编号或日期"), description=lazy_gettext("代企业申请要有书面授权。"), validators=NEEDED)
    intended_use = TextAreaField(lazy_gettext("用在哪里"), description=lazy_gettext("产品、工序或场景；写进合同的使用范围。"), validators=NEEDED)
    plan = TextAreaField(lazy_gettext("试用计划"), description=lazy_gettext("几月做什么、怎样算成功、要学校配合什么。"), validators=NEEDED)
    related = SelectField(lazy_gettext("与学校或完成人有关联关系吗"), validators=NEEDED, validate_choice=False)
    related_party = StringField(lazy_gettext("关联关系说明"), description=lazy_gettext("有关联关系时填写，随公示公布。"))
    trial_months = IntegerField(lazy_gettext("试用期（月）"), validators=NEEDED)
    payment_model = SelectField(lazy_gettext("付款方式"), validators=NEEDED, validate_choice=False)
    price = StringField(lazy_gettext("许可费总额（万元）"), description=lazy_gettext("一次性、分期、达标后付款要填；转让、入股可填参考价。"))
    instalment_count = IntegerField(lazy_gettext("分几期"), description=lazy_gettext("选分期付款时填写，2 到 24 期。"))
    entry = StringField(lazy_gettext("入门费（万元）"), description=lazy_gettext("没有就不填。"))
    milestones = TextAreaField(
        lazy_gettext("阶段和金额"), description=lazy_gettext("一行一个阶段：先写达成什么，空一格写金额（万元），例如：中试合格 20。")
    )
    royalty_base = SelectField(lazy_gettext("按什么提成"), validate_choice=False)
    royalty_rate = StringField(lazy_gettext("提成比例（%）或每台金额（元）"), description=lazy_gettext("销售额一般不超过 20%，利润一般不超过 40%。"))
    royalty_period = SelectField(lazy_gettext("多久结算一次"), validate_choice=False)
    royalty_months = StringField(lazy_gettext("提成期（月）"))
    royalty_floor = StringField(lazy_gettext("每期保底（万元）"))
    royalty_cap = StringField(lazy_gettext("累计封顶（万元）"))
    trigger = SelectField(lazy_gettext("什么时候开始付费"), validators=NEEDED, validate_choice=False)
    more_triggers = SelectMultipleField(
        lazy_gettext("还可以约定的触发条件"), description=lazy_gettext("不需要时不勾选。"), validate_choice=False
    )
    trigger_rule = SelectField(lazy_gettext("几个条件怎样算"), validate_choice=False)
    trigger_on = DateField(lazy_gettext("约定日期"), description=lazy_gettext("选“约定日期”时填写。"))
    trigger_revenue = StringField(lazy_gettext("收入数额（万元）"), description=lazy_gettext("选“收入达到约定数额”时填写。"))
    trigger_text = StringField(lazy_gettext("触发条件的具体约定"), description=lazy_gettext("选验收、量产、融资或其他条件时要写清，例如：盐雾试验 5000 小时无起泡，由第三方检测。"))
    security = SelectField(lazy_gettext("履约保障"), validators=NEEDED, validate_choice=False)
    size_class = SelectField(lazy_gettext("企业所属行业"), validators=NEEDED, validate_choice=False)
    staff = StringField(lazy_gettext("从业人员（人）"))
    revenue = StringField(lazy_gettext("营业收入（万元）"))
    assets = StringField(lazy_gettext("资产总额（万元）"))
    figures_year = StringField(lazy_gettext("数据年度"), description=lazy_gettext("上一年度；新设企业用当年数据。"), validators=NEEDED)
    evidence = StringField(lazy_gettext("证明材料"), description=lazy_gettext("写材料名称，例如：中小企业声明函、上年度审计报告；文件在提交后的许可页上传。"), validators=NEEDED)
    controlled_by_large = BooleanField(lazy_gettext("由大型企业控股"))
    foreign_controlled = BooleanField(lazy_gettext("由境外投资者控制"))
    name_public = BooleanField(lazy_gettext("签约后可以在成交名单上写明本企业名称；不勾选只写行业"))

    def __init__(self, allowed: Allowed = ANYTHING, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        ask = gettext("请选择…")
        self.related.choices = [("", ask), ("no", gettext("没有")), ("yes", gettext("有"))]
        self.payment_model.choices = choices(PAYMENT_MODELS, allowed.models or OFFERED_MODELS)
        self.trigger.choices = self.more_triggers.choices = choices(TRIGGERS, allowed.triggers or None)
        self.trigger_rule.choices = choices(TRIGGER_RULES)
        self.royalty_base.choices, self.royalty_period.choices = choices(ROYALTY_BASES), choices(ROYALTY_PERIODS)
        self.security.choices = choices(SECURITIES)
        self.size_class.choices = choices(SIZE_CLASSES, first=ask)


class ObjectionForm(Form):
    """An objection by anyone."""

    name = StringField(lazy_gettext("姓名或单位"), validators=NEEDED)
    contact = StringField(lazy_gettext("联系方式"), description=lazy_gettext("只有学校技术转移机构和运营方能看到。"), validators=NEEDED)
    challenged = SelectField(lazy_gettext("对什么有异议"), validators=NEEDED, validate_choice=False)
    text = TextAreaField(lazy_gettext("异议内容和依据"), validators=NEEDED)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.challenged.choices = choices(CHALLENGED, first=gettext("请选择…"))


class OfferForm(Form):
    """The terms a school offers a result on."""

    models = SelectMultipleField(lazy_gettext("可选的付款方式"), description=lazy_gettext("都不勾选表示都可以。"), validate_choice=False)
    triggers = SelectMultipleField(
        lazy_gettext("可选的付费触发条件"), description=lazy_gettext("都不勾选表示都可以。"), validate_choice=False
    )
    security = SelectField(lazy_gettext("要求的履约保障"), validators=NEEDED, validate_choice=False)
    conditions = TextAreaField(lazy_gettext("其他条件"), description=lazy_gettext("例如：落地本区优先、要有自己的检测条件。"))
    version = HiddenField()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.models.choices = choices(PAYMENT_MODELS, OFFERED_MODELS)
        self.triggers.choices = choices(TRIGGERS)
        self.security.choices = choices(SECURITIES)


class RuleForm(Form):
    """What a school decides for all its licences."""

    notice_days = IntegerField(lazy_gettext("公示天数"), validators=NEEDED)
    notice_day_type = SelectField(lazy_gettext("怎样计天"), validators=NEEDED, validate_choice=False)
    higher = StringField(lazy_gettext("达到多少万元报上级决定"), description=lazy_gettext("不填表示都由技术转移机构审批。"))
    higher_body = StringField(lazy_gettext("上级决定机构"), description=lazy_gettext("例如：校长办公会、成果转化领导小组。"))
    deems_receipt = BooleanField(lazy_gettext("合同约定：企业收到资料后逾期不答复，视为已收到"))
    silence_confirms = BooleanField(lazy_gettext("合同约定：对付费触发逾期不提异议，视为成就"))
    late_fee_rate = IntegerField(lazy_gettext("逾期违约金（每日十万分之几）"), description=lazy_gettext("0 到 100；例如 50 就是每日万分之五。"))
    share_team = StringField(lazy_gettext("完成人团队（%）"), description=lazy_gettext("不低于 50%。"))
    share_faculty = StringField(lazy_gettext("学院（%）"))
    share_school = StringField(lazy_gettext("学校（%）"))
    share_broker = StringField(lazy_gettext("技术转移机构或经纪人（%）"))
    clause_improvements = TextAreaField(lazy_gettext("七、后续改进"), description=lazy_gettext("写全条款号，例如 7.1。"))
    clause_secrecy = TextAreaField(lazy_gettext("八、保密"), description=lazy_gettext("写全条款号，例如 8.1。"))
    clause_dispute = TextAreaField(lazy_gettext("九、争议解决"), description=lazy_gettext("写全条款号，例如 9.1。"))
    clause_more = TextAreaField(lazy_gettext("十一、其他约定"), description=lazy_gettext("写全条款号，例如 11.1。"))
    look = FileField(lazy_gettext("Word 版式"), description=lazy_gettext("上传一个 .docx：用它的样式、页眉和页脚，正文会换成文件内容。"))
    drop_look = BooleanField(lazy_gettext("恢复平台的版式"))
    version = HiddenField()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.notice_day_type.choices = choices(DAY_TYPES)
