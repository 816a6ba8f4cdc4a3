"""Forms of matches: a broker's verdict and a party's answer."""

from __future__ import annotations

from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, HiddenField, IntegerField, SelectField, StringField
from wtforms.validators import Length, Optional

from webapp.core.pages import Form
from webapp.matches.values import LIKELY_OF, REASONS
from webapp.matches.verdicts import NOTE_MAX

NOTE_TOO_LONG = lazy_gettext("说明太长，请精简。")


def reason_choices(empty: str, first: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """All reasons for a no, the likely ones first, after a line that chooses none."""
    named = {code: gettext(label) for code, label in REASONS.items()} | {"OTHER": gettext("其他（请写明）")}
    return [("", empty), *((code, named[code]) for code in dict.fromkeys((*first, *named)))]


class JudgeForm(Form):
    """Shortlist, put aside, or reject with a reason in one press; `seen` is the stamp of what was read."""

    decision = HiddenField(validators=[Optional()])
    quick = HiddenField(validators=[Optional()])
    reason = HiddenField(validators=[Optional()])
    seen = HiddenField(validators=[Optional()])
    takeover = HiddenField(validators=[Optional()])
    note = StringField(lazy_gettext("补充说明"), validators=[Optional(), Length(max=NOTE_MAX, message=NOTE_TOO_LONG)])

    @property
    def chosen(self) -> str:
        """The reason meant, whichever way it was given."""
        return self.quick.data or self.reason.data or ""


class HandOverForm(Form):
    """Who looks after a match from now on, and a word to that colleague."""

    to = IntegerField(lazy_gettext("转交给"), validators=[Optional()])
    note = StringField(lazy_gettext("补充说明"), validators=[Optional(), Length(max=500, message=NOTE_TOO_LONG)])


class BulkForm(Form):
    """One act on everything ticked."""

    action = HiddenField(validators=[Optional()])
    quick = HiddenField(validators=[Optional()])
    to = IntegerField(lazy_gettext("转交给"), validators=[Optional()])
    note = StringField(lazy_gettext("补充说明"), validators=[Optional(), Length(max=NOTE_MAX, message=NOTE_TOO_LONG)])


class SaveForm(Form):
    """The name of a filter to keep."""

    name = StringField(lazy_gettext("筛选的名字"), validators=[Optional(), Length(max=40)])


class PreferenceForm(Form):
    """How one person wants the pages to behave."""

    keys = BooleanField(lazy_gettext("用单个字母键操作（输入框里不起作用）"), id="use-keys")
    personal = BooleanField(lazy_gettext("按我的需求和成果做个性化排序"))


class AnswerForm(Form):
    """A party's yes, or no with a reason; the note is the broker's unless it is shared on purpose."""

    answer = HiddenField(validators=[Optional()])
    reason = SelectField(lazy_gettext("婉拒的原因"), validate_choice=False)
    note = StringField(lazy_gettext("补充说明"), validators=[Optional(), Length(max=NOTE_MAX, message=NOTE_TOO_LONG)])
    share_note = BooleanField(lazy_gettext("补充说明也给对方看"))

    def __init__(self, part: str = "") -> None:
        super().__init__()
        self.reason.choices = reason_choices(gettext("选原因…"), LIKELY_OF.get(part, ()))
