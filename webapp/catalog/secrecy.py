"""State secrets and regulated matters: marks that must never be posted, and words an approver has to look into."""

from __future__ import annotations

import re
from typing import Any

from webapp.catalog.values import COMPLIANCE
from webapp.core.errors import N_

# A mark of classification in a text, as documents carry it: 绝密★, 密级：机密, 秘密★10年.
MARKS = re.compile(
    r"(?:绝密|機密|机密|秘密)\s*[★☆*＊]|[★☆]\s*(?:绝密|机密|秘密)|密\s*级\s*[:：]?\s*(?:绝密|机密|秘密)|(?:属于|涉及|含有?)国家秘密(?!的?声明)"
)
# Words that are often harmless and sometimes not; whoever approves says how they were checked.
WORDS = (
    "涉密", "国家秘密", "国防专利", "国防科技", "军工", "军用", "军品", "武器", "弹药", "导弹", "鱼雷", "潜艇", "舰载", "隐身涂层", "核动力",
    "内部资料", "不得公开", "注意保存", "型号任务", "装备预研",
)  # fmt: skip
DENIED = re.compile(r"(?:不|未|非|没有?)(?:涉及|含有?|属于)?$")
TEXTS = (
    "title", "summary", "details", "background", "present", "scope", "conditions", "trl_evidence", "cases", "benefits", "project", "contact",
)  # fmt: skip


def texts(row: Any) -> str:
    """Everything somebody wrote in a row, as one text."""
    parts = [getattr(row, name, "") or "" for name in TEXTS] + list(row.keywords) + list(getattr(row, "scenes", ()) or ())
    parts += [figure.name for figure in getattr(row, "indicators", None) or getattr(row, "targets", None) or ()]
    return "\n".join(parts)


def marks(text: str) -> list[str]:
    """The marks of classification a text carries, unless it says that it has none."""
    found = [mark for mark in MARKS.finditer(text) if not DENIED.search(text[max(0, mark.start() - 4) : mark.start()])]
    return list(dict.fromkeys(mark[0] for mark in found))


def words(text: str) -> list[str]:
    """The words of a text that have to be looked into."""
    return [
        word for word in WORDS
        if any(not DENIED.search(text[max(0, place.start() - 4) : place.start()]) for place in re.finditer(re.escape(word), text))
    ]  # fmt: skip


def checks(row: Any) -> tuple[str, ...]:
    """What the approver has to write down how it was checked: sentences or names, each to be translated."""
    found = [f"“{word}”" for word in words(texts(row))]
    return (*found, *(COMPLIANCE[code] for code in getattr(row, "compliance", ()) if code in COMPLIANCE))


MARKED = N_("内容里有密级标志“%(mark)s”。涉密内容不能上网，请删去，或改走线下渠道。")
LOOK_INTO = N_("这一条有需要核查的内容（%(what)s），请在说明里写明怎样核查过。")
