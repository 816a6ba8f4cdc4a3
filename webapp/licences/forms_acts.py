"""Forms of the steps on the licence page: widgets and labels only; the rules are told by the services."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from webapp.licences import fields_payment, forms_money, money, seals
from webapp.licences.forms import NEEDED, ActForm, choices
from webapp.licences.money_plan import BY_CONVERSION, PRICED, SHARING, STAGED
from webapp.licences.values import (
    CO_OWNERS,
    CONVERSIONS,
    DECISIONS,
    DEFAULT_STAGES,
    END_REASONS,
    PAYERS,
    PLEDGES,
    REVIEW_CHECKS,
    SECURITIES,
    SETTLEMENTS,
    SIGN_METHODS,
    SUSPEND_CAUSES,
    SUSPEND_REASONS,
    TRIGGERS,
)


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
    credit_on = DateField(lazy_gettext("信用查询日期"), validators=NEEDED)
    credit_source = StringField(
        lazy_gettext("信用查询来源"), description=lazy_gettext("例如：信用中国、国家企业信用信息公示系统；30 天内有效。"), validators=NEEDED
    )
    third_party = BooleanField(lazy_gettext("本机构作为丙方签约，提供履约服务"))
    note = TextAreaField(lazy_gettext("核验说明"))


class ApproveForm(ActForm):
    """The school's review."""

    checks = SelectMultipleField(lazy_gettext("逐项核对"), validators=NEEDED)
    rights_until = DateField(
        lazy_gettext("权利到期日"), description=lazy_gettext("专利有效期或年费缴至的较早一天；技术秘密可以不填。")
    )
    co_owners = SelectField(lazy_gettext("共有人"), validate_choice=False)
    co_owner_names = StringField(lazy_gettext("共有人名称"), description=lazy_gettext("有共有人时填写。"))
    pledge = SelectField(lazy_gettext("质押"), validate_choice=False)
    pledge_consent = StringField(lazy_gettext("质权人及同意函编号"), description=lazy_gettext("已质押时填写。"))
    export_checked = BooleanField(lazy_gettext("被许可方由境外投资者控制，已核对禁止和限制出口技术目录"))
    decision_reference = StringField(lazy_gettext("上级决定的会议纪要或批准文号"))
    note = TextAreaField(lazy_gettext("审批意见"))


class DecideForm(ActForm):
    """The school's decision about one objection."""

    objection_id = HiddenField()
    decision = SelectField(lazy_gettext("处理决定"), validators=NEEDED, validate_choice=False)
    decision_text = TextAreaField(lazy_gettext("处理意见，双方可见"), validators=NEEDED)


class SignForm(ActForm):
    """One side signs the text it read."""

    text_hash = HiddenField()
    method = SelectField(lazy_gettext("签署方式"), validate_choice=False)
    code = StringField(lazy_gettext("邮件验证码"), description=lazy_gettext("先点“获取验证码”，6 位数字会发到您的邮箱。"))
    scan = SelectField(lazy_gettext("盖章扫描件"), description=lazy_gettext("先在本页上传。"), validate_choice=False)
    seal = StringField(lazy_gettext("电子签章记录号"))
    authorised = BooleanField(lazy_gettext("已阅读合同全文，并已获本单位授权签署"), validators=NEEDED)


class DeliverForm(ActForm):
    """The hand-over by the school."""

    delivery_list = TextAreaField(lazy_gettext("技术资料清单，一行一项"), validators=NEEDED)
    security_reference = StringField(lazy_gettext("保单号、保函号或其他担保凭证号"))
    security_until = DateField(lazy_gettext("保障有效期至"), description=lazy_gettext("不早于试用期满。"))


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

    claimed = SelectField(lazy_gettext("哪一个触发条件"), validate_choice=False)
    evidence = TextAreaField(lazy_gettext("触发条件成就的依据"), validators=NEEDED)


class FindingForm(ActForm):
    """What the operator finds about a contested trigger."""

    body = StringField(lazy_gettext("调解机构"), description=lazy_gettext("经调解的，填写调解机构名称。"))
    reason = TextAreaField(lazy_gettext("书面意见"), validators=NEEDED)


class SuspendForm(ActForm):
    """Somebody stops the trial."""

    reason_code = SelectField(lazy_gettext("中止原因"), validators=NEEDED, validate_choice=False)
    cause = SelectField(lazy_gettext("由谁造成"), description=lazy_gettext("不是企业造成的，中止期间不计入试用期。"), validate_choice=False)
    reason = TextAreaField(lazy_gettext("具体情况"), validators=NEEDED)


class RenewForm(ActForm):
    """The right is in force again."""

    rights_until = DateField(lazy_gettext("权利现在有效至"), validators=NEEDED)
    proof = StringField(lazy_gettext("凭证"), description=lazy_gettext("例如：年费缴纳收据号。"), validators=NEEDED)


class AmendForm(ActForm):
    """Terms change before everybody has signed."""

    price = StringField(lazy_gettext("许可费总额（万元）"), description=lazy_gettext("改动金额或期数要重新公示。"))
    instalment_count = IntegerField(lazy_gettext("分几期"))
    entry = StringField(lazy_gettext("入门费（万元）"), description=lazy_gettext("没有就不填。"))
    milestones = TextAreaField(lazy_gettext("阶段和金额"), description=lazy_gettext("改动金额或期数要重新公示。"))
    royalty_rate = StringField(lazy_gettext("提成比例（%）或每台金额（元）"), description=lazy_gettext("改动金额或期数要重新公示。"))
    royalty_months = StringField(lazy_gettext("提成期（月）"))
    royalty_floor = StringField(lazy_gettext("每期保底（万元）"))
    royalty_cap = StringField(lazy_gettext("累计封顶（万元）"))
    trial_months = IntegerField(lazy_gettext("试用期（月）"), validators=NEEDED)
    security = SelectField(lazy_gettext("履约保障"), validators=NEEDED, validate_choice=False)
    reason = TextAreaField(lazy_gettext("改动原因"), validators=NEEDED)


EVALUATION = lazy_gettext("试用评估")
EVALUATED = lazy_gettext("测得多少指标、是否达到预期、带来什么效益。")


class ExtensionForm(ActForm):
    """The company wants more time."""

    months = IntegerField(lazy_gettext("延长几个月"), description=lazy_gettext("不超过原试用期。"), validators=NEEDED)
    evaluation = TextAreaField(EVALUATION, description=EVALUATED, validators=NEEDED)


class ExtendForm(ActForm):
    """The school agrees to an extension."""

    security_until = DateField(lazy_gettext("保障有效期至"), description=lazy_gettext("不早于延长后的试用期满。"), validators=NEEDED)


class ConversionForm(ActForm):
    """The company wants another deal."""

    conversion = SelectField(lazy_gettext("转为"), validators=NEEDED, validate_choice=False)
    terms = TextAreaField(lazy_gettext("希望的条件"), validators=NEEDED)
    evaluation = TextAreaField(EVALUATION, description=EVALUATED, validators=NEEDED)


class AgreeConversionForm(ActForm):
    """The school agrees to negotiate it."""

    price = StringField(lazy_gettext("拟交易价格（万元）"), validators=NEEDED)
    basis = TextAreaField(lazy_gettext("定价依据"), description=lazy_gettext("协议定价、评估报告号、挂牌或者拍卖。"), validators=NEEDED)


class ConvertForm(ActForm):
    """The new deal is in force."""

    contract_number = StringField(lazy_gettext("新合同编号"), validators=NEEDED)
    effective_on = DateField(lazy_gettext("新合同生效日"), validators=NEEDED)


class AskExitForm(ActForm):
    """The company asks to leave the trial."""

    stop_use = BooleanField(lazy_gettext("已停止使用，并将返还或销毁技术资料，保密义务继续有效"), validators=NEEDED)
    stopped_on = DateField(lazy_gettext("停止使用日期"), validators=NEEDED)
    returned = TextAreaField(lazy_gettext("返还或销毁清单"), validators=NEEDED)
    stock = TextAreaField(lazy_gettext("库存清单"), description=lazy_gettext("还有用本成果制成的库存时填写，须在合同约定的天数内处理完。"))
    reason = TextAreaField(lazy_gettext("退出原因"), validators=NEEDED)


class ContinueForm(ActForm):
    """The company goes on and pays."""

    agreed = BooleanField(lazy_gettext("同意按合同约定的金额和期次付费"), validators=NEEDED)
    evaluation = TextAreaField(EVALUATION, description=EVALUATED, validators=NEEDED)


class EndForm(ActForm):
    """One side wants to end the contract early."""

    reason_code = SelectField(lazy_gettext("终止事由"), validators=NEEDED, validate_choice=False)
    reason = TextAreaField(lazy_gettext("具体情况和依据"), validators=NEEDED)


class TerminateForm(EndForm):
    """The contract ends early."""

    settlement = SelectField(lazy_gettext("到期未付款项怎么处理"), validate_choice=False)


class DemandForm(ActForm):
    """The school demands payment in writing."""

    pay_by = DateField(lazy_gettext("要求付清的日期"), validators=NEEDED)
    text = TextAreaField(lazy_gettext("催告内容"), validators=NEEDED)


class PlanForm(ActForm):
    """The company asks to pay later."""

    first_due = DateField(lazy_gettext("首期改到哪天"), validators=NEEDED)
    months = IntegerField(lazy_gettext("每期间隔（月）"))
    reason = TextAreaField(lazy_gettext("原因"), validators=NEEDED)


class StageForm(ActForm):
    """The next stage of a default."""

    stage = SelectField(lazy_gettext("下一步"), validators=NEEDED, validate_choice=False)
    reference = StringField(lazy_gettext("案号、报案号或文书号"), validators=NEEDED)
    note = TextAreaField(lazy_gettext("上一步的结果"), validators=NEEDED)


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
    payer = SelectField(lazy_gettext("付款人"), validate_choice=False)
    shared_transfer = BooleanField(lazy_gettext("同一笔转账分记几期"))
    spread = BooleanField(lazy_gettext("多付的记入后面各期，再有余额先挂账"))


FORMS: dict[str, type[ActForm]] = {
    "check": CheckForm, "confirm": NoteForm, "send_back": ReasonForm, "reject": ReasonForm, "approve": ApproveForm,
    "decide": DecideForm, "cancel": CancelForm, "sign": SignForm, "deliver": DeliverForm, "receive": ReceiveForm, "report": ReportForm,
    "claim": ClaimForm, "confirm_trigger": ActForm, "contest": ReasonForm, "decide_payable": FindingForm, "decide_trial": FindingForm,
    "endorse": ReasonForm, "amend": AmendForm, "suspend": SuspendForm, "lift": ReasonForm, "renew_rights": RenewForm,
    "ask_extension": ExtensionForm, "extend": ExtendForm, "refuse_extension": ReasonForm, "ask_conversion": ConversionForm,
    "agree_conversion": AgreeConversionForm, "drop_conversion": ReasonForm, "convert": ConvertForm, "ask_end": EndForm,
    "refuse_end": ReasonForm, "demand": DemandForm, "ask_plan": PlanForm, "refuse_plan": ReasonForm, "reschedule": ActForm,
    "declare_default": ReasonForm, "next_stage": StageForm, "settle": ReasonForm,
    "ask_exit": AskExitForm, "confirm_exit": NoteForm, "refuse_exit": ReasonForm, "continue": ContinueForm, "prove_use": ReasonForm,
    "terminate": TerminateForm, "schedule": ScheduleForm, "receipt": ReceiptForm, **forms_money.FORMS,
}  # fmt: skip


def act_form(action: str, view: Any, values: Mapping[str, Any] | None = None) -> ActForm:
    """The form of one step on one licence: filled from the request when `values` is None, else with these values."""
    fresh = {} if values is None else {"formdata": None, "data": dict(values) | {"version": view.version}}
    form = FORMS[action](prefix=f"{action}-", **fresh)
    _fill_choices(form, view)
    for name in UNNEEDED.get(action, ()):
        if not UNNEEDED[action][name](view):
            delattr(form, name)
    return form


def _fill_choices(form: ActForm, view: Any) -> None:
    """The lists of a form's choices, in the reader's language."""
    ask = gettext("请选择…")
    lists: dict[str, Any] = {
        "checks": lambda: choices(REVIEW_CHECKS), "co_owners": lambda: choices(CO_OWNERS), "pledge": lambda: choices(PLEDGES),
        "decision": lambda: choices(DECISIONS, first=ask), "claimed": lambda: choices(TRIGGERS, view.open_triggers),
        "reason_code": lambda: choices(SUSPEND_REASONS if isinstance(form, SuspendForm) else END_REASONS, first=ask),
        "method": lambda: choices(SIGN_METHODS, _methods(view)), "scan": lambda: [("", ask), *((str(number), name) for number, name in view.scans)],
        "cause": lambda: choices(SUSPEND_CAUSES, first=ask), "security": lambda: choices(SECURITIES),
        "conversion": lambda: choices(CONVERSIONS, first=ask), "settlement": lambda: choices(SETTLEMENTS, first=ask),
        "stage": lambda: choices(DEFAULT_STAGES, view.next_stages), "payer": lambda: choices(PAYERS),
        "instalment_id": lambda: [(str(row.id), _instalment(row)) for row in view.instalments if row.open],
    }  # fmt: skip
    for name, make in (lists | forms_money.lists(form, view)).items():
        if name in form:
            form[name].choices = make()


AMEND_STAGES, AMEND_SHARES = ("entry", "milestones"), ("royalty_rate", "royalty_months", "royalty_floor", "royalty_cap")


def _staged(view: Any) -> bool:
    return view.payment_model in STAGED


def _sharing(view: Any) -> bool:
    return view.payment_model in SHARING


def _methods(view: Any) -> list[str]:
    """The ways to sign that are open: a scan only once one was uploaded, a seal only where a provider is connected."""
    return ["CODE", *(["SCAN"] if view.scans else []), *(["ESEAL"] if seals.available() else [])]


# Fields a form has only where the licence asks for them: action -> field -> when it is there.
UNNEEDED: dict[str, dict[str, Callable[[Any], bool]]] = {
    "approve": {"export_checked": lambda view: view.foreign, "decision_reference": lambda view: view.endorsed},
    "deliver": {"security_reference": lambda view: view.on_paper, "security_until": lambda view: view.on_paper},
    "extend": {"security_until": lambda view: view.on_paper},
    "claim": {"claimed": lambda view: len(view.open_triggers) > 1},
    **forms_money.UNNEEDED,
    "sign": {
        "method": lambda view: len(_methods(view)) > 1, "scan": lambda view: bool(view.scans), "seal": lambda _view: seals.available(),
    },
    "schedule": {
        "first_due": lambda view: bool(view.instalments), "months": lambda view: len(view.instalments) > 1,
        "invoice": lambda view: any(row.owed for row in view.instalments),
    },
    "ask_plan": {"months": lambda view: len(view.instalments) > 1},
    "amend": {
        "instalment_count": lambda view: view.payment_model == "INSTALMENT", "price": lambda view: view.payment_model in (*PRICED, *BY_CONVERSION),
        **{name: needs for names, needs in ((AMEND_STAGES, _staged), (AMEND_SHARES, _sharing)) for name in names},
    },
    "terminate": {"settlement": lambda view: any(row.owed for row in view.instalments), "reason_code": lambda view: not view.ending_reason},
    "receipt": {"payer": lambda view: view.state == "DEFAULT" and view.on_paper},
}


def _instalment(row: Any) -> str:
    return str(gettext("第 %(n)s 期，还差 %(left)s 元", n=row.position, left=money.write_yuan(row.left_fen)))


def first_values(action: str, view: Any, first_due: Any) -> dict[str, Any]:
    """What a step's form begins with."""
    waiting, today = next((row for row in view.instalments if row.open), None), clock.today()
    undecided = next((row for row in view.objections if row.can_decide), None)
    return {
        "decide": {"objection_id": undecided.id if undecided else ""},
        "sign": {"text_hash": view.text_hash},
        "report": {"period_end": view.report_end or ""},
        "schedule": {"first_due": first_due, "months": 3},
        "check": {"credit_on": today}, "approve": {"rights_until": view.rights_until, "co_owners": "NONE", "pledge": "NONE"},
        "ask_exit": {"stopped_on": today}, "convert": {"effective_on": today}, "ask_extension": {"months": view.trial_months},
        "amend": {
            "price": money.write_wan(view.price_fen), "instalment_count": view.instalment_count, "trial_months": view.trial_months,
            "security": view.security, **fields_payment.typed(view.payment_terms),
        },
        **forms_money.first_values(view),
        "demand": {"pay_by": clock.add_days(today, 10)}, "ask_plan": {"first_due": clock.add_days(today, 30), "months": 1},
        "receipt": {
            "instalment_id": str(waiting.id) if waiting else "", "received_on": today, "payer": "INSURER" if view.default_stage == "INSURANCE" else "COMPANY",
            "amount": money.write_yuan(waiting.left_fen) if waiting else "",
        },
    }.get(action, {})  # fmt: skip
