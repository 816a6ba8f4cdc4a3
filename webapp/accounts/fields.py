"""The rules of what is typed about people, organisations and experts; each says in a sentence what to mend."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from stdnum.cn import uscc

from webapp.accounts.values import BADGES, SIZE_CLASSES
from webapp.core import clock
from webapp.core.errors import N_, Invalid

LENGTHS = {
    "name": 120, "name_en": 200, "address": 200, "products": 400, "website": 200, "summary": 2000, "summary_en": 4000,
    "phone": 40, "title": 80, "department": 120, "note": 400,
}  # fmt: skip
MOST_FACULTIES, MOST_WORDS, WORD_LENGTH = 80, 12, 30
WAN = 1_000_000  # fen in 万元


def plain(value: Any) -> str:
    """Typed text with full-width letters and digits made narrow, without outer blanks."""
    return unicodedata.normalize("NFKC", str(value or "")).strip()


def code(value: Any) -> str:
    """A unified social credit code with a right check digit, or nothing."""
    text = re.sub(r"[\s-]", "", plain(value)).upper()
    if text and not uscc.is_valid(text):
        raise Invalid(fields={"uscc": N_("统一社会信用代码不对：应为 18 位，最后一位是校验位，请对照营业执照再核一遍。")})
    return text


def whole(name: str, value: Any, most: int) -> int | None:
    """A whole number from 0, or nothing."""
    text = plain(value).replace(",", "").replace("，", "")
    if not text:
        return None
    if not re.fullmatch(r"\d{1,12}", text) or int(text) > most:
        raise Invalid(fields={name: N_("请填 0 到 %(most)s 之间的整数。")}, most=f"{most:,}")
    return int(text)


def money(name: str, value: Any) -> int | None:
    """A sum typed in 万元, as fen, or nothing."""
    text = plain(value).replace(",", "").replace("，", "").removesuffix("万元").removesuffix("万").strip()
    if not text:
        return None
    if not re.fullmatch(r"\d{1,9}(\.\d{1,4})?", text):
        raise Invalid(fields={name: N_("请填万元数，例如 1200 或 85.5。")})
    head, _, tail = text.partition(".")
    return int(head) * WAN + int((tail + "0000")[:4]) * (WAN // 10_000)


def website(value: Any) -> str:
    """An http address, or nothing: other schemes could run code when clicked."""
    text = plain(value)
    if not text:
        return ""
    text = text if "://" in text else f"https://{text}"
    if not re.fullmatch(r"https?://[\w-]+(\.[\w-]+)+(:\d{1,5})?(/[^\s<>\"'@]*)?", text):
        raise Invalid(fields={"website": N_("请填网址，例如 https://www.example.cn。")})
    return text


def short(values: Mapping[str, Any], *names: str) -> dict[str, str]:
    """Texts within their lengths."""
    found = {name: str(values.get(name) or "").strip() for name in names}
    over = {name: N_("太长了，请缩短。") for name, text in found.items() if len(text) > LENGTHS[name]}
    if over:
        raise Invalid(fields=over)
    return found


def words(name: str, value: Any) -> list[str]:
    """Key words separated by any comma or semicolon, each once."""
    pieces = [piece.strip() for piece in re.split(r"[;；,，、\n]", str(value or "")) if piece.strip()]
    if len(pieces) > MOST_WORDS or any(len(piece) > WORD_LENGTH for piece in pieces):
        raise Invalid(fields={name: N_("最多 12 个，每个不超过 30 个字，用顿号或分号隔开。")})
    return list(dict.fromkeys(pieces))


def organisation(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of an organisation from what was typed; every fault is told at its field, all at once."""
    faults: dict[str, str] = {}
    params: dict[str, Any] = {}
    found: dict[str, Any] = {}
    year = clock.today().year
    readers: dict[str, Callable[[], Any]] = {
        "uscc": lambda: code(values.get("uscc")) or None,
        "website": lambda: website(values.get("website")),
        "staff": lambda: whole("staff", values.get("staff"), 10_000_000),
        "founded": lambda: whole("founded", values.get("founded"), year),
        "figures_year": lambda: whole("figures_year", values.get("figures_year"), year),
        "revenue_fen": lambda: money("revenue_fen", values.get("revenue_fen")),
        "assets_fen": lambda: money("assets_fen", values.get("assets_fen")),
        "texts": lambda: short(values, "name", "name_en", "address", "products", "summary", "summary_en"),
    }
    for name, read in readers.items():
        try:
            got = read()
            found |= got if isinstance(got, dict) else {name: got}
        except Invalid as error:
            faults |= error.fields
            params |= error.params
    if not found.get("name") and "name" not in faults:
        faults["name"] = N_("请填单位全称。")
    if kind == "COMPANY" and not found.get("uscc") and "uscc" not in faults:
        faults["uscc"] = N_("企业要填统一社会信用代码。")
    if faults:
        raise Invalid(fields=faults, **params)
    return found | _chosen(values)


def _chosen(values: Mapping[str, Any]) -> dict[str, Any]:
    size = str(values.get("size_class") or "")
    return {
        "industry_code": str(values.get("industry_code") or "")[:40] or None,
        "cluster_code": str(values.get("cluster_code") or "")[:40] or None,
        "size_class": size if size in SIZE_CLASSES else None,
        "badges": [badge for badge in BADGES if badge in (values.get("badges") or ())],
        "controlled_by_large": bool(values.get("controlled_by_large")),
        "services": words("services", values.get("services")),
    }


def faculties(value: Any) -> list[str]:
    """Names of faculties, one a line, each once."""
    names = list(dict.fromkeys(line.strip() for line in str(value or "").splitlines() if line.strip()))
    if len(names) > MOST_FACULTIES or any(len(name) > LENGTHS["department"] for name in names):
        raise Invalid(fields={"faculties": N_("一行一个院系，最多 80 个，每个不超过 120 字。")})
    return names


def phone(value: Any) -> str:
    """A telephone number as people write it, or nothing."""
    text = plain(value)
    if text and not re.fullmatch(r"[+\d][\d\s()-]{4,38}", text):
        raise Invalid(fields={"phone": N_("请填电话号码，例如 0532-80000000 或 138 0000 0000。")})
    return text
