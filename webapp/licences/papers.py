"""The documents of a licence: which step makes which, their texts from one template each, and a sheet ready to print."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from webapp.core.errors import N_
from webapp.licences.paper_blocks import typed

ALONE = re.compile(r"\{(\w+)\}")
FOLDER = Path(__file__).with_name("papers")
KINDS = {
    "APPLICATION": N_("使用申请表"), "ELIGIBILITY": N_("资格核验单"), "APPROVAL": N_("审批表"), "NOTICE": N_("公示文"), "CONTRACT": N_("许可合同"),
    "DELIVERY": N_("技术资料交接清单"), "REPORT": N_("使用进展报告"), "TRIGGER": N_("付费触发确认书"), "EVALUATION": N_("试用评估表"),
    "SUPPLEMENT": N_("补充协议"), "STOP_USE": N_("停止使用承诺书"), "DEMAND": N_("催告函"), "SETTLEMENT": N_("结清证明"),
}  # fmt: skip
SHORT = {
    "APPLICATION": "SQ", "ELIGIBILITY": "ZG", "APPROVAL": "SP", "NOTICE": "GS", "CONTRACT": "HT", "DELIVERY": "JJ", "REPORT": "BG", "TRIGGER": "CF",
    "EVALUATION": "PG", "SUPPLEMENT": "BC", "STOP_USE": "TY", "DEMAND": "CG", "SETTLEMENT": "JQ",
}  # fmt: skip
# The step of the lifecycle that makes a document; the contract is made when its text is fixed.
MADE_BY = {
    "apply": ("APPLICATION",), "confirm": ("ELIGIBILITY",), "approve": ("APPROVAL", "NOTICE"), "renotice": ("NOTICE",), "deliver": ("DELIVERY",),
    "report": ("REPORT",), "confirm_trigger": ("TRIGGER",), "uncontested": ("TRIGGER",), "decide_payable": ("TRIGGER",), "prove_use": ("TRIGGER",),
    "continue": ("EVALUATION", "TRIGGER"), "ask_extension": ("EVALUATION",), "ask_conversion": ("EVALUATION",), "extend": ("SUPPLEMENT",),
    "ask_exit": ("STOP_USE",), "demand": ("DEMAND",), "complete": ("SETTLEMENT",),
}  # fmt: skip
# Documents with the company's size figures, which fewer people may read.
WITH_FIGURES = frozenset({"ELIGIBILITY"})


@dataclass(frozen=True)
class Sheet:
    """A document ready to print: its text of record and what stands round it."""

    number: str
    version: int
    text: str
    sha256: str
    labels: dict[str, Any]
    signatures: tuple[tuple[str, str, str, str], ...] = ()


@lru_cache(maxsize=32)
def template(kind: str) -> str:
    """The words of a kind of document."""
    return (FOLDER / f"{kind.lower()}.txt").read_text("utf-8")


class _Given(dict[str, Any]):
    """What is known of a document's blanks; an unknown one is a fault, an empty one a dash."""

    def __getitem__(self, name: str) -> str:
        value = super().__getitem__(name)
        return "—" if value in ("", None) else typed(str(value), alone=False)


def fill(kind: str, values: dict[str, Any]) -> str:
    """The document's text with its blanks filled in."""
    given = _Given(values)
    return "\n".join(_line(line, given) for line in template(kind).split("\n"))


def _line(line: str, given: _Given) -> str:
    """One line of a template; what stands alone on it is a list, or what somebody typed."""
    name = ALONE.fullmatch(line)
    return typed(given[name[1]], alone=True) if name else line.format_map(given)
