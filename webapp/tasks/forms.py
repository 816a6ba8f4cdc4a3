"""Forms of tasks: one step, and one line of the log."""

from __future__ import annotations

import uuid

from flask_babel import gettext, lazy_gettext
from wtforms import DateField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, Optional

from webapp.core import clock
from webapp.core.pages import Form
from webapp.tasks.journal import LENGTHS
from webapp.tasks.service import NOTE_MAX
from webapp.tasks.values import KINDS, OUTCOMES, REASONS, SUCCESSES, VISIBILITY


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
