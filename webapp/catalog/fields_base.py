"""What the rules of fields are made of: labels, readers and lists, and the fields results and demands have in common."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from webapp.catalog import reading, values
from webapp.catalog.reading import Reader, Wrong
from webapp.config import Settings
from webapp.core.errors import N_

DEFAULTS = Settings()
NOT_LISTED = N_("列表里没有这一项，请从列表中选，或留空。")


class Entry(NamedTuple):
    """One entry of a list: its names, its group, and whether it may still be chosen."""

    code: str
    zh: str
    en: str
    group: str = ""
    current: bool = True


@dataclass(frozen=True)
class Lists:
    """Names of classifications, circles and institutions by code, in list order; old entries keep their names."""

    industry: Mapping[str, Entry] = dataclasses.field(default_factory=dict)
    field: Mapping[str, Entry] = dataclasses.field(default_factory=dict)
    cluster: Mapping[str, Entry] = dataclasses.field(default_factory=dict)
    institution: Mapping[str, Entry] = dataclasses.field(default_factory=dict)
    trl: Mapping[str, Entry] = dataclasses.field(default_factory=dict)

    def name(self, scheme: str, code: str | None, language: str = "zh_CN") -> str:
        """The name of a code in a language; the code itself when the list does not know it."""
        entry: Entry | None = getattr(self, scheme).get(code or "")
        return (entry.en or entry.zh if language == "en" else entry.zh) if entry else code or ""

    def choices(self, scheme: str, language: str = "zh_CN") -> list[tuple[str, str]]:
        """(code, name) of the entries that may still be chosen."""
        return [(code, self.name(scheme, code, language)) for code, entry in getattr(self, scheme).items() if entry.current]

    def reader(self, scheme: str) -> Reader:
        """Reads a code, Chinese or English name of this list."""
        names = {code: (entry.zh, entry.en) for code, entry in getattr(self, scheme).items()}
        return reading.choice(names, NOT_LISTED)


@dataclass(frozen=True)
class Field:
    """One field: its label and help for people, how it is read, and the sentence when it is missing (empty: optional)."""

    label: str
    read: Reader
    help: str = ""
    missing: str = ""


def named(codes: Mapping[str, str], aliases: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Codes with every name they may be written as."""
    return {code: (name, *aliases.get(code, ())) for code, name in codes.items()}


def _level(value: Any) -> int:
    names = named({str(level): name for level, name in values.CONFIDENTIALITY.items()}, values.LEVEL_ALIASES)
    code = reading.choice(names, N_("保密级请从列表里选。"))(reading.plain(value) or None)
    if code is None:
        raise Wrong(N_("请选择保密级。"))
    return int(code)


def common(lists: Lists, text_max: int) -> dict[str, Field]:
    """Fields of both kinds of postings."""
    long = N_("最多 %(text_max)s 个字，请精简，或改成附件。")
    return {
        "title": Field(N_("名称"), reading.line(200, N_("名称最多 200 个字。")), N_("一句话说清是什么、用在哪里。"), N_("请填写名称。")),
        "summary": Field(N_("公开摘要"), reading.text(text_max, long), N_("写清用途、做到什么程度、在哪里试过、还差什么。")),
        "details": Field(N_("详细内容（受控）"), reading.text(text_max, long), N_("只给有权限的人看；参与匹配计算，但不会被引用。")),
        "keywords": Field(N_("关键词"), reading.keywords, N_("最多 10 个，用“；”或“、”隔开。")),
        "field_code": Field(N_("技术领域"), lists.reader("field")),
        "industry_code": Field(N_("适用产业"), lists.reader("industry")),
        "cluster_code": Field(N_("创新圈"), lists.reader("cluster")),
        "modes": Field(
            N_("合作方式"), reading.choices(named(values.MODES, values.MODE_ALIASES), N_("合作方式里有列表之外的内容，请从列表中选。"))
        ),
        "confidentiality": Field(N_("保密级"), _level),
        "contact": Field(N_("联系方式（不公开）"), reading.line(200, N_("联系方式最多 200 个字。")), N_("对接任务进行期间，只给对方和负责的技术经纪人看。")),
        "valid_until": Field(N_("有效期至"), reading.day),
    }


def or_else(read: Reader, default: Any) -> Reader:
    """The reader with a value for what is empty."""

    def or_default(value: Any) -> Any:
        found = read(value)
        return default if found is None else found

    return or_default


def or_empty(read: Reader) -> Reader:
    """The reader with an empty text for what is empty."""
    return or_else(read, "")


def coded(codes: Mapping[str, str], none: str | None = "") -> Reader:
    """A reader of one code of a fixed list by code or name; `none` when empty."""
    read = reading.choice(named(codes, {}), NOT_LISTED)
    return lambda value: read(value) or none
