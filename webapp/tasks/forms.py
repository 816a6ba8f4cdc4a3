"""Forms of tasks: one step, and one line of the log."""

from __future__ import annotations

import uuid

from flask_babel import gettext, lazy_gettext
from wtforms import DateField, DateTimeLocalField, HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from webapp.core import clock
from webapp.core.pages import Form
from webapp.messages.talks import TEXT_MAX
from webapp.tasks.journal import LENGTHS
from webapp.tasks.service import NOTE_MAX
from webapp.tasks.values import KINDS, OUTCOMES, REASONS, SCORES, SUCCESSES, VISIBILITY


class ActForm(Form):
    """What a step may need: a note, a day, a broker, an outcome, a reason; `seen` is the state the person had before them."""

    seen = HiddenField(validators=[Optional()])
    note = TextAreaField(lazy_gettext("说明"), validators=[Optional(), Length(max=NOTE_MAX)])
    until = DateField(lazy_gettext("暂停到"), validators=[Optional()])
    broker = SelectField(lazy_gettext("技术经纪人"), validate_choice=False, coerce=lambda v: int(v) if str(v).isdigit() else None)
    outcome = SelectField(lazy_gettext("成交方式"), validate_choice=False)
    reason = SelectField(lazy_gettext("未达成的原因"), validate_choice=False)

    def offer(self, brokers: list[tuple[int, str]]) -> ActForm:
        """Fill the lists."""
        self.broker.choices = [("", gettext("选经纪人…")), *((str(number), name) for number, name in brokers)]
        self.outcome.choices = [("", gettext("选成交方式…")), *((code, gettext(OUTCOMES[code])) for code in SUCCESSES)]
        self.reason.choices = [("", gettext("选原因…")), *((code, gettext(label)) for code, label in REASONS.items())]
        return self


class LogForm(Form):
    """A contact: how, when, with whom, what came of it, and what comes next."""

    submission = HiddenField(validators=[Optional(), Length(max=36)])
    kind = SelectField(lazy_gettext("方式"), validate_choice=False)
    happened_on = DateField(lazy_gettext("日期"), validators=[Optional()])
    people = StringField(lazy_gettext("参加人"), validators=[Optional(), Length(max=LENGTHS["people"])])
    summary = TextAreaField(lazy_gettext("谈了什么"), validators=[Optional(), Length(max=LENGTHS["summary"])])
    next_step = StringField(lazy_gettext("下一步"), validators=[Optional(), Length(max=LENGTHS["next_step"])])
    due_on = DateField(lazy_gettext("下一步期限"), validators=[Optional()])
    visibility = SelectField(lazy_gettext("谁能看到"), validate_choice=False)

    def offer(self) -> LogForm:
        """Fill the lists, and a fresh form with today and a new number."""
        self.kind.choices = [(code, gettext(label)) for code, label in KINDS.items()]
        self.visibility.choices = [(code, gettext(label)) for code, label in VISIBILITY.items()]
        if not self.is_submitted() or not self.submission.data:
            self.submission.data = str(uuid.uuid4())
            self.happened_on.data = self.happened_on.data or clock.today()
        return self


class SayForm(Form):
    """One message."""

    submission = HiddenField(validators=[Optional(), Length(max=36)])
    text = TextAreaField(lazy_gettext("写消息"), validators=[Optional(), Length(max=TEXT_MAX)])

    def fresh(self) -> SayForm:
        """A new number for a new message."""
        if not self.is_submitted() or not self.submission.data:
            self.submission.data = str(uuid.uuid4())
        return self


class MeetingForm(Form):
    """A proposal to meet."""

    starts_at = DateTimeLocalField(lazy_gettext("时间"), format=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], validators=[Optional()])
    minutes = IntegerField(lazy_gettext("时长（分钟）"), default=60, validators=[Optional()])
    place = StringField(lazy_gettext("地点或会议链接"), validators=[Optional(), Length(max=200)])
    note = StringField(lazy_gettext("备注"), validators=[Optional(), Length(max=500)])


class ContactForm(Form):
    """The contact details one side gives."""

    details = StringField(lazy_gettext("给对方的联系方式"), validators=[Optional(), Length(max=300)])


class ValueForm(Form):
    """What the contract is worth, in 万元."""

    contract_value = StringField(lazy_gettext("合同成交额（万元）"), validators=[Optional(), Length(max=30)])
    technology_value = StringField(lazy_gettext("其中技术交易额（万元）"), validators=[Optional(), Length(max=30)])
    signed_on = DateField(lazy_gettext("签约日期"), validators=[Optional()])
    registration_no = StringField(lazy_gettext("技术合同登记编号"), validators=[Optional(), Length(max=20)])


class ReceiptForm(Form):
    """Money that came in."""

    amount = StringField(lazy_gettext("到账金额（万元）"), validators=[Optional(), Length(max=30)])
    received_on = DateField(lazy_gettext("到账日期"), validators=[Optional()])
    evidence = StringField(lazy_gettext("凭证"), validators=[Optional(), Length(max=200)])


class RateForm(Form):
    """How satisfied one side was."""

    score = RadioField(lazy_gettext("满意度"), validate_choice=False, coerce=lambda v: int(v) if str(v).isdigit() else None)
    note = TextAreaField(lazy_gettext("哪里好，哪里可以更好"), validators=[Optional(), Length(max=500)])

    def offer(self) -> RateForm:
        """Fill the list."""
        self.score.choices = [(score, gettext(label)) for score, label in SCORES.items()]
        return self


class FeeRuleForm(Form):
    """A line of the rate table."""

    outcome = SelectField(lazy_gettext("成交方式"), validate_choice=False)
    rate_permille = IntegerField(lazy_gettext("费率（到账额的 ‰）"), validators=[Optional()])
    cap = StringField(lazy_gettext("每个任务封顶（万元）"), validators=[Optional(), Length(max=30)])
    valid_from = DateField(lazy_gettext("开始日期"), validators=[Optional()])
    valid_until = DateField(lazy_gettext("结束日期"), validators=[Optional()])

    def offer(self) -> FeeRuleForm:
        """Fill the list."""
        self.outcome.choices = [("", gettext("所有成交方式")), *((code, gettext(OUTCOMES[code])) for code in SUCCESSES)]
        return self
