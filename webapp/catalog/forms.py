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
from webapp.catalog.forms_rows import EvidenceRow, IndicatorRow, MemberRow, RightRow, TargetRow, codes
from webapp.catalog.laying import rights
from webapp.catalog.models import Result
from webapp.catalog.policy import Posting
from webapp.catalog.quantities import Price
from webapp.config import Settings
from webapp.core.pages import Form

BLANK_ROWS = 3
MOST_ROWS = 60
LENGTHS = {
    "title": 200, "keywords": 400, "contact": 200, "lead": 80, "department": 120, "location": 120, "price": 60, "project": 200, "experts": 200,
}  # fmt: skip
FIGURES = ("indicators", "targets")
ROWS = (*FIGURES, "ip_rights", "members", "evidence")


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
        self._keep_ended(lists, language)
        for name, rule in self.rules.fields.items():
            self[name].label.text = gettext(rule.label)
            self[name].description = gettext(rule.help) if rule.help else ""
            self[name].flags.required = bool(rule.missing)
            if name in LENGTHS:
                self[name].flags.maxlength = LENGTHS[name]
        for one in self:
            if isinstance(one, TextAreaField):
                one.flags.maxlength = settings.text_max
        if not _is_uuid(self.submission.data):
            self.submission.data = str(uuid.uuid4())

    def _keep_ended(self, lists: Lists, language: str) -> None:
        """An entry that ended since stays chosen where it is, so that saving other fields does not wipe it."""
        for scheme in ("field", "industry", "cluster"):
            select_, code = self[f"{scheme}_code"], self[f"{scheme}_code"].data
            if code in getattr(lists, scheme) and code not in dict(select_.choices):
                select_.choices = [*select_.choices, (code, gettext("%(name)s（已停用）", name=lists.name(scheme, code, language)))]

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
    def row_lists(self) -> list[Any]:
        """The lists of rows this form has."""
        return [self[name] for name in ROWS if name in self]

    def given(self) -> dict[str, Any]:
        """What was typed, for the service to read."""
        found = {name: self[name].data for name in self.rules.fields if name not in ROWS}
        return found | {rows.name: [entry.form.data for entry in rows.entries] for rows in self.row_lists}

    def change_rows(self, added: str | None, removed: str | None) -> bool:
        """Add or remove a row as a button asked; False when none did."""
        for rows in self.row_lists:
            if added == rows.name and len(rows.entries) < MOST_ROWS:
                rows.append_entry()
                return True
            if removed and any(entry.name == removed for entry in rows.entries):
                rows.entries = [entry for entry in rows.entries if entry.name != removed]
                if not rows.entries:
                    rows.append_entry()
                return True
        return False

    def tell_rows(self, wrong: Mapping[str, str]) -> None:
        """Put the sentences about single rows into their cells, where they need no general one above."""
        for rows in self.row_lists:
            if any(name.startswith(f"{rows.name}-") for name in wrong):
                self.form_errors: list[str] = []
            for place, entry in enumerate(rows.entries):
                if sentence := wrong.get(f"{rows.name}-{place}"):
                    cell = _blamed(entry.form)
                    cell.errors = [*cell.errors, gettext(sentence)]


def _blamed(row: PlainForm) -> Any:
    """The cell of a row its sentence is written at: the first empty one, else the figure, else the first."""
    cells = list(row)
    wanted = next((cell for cell in cells if not cell.data and cell.name.rpartition("-")[2] in NEEDED), None)
    return wanted if wanted is not None else row["value"] if "value" in row else cells[0]


NEEDED = ("name", "kind", "status", "title")


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
    members = FieldList(FormField(MemberRow), min_entries=1)
    nature = SelectField()
    standing = SelectField()
    project = StringField()
    research_from = StringField()
    research_to = StringField()
    scenes = TextAreaField()
    cases = TextAreaField()
    benefits = TextAreaField()
    ip_rights = FieldList(FormField(RightRow), min_entries=1)
    evidence = FieldList(FormField(EvidenceRow), min_entries=1)
    trl_evidence = TextAreaField()
    exclusivity = SelectField()
    landing = SelectField()
    supports = SelectMultipleField()
    trial_trigger = SelectField()
    use_first_price_fen = StringField()
    compliance = SelectMultipleField()

    def left_out(self) -> tuple[str, ...]:
        return ("SELF", "USE_FIRST")

    def _choices(self, lists: Lists, language: str) -> dict[str, list[tuple[str, str]]]:
        return super()._choices(lists, language) | {
            "form": codes(values.FORMS),
            "stage": codes(values.STAGES),
            "trl": _levels(lists, language),
            "payment_model": codes(values.PAYMENT_MODELS, none=False),
            "nature": codes(values.NATURES), "standing": codes(values.STANDINGS),
            "exclusivity": codes(values.EXCLUSIVITIES, none=False), "landing": codes(values.LANDINGS, none=False),
            "supports": codes(values.SUPPORTS, none=False), "compliance": codes(values.COMPLIANCE, none=False),
            "trial_trigger": codes(values.TRIGGERS),
        }  # fmt: skip


class DemandForm(PostingForm):
    """Post or edit a demand."""

    posting = "demand"
    kind = SelectField()
    min_trl = SelectField()
    deadline = StringField()
    location = StringField()
    wants_use_first = BooleanField()
    background = TextAreaField()
    present = TextAreaField()
    scope = TextAreaField()
    conditions = TextAreaField()
    fundings = SelectMultipleField()
    months = StringField()
    cooperations = SelectMultipleField()
    ip_ownership = SelectField()
    experts = StringField()
    wants_board = BooleanField()
    targets = FieldList(FormField(TargetRow), min_entries=BLANK_ROWS)

    def _choices(self, lists: Lists, language: str) -> dict[str, list[tuple[str, str]]]:
        return super()._choices(lists, language) | {
            "kind": codes(values.DEMAND_KINDS, none=False), "min_trl": _levels(lists, language),
            "fundings": codes(values.FUNDINGS, none=False), "cooperations": codes(values.COOPERATIONS, none=False),
            "ip_ownership": codes(values.IP_OWNERSHIPS),
        }  # fmt: skip


def _levels(lists: Lists, language: str) -> list[tuple[str, str]]:
    return [("", gettext("未选"))] + [(level, f"TRL {level}  {name}") for level, name in sorted(lists.choices("trl", language))]


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
    found |= {name: list(value) for name, value in found.items() if isinstance(value, list)}
    found["price"] = str(Price(row.price_kind, row.price_min_fen, row.price_max_fen))
    figures = row.indicators if isinstance(row, Result) else row.targets
    found["indicators" if isinstance(row, Result) else "targets"] = [_row(figure) for figure in figures] or [{}] * BLANK_ROWS
    if isinstance(row, Result):
        found["scenes"] = "\n".join(row.scenes)
        found["use_first_price_fen"] = "" if row.use_first_price_fen is None else str(Price("FIXED", row.use_first_price_fen, row.use_first_price_fen))
        for name, rows in (("ip_rights", rights(row)), ("members", row.members), ("evidence", row.evidence)):
            found[name] = [_cells(one) for one in rows] or [{}]
    return found


def _cells(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: "1" if value is True else "" if value is None or value is False else _number(value) for name, value in row.items()}


def _shown(value: Any) -> Any:
    return value if isinstance(value, (bool, str, list)) else "" if value is None else str(value)


def _row(figure: Any) -> dict[str, Any]:
    ends = [value for value in (figure.value, figure.value_max) if value is not None]
    shown = {"name": figure.name, "comparison": figure.comparison, "value": "-".join(map(_number, ends)), "unit": figure.unit}
    return shown | {"must": "yes" if getattr(figure, "must", False) else "no"}


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else repr(value).removesuffix(".0")


def _typed(row: PlainForm) -> bool:
    """Whether somebody wrote in a row; its choices alone are no writing."""
    return any(isinstance(cell, StringField) and cell.data for cell in row)


def words(shown: Any) -> str:
    """What a field says, as one text to compare with another editor's."""
    if isinstance(shown, FieldList):
        rows = [[words(cell) for cell in entry.form if cell.data not in ("", None, "no")] for entry in shown.entries]
        return "\n".join(" ".join(row) for row, entry in zip(rows, shown.entries, strict=True) if _typed(entry.form))
    if isinstance(shown, BooleanField):
        return gettext("是") if shown.data else gettext("否")
    if isinstance(shown, SelectMultipleField):
        names = dict(shown.choices or [])
        return gettext("、").join(str(names.get(code, code)) for code in shown.data or ())
    if isinstance(shown, SelectField):
        return str(dict(shown.choices or []).get(shown.data or "", shown.data or ""))
    return str(shown.data or "").strip()
