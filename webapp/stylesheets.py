"""What is kept of a library's style sheet: rules for elements, and of its custom properties those that are used."""

from __future__ import annotations

import re
from collections.abc import Callable

FOREIGN = re.compile(r"\.[a-zA-Z_-]|\[(?:class|data-bs-(?!theme)|data-vc)")
_INSIDE = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
PROPERTY = re.compile(rf"""(--[\w-]+):(?:"[^"]*"|'[^']*'|{_INSIDE}|[^;{{}}"'()])*(?:;|(?=}}))""")


def elements_only(css: str) -> str:
    """The rules of a style sheet that dress elements, not classes: our templates use no class that is not ours."""
    kept, at = [], 0
    while (opened := css.find("{", at)) >= 0:
        prelude = css[at:opened].rsplit(";", 1)[-1].rsplit("*/", 1)[-1].strip()
        at = _closing(css, opened)
        body = css[opened + 1 : at - 1]
        if prelude.startswith(("@media", "@supports")):
            body = elements_only(body)
            kept += [f"{prelude}{{{body}}}"] if body else []
        elif not prelude.startswith("@"):
            selectors = [one for one in _selectors(prelude) if not FOREIGN.search(one)]
            kept += [f"{','.join(selectors)}{{{body}}}"] if selectors else []
    return "\n".join(kept)


def _selectors(prelude: str) -> list[str]:
    """The selectors of a rule: commas inside brackets part nothing."""
    depth, parts = 0, [""]
    for sign in prelude:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and not depth:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def _closing(css: str, opened: int) -> int:
    """The place after the brace that closes the one opened here."""
    depth = 0
    for brace in re.finditer(r"[{}]", css[opened:]):
        depth += 1 if brace[0] == "{" else -1
        if not depth:
            return opened + brace.end()
    return len(css)


def used_only(css: str, *others: str) -> str:
    """The style sheet without the custom properties nobody asks for, neither it nor the others."""
    while True:
        used = set(re.findall(r"var\(\s*(--[\w-]+)", "".join((css, *others))))
        kept = PROPERTY.sub(_kept(used), css)
        if kept == css:
            return css
        css = kept


def _kept(used: set[str]) -> Callable[[re.Match[str]], str]:
    return lambda found: found[0] if found[1] in used else ""
