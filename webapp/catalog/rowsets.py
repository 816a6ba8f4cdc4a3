"""Rows of a posting that are no figures: rights, team and evidence, read from a form's rows or from one cell of text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from webapp.catalog import values
from webapp.catalog.quantities import WrongRows
from webapp.catalog.reading import LISTS, Reader, Wrong, blank, boolean, choice, day, line, plain, without_controls
from webapp.core.errors import N_

Rows = list[dict[str, Any]]
MOST_ROWS = 40
MEND = N_("有几行需要修改，见标红的行。")


@dataclass(frozen=True)
class Cell:
    """One cell of a row: its name, its label, how it is read, and the sentence when it is empty (empty: optional)."""

    name: str
    label: str
    read: Reader
    missing: str = ""


def _code(codes: Mapping[str, str], aliases: Mapping[str, Iterable[str]], sentence: str) -> Reader:
    read = choice({code: (name, *aliases.get(code, ())) for code, name in codes.items()}, sentence)
    return lambda value: read(value) or ""


def _date(value: Any) -> str:
    found = day(value)
    return found.isoformat() if found else ""


def _share(value: Any) -> float | None:
    if blank(value):
        return None
    found = re.fullmatch(r"(\d{1,3}(?:\.\d{1,2})?)\s*%?", plain(value), re.ASCII)
    if not found or float(found[1]) > 100:
        raise Wrong(N_("贡献占比请填 0 到 100 的数，例：30。"))
    return float(found[1])


IP_ALIASES = {
    "INVENTION": ("发明", "invention patent"), "UTILITY": ("实用新型专利", "utility model"), "DESIGN": ("外观", "外观专利", "design"),
    "SOFTWARE": ("软著", "software copyright"), "LAYOUT": ("布图设计", "layout design"), "VARIETY": ("新品种", "plant variety"),
    "KNOW_HOW": ("专有技术", "know-how"), "DRUG": ("新药", "drug certificate"),
}  # fmt: skip
STATUS_ALIASES = {
    "APPLIED": ("申请", "在申请", "审查中", "受理", "pending", "applied"), "PUBLISHED": ("公开", "实质审查", "published"),
    "GRANTED": ("授权", "有效", "granted"), "PLEDGED": ("质押", "pledged"), "LICENSED": ("许可", "licensed"), "LAPSED": ("失效", "无效", "lapsed"),
}  # fmt: skip
EVIDENCE_ALIASES = {"AWARD": ("奖励", "award"), "EVALUATION": ("成果评价", "鉴定"), "NOVELTY": ("查新",), "TEST": ("检测", "检验报告"), "USER": ("用户报告",)}
IP_CELLS = (
    Cell("kind", N_("类型"), _code(values.IP_KINDS, IP_ALIASES, N_("知识产权类型请从列表里选。")), N_("这一行还没有选类型。")),
    Cell("number", N_("专利号或登记号"), line(60, N_("号码最多 60 个字。"))),
    Cell("status", N_("法律状态"), _code(values.IP_STATUSES, STATUS_ALIASES, N_("法律状态请从列表里选。")), N_("这一行还没有选法律状态。")),
    Cell("holder", N_("权利人"), line(200, N_("权利人最多 200 个字。"))),
    Cell("co_owned", N_("与别人共有"), boolean),
    Cell("expires", N_("到期日"), _date),
    Cell("fee_paid_until", N_("年费缴至"), _date),
)
TEAM_CELLS = (
    Cell("name", N_("姓名"), line(80, N_("姓名最多 80 个字。")), N_("这一行还没有姓名。")),
    Cell("unit", N_("单位"), line(120, N_("单位最多 120 个字。"))),
    Cell("part", N_("分工"), line(120, N_("分工最多 120 个字。"))),
    Cell("share", N_("贡献占比"), _share),
)
EVIDENCE_CELLS = (
    Cell("kind", N_("类型"), _code(values.EVIDENCE_KINDS, EVIDENCE_ALIASES, N_("证明类型请从列表里选。")), N_("这一行还没有选类型。")),
    Cell("title", N_("名称"), line(200, N_("名称最多 200 个字。")), N_("这一行还没有名称。")),
    Cell("issuer", N_("出具或颁发单位"), line(120, N_("单位最多 120 个字。"))),
    Cell("day", N_("日期"), _date),
)


def reader(cells: tuple[Cell, ...], check: Callable[[Rows], None] | None = None) -> Reader:
    """A reader of rows: mappings, or text with a row a line and `|` between its cells; rows without a word are left out."""

    def read(value: Any) -> Rows:
        given = value if isinstance(value, LISTS) else _cut(cells, value)
        found: Rows = []
        wrong: dict[int, str] = {}
        for place, row in enumerate(given):
            if _empty(cells, row):
                continue
            try:
                found.append(_row(cells, row))
            except Wrong as error:
                wrong[place] = error.sentence
        if wrong:
            raise WrongRows(wrong, MEND)
        if len(found) > MOST_ROWS:
            raise Wrong(N_("最多 40 行，请留下最要紧的。"))
        if check is not None:
            check(found)
        return found

    return read


def _cut(cells: tuple[Cell, ...], value: Any) -> Rows:
    whole = without_controls(value) if isinstance(value, str) else plain(value)
    rows = [row for row in re.split(r"[\n;；]+", whole) if not blank(row)]
    return [dict(zip((cell.name for cell in cells), (part.strip() for part in re.split(r"[|｜]", row)), strict=False)) for row in rows]


def _empty(cells: tuple[Cell, ...], row: Mapping[str, Any]) -> bool:
    """A row in which nothing was typed; a choice or a tick alone is none."""
    typed = [cell.name for cell in cells if cell.read is not boolean and cell.name not in {"kind", "status"}]
    return all(blank(row.get(name)) for name in typed) and not (row.get("kind") and row.get("status"))


def _row(cells: tuple[Cell, ...], row: Mapping[str, Any]) -> dict[str, Any]:
    found = {cell.name: _parted(cell.read(row.get(cell.name))) for cell in cells}
    for cell in cells:
        if cell.missing and not found[cell.name]:
            raise Wrong(cell.missing)
    return found


def _parted(value: Any) -> Any:
    """A text without the signs that part rows and cells in a file."""
    return re.sub(r"[;；]", "，", re.sub(r"[|｜]", "/", value)).strip() if isinstance(value, str) else value


def _numbered(rows: Rows) -> None:
    """A right that was granted or published has a number; a secret has none, and an application may not have one yet."""
    wrong = {
        place: N_("请填专利号或登记号。")
        for place, row in enumerate(rows)
        if not row["number"] and row["kind"] != "KNOW_HOW" and row["status"] != "APPLIED"
    }
    if wrong:
        raise WrongRows(wrong, MEND)


def _whole(rows: Rows) -> None:
    """The shares of a team do not exceed the whole."""
    if sum(row["share"] or 0 for row in rows) > 100.001:
        raise Wrong(N_("团队的贡献占比加起来超过了 100。"))


ip_rights = reader(IP_CELLS, _numbered)
members = reader(TEAM_CELLS, _whole)
evidence = reader(EVIDENCE_CELLS)


def written(cells: tuple[Cell, ...], rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as one cell of text that its reader takes again unchanged."""
    shown = [[_shown(row.get(cell.name)) for cell in cells] for row in rows]
    return "\n".join(" | ".join(cell.replace("|", "/").replace("\n", " ") for cell in row).rstrip(" |") for row in shown)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def lines(most: int, length: int, too_many: str, too_long: str) -> Reader:
    """A reader of several short texts, one a line (or cut at ；)."""

    def read(value: Any) -> list[str]:
        parts = value if isinstance(value, LISTS) else re.split(r"[\n;；]+", without_controls(value) if isinstance(value, str) else plain(value))
        found = list(dict.fromkeys(" ".join(str(part).split()) for part in parts if not blank(part)))
        if len(found) > most:
            raise Wrong(too_many)
        if any(len(part) > length for part in found):
            raise Wrong(too_long)
        return found

    return read
