"""Forms of matches: a broker's verdict and a party's answer."""

from __future__ import annotations

from flask_babel import gettext, lazy_gettext
from wtforms import HiddenField, SelectField, StringField
from wtforms.validators import Length, Optional

from webapp.core.pages import Form
from webapp.matches.values import REASONS
from webapp.matches.verdicts import NOTE_MAX


def reason_choices(empty: str) -> list[tuple[str, str]]:
    """All reasons for a no, after a first line that chooses none."""
    named = {code: gettext(label) for code, label in REASONS.items()} | {"OTHER": gettext("其他（请写明）")}
    return [("", empty), *named.items()]


class JudgeForm(Form):
    """Shortlist, put aside, or reject with a reason: chosen from the list, or one click on a likely one."""

    decision = HiddenField(validators=[Optional()])
    quick = HiddenField(validators=[Optional()])
    reason = SelectField(lazy_gettext("不入围的原因"), validate_choice=False)
    note = StringField(
        lazy_gettext("补充说明"), validators=[Optional(), Length(max=NOTE_MAX, message=lazy_gettext("说明太长，请精简。"))]
    )

    def __init__(self) -> None:
        super().__init__()
        self.reason.choices = reason_choices(gettext("选原因…"))

    def belong_to(self, match_id: int) -> None:
        """Name the controls after their match: what was typed for one pair must never slip into the next."""
        self.reason.id, self.note.id = f"reason-{match_id}", f"note-{match_id}"

    @property
    def chosen(self) -> str:
        """The reason meant, whichever way it was given."""
        return self.quick.data or self.reason.data or ""


class AnswerForm(Form):
    """A party's yes, or no with a reason."""

    answer = HiddenField(validators=[Optional()])
    reason = SelectField(lazy_gettext("婉拒的原因"), validate_choice=False)
    note = StringField(
        lazy_gettext("补充说明"), validators=[Optional(), Length(max=NOTE_MAX, message=lazy_gettext("说明太长，请精简。"))]
    )

    def __init__(self) -> None:
        super().__init__()
        self.reason.choices = reason_choices(gettext("选原因…"))
