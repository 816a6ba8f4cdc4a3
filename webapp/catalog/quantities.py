"""Figures and prices: what people write ("≥95％", "12.4 MPa", "50-120万元") -> numbers, and numbers -> what people read."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from webapp.catalog.reading import LISTS, Wrong, blank, boolean, line, plain
from webapp.catalog.values import COMPARISONS, SIGNS
from webapp.core.errors import N_

MOST_FIGURES = 40
LARGEST = 1e15
SMALLEST = 1e-8
# Longer spellings first, so that "大于等于" is not read as "大于".
WORDS = (
    ("GE", ("不低于", "不小于", "不少于", "大于等于", "大于或等于", "至少", "≥", "≧", "⩾", ">=", "=>")),
    ("LE", ("不高于", "不大于", "不超过", "不多于", "小于等于", "小于或等于", "至多", "≤", "≦", "⩽", "<=", "=<", "±")),
    ("GT", ("大于", "高于", "超过", "优于", ">", "﹥")),
    ("LT", ("小于", "低于", "少于", "<", "﹤")),
    ("APPROX", ("大约", "约为", "约", "≈", "~", "左右")),
    ("EQ", ("等于", "达到", "=", "为")),
)
AFTER = (("GE", ("以上", "及以上")), ("LE", ("以下", "以内", "及以下")), ("APPROX", ("左右",)))
NUMBER = r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d{1,2}|\s*[×x*]\s*10\^?[+-]?\d{1,2})?"
TIMES = {"万": 10_000, "亿": 100_000_000}
ONE = re.compile(rf"(?P<low>(?>{NUMBER}))(?P<low_times>[万亿]?)(?P<unit>.*)", re.ASCII | re.DOTALL)
TWO = re.compile(
    rf"(?P<low>(?>{NUMBER}))(?P<low_times>[万亿]?)(?P<low_unit>\D{{0,12}}?)\s*(?:-|~|至|到|\.\.)"
    rf"\s*(?P<high>(?>{NUMBER}))(?P<high_times>[万亿]?)(?P<unit>.*)",
    re.ASCII | re.DOTALL,
)
# A must is marked so where figures stand in one text.
MUST = re.compile(r"^[★*＊☆]\s*|[(（\[【]\s*必须\s*[)）\]】]\s*")
NOT_A_NUMBER = N_("数值看不懂，请写成 12.4、≥95、5-40 这样，单位写在后面。")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A named figure: comparison, value (a second one for a range), unit, and on a demand whether it is a must."""

    name: str
    comparison: str
    value: float
    value_max: float | None = None
    unit: str = ""
    must: bool = False

    def __str__(self) -> str:
        return f"{self.name} {written(self.comparison, self.value, self.value_max, self.unit)}"


@dataclass(frozen=True, slots=True)
class Price:
    """A price or budget in fen: one sum, a range, free of charge, or negotiable, perhaps with a sum for orientation."""

    kind: str = "NEGOTIABLE"
    min_fen: int | None = None
    max_fen: int | None = None

    def __str__(self) -> str:
        """The price as its reader takes it again; used to fill the form."""
        if self.kind == "FREE":
            return "免费"
        ends = [fen for fen in (self.min_fen, self.max_fen) if fen is not None]
        if not ends:
            return "面议"
        sum_ = f"{_wan(ends[0])}万元" if len(set(ends)) == 1 else f"{_wan(ends[0])}-{_wan(ends[-1])}万元"
        return f"面议（{sum_}）" if self.kind == "NEGOTIABLE" else sum_


def _wan(fen: int) -> str:
    exact_ = Decimal(fen).scaleb(-6).normalize()
    return f"{exact_:f}"


def amount(value: float) -> str:
    """A number with thousands separators and no needless places."""
    if value and abs(value) < 1e-3:
        return f"{value:.6g}"
    return f"{value:,.6f}".rstrip("0").rstrip(".")


def written(comparison: str, value: float, value_max: float | None = None, unit: str = "") -> str:
    """A figure as people read it: `≥ 95 %`, `5–40 ℃`, `12.4 MPa`; number and unit do not part at a line's end."""
    number = f"{amount(value)}{SIGNS['RANGE']}{amount(value_max)}" if value_max is not None else amount(value)
    sign = "" if comparison in {"EQ", "RANGE"} else f"{SIGNS.get(comparison, '')}\u00a0"
    return f"{sign}{number}{chr(0xA0) + unit if unit else ''}"


def exact(comparison: str, value: float, value_max: float | None = None, unit: str = "") -> str:
    """A figure as a file holds it: as people read it, but with every place of its numbers."""
    number = _whole(value) if value_max is None else f"{_whole(value)}{SIGNS['RANGE']}{_whole(value_max)}"
    sign = "" if comparison in {"EQ", "RANGE"} else f"{SIGNS.get(comparison, '')} "
    return f"{sign}{number}{' ' + unit if unit else ''}"


def _whole(value: float) -> str:
    shown = amount(value)
    return shown if float(shown.replace(",", "")) == value else str(value)


def quantity(value: Any) -> tuple[str | None, float, float | None, str]:
    """Comparison (None when none is written), value, second value and unit of a figure's text."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return None, _checked(float(value)), None, ""
    rest = plain(value).replace("％", "%")
    comparison, rest = _sign(rest)
    if comparison in {None, "APPROX"} and (found := TWO.fullmatch(rest)):
        return _range(found)
    one = ONE.fullmatch(rest)
    if one is None:
        raise Wrong(NOT_A_NUMBER)
    unit = one["unit"].strip()
    for code, words in AFTER:
        for word in words:
            if unit.endswith(word):
                comparison, unit = comparison or code, unit.removesuffix(word).removesuffix("及").strip()
    return comparison, _checked(_float(one["low"], one["low_times"])), None, _unit(unit)


def _sign(written_: str) -> tuple[str | None, str]:
    for code, words in WORDS:
        for word in words:
            if written_.startswith(word):
                return code, written_[len(word) :].lstrip(" :：")
    return None, written_


def _range(found: re.Match[str]) -> tuple[str, float, float, str]:
    low_unit = found["low_unit"].strip()
    unit = _unit(found["unit"].strip() or low_unit)
    times = found["low_times"] or ("" if low_unit else found["high_times"])
    low, high = _float(found["low"], times), _float(found["high"], found["high_times"])
    if low > high:
        raise Wrong(N_("范围的前一个数要小于后一个数。"))
    return "RANGE", _checked(low), _checked(high), unit


def _float(number: str, times: str = "") -> float:
    mantissa, _, exponent = re.sub(r"\s*[×x*]\s*10\^?", "e", number.replace(",", "")).partition("e")
    value = float(f"{mantissa}e{exponent}") if exponent else float(mantissa)
    return value * TIMES.get(times, 1)


def _checked(value: float) -> float:
    if not math.isfinite(value) or abs(value) >= LARGEST:
        raise Wrong(N_("数值太大或不是数，请换用更大的单位。"))
    if value and abs(value) < SMALLEST:
        raise Wrong(N_("数值太小，请换用更小的单位。"))
    return round(value, 8)


def _unit(unit: str) -> str:
    unit = " ".join(re.sub(r"[;；:：]", " ", unit).split())
    if re.match(r"[\d.,]", unit, re.ASCII):
        raise Wrong(NOT_A_NUMBER)
    if len(unit) > 24:
        raise Wrong(N_("单位最多 24 个字。"))
    return unit


def row(given: Mapping[str, Any]) -> Quantity:
    """One row of a figures table; its value cell may hold sign, range and unit as well."""
    name = _name(given.get("name"))
    if not name:
        raise Wrong(N_("这一行还没有指标名称。"))
    if blank(given.get("value")):
        raise Wrong(N_("这一行还没有数值。"))
    sign, value, second, unit = quantity(given["value"])
    if second is None and not blank(given.get("value_max")):
        second = quantity(given["value_max"])[1]
    comparison = sign or _code(given.get("comparison"))
    if comparison == "RANGE" and second is None:
        raise Wrong(N_("选了“范围”，请把数值写成 5-40 这样。"))
    if second is not None and second < value:
        raise Wrong(N_("范围的前一个数要小于后一个数。"))
    unit = unit or _unit(plain(given.get("unit")))
    found = Quantity(name, "RANGE" if second is not None else comparison, value, second, unit, _must(given))
    if not _reads_again(found):
        raise Wrong(N_("单位看不懂，请只写单位，例：MPa、℃、次/分。"))
    return found


def _reads_again(read: Quantity) -> bool:
    """Whether the figure as it is exported says the same to whoever reads it."""
    try:
        comparison, *rest = quantity(exact(read.comparison, read.value, read.value_max, read.unit))
    except Wrong:
        return False
    return [comparison or "EQ", *rest] == [read.comparison, read.value, read.value_max, read.unit]


def _name(value: Any) -> str:
    """The name without the mark of a must, and without the signs that part figures in a file."""
    found: str = line(80, N_("指标名称最多 80 个字。"))(value)
    while (bare := " ".join(MUST.sub("", found.replace("；", "，").replace(";", "，")).split())) != found:
        found = bare
    return found


def _must(given: Mapping[str, Any]) -> bool:
    """Ticked, or where that can be ticked, marked in the name."""
    return boolean(given.get("must")) or ("must" in given and bool(MUST.search(plain(given.get("name")))))


def _code(value: Any) -> str:
    written_ = plain(value)
    if not written_:
        return "EQ"
    if written_.upper() in COMPARISONS:
        return written_.upper()
    if written_ in COMPARISONS.values():
        return next(code for code, name in COMPARISONS.items() if name == written_)
    code, rest = _sign(written_)
    if code is None or rest:
        raise Wrong(N_("比较符请从列表里选：≥ ≤ = > < 范围 约。"))
    return code


class WrongRows(Wrong):
    """Some rows of a table break their rule; `rows` says which, each with its sentence."""

    def __init__(self, rows: dict[int, str], sentence: str = N_("有指标需要修改，见标红的行。")) -> None:
        super().__init__(sentence)
        self.rows = rows


def figures(value: Any) -> list[Quantity]:
    """All figures of a posting: rows, or one text such as "附着力≥10 MPa；耐盐雾 3000 h"; empty rows are left out."""
    if not isinstance(value, LISTS):
        value = [_named(part) for part in re.split(r"[;；\n]+", plain(value)) if not blank(part)]
    found: list[Quantity] = []
    wrong: dict[int, str] = {}
    for number, given in enumerate(value):
        if isinstance(given, Quantity):
            found.append(given)
        elif not _empty(given):
            try:
                found.append(row(given))
            except Wrong as error:
                wrong[number] = error.sentence
    if wrong:
        raise WrongRows(wrong)
    if len(found) > MOST_FIGURES:
        raise Wrong(N_("指标最多 40 条，请留下最要紧的。"))
    return found


def _empty(given: Mapping[str, Any]) -> bool:
    return all(blank(given.get(cell)) for cell in ("name", "value", "unit"))


SIGNED = "|".join(sorted((re.escape(word) for _, words in WORDS for word in words), key=len, reverse=True))
NAMED_BY_SIGN = re.compile(rf"([^:≥≤=<>]+?)\s*(?::\s*)?((?:{SIGNED}|:)\s*{NUMBER}.*)", re.ASCII | re.DOTALL)
NAMED_BY_NUMBER = re.compile(rf"(.+?)\s*({NUMBER}.*)", re.ASCII | re.DOTALL)


def _named(part: str) -> dict[str, Any]:
    """Cut "附着力≥10 MPa" where the sign or the number begins."""
    written_ = plain(part)
    found = NAMED_BY_SIGN.match(written_) or NAMED_BY_NUMBER.match(written_)
    if found is None:
        raise Wrong(N_("指标看不懂，请一条一行，写成“附着力≥10 MPa”这样。"))
    return {"name": found[1].rstrip("：: ,，"), "value": found[2].lstrip(": ")}


PRICE = N_("价格请写成“面议”、“免费”、80万、50-120万元，或“面议（50万左右）”。")
MOST_FEN = 10**14
PRICE_TWO = re.compile(rf"({NUMBER})\s*(亿|万|w|千)?元?\s*(?:-|~|至|到)\s*({NUMBER})\s*(亿|万|w|千)?元?", re.ASCII)
PRICE_ONE = re.compile(rf"(?:约|不超过|不高于|≤|<=|<)?\s*({NUMBER})\s*(亿|万|w|千)?元?整?(?:以内|以下|左右)?", re.ASCII)
YUAN = {"亿": 100_000_000, "万": 10_000, "w": 10_000, "千": 1_000, "": 1}


TO_BE_AGREED = re.compile(r"(?:价格|预算|费用|具体)?(?:可以|可|双方|再)*(?:面议|协商|商议|详谈|待定|另议)(?:确定|决定)?|negotiable")
FREE = {"免费", "免费许可", "无偿", "free"}


def price(value: Any) -> Price:
    """A price: 面议 (also with a sum for orientation) or nothing, 免费, a sum, or a range.

    A bare number below 10,000 means 万元, else 元.
    """
    if isinstance(value, Price):
        return value
    if isinstance(value, bool):
        raise Wrong(PRICE)
    given = re.sub(r"[人民币¥￥\s]|rmb|cny", "", plain(value).casefold())
    if blank(given):
        return Price()
    if given in FREE:
        return Price("FREE", 0, 0)
    if not TO_BE_AGREED.search(given):
        return _stated(given)
    rest = re.sub(r"参考价?|意向价?|预算|价格|报价|[()（）,，。;；、:：]", "", TO_BE_AGREED.sub("", given))
    found = _stated(rest) if rest else Price()
    return Price("NEGOTIABLE", found.min_fen, found.max_fen)


def _stated(given: str) -> Price:
    if found := PRICE_TWO.fullmatch(given):
        high_unit = found[4] or ""
        return _price(_fen(found[1], found[2] or high_unit, given), _fen(found[3], high_unit, given))
    if found := PRICE_ONE.fullmatch(given):
        sum_ = _fen(found[1], found[2] or "", given)
        return _price(sum_, sum_)
    raise Wrong(PRICE)


def _fen(number: str, unit: str, given: str) -> int:
    exact = Decimal(str(_float(number)))
    if not unit and "元" not in given and exact < 10_000:
        unit = "万"
    fen = exact * YUAN[unit] * 100
    if fen < 0 or fen > MOST_FEN:
        raise Wrong(N_("价格要在 0 到 1 万亿元之间。"))
    return int(fen.to_integral_value())


def _price(low: int, high: int) -> Price:
    if low > high:
        raise Wrong(N_("价格区间的前一个数要小于后一个数。"))
    if not high:
        return Price("FREE", 0, 0)
    return Price("FIXED", low, high) if low == high else Price("RANGE", low, high)


def same(rows: Iterable[Any], found: Iterable[Quantity]) -> bool:
    """Whether stored rows say exactly what was read, in the same order."""
    stored = [Quantity(r.name, r.comparison, r.value, r.value_max, r.unit, bool(getattr(r, "must", False))) for r in rows]
    return stored == list(found)
