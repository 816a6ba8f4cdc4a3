"""Forms of brokers: profile, certificate, course, visit."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import wtforms
from flask_babel import gettext, lazy_gettext
from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length, Optional

from webapp.brokers.values import CERTIFICATES, LEVELS
from webapp.core import clock
from webapp.core.pages import Form

Choices = Sequence[tuple[str, str]]


class ProfileForm(Form):
    """What a broker says of the own work."""

    version = HiddenField(validators=[Optional()])
    about = TextAreaField(lazy_gettext("自我介绍"), validators=[Optional(), Length(max=1000)])
    level = SelectField(lazy_gettext("技术经理人等级"), validate_choice=False)
    industries = SelectMultipleField(lazy_gettext("熟悉的产业"), validate_choice=False)
    fields = SelectMultipleField(lazy_gettext("熟悉的技术领域"), validate_choice=False)
    capacity = IntegerField(lazy_gettext("同时最多接几个任务"), validators=[Optional()])
    is_public = BooleanField(lazy_gettext("在经纪人名录里公开"))

    def offer(self, industries: Choices, fields: Choices) -> ProfileForm:
        """Fill the lists."""
        self.level.choices = [(code, gettext(label)) for code, label in LEVELS.items()]
        self.industries.choices, self.fields.choices = list(industries), list(fields)
        return self


class CertificateForm(Form):
    """A certificate."""

    kind = SelectField(lazy_gettext("证书类别"), validate_choice=False)
    title = StringField(lazy_gettext("证书名称"), validators=[Optional(), Length(max=120)])
    number = StringField(lazy_gettext("证书编号"), validators=[Optional(), Length(max=60)])
    issuer = StringField(lazy_gettext("发证单位"), validators=[Optional(), Length(max=120)])
    issued_on = DateField(lazy_gettext("发证日期"), validators=[Optional()])
    expires_on = DateField(lazy_gettext("有效期至"), validators=[Optional()])

    def offer(self) -> CertificateForm:
        """Fill the list."""
        self.kind.choices = [(code, gettext(label)) for code, label in CERTIFICATES.items()]
        return self


class TrainingForm(Form):
    """A course."""

    title = StringField(lazy_gettext("课程名称"), validators=[Optional(), Length(max=120)])
    organiser = StringField(lazy_gettext("举办单位"), validators=[Optional(), Length(max=120)])
    hours = IntegerField(lazy_gettext("学时"), validators=[Optional()])
    ended_on = DateField(lazy_gettext("结束日期"), validators=[Optional()])
    high_level = BooleanField(lazy_gettext("高水平技术经理人培训"))


class EmailForm(Form):
    """Whom to bring in."""

    email = StringField(lazy_gettext("企业联系人的邮箱"), validators=[Optional(), Length(max=254)])


class WishForm(wtforms.Form):
    """One demand heard on a visit."""

    title = StringField(lazy_gettext("需求名称"), validators=[Optional(), Length(max=120)])
    details = TextAreaField(lazy_gettext("企业怎么说的"), validators=[Optional(), Length(max=4000)])


class VisitForm(Form):
    """A visit to a company."""

    submission = HiddenField(validators=[Optional(), Length(max=36)])
    organisation_id = SelectField(lazy_gettext("企业"), validate_choice=False, coerce=lambda v: int(v) if str(v).isdigit() else 0)
    visited_on = DateField(lazy_gettext("走访日期"), validators=[Optional()])
    people = StringField(lazy_gettext("参加人"), validators=[Optional(), Length(max=200)])
    summary = TextAreaField(lazy_gettext("谈了什么"), validators=[Optional(), Length(max=4000)])
    next_step = StringField(lazy_gettext("下一步"), validators=[Optional(), Length(max=200)])
    wishes = FieldList(FormField(WishForm), min_entries=1, label=lazy_gettext("听到的需求"))

    def offer(self, companies: Sequence[tuple[int, str]]) -> VisitForm:
        """Fill the list, and a fresh form with today and a new number."""
        self.organisation_id.choices = [("", gettext("选企业…")), *((str(number), name) for number, name in companies)]
        if not self.is_submitted() or not self.submission.data:
            self.submission.data = str(uuid.uuid4())
            self.visited_on.data = self.visited_on.data or clock.today()
        return self
