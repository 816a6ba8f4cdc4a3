"""Forms about money: single sums on the licence page, kept-apart sums, shares of income, and a school's bank lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf.file import FileField
from wtforms import DateField, HiddenField, SelectField, StringField, TextAreaField

from webapp.core import clock
from webapp.core.pages import Form
from webapp.licences import money
from webapp.licences.forms import NEEDED, ActForm, choices
from webapp.licences.values import AMOUNTS, FORGIVEN


class StatementForm(ActForm):
    """The company's report for one royalty period."""

    period_to = HiddenField()
    reported = StringField(lazy_gettext("本期数额"), description=lazy_gettext("金额用万元；按台数提成的填台数。没有就填 0，亏损也填 0。"), validators=NEEDED)
    note = TextAreaField(lazy_gettext("数额怎么来的"), description=lazy_gettext("产品、数量、单价，扣减了什么，账册存放在哪里。"), validators=NEEDED)


class AuditForm(ActForm):
    """What the school found in the books."""

    statement_id = SelectField(lazy_gettext("哪一期报表"), validators=NEEDED, validate_choice=False)
    found = StringField(lazy_gettext("核查数额"), description=lazy_gettext("金额用万元；按台数提成的填台数。"), validators=NEEDED)
    reason = TextAreaField(lazy_gettext("依据"), validators=NEEDED)


class ReachForm(ActForm):
    """A stage is reached."""

    instalment_id = SelectField(lazy_gettext("哪一个阶段"), validators=NEEDED, validate_choice=False)
    evidence = TextAreaField(lazy_gettext("达成的依据"), validators=NEEDED)


class ConfirmStageForm(ActForm):
    """The company agrees that a stage is reached."""

    instalment_id = SelectField(lazy_gettext("哪一个阶段"), validators=NEEDED, validate_choice=False)


class ContestStageForm(ConfirmStageForm):
    """The company does not agree."""

    reason = TextAreaField(lazy_gettext("理由"), validators=NEEDED)


class ClaimStageForm(ReachForm):
    """The school says a stage is reached."""


class RefuseStageForm(ConfirmStageForm):
    """What the operator finds about a stage in dispute."""

    body = StringField(lazy_gettext("调解机构"), description=lazy_gettext("经调解的，填写调解机构名称。"))
    reason = TextAreaField(lazy_gettext("书面意见"), validators=NEEDED)


class InvoiceForm(ActForm):
    """An invoice the school wrote."""

    instalment_id = SelectField(lazy_gettext("哪一期"), validators=NEEDED, validate_choice=False)
    number = StringField(lazy_gettext("发票号码"), validators=NEEDED)
    amount = StringField(lazy_gettext("开票金额（元）"), validators=NEEDED)
    issued_on = DateField(lazy_gettext("开票日期"), validators=NEEDED)


class VoidInvoiceForm(ActForm):
    """An invoice was wrong."""

    invoice_id = SelectField(lazy_gettext("哪一张发票"), validators=NEEDED, validate_choice=False)
    reason = TextAreaField(lazy_gettext("作废原因"), validators=NEEDED)


class ForgiveForm(ActForm):
    """A sum is waived or written off."""

    instalment_id = SelectField(lazy_gettext("哪一期"), validators=NEEDED, validate_choice=False)
    how = SelectField(lazy_gettext("怎么处理"), validators=NEEDED, validate_choice=False)
    decision = StringField(lazy_gettext("批准文号或会议纪要"), validators=NEEDED)
    reason = TextAreaField(lazy_gettext("理由"), validators=NEEDED)


class RefundForm(ActForm):
    """Money held goes back or pays a later sum."""

    overpayment_id = SelectField(lazy_gettext("哪一笔"), validators=NEEDED, validate_choice=False)
    use_for = SelectField(lazy_gettext("抵付哪一期"), description=lazy_gettext("不抵付就留空，填写退款。"), validate_choice=False)
    paid_on = DateField(lazy_gettext("退款日期"))
    reference = StringField(lazy_gettext("退款流水号"))


FORMS: dict[str, type[ActForm]] = {
    "statement": StatementForm, "audit": AuditForm, "reach": ReachForm, "invoice": InvoiceForm, "void_invoice": VoidInvoiceForm,
    "forgive": ForgiveForm, "refund": RefundForm, "claim_stage": ClaimStageForm, "confirm_stage": ConfirmStageForm,
    "contest_stage": ContestStageForm, "refuse_stage": RefuseStageForm,
}  # fmt: skip
UNNEEDED: dict[str, dict[str, Callable[[Any], bool]]] = {"refund": {"use_for": lambda view: any(row.open for row in view.instalments)}}


def row_name(row: Any) -> str:
    """A sum as people tell it apart from others: its place, and its stage or period."""
    return str(gettext("第 %(n)s 期", n=row.position)) + (f" {row.name}" if row.name and row.kind != "LATE_FEE" else "")


def _row(row: Any) -> tuple[str, str]:
    return str(row.id), gettext("%(row)s，还差 %(left)s 元", row=row_name(row), left=money.figures(row.left_fen))


def lists(form: ActForm, view: Any) -> dict[str, Callable[[], list[tuple[str, str]]]]:
    """The lists of these forms' choices, in the reader's language."""
    found: dict[str, Callable[[], list[tuple[str, str]]]] = {
        "statement_id": lambda: [(str(row.id), f"{row.period_from} – {row.period_to}") for row in view.statements if row.found is None],
        "invoice_id": lambda: [(str(number), text) for row in view.instalments for number, text, _fen, _on, void in row.invoices if not void],
        "how": lambda: choices(FORGIVEN), "overpayment_id": lambda: [(str(number), gettext("%(sum)s 元", sum=money.figures(fen))) for number, fen in view.held],
        "use_for": lambda: [("", gettext("不抵付")), *(_row(row) for row in view.instalments if row.open)],
    }  # fmt: skip
    if rows := ROWS.get(type(form)):
        found["instalment_id"] = lambda: [_row(row) for row in view.instalments if rows(row)]
    return found


ROWS: dict[type[ActForm], Callable[[Any], bool]] = {
    ReachForm: lambda row: row.expected, InvoiceForm: lambda row: row.state not in {"SCHEDULED", "WAIVED", "WRITTEN_OFF"},
    ForgiveForm: lambda row: row.owed or row.expected, ClaimStageForm: lambda row: row.expected and not row.stage_claim,
    ConfirmStageForm: lambda row: row.stage_claim, ContestStageForm: lambda row: row.stage_claim == "OPEN", RefuseStageForm: lambda row: row.stage_claim == "DISPUTED",
}  # fmt: skip


def first_values(view: Any) -> dict[str, dict[str, Any]]:
    """What these forms begin with."""
    today = clock.today()
    row = next((row for row in view.instalments if ROWS[InvoiceForm](row) and not row.invoice), None)
    return {
        "statement": {"period_to": view.missing[0][1].isoformat() if view.missing else ""}, "refund": {"paid_on": today},
        "invoice": {"issued_on": today, "instalment_id": str(row.id) if row else "", "amount": money.write_yuan(row.amount_fen) if row else ""},
    }


class AmountForm(Form):
    """One entry of a sum that is kept apart."""

    kind = SelectField(lazy_gettext("哪个数"), validators=NEEDED, validate_choice=False)
    amount = StringField(lazy_gettext("金额（元）"), description=lazy_gettext("更正减少时写负数。"), validators=NEEDED)
    known_on = DateField(lazy_gettext("确定日期"), validators=NEEDED)
    basis = StringField(lazy_gettext("依据"), description=lazy_gettext("例如：补充协议号、设备清单、登记机构核定表号。"), validators=NEEDED)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind.choices = choices(AMOUNTS)


class DivideForm(Form):
    """A division of income is proposed."""

    costs = StringField(lazy_gettext("先扣除的成本（元）"), description=lazy_gettext("税费、维持费等；没有就不填。"))
    costs_note = StringField(lazy_gettext("成本说明"))


class DividedForm(Form):
    """What becomes of a proposed division."""

    paid_on = DateField(lazy_gettext("发放日期"))


class BankForm(Form):
    """A bank statement to import."""

    file = FileField(lazy_gettext("银行流水文件（CSV）"), description=lazy_gettext("要有日期、收入金额、流水号三列；UTF-8 或 GB18030 编码。"), validators=NEEDED)
