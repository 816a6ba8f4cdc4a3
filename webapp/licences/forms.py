"""Forms of licences: widgets and labels only; the rules stand in fields.py and are told by the services."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext
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

from webapp.core import clock
from webapp.core.pages import Form
from webapp.licences import money
from webapp.licences.values import (
    CHALLENGED,
    DECISIONS,
    OFFERED_MODELS,
    PAYMENT_MODELS,
    REVIEW_CHECKS,
    SECURITIES,
    SIZE_CLASSES,
    TRIGGERS,
)


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


class NoteForm(ActForm):
    """A step that may carry a note."""

    note = TextAreaField(lazy_gettext("备注"))


class ReasonForm(ActForm):
    """A step that needs a reason."""

    reason = TextAreaField(lazy_gettext("理由"), validators=NEEDED)


class CancelForm(ActForm):
    """The company takes its application back."""

    reason = TextAreaField(lazy_gettext("撤销原因"))


class CheckForm(ActForm):
    """The broker's check of the company."""

    evidence_seen = BooleanField(lazy_gettext("已核对企业规模数据的证明材料"), validators=NEEDED)
    credit_clear = BooleanField(lazy_gettext("已查询，不在失信被执行人和严重违法失信名单中"), validators=NEEDED)
    note = TextAreaField(lazy_gettext("核验说明"))


class ApproveForm(ActForm):
    """The school's review."""

    checks = SelectMultipleField(lazy_gettext("逐项核对"), validators=NEEDED)
    note = TextAreaField(lazy_gettext("审批意见"))


class DecideForm(ActForm):
    """The school's decision about one objection."""

    objection_id = HiddenField()
    decision = SelectField(lazy_gettext("处理决定"), validators=NEEDED, validate_choice=False)
    decision_text = TextAreaField(lazy_gettext("处理意见，双方可见"), validators=NEEDED)


class SignForm(ActForm):
    """One side signs the text it read."""

    text_hash = HiddenField()
    authorised = BooleanField(lazy_gettext("已阅读合同全文，并已获本单位授权签署"), validators=NEEDED)


class DeliverForm(ActForm):
    """The hand-over by the school."""

    delivery_list = TextAreaField(lazy_gettext("技术资料清单，一行一项"), validators=NEEDED)
    security_reference = StringField(lazy_gettext("保单号、保函号或其他担保凭证号"))


class ReceiveForm(ActForm):
    """The company confirms the hand-over."""

    complete = BooleanField(lazy_gettext("清单所列资料已全部收到，培训或指导已完成"), validators=NEEDED)


class ReportForm(ActForm):
    """One usage report."""

    period_end = HiddenField()
    text = TextAreaField(lazy_gettext("使用情况"), description=lazy_gettext("用在哪里、运行多久、指标测得多少、遇到什么问题。"), validators=NEEDED)
    sales = StringField(lazy_gettext("本期因使用本成果产生的收入（万元）"))


class ClaimForm(ActForm):
    """A claim that the payment trigger is met."""

    evidence = TextAreaField(lazy_gettext("触发条件成就的依据"), validators=NEEDED)


class AskExitForm(ActForm):
    """The company asks to leave the trial."""

    stop_use = BooleanField(lazy_gettext("已停止使用，并将返还或销毁技术资料，保密义务继续有效"), validators=NEEDED)
    reason = TextAreaField(lazy_gettext("退出原因"), validators=NEEDED)


class ContinueForm(ActForm):
    """The company goes on and pays."""

    agreed = BooleanField(lazy_gettext("同意按合同约定的金额和期次付费"), validators=NEEDED)


class ScheduleForm(ActForm):
    """The school's payment schedule."""

    first_due = DateField(lazy_gettext("首期应付日"), validators=NEEDED)
    months = IntegerField(lazy_gettext("每期间隔（月）"), validators=NEEDED)
    invoice = StringField(lazy_gettext("首期发票号"))


class ReceiptForm(ActForm):
    """Money that came."""

    instalment_id = SelectField(lazy_gettext("哪一期"), validators=NEEDED, validate_choice=False)
    amount = StringField(lazy_gettext("到账金额（元）"), validators=NEEDED)
    received_on = DateField(lazy_gettext("到账日期"), validators=NEEDED)
    reference = StringField(lazy_gettext("银行流水号"), validators=NEEDED)
    shared_transfer = BooleanField(lazy_gettext("同一笔转账分记几期"))


FORMS: dict[str, type[ActForm]] = {
    "check": CheckForm, "confirm": NoteForm, "send_back": ReasonForm, "reject": ReasonForm, "approve": ApproveForm,
    "decide": DecideForm, "cancel": CancelForm, "sign": SignForm, "deliver": DeliverForm, "receive": ReceiveForm, "report": ReportForm,
    "claim": ClaimForm, "confirm_trigger": ActForm, "contest": ReasonForm, "decide_payable": ReasonForm, "decide_trial": ReasonForm,
    "ask_exit": AskExitForm, "confirm_exit": NoteForm, "refuse_exit": ReasonForm, "continue": ContinueForm, "prove_use": ReasonForm,
    "terminate": ReasonForm, "schedule": ScheduleForm, "receipt": ReceiptForm,
}  # fmt: skip


def act_form(action: str, view: Any, values: Mapping[str, Any] | None = None) -> ActForm:
    """The form of one step on one licence: filled from the request when `values` is None, else with these values."""
    fresh = {} if values is None else {"formdata": None, "data": dict(values) | {"version": view.version}}
    form = FORMS[action](prefix=f"{action}-", **fresh)
    if isinstance(form, ApproveForm):
        form.checks.choices = choices(REVIEW_CHECKS)
    if isinstance(form, DecideForm):
        form.decision.choices = choices(DECISIONS, first=gettext("请选择…"))
    if isinstance(form, ReceiptForm):
        form.instalment_id.choices = [(str(row.id), _instalment(row)) for row in view.instalments if row.open]
    if isinstance(form, ScheduleForm) and len(view.instalments) < 2:
        del form.months
    return form


def _instalment(row: Any) -> str:
    return gettext("第 %(n)s 期，还差 %(left)s 元", n=row.position, left=money.write_yuan(row.left_fen))


class ApplyForm(Form):
    """The application: purpose, terms, and the figures of the company's size."""

    submission = HiddenField()
    task_id = HiddenField()
    intended_use = TextAreaField(lazy_gettext("用在哪里"), description=lazy_gettext("产品、工序或场景；写进合同的使用范围。"), validators=NEEDED)
    plan = TextAreaField(lazy_gettext("试用计划"), description=lazy_gettext("几月做什么、怎样算成功、要学校配合什么。"), validators=NEEDED)
    related = SelectField(lazy_gettext("与学校或完成人有关联关系吗"), validators=NEEDED, validate_choice=False)
    related_party = StringField(lazy_gettext("关联关系说明"), description=lazy_gettext("有关联关系时填写，随公示公布。"))
    trial_months = IntegerField(lazy_gettext("试用期（月）"), validators=NEEDED)
    payment_model = SelectField(lazy_gettext("付款方式"), validators=NEEDED, validate_choice=False)
    price = StringField(lazy_gettext("许可费总额（万元）"), validators=NEEDED)
    instalment_count = IntegerField(lazy_gettext("分几期"), description=lazy_gettext("选分期付款时填写，2 到 24 期。"))
    trigger = SelectField(lazy_gettext("什么时候开始付费"), validators=NEEDED, validate_choice=False)
    trigger_text = StringField(lazy_gettext("触发条件的具体约定"), description=lazy_gettext("例如：盐雾试验 5000 小时无起泡，由第三方检测。"))
    security = SelectField(lazy_gettext("履约保障"), validators=NEEDED, validate_choice=False)
    size_class = SelectField(lazy_gettext("企业所属行业"), validators=NEEDED, validate_choice=False)
    staff = StringField(lazy_gettext("从业人员（人）"))
    revenue = StringField(lazy_gettext("营业收入（万元）"))
    assets = StringField(lazy_gettext("资产总额（万元）"))
    figures_year = StringField(lazy_gettext("数据年度"), description=lazy_gettext("上一年度；新设企业用当年数据。"), validators=NEEDED)
    evidence = StringField(lazy_gettext("证明材料"), description=lazy_gettext("例如：中小企业声明函、上年度审计报告。"), validators=NEEDED)
    controlled_by_large = BooleanField(lazy_gettext("由大型企业控股"))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        ask = gettext("请选择…")
        self.related.choices = [("", ask), ("no", gettext("没有")), ("yes", gettext("有"))]
        self.payment_model.choices = choices(PAYMENT_MODELS, OFFERED_MODELS)
        self.trigger.choices = choices(TRIGGERS)
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


def first_values(action: str, view: Any, first_due: Any) -> dict[str, Any]:
    """What a step's form begins with."""
    waiting = next((row for row in view.instalments if row.open), None)
    undecided = next((row for row in view.objections if row.can_decide), None)
    return {
        "decide": {"objection_id": undecided.id if undecided else ""},
        "sign": {"text_hash": view.text_hash},
        "report": {"period_end": view.report_end or ""},
        "schedule": {"first_due": first_due, "months": 3},
        "receipt": {
            "instalment_id": str(waiting.id) if waiting else "", "received_on": clock.today(),
            "amount": money.write_yuan(waiting.left_fen) if waiting else "",
        },
    }.get(action, {})  # fmt: skip
