"""Where a result's text speaks of a target that its table of figures leaves out: shown to be checked, never judged by."""

from __future__ import annotations

import re

from webapp.catalog.quantities import NUMBER

CLAUSE = re.compile(r"[，。；;、！？!?\n（）()]|,(?!\d{3})")
COMMON = frozenset("的之和与及其于在为是了不少多大小高低最每率量度数值")
ENOUGH = 2  # signs of the target's name a clause must hold, one of them no common one


def mentioned(name: str, unit: str, text: str) -> str:
    """The number with its unit from the first clause that shares the name's signs and has that unit; empty when there is none.

    A unit of a rate (m²/h) is also met by its first part where the clause says "每" (每小时 22 m²).
    """
    signs = set(re.sub(r"\s", "", name))
    if not unit:
        return ""
    for clause in CLAUSE.split(text):
        shared = signs & set(clause)
        if len(shared) < ENOUGH or not shared - COMMON:
            continue
        for spelling in _spellings(unit, clause):
            found = re.search(rf"{NUMBER}\s*{re.escape(spelling)}(?![A-Za-z/²³])", clause, re.ASCII | re.IGNORECASE)
            if found:
                return " ".join(found[0].split())
    return ""


def _spellings(unit: str, clause: str) -> list[str]:
    first, _, per = unit.partition("/")
    return [unit, first] if per and first and "每" in clause else [unit]
