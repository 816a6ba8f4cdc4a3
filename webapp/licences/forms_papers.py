"""Forms of filings: widgets and labels only."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import DateField, SelectField, StringField, TextAreaField

from webapp.core.pages import Form
from webapp.licences.forms import NEEDED, choices
from webapp.licences.values import CONTRACT_FIELDS, FILING_FIELDS, IP_CLASSES, PARTY_NATURES


class FilingForm(Form):
    """The fields of the registration form that are typed."""

    seller_country = StringField(validators=NEEDED)
    seller_region = StringField(validators=NEEDED)
    seller_nature = SelectField(validators=NEEDED, validate_choice=False)
    buyer_country = StringField(validators=NEEDED)
    buyer_region = StringField(validators=NEEDED)
    buyer_nature = SelectField(validators=NEEDED, validate_choice=False)
    technology = SelectField(validators=NEEDED, validate_choice=False)
    ip_class = SelectField(validators=NEEDED, validate_choice=False)
    source = StringField()
    goal = StringField()
    added_input = StringField()
    added_output = StringField()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        ask = gettext("请选择…")
        lists = {
            "seller_nature": PARTY_NATURES, "buyer_nature": PARTY_NATURES, "technology": CONTRACT_FIELDS, "ip_class": IP_CLASSES,
        }  # fmt: skip
        for name, values in lists.items():
            self[name].choices = choices(values, first=ask)
        for name, label in FILING_FIELDS.items():
            self[name].label.text = gettext(label)


class FilingStepForm(Form):
    """One step of a filing."""

    on = DateField(lazy_gettext("日期"), validators=NEEDED)
    number = StringField(lazy_gettext("登记编号"), description=lazy_gettext("技术合同登记编号为 16 位数字。"))
    note = TextAreaField(lazy_gettext("说明"))
