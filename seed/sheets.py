"""Generated rows as the sheets people keep: Chinese headers, names instead of codes, prices and figures as they are written."""

from __future__ import annotations

import csv
import functools
import json
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@functools.cache
def read(name: str) -> Any:
    """A data file of this room, read once."""
    return json.loads((FOLDER / name).read_text("utf-8"))


def vocabulary() -> dict[str, Any]:
    """The words and sentence patterns rows are made of."""
    found: dict[str, Any] = read("lists/vocabulary.json")
    return found


def _names(file: str) -> dict[str, str]:
    return {row["code"]: row["zh"] for row in read(f"lists/{file}.json")}


def _figures(figures: Iterable[dict[str, Any]]) -> str:
    return "；".join(
        f"{row['name']}{'≤' if row['comparison'] == 'LE' else '≥'}{row['value']} {row['unit']}".strip() for row in figures
    )


def _money(low: int | None, high: int | None) -> str:
    if low is None or high is None:
        return "面议"
    return f"{low // 10_000}万元" if low == high else f"{low // 10_000}-{high // 10_000}万元"


def _modes(codes: Iterable[str]) -> str:
    return "；".join(vocabulary()["modes"][code] for code in codes)


def _yes(value: bool) -> str:
    return "是" if value else "否"


def _shared_cells(row: dict[str, Any], text: str) -> dict[str, Any]:
    return {
        "简介": row[text], "详细说明": row["details"], "关键词": "；".join(row["keywords"]),
        "技术领域": _names("fields")[row["field"]], "所属产业": _names("industries")[row["industry"]],
    }  # fmt: skip


def result_cells(row: dict[str, Any]) -> dict[str, Any]:
    """A result as one line of a sheet, in the words of the people who keep such sheets."""
    return {
        "编号": row["external_id"], "成果名称": row["title"], **_shared_cells(row, "summary"),
        "创新圈": _names("clusters")[row["cluster"]], "完成单位": f"{_names('institutions')[row['institution']]} {row['department']}",
        "负责人": row["lead"], "技术成熟度": row["trl"], "阶段": vocabulary()["stages"][row["stage"]], "转化方式": _modes(row["transfer_modes"]),
        "先使用后付费": _yes(row["use_first_offered"]), "试用月数": row["trial_months"] or "",
        "参考价": _money(row["price_min_yuan"], row["price_max_yuan"]), "技术指标": _figures(row["indicators"]),
    }  # fmt: skip


def demand_cells(row: dict[str, Any], today: date) -> dict[str, Any]:
    """A demand as one line of a sheet; its deadline counts from `today`."""
    return {
        "编号": row["external_id"], "需求名称": row["title"], **_shared_cells(row, "public_summary"), "需求类型": vocabulary()["kinds"][row["kind"]],
        "最低成熟度": row["min_trl"] or "", "合作方式": _modes(row["cooperation_modes"]),
        "预算": _money(row["budget_min_yuan"], row["budget_max_yuan"]), "截止日期": today + timedelta(days=row["deadline_days"]),
        "落地地点": row["location"], "愿先用后付": _yes(row["wants_use_first"]), "保密级": f"L{row['confidentiality']}",
        "技术指标": _figures(row["targets"]),
    }  # fmt: skip


def write_csv(kind: str, rows: Iterable[dict[str, Any]], out: Path, today: date) -> int:
    """Writes rows as Excel opens them (UTF-8 with BOM) and says how many."""
    written = 0
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        for row in rows:
            cells = result_cells(row) if kind == "results" else demand_cells(row, today)
            if not written:
                writer = csv.DictWriter(file, list(cells))
                writer.writeheader()
            writer.writerow(cells)
            written += 1
    return written
