"""An empty table to fill in: the columns imports know, drop-downs of the lists, and a page that says what each column wants."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from webapp.catalog import fields, values
from webapp.catalog.fields import Lists
from webapp.core.errors import N_
from webapp.core.languages import translate
from webapp.imports.columns import FIELDS, labels

ROWS = 5000
YES_NO = (N_("是"), N_("否"))
WIDTHS = {"title": 40, "summary": 60, "details": 40, "indicators": 40, "targets": 40}
SHEETS = (N_("填这里"), N_("填写说明"), N_("选项"))
EXAMPLES = {
    "external_id": "2026-001", "title": N_("海上平台浪溅区低表面处理防腐涂层"), "keywords": N_("防腐；涂层；海工"), "price": N_("50-120万元"),
    "valid_until": "2027-12-31", "deadline": "2027-03-31", "trl": "7", "min_trl": "6", "indicators": N_("附着力≥12 MPa；耐盐雾≥3000 h"),
    "targets": N_("★附着力≥12 MPa；耐盐雾≥3000 h"), "modes": N_("许可；合作开发"), "lead": N_("示例"), "trial_months": "12",
}  # fmt: skip
SEVERAL = N_("可以填几项，用“；”隔开。")


def choices(kind: str, lists: Lists) -> dict[str, tuple[str, ...]]:
    """What a cell of a field may hold where only one entry of a list fits; only entries still valid."""
    common: dict[str, tuple[str, ...]] = {
        name: tuple(label for _, label in lists.choices(scheme))
        for name, scheme in (("field_code", "field"), ("industry_code", "industry"), ("cluster_code", "cluster"))
    }
    levels = values.CONFIDENTIALITY if kind == "demands" else {level: values.CONFIDENTIALITY[level] for level in values.RESULT_CONFIDENTIALITY}
    common["confidentiality"] = tuple(levels.values())
    if kind == "results":
        named: dict[str, Mapping[str, str]] = {
            "stage": values.STAGES, "form": values.FORMS, "payment_model": values.PAYMENT_MODELS, "nature": values.NATURES,
            "standing": values.STANDINGS, "exclusivity": values.EXCLUSIVITIES, "landing": values.LANDINGS, "trial_trigger": values.TRIGGERS,
        }  # fmt: skip
        flags: tuple[str, ...] = ("use_first_offered", "unfiled", "non_secret", "ownership_clear", "inventors_agree")
    else:
        named = {"kind": values.DEMAND_KINDS, "ip_ownership": values.IP_OWNERSHIPS}
        flags = ("wants_use_first", "wants_board")
    common |= {name: tuple(codes.values()) for name, codes in named.items()}
    numbers = dict.fromkeys(("trl",) if kind == "results" else ("min_trl",), tuple(map(str, range(1, 10))))
    return {name: found for name, found in (common | numbers | dict.fromkeys(flags, YES_NO)).items() if found}


def write(path: Path, kind: str, lists: Lists, language: str) -> None:
    """Write the table for one kind."""
    book = Workbook()
    first: Worksheet = book.active  # type: ignore[assignment]
    sheets = [first, book.create_sheet(), book.create_sheet()]
    for sheet, title in zip(sheets, SHEETS, strict=True):
        sheet.title = translate(language, title)
    columns = [name for name in labels(kind) if name in FIELDS[kind]]
    _head(first, [FIELDS[kind][name][0] for name in columns])
    for place, name in enumerate(columns, 1):
        first.column_dimensions[get_column_letter(place)].width = WIDTHS.get(name, 16)
    _drop_downs(first, sheets[2], columns, choices(kind, lists))
    _explain(sheets[1], kind, columns, language)
    sheets[2].sheet_state = "hidden"
    book.save(path)


def _head(sheet: Worksheet, names: list[str]) -> None:
    sheet.append(names)
    sheet.freeze_panes = "A2"
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="0B5F70")
        cell.alignment = Alignment(vertical="center", wrap_text=True)


def _drop_downs(sheet: Worksheet, options: Worksheet, columns: list[str], offered: Mapping[str, tuple[str, ...]]) -> None:
    """Each list stands in a column of the hidden sheet; other words are warned of and still taken."""
    for place, (name, found) in enumerate(offered.items(), 1):
        letter = get_column_letter(place)
        for line, text in enumerate(found, 1):
            options[f"{letter}{line}"] = text
        rule = DataValidation(
            type="list", formula1=f"'{options.title}'!${letter}$1:${letter}${len(found)}", allow_blank=True, errorStyle="warning", showErrorMessage=True
        )
        column = get_column_letter(columns.index(name) + 1)
        rule.add(f"{column}2:{column}{ROWS}")
        sheet.add_data_validation(rule)


def _explain(sheet: Worksheet, kind: str, columns: list[str], language: str) -> None:
    """One line for each column: whether it must be filled, what it wants, and an example."""
    known = (fields.result_fields if kind == "results" else fields.demand_fields)(Lists())
    _head(sheet, [translate(language, text) for text in (N_("列名"), N_("必填"), N_("怎么填"), N_("例"))])
    for name in columns:
        field = known.get(name)
        help_ = field.help if field else ""
        if name in {"modes", "supports", "fundings", "cooperations", "compliance"}:
            help_ = help_ or SEVERAL
        must = translate(language, N_("必填")) if field is not None and field.missing else ""
        sheet.append([FIELDS[kind][name][0], must, translate(language, help_), translate(language, EXAMPLES.get(name, ""))])
    for letter, width in zip("ABCD", (24, 10, 70, 40), strict=True):
        sheet.column_dimensions[letter].width = width
