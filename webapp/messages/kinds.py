"""The sentence of every kind of notice; topics register theirs, and the first word of a kind names its group."""

from __future__ import annotations

import re

from webapp.core.errors import N_

SENTENCES: dict[str, str] = {}
GROUPS = {
    "match": N_("匹配"),
    "task": N_("对接任务"),
    "licence": N_("先用后付"),
    "demand": N_("需求"),
    "result": N_("成果"),
    "search": N_("搜索"),
    "import": N_("批量导入"),
    "": N_("其他"),
}
_PLACE = re.compile(r"%\(\w+\)[sd]")


def register(kind: str, sentence: str) -> None:
    """Name the sentence (a translatable msgid with %(name)s places) of a kind of notice."""
    SENTENCES[kind] = sentence


def group(kind: str) -> str:
    """The group a kind is listed under; kinds of no known group are listed last."""
    first = kind.split("_", 1)[0]
    return first if first in GROUPS else ""


def example(sentence: str) -> str:
    """A sentence with dots where its facts stand, to say what kind of notice this is."""
    return _PLACE.sub("…", sentence).replace("%%", "%")
