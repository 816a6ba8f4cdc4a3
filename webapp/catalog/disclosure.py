"""What gives a company away in words meant for everybody: names, addresses, contacts and model numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from webapp.core.errors import N_

KINDS = {"NAME": N_("单位或产品名称"), "ADDRESS": N_("地址"), "CONTACT": N_("联系方式"), "MODEL": N_("型号或编号")}
# What stands in the place of such words in a drafted text.
INSTEAD = {"NAME": N_("某企业"), "ADDRESS": N_("某地"), "CONTACT": N_("（联系方式略）"), "MODEL": N_("某型号")}
FORMS = ("有限责任公司", "股份有限公司", "有限公司", "集团公司", "集团", "公司", "(青岛)", "（青岛）", "青岛", "山东", "市", "省")
NAME = re.compile(r"[\u4e00-\u9fff（）()A-Za-z0-9]{2,24}?(?:有限责任公司|股份有限公司|有限公司|集团公司)")
ADDRESS = re.compile(
    r"[\u4e00-\u9fff]{2,10}?(?:路|街道?|大道|巷)\s*\d+\s*号?|[\u4e00-\u9fff]{1,4}[镇乡][\u4e00-\u9fff]{1,6}村|[\u4e00-\u9fff]{2,4}(?:街道办|工业园区?|科技园|保税港?区)|\d+\s*号(?:楼|院|厂房|码头)"
)
CONTACT = re.compile(r"1[3-9]\d{9}|(?<!\d)0\d{2,3}[-\s]?\d{7,8}(?!\d)|[\w.+-]+@[\w-]+\.[\w.-]+|(?:https?://|www\.)[\w./-]+|(?:微信|QQ)[号:： ]*[\w-]{5,}", re.ASCII)
MODEL = re.compile(r"(?<![A-Za-z0-9/.\-])(?=[A-Z0-9\-/]*[A-Z])(?=[A-Z0-9\-/]*\d)[A-Z]{1,6}[-/]?\d{2,}[A-Z0-9\-/]*(?![A-Za-z0-9%])")
# Standards, materials, threads, grades and formulas everybody uses: no model of anybody.
KNOWN = re.compile(
    r"(?:GB|GJB|HPB|HRB|DNA|RNA|ISO|IEC|ASTM|ASME|API|EN|DIN|JIS|HG|SH|NB|CB|JB|YB|SY|DNV|IEEE|TRL|IP|PM|CO|NO|SO|H|M|Q|X|L|C|E|HRC|HV|CMOS|USB|RS|SUS|PA|PE|PVC|PP|S|N|P|DN|PN|F|FE|AL|TI|T)[-/]?\d{1,5}[A-Z]?(?:[-/.]\d+)*"
)
STANDARD = re.compile(r"(?:GJB|GBT?|HG|SH|NB|CB|JB|YB|SY|DL|QC|YY|IATF)(?:/T)?\s*-?\d+|(?:ISO|IEC|ASTM|ASME|API|EN|DIN|JIS|DNV)[A-Z]?\s*-?\d+")


LEGAL = r"(?:\(?（?青岛）?\)?)?(?:有限责任公司|股份有限公司|有限公司|集团公司|公司|集团)?"


@dataclass(frozen=True)
class Leak:
    """One place that gives something away."""

    start: int
    end: int
    kind: str


def core(organisation: str) -> str:
    """A company's name without its legal form and place; too short a rest names nobody."""
    short = organisation
    for form in FORMS:
        short = short.replace(form, "")
    return short if len(short) >= 2 else ""


def leaks(text: str, names: Iterable[str] = ()) -> list[Leak]:
    """Every such place, in order, none inside another; `names` are those of the company and its products."""
    found = sorted(_found(text, names), key=lambda leak: (leak.start, -leak.end))
    kept: list[Leak] = []
    for leak in found:
        if not kept or leak.start >= kept[-1].end:
            kept.append(leak)
    return kept


def _found(text: str, names: Iterable[str]) -> Iterator[Leak]:
    folded = text.casefold()
    for name in {name.strip().casefold() for whole in names for name in (whole, core(whole))}:
        if len(name) >= 2:
            yield from (Leak(place.start(), place.end(), "NAME") for place in re.finditer(re.escape(name) + LEGAL, folded))
    for kind, pattern in (("NAME", NAME), ("ADDRESS", ADDRESS), ("CONTACT", CONTACT)):
        yield from (Leak(place.start(), place.end(), kind) for place in pattern.finditer(text))
    standards = [(place.start(), place.end()) for place in STANDARD.finditer(text)]
    for place in MODEL.finditer(text):
        inside = any(start <= place.start() < end for start, end in standards)
        if not inside and not KNOWN.fullmatch(place[0]):
            yield Leak(place.start(), place.end(), "MODEL")


def marked(text: str, found: Iterable[Leak]) -> list[tuple[str, str]]:
    """The text cut into pieces, each with the kind of leak it is, or an empty text."""
    pieces: list[tuple[str, str]] = []
    at = 0
    for leak in found:
        pieces += [(text[at : leak.start], ""), (text[leak.start : leak.end], leak.kind)]
        at = leak.end
    return [piece for piece in [*pieces, (text[at:], "")] if piece[0]]
