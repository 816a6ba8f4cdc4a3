"""Form of a person's preferences for being told."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import RadioField, StringField
from wtforms.validators import Length, Optional

from webapp.core.pages import Form
from webapp.messages.kinds import GROUPS, SENTENCES, example, group
from webapp.messages.models import Preference
from webapp.messages.values import WAYS

PREFIX = "way-"


class PreferenceForm(Form):
    """The usual way, the hour of the digest, the quiet hours; ways of single kinds come as `way-<kind>`."""

    usual = RadioField(lazy_gettext("通常怎样告诉我"), validate_choice=False)
    digest_hour = StringField(lazy_gettext("每日汇总的时间（整点）"), validators=[Optional(), Length(max=2)])
    quiet_from = StringField(lazy_gettext("免打扰从几点"), validators=[Optional(), Length(max=2)])
    quiet_until = StringField(lazy_gettext("免打扰到几点"), validators=[Optional(), Length(max=2)])

    def offer(self, preference: Preference) -> PreferenceForm:
        """Fill the list, and on a fresh form what is stored."""
        self.usual.choices = [(code, gettext(label)) for code, label in WAYS.items()]
        if not self.is_submitted():
            self.usual.data = preference.usual
            for name in ("digest_hour", "quiet_from", "quiet_until"):
                value = getattr(preference, name)
                self[name].data = "" if value is None else str(value)
        return self


def single_ways(form: Any) -> dict[str, str]:
    """What was chosen for single kinds."""
    return {name.removeprefix(PREFIX): value for name, value in form.items() if name.startswith(PREFIX) and value}


def kinds_by_group() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every kind of notice under its group, each with an example sentence, in the reader's language."""
    found: dict[str, list[tuple[str, str]]] = {name: [] for name in GROUPS}
    for kind, sentence in SENTENCES.items():
        found[group(kind)].append((kind, example(gettext(sentence))))
    return [(gettext(GROUPS[name]), rows) for name, rows in found.items() if rows]
