"""Public rows as a table that imports again unchanged: only what a visitor may read, headers that are recognised."""

from __future__ import annotations

import csv
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from sqlalchemy.orm import Session

from webapp.catalog import service as catalog
from webapp.catalog import values
from webapp.catalog.fields import Lists
from webapp.catalog.quantities import Price
from webapp.catalog.views import FigureView
from webapp.core import policy
from webapp.core.errors import N_, Invalid
from webapp.core.policy import ANONYMOUS
from webapp.imports.cells import guarded
from webapp.imports.columns import FIELDS
from webapp.imports.policy import MODELS

Row = list[str]
# Signs a spreadsheet file cannot hold.
UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
COMMON = (
    "external_id", "source", "title", "summary", "keywords", "field_code", "industry_code", "cluster_code", "organisation", "modes", "price",
    "confidentiality", "valid_until",
)  # fmt: skip
COLUMNS = {
    "results": (*COMMON, "department", "lead", "form", "stage", "trl", "use_first_offered", "trial_months", "payment_model", "indicators"),
    "demands": (*COMMON, "kind", "min_trl", "deadline", "location", "wants_use_first", "targets"),
}


def headers(kind: str) -> Row:
    """The first name each column is recognised by."""
    return [FIELDS[kind][name][0] for name in COLUMNS[kind]]


def rows(session: Session, kind: str, mark: str) -> Iterator[Row]:
    """The rows a visitor may see; an unfiled invention stays out, since what a visitor may read of it is cut short."""
    model: Any = MODELS[kind]
    lists = catalog.lists(session)
    query = catalog.published(ANONYMOUS, model).order_by(model.id).execution_options(yield_per=500)
    for row in session.scalars(query):
        view = policy.reveal(ANONYMOUS, row)
        if not getattr(view, "unfiled", False):
            told = _told(view, lists) | {"external_id": view.code, "source": mark}
            yield [told[name] for name in COLUMNS[kind]]


def _told(view: Any, lists: Lists) -> dict[str, str]:
    common = {
        "title": view.title, "summary": view.summary, "keywords": _joined(view.keywords), "field_code": lists.name("field", view.field),
        "industry_code": lists.name("industry", view.industry), "cluster_code": lists.name("cluster", view.cluster),
        "organisation": "" if view.anonymous else view.owner_name, "modes": _joined(values.MODES[code] for code in view.modes),
        "price": str(Price(view.price_kind, view.price_min_fen, view.price_max_fen)),
        "confidentiality": values.CONFIDENTIALITY[view.confidentiality], "valid_until": _text(view.valid_until),
    }  # fmt: skip
    return common | (_result(view) if view.kind == "result" else _demand(view))


def _result(view: Any) -> dict[str, str]:
    return {
        "department": view.department, "lead": view.lead, "form": values.FORMS.get(view.form, ""),
        "stage": values.STAGES.get(view.stage or "", ""), "trl": _text(view.trl), "use_first_offered": _yes(view.use_first),
        "trial_months": _text(view.trial_months), "payment_model": values.PAYMENT_MODELS.get(view.payment_model, ""),
        "indicators": _figures(view.figures),
    }  # fmt: skip


def _demand(view: Any) -> dict[str, str]:
    return {
        "kind": values.DEMAND_KINDS.get(view.demand_kind, ""), "min_trl": _text(view.min_trl), "deadline": _text(view.deadline),
        "location": view.location, "wants_use_first": _yes(view.wants_use_first), "targets": _figures(view.figures),
    }  # fmt: skip


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _yes(value: bool) -> str:
    return "是" if value else "否"


def _joined(words: Iterable[str]) -> str:
    """A lone word with a blank in it gets the sign that keeps it one."""
    found = list(words)
    return "；".join(found) + ("；" if len(found) == 1 and " " in found[0] else "")


def _figures(figures: Sequence[FigureView]) -> str:
    return "；".join(f"{'★' if figure.must else ''}{figure.name}：{figure.text}" for figure in figures)


def write(path: Path, names: Row, found: Iterable[Row]) -> int:
    """Write the rows in the form the suffix asks for; the file appears only when it is whole."""
    writer = WRITERS.get(path.suffix.lower())
    if writer is None:
        raise Invalid(N_("导出文件的名字请以 .csv、.xlsx 或 .jsonl 结尾。"), code="export_suffix")
    part = path.with_name(f".{path.name}.part")
    try:
        count = writer(part, names, found)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return count


def _csv(path: Path, names: Row, found: Iterable[Row]) -> int:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(names)
        return sum(1 for row in found if table.writerow([guarded(cell) for cell in row]))


def _xlsx(path: Path, names: Row, found: Iterable[Row]) -> int:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(names)
    count = 0
    for row in found:
        sheet.append([UNWRITABLE.sub("", guarded(cell)) for cell in row])
        count += 1
    book.save(path)
    return count


def _jsonl(path: Path, names: Row, found: Iterable[Row]) -> int:
    with path.open("w", encoding="utf-8") as file:
        return sum(1 for row in found if file.write(json.dumps(dict(zip(names, map(guarded, row), strict=True)), ensure_ascii=False) + "\n"))


Writer = Callable[[Path, Row, Iterable[Row]], int]
WRITERS: dict[str, Writer] = {".csv": _csv, ".xlsx": _xlsx, ".jsonl": _jsonl}
