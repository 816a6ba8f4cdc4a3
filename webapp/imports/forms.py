"""Forms of imports: the file with its declaration, and which column is which field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf.file import FileField, FileRequired
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, RadioField, StringField
from wtforms.validators import InputRequired, Length

from webapp.core.pages import Form
from webapp.imports.columns import labels
from webapp.imports.values import KINDS


class UploadForm(Form):
    """A file to import."""

    kind = RadioField(lazy_gettext("导入什么"), validators=[InputRequired(lazy_gettext("请选择导入成果还是需求。"))])
    file = FileField(
        lazy_gettext("文件"),
        validators=[FileRequired(lazy_gettext("请选择文件。"))],
        description=lazy_gettext("CSV 或 XLSX，第一行是列名。同一来源里编号相同的行会更新，不会重复。"),
    )
    source = StringField(
        lazy_gettext("来源"),
        validators=[Length(max=80, message=lazy_gettext("来源最多 80 个字。"))],
        description=lazy_gettext("这批数据出自哪里，例如“学校成果库”。下次导入更新时写同一个来源；留空就用文件名。"),
    )
    declared = BooleanField(
        lazy_gettext("内容不涉及国家秘密，权属清楚，完成人或单位同意公开"),
        validators=[InputRequired(lazy_gettext("导入前请确认这一项。"))],
    )

    def __init__(self, kinds: Iterable[str]) -> None:
        super().__init__()
        self.kind.choices = [(kind, gettext(KINDS[kind])) for kind in kinds]
        if len(self.kind.choices) == 1 and not self.kind.data:
            self.kind.data = self.kind.choices[0][0]


    def validate(self, extra_validators: Any = None) -> bool:
        """Errors become plain words here: the page shows only those."""
        ok = bool(super().validate(extra_validators))
        for field in self:
            field.errors = [str(error) for error in field.errors]
        return ok


class ColumnsForm(Form):
    """Only the token and the errors: the columns differ from file to file."""


def field_choices(kind: str) -> list[tuple[str, str]]:
    """What a column may be, first of all nothing."""
    return [("", gettext("不导入")), *((name, gettext(label)) for name, label in labels(kind).items())]


def chosen_columns(form: MultiDict[str, str], header: list[str], chosen: Mapping[str, str]) -> dict[str, str]:
    """column -> field as posted; a column the post does not speak of stays as it was."""
    return {name: form.get(f"column-{place}", chosen.get(name, "")) for place, name in enumerate(header)}
