"""A school brings in a file of six hundred results by the page: columns checked, progress shown, refused rows mended, twice is once."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from tests.journeys.conftest import Visitor

pytestmark = pytest.mark.journey
Enter = Callable[..., Visitor]
ROWS = 600
HEAD = ("编号", "成果名称", "成果简介", "技术成熟度", "价格")


def book(path: Path) -> Path:
    """A workbook whose rows 100 and 200 cannot be taken: one without a name, one with an impossible level."""
    made = Workbook(write_only=True)
    sheet = made.create_sheet("成果")
    sheet.append(HEAD)
    for n in range(1, ROWS + 1):
        name = "" if n == 100 else f"示例导入成果 {n}"
        level = "第四十级" if n == 200 else str(1 + n % 9)
        sheet.append((f"L-{n:04}", name, f"第 {n} 号示例装置的简介，用于核对导入。", level, "面议"))
    made.save(path)
    return path


def bring_in(office: Visitor, path: Path) -> Any:
    """Choose the file, look at the columns, start; the page of the running import."""
    page = office.go("/imports")
    page.check("input[name=kind][value=results]")
    page.set_input_files("main input[type=file]", path)
    page.check("input[name=declared]")
    with page.expect_navigation():
        page.get_by_role("button", name="上传并核对列").click()
    assert page.locator("select[name^=column-]").count() == len(HEAD), page.inner_text("main")[:500]
    chosen = [page.locator(f"select[name=column-{place}]").input_value() for place in range(len(HEAD))]
    assert all(chosen), "every column of the file was recognised"
    with page.expect_navigation():
        page.get_by_role("button", name="开始导入").click()
    assert page.locator("progress").count() == 1
    return page


def figures(page: Any) -> dict[str, int]:
    """What the page says came of the file, once it is through; the page follows the work by itself."""
    page.wait_for_selector("#import-progress:not([hx-trigger])", timeout=120_000)
    said = page.inner_text("#import-progress")
    return {name: int(re.search(rf"{name}\s*([\d,]+)", said)[1].replace(",", "")) for name in ("新增", "更新", "没有变化", "未导入")}  # type: ignore[index]


def test_a_school_imports_a_workbook_mends_what_was_refused_and_twice_is_once(visitor: Enter, tmp_path: Path) -> None:
    office, path = visitor("tto-sdust"), book(tmp_path / "示例成果.xlsx")
    page = bring_in(office, path)
    assert figures(page) == {"新增": ROWS - 2, "更新": 0, "没有变化": 0, "未导入": 2}
    refused = page.locator("table tbody tr").all_inner_texts()
    assert len(refused) == 2 and "101" in refused[0] and "201" in refused[1], "refused rows by the line in the file, with the reason"

    with page.expect_download() as taken:
        page.get_by_role("link", name=re.compile("下载未导入的行")).click()
    rows = list(csv.DictReader(io.StringIO(Path(taken.value.path()).read_text("utf-8-sig"))))
    for row in rows:
        row["成果名称"], row["技术成熟度"] = row["成果名称"] or "示例导入成果 100", "4"
    mended = tmp_path / "改好.csv"
    with mended.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    page = office.go("/imports")
    page.check("input[name=kind][value=results]")
    page.set_input_files("main input[type=file]", mended)
    page.check("input[name=declared]")
    with page.expect_navigation():
        page.get_by_role("button", name="上传并核对列").click()
    with page.expect_navigation():
        page.get_by_role("button", name="开始导入").click()
    assert figures(page)["新增"] == 2, page.inner_text("#import-progress")

    again = figures(bring_in(office, path))
    assert again["新增"] == 0 and again["未导入"] == 2 and again["更新"] + again["没有变化"] == ROWS - 2
    assert again["没有变化"] == ROWS - 2, "the same file a second time changes nothing"

    with page.expect_download() as taken:
        page.goto(office.site.address + "/imports")
        page.locator("a[href*='/export/'][href$='.xlsx']").first.click()
    out = load_workbook(io.BytesIO(Path(taken.value.path()).read_bytes()), read_only=True).active
    assert sum(1 for row in out.iter_rows(values_only=True) if any("示例导入成果" in str(cell) for cell in row)) == ROWS
