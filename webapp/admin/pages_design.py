"""HTML door of the design system: every part pages are made of, in all its states, drawn by the macros themselves."""

from __future__ import annotations

from types import SimpleNamespace as Row
from typing import Any

from flask import render_template
from flask_babel import lazy_gettext as _l
from flask_security import auth_required
from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms import Form as Plain
from wtforms.validators import InputRequired, Length

from webapp.admin.pages import admin
from webapp.core import pages, policy


class Figure(Plain):
    """A row of a list inside a form."""

    label = StringField(_l("指标"), [InputRequired()])
    value = StringField(_l("要求"))


class Parts(pages.Form):
    """One field of every kind."""

    title = StringField(_l("标题"), [InputRequired()], description=_l("一句话说清要做什么。"))
    wrong = StringField(_l("联系邮箱"))
    text = TextAreaField(_l("正文"), [Length(max=500)])
    one = SelectField(_l("产业"), choices=[SelectChoice("", _l("请选择…")), SelectChoice("marine", _l("船舶海工"))])
    several = SelectMultipleField(_l("转化方式"), choices=[SelectChoice("LICENSE", _l("许可")), SelectChoice("TRANSFER", _l("转让"))])
    radio = RadioField(_l("谁能看到"), choices=[SelectChoice("0", _l("公开")), SelectChoice("1", _l("匿名公开"))])
    agree = BooleanField(_l("我已阅读并同意"))
    figures = FieldList(FormField(Figure), label=_l("技术指标"), min_entries=1)


@admin.get("/design")
@auth_required("session")
def design() -> str:
    """The living page of parts."""
    policy.check(pages.actor(), "admin:design")
    form = Parts()
    form.wrong.errors = [str(_l("这不是邮箱地址。"))]
    form.form_errors = []
    return render_template("admin/design.html", form=form, **_samples())


def _samples() -> dict[str, Any]:
    scores = [
        Row(label=str(_l("公开文本")), value=27, max=40, hidden=False),
        Row(label=str(_l("受控文本")), value=7, max=10, hidden=True),
        Row(label=str(_l("产业")), value=2, max=5, hidden=False),
    ]
    specs = [
        Row(label=str(_l("附着力")), must=True, required="≥ 7 MPa", actual="7.6 MPa", verdict="ok", note=None),
        Row(label=str(_l("静水压")), must=True, required="≥ 15 MPa", actual="12 MPa", verdict="miss", note=None),
        Row(label=str(_l("温度")), must=False, required="≤ 5 ℃", actual=None, verdict="unknown", note=None),
    ]
    listing = pages.Page(list(range(20)), 3, 20, 170)
    return {"scores": scores, "specs": specs, "listing": listing}
