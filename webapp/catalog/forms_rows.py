"""Rows of the catalog's forms: figures, rights, team and evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import Form as PlainForm
from wtforms import SelectField, StringField

from webapp.catalog import rowsets, values


class IndicatorRow(PlainForm):
    """One figure a result reaches."""

    name = StringField(_l("指标"))
    comparison = SelectField(_l("比较"))
    value = StringField(_l("数值"))
    unit = StringField(_l("单位"))

    signs = ("EQ", "GE", "LE", "GT", "LT", "RANGE", "APPROX")  # the first is what an added row starts with

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.comparison.choices = [(code, gettext(values.COMPARISONS[code]) if code == "RANGE" else values.SIGNS[code]) for code in self.signs]


class TargetRow(IndicatorRow):
    """One figure a demand asks for."""

    must = SelectField(_l("要求"))
    signs = ("GE", "LE", "EQ", "GT", "LT", "RANGE", "APPROX")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.must.choices = [("no", gettext("期望")), ("yes", gettext("必须"))]


class RightRow(PlainForm):
    """One intellectual property right."""

    kind = SelectField()
    number = StringField()
    status = SelectField()
    holder = StringField()
    co_owned = SelectField()
    expires = StringField()
    fee_paid_until = StringField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _label(self, rowsets.IP_CELLS)
        self.kind.choices = codes(values.IP_KINDS)
        self.status.choices = codes(values.IP_STATUSES)
        self.co_owned.choices = [("", gettext("否")), ("1", gettext("是"))]


class MemberRow(PlainForm):
    """One person of the team."""

    name = StringField()
    unit = StringField()
    part = StringField()
    share = StringField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _label(self, rowsets.TEAM_CELLS)


class EvidenceRow(PlainForm):
    """One award, report or other evidence."""

    kind = SelectField()
    title = StringField()
    issuer = StringField()
    day = StringField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _label(self, rowsets.EVIDENCE_CELLS)
        self.kind.choices = codes(values.EVIDENCE_KINDS)


def _label(form: PlainForm, cells: tuple[rowsets.Cell, ...]) -> None:
    for cell in cells:
        form[cell.name].label.text = gettext(cell.label)


def codes(names: Mapping[str, str], none: bool = True) -> list[tuple[str, str]]:
    """Choices of a list of values, with 未选 before them."""
    return ([("", gettext("未选"))] if none else []) + [(code, gettext(name)) for code, name in names.items()]
