"""Forms of results and demands: widgets over the rules of fields.py, which alone say what is right."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms import (
    Form as PlainForm,
)

from webapp.catalog import values
from webapp.catalog.fields import Lists, Rules, rules
from webapp.catalog.models import Result
from webapp.catalog.policy import Posting
from webapp.catalog.quantities import Price
from webapp.config import Settings
from webapp.core.pages import Form

BLANK_ROWS = 3
LENGTHS = {"title": 200, "keywords": 400, "contact": 200, "lead": 80, "department": 120, "location": 120, "price": 60}
FIGURES = ("indicators", "targets")


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


class ActForm(Form):
    """One step of the lifecycle with its note."""

    note = TextAreaField(_l("说明"))
    version = HiddenField()


class PostingForm(Form):
    """What both forms have; labels, helps and lengths come from the rules."""

    posting = ""
    title = StringField()
    summary = TextAreaField()
    details = TextAreaField()
    keywords = StringField()
    field_code = SelectField()
    industry_code = SelectField()
    cluster_code = SelectField()
    price = StringField()
    modes = SelectMultipleField()
    confidentiality = SelectField()
    contact = StringField()
    valid_until = StringField()
    version = HiddenField()
    submission = HiddenField()

    def __init__(self, lists: Lists, settings: Settings, language: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rules: Rules = rules(self.posting, lists, settings)
        for name, choices in self._choices(lists, language).items():
            self[name].choices = choices
        for name, rule in self.rules.fields.items():
            self[name].label.text = gettext(rule.label)
            self[name].description = gettext(rule.help) if rule.help else ""
            self[name].flags.required = bool(rule.missing)
            if name in LENGTHS:
                self[name].flags.maxlength = LENGTHS[name]
        self.summary.flags.maxlength = self.details.flags.maxlength = settings.text_max
        if not _is_uuid(self.submission.data):
            self.submission.data = str(uuid.uuid4())

    def _choices(self, lists: Lists, language: str) -> dict[str, list[tuple[str, str]]]:
        none = [("", gettext("未选"))]
        levels = values.CONFIDENTIALITY if self.posting == "demand" else values.RESULT_CONFIDENTIALITY
        return {
            "field_code": none + lists.choices("field", language),
            "industry_code": none + lists.choices("industry", language),
            "cluster_code": none + lists.choices("cluster", language),
            "modes": [(code, gettext(name)) for code, name in values.MODES.items() if code not in self.left_out()],
            "confidentiality": [(str(level), _level(level)) for level in levels],
        }

    def left_out(self) -> tuple[str, ...]:
        """Modes this form asks for in another way."""
        return ("SELF",)

    @property
    def rows(self) -> Any:
        """The list of figures."""
        return self[FIGURES[self.posting == "demand"]]

    def given(self) -> dict[str, Any]:
        """What was typed, for the service to read."""
        found = {name: self[name].data for name in self.rules.fields if name not in FIGURES}
        found[self.rows.name] = [entry.form.data for entry in self.rows.entries]
        return found

    def change_rows(self, added: str | None, removed: str | None) -> bool:
        """Add or remove a row of figures as a button asked; False when none did."""
        if added == self.rows.name and len(self.rows.entries) < 60:
            self.rows.append_entry()
        elif removed and any(entry.name == removed for entry in self.rows.entries):
            self.rows.entries = [entry for entry in self.rows.entries if entry.name != removed]
            if not self.rows.entries:
                self.rows.append_entry()
        else:
            return False
        return True

    def tell_rows(self, wrong: Mapping[str, str]) -> None:
        """Put the sentences about single rows into their cells, where they need no general one above."""
        if any(name.startswith(f"{self.rows.name}-") for name in wrong):
            self.form_errors: list[str] = []
        for place, entry in enumerate(self.rows.entries):
            sentence = wrong.get(f"{self.rows.name}-{place}")
            if sentence:
                cell = entry.form["value"] if entry.form["name"].data else entry.form["name"]
                cell.errors = [*cell.errors, gettext(sentence)]


class ResultForm(PostingForm):
    """Post or edit a result."""

    posting = "result"
    department = StringField()
    lead = StringField()
    form = SelectField()
    stage = SelectField()
    trl = SelectField()
    use_first_offered = BooleanField()
    trial_months = StringField()
    max_concurrent_trials = StringField()
    payment_model = SelectField()
    non_secret = BooleanField()
    ownership_clear = BooleanField()
    inventors_agree = BooleanField()
    unfiled = BooleanField()
    indicators = FieldList(FormField(IndicatorRow), min_entries=BLANK_ROWS)

    def left_out(self) -> tuple[str, ...]:
        return ("SELF", "USE_FIRST")

    def _choices(self, lists: Lists, language: str) -> dict[str, list[tuple[str, str]]]:
        none = [("", gettext("未选"))]
        return super()._choices(lists, language) | {
            "form": none + [(code, gettext(name)) for code, name in values.FORMS.items()],
            "stage": none + [(code, gettext(name)) for code, name in values.STAGES.items()],
            "trl": _levels(),
            "payment_model": [(code, gettext(name)) for code, name in values.PAYMENT_MODELS.items()],
        }


class DemandForm(PostingForm):
    """Post or edit a demand."""

    posting = "demand"
    kind = SelectField()
    min_trl = SelectField()
    deadline = StringField()
    location = StringField()
    wants_use_first = BooleanField()
    targets = FieldList(FormField(TargetRow), min_entries=BLANK_ROWS)

    def _choices(self, lists: Lists, language: str) -> dict[str, list[tuple[str, str]]]:
        kinds = [(code, gettext(name)) for code, name in values.DEMAND_KINDS.items()]
        return super()._choices(lists, language) | {"kind": kinds, "min_trl": _levels()}


def _levels() -> list[tuple[str, str]]:
    return [("", gettext("未选"))] + [(str(level), f"TRL {level}  {gettext(name)}") for level, name in values.TRL_NAMES.items()]


def _level(level: int) -> str:
    name, meaning = gettext(values.CONFIDENTIALITY[level]), gettext(values.CONFIDENTIALITY_MEANING[level])
    return gettext("L%(level)s %(name)s：%(meaning)s", level=level, name=name, meaning=meaning)


def _is_uuid(text: str | None) -> bool:
    try:
        return str(uuid.UUID(text or "")) == text
    except ValueError:
        return False


def filled(row: Posting) -> dict[str, Any]:
    """A row as its form shows it; read again it gives the same values."""
    found: dict[str, Any] = {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs}
    found |= {name: _shown(value) for name, value in found.items()}
    found["keywords"] = "；".join(row.keywords) + ("；" if len(row.keywords) == 1 and " " in row.keywords[0] else "")
    found["modes"] = list(row.modes)
    found["price"] = str(Price(row.price_kind, row.price_min_fen, row.price_max_fen))
    figures = row.indicators if isinstance(row, Result) else row.targets
    found["indicators" if isinstance(row, Result) else "targets"] = [_row(figure) for figure in figures] or [{}] * BLANK_ROWS
    return found


def _shown(value: Any) -> Any:
    return value if isinstance(value, (bool, str)) else "" if value is None else str(value)


def _row(figure: Any) -> dict[str, Any]:
    ends = [value for value in (figure.value, figure.value_max) if value is not None]
    shown = {"name": figure.name, "comparison": figure.comparison, "value": "-".join(map(_number, ends)), "unit": figure.unit}
    return shown | {"must": "yes" if getattr(figure, "must", False) else "no"}


def _number(value: float) -> str:
    return repr(value).removesuffix(".0")


def words(shown: Any) -> str:
    """What a field says, as one text to compare with another editor's."""
    if isinstance(shown, FieldList):
        rows = [entry.form.data for entry in shown.entries if entry.form["name"].data]
        return "\n".join(" ".join(str(cell) for cell in row.values() if cell not in ("", None, "no")) for row in rows)
    if isinstance(shown, BooleanField):
        return gettext("是") if shown.data else gettext("否")
    if isinstance(shown, SelectMultipleField):
        names = dict(shown.choices or [])
        return gettext("、").join(str(names.get(code, code)) for code in shown.data or ())
    if isinstance(shown, SelectField):
        return str(dict(shown.choices or []).get(shown.data or "", shown.data or ""))
    return str(shown.data or "").strip()
