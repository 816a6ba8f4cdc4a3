"""Numbers with units: read them from text, and compare a target with an achieved value."""

import math
import re
from collections.abc import Iterable

from matching.folding import fold
from matching.types import Figure

# Unit -> (what it measures, factor to the base unit of that measure).
_UNITS: dict[str, tuple[str, float]] = {
    "%": ("ratio", 0.01), "‰": ("ratio", 0.001), "ppm": ("ratio", 1e-6), "ppb": ("ratio", 1e-9),
    "nm": ("length", 1e-9), "纳米": ("length", 1e-9), "μm": ("length", 1e-6), "um": ("length", 1e-6),
    "微米": ("length", 1e-6), "mm": ("length", 1e-3), "毫米": ("length", 1e-3), "cm": ("length", 1e-2),
    "厘米": ("length", 1e-2), "m": ("length", 1.0), "米": ("length", 1.0), "km": ("length", 1e3),
    "公里": ("length", 1e3), "千米": ("length", 1e3),
    "mg": ("mass", 1e-6), "毫克": ("mass", 1e-6), "g": ("mass", 1e-3), "克": ("mass", 1e-3), "kg": ("mass", 1.0),
    "千克": ("mass", 1.0), "公斤": ("mass", 1.0), "t": ("mass", 1e3), "吨": ("mass", 1e3), "万吨": ("mass", 1e7),
    "pa": ("pressure", 1.0), "hpa": ("pressure", 1e2), "kpa": ("pressure", 1e3), "mpa": ("pressure", 1e6),
    "兆帕": ("pressure", 1e6), "gpa": ("pressure", 1e9), "bar": ("pressure", 1e5), "n/mm2": ("pressure", 1e6),
    "w": ("power", 1.0), "瓦": ("power", 1.0), "kw": ("power", 1e3), "千瓦": ("power", 1e3), "mw": ("power", 1e6),
    "兆瓦": ("power", 1e6), "万千瓦": ("power", 1e7), "gw": ("power", 1e9),
    "wh": ("energy", 3.6e3), "kwh": ("energy", 3.6e6), "kw·h": ("energy", 3.6e6), "千瓦时": ("energy", 3.6e6),
    "度电": ("energy", 3.6e6), "mwh": ("energy", 3.6e9), "j": ("energy", 1.0), "kj": ("energy", 1e3),
    "mj": ("energy", 1e6),
    "mv": ("voltage", 1e-3), "v": ("voltage", 1.0), "伏": ("voltage", 1.0), "kv": ("voltage", 1e3),
    "千伏": ("voltage", 1e3),
    "ma": ("current", 1e-3), "a": ("current", 1.0), "安": ("current", 1.0), "ka": ("current", 1e3),
    "hz": ("frequency", 1.0), "khz": ("frequency", 1e3), "mhz": ("frequency", 1e6), "ghz": ("frequency", 1e9),
    "thz": ("frequency", 1e12), "rpm": ("rotation", 1.0), "r/min": ("rotation", 1.0), "转/分": ("rotation", 1.0),
    "ns": ("time", 1e-9), "μs": ("time", 1e-6), "us": ("time", 1e-6), "ms": ("time", 1e-3), "毫秒": ("time", 1e-3),
    "s": ("time", 1.0), "秒": ("time", 1.0), "min": ("time", 60.0), "分钟": ("time", 60.0), "h": ("time", 3600.0),
    "小时": ("time", 3600.0), "天": ("time", 86400.0), "年": ("time", 31557600.0),
    "g/cm3": ("density", 1e3), "g/ml": ("density", 1e3), "kg/m3": ("density", 1.0),
    "mg/l": ("concentration", 1e-3), "g/l": ("concentration", 1.0), "mg/ml": ("concentration", 1.0),
    "μg/l": ("concentration", 1e-6), "ug/l": ("concentration", 1e-6),
    "wh/kg": ("specific energy", 3600.0), "kwh/kg": ("specific energy", 3.6e6),
    "m/s": ("speed", 1.0), "km/h": ("speed", 1 / 3.6), "mm/s": ("speed", 1e-3),
    "l": ("volume", 1e-3), "升": ("volume", 1e-3), "ml": ("volume", 1e-6), "毫升": ("volume", 1e-6),
    "m3": ("volume", 1.0), "立方米": ("volume", 1.0), "m2": ("area", 1.0), "平方米": ("area", 1.0),
    "万元": ("money", 1e4), "元": ("money", 1.0), "亿元": ("money", 1e8),
    "n": ("force", 1.0), "kn": ("force", 1e3), "db": ("level", 1.0), "分贝": ("level", 1.0),
    "°c": ("temperature", 1.0), "摄氏度": ("temperature", 1.0), "度": ("temperature", 1.0), "": ("count", 1.0),
}  # fmt: skip
_COMPARISONS = {
    "≥": ">=", ">=": ">=", "不低于": ">=", "不小于": ">=", "不少于": ">=", "至少": ">=", "达到": ">=", "≧": ">=",
    "≤": "<=", "<=": "<=", "不高于": "<=", "不大于": "<=", "不超过": "<=", "至多": "<=", "≦": "<=",
    ">": ">", "大于": ">", "高于": ">", "超过": ">", "优于": ">", "<": "<", "小于": "<", "低于": "<", "少于": "<",
    "=": "=", "约": "~", "≈": "~", "~": "~", "±": "~",
}  # fmt: skip
_SUFFIXES = {"以上": ">=", "及以上": ">=", "以下": "<=", "以内": "<=", "左右": "~"}


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(filter(None, words), key=len, reverse=True))


_FIGURE = re.compile(
    rf"(?P<comparison>{_any(_COMPARISONS)})?\s*(?<![a-z0-9.])(?P<value>\d+(?:,\d{{3}})*(?:\.\d+)?)\s*"
    rf"(?P<unit>{_any(_UNITS)})(?![a-z0-9/])\s*(?P<suffix>{_any(_SUFFIXES)})?"
)
_NAME = re.compile(r"([\u4e00-\u9fff]{2,8}|[a-z][a-z ]{1,20}[a-z])\s*(?:[::为是]|should be|is)?\s*$")
_TAIL = re.compile(r"(?:需要|要求|必须|达到|可达|控制在|应|为|是|不|最高|可)+$")


def read_figures(text: str, most: int = 50) -> tuple[Figure, ...]:
    """Figures stated in a text; the words just before a number are taken for its name."""
    found: list[Figure] = []
    folded = fold(text)
    for match in _FIGURE.finditer(folded):
        comparison = _COMPARISONS.get(match["comparison"] or "") or _SUFFIXES.get(match["suffix"] or "", "=")
        before = _NAME.search(folded, max(0, match.start() - 24), match.start())
        name = _TAIL.sub("", before[1].strip()) if before else ""
        found.append(Figure(name, float(match["value"].replace(",", "")), match["unit"], comparison))
        if len(found) == most:
            break
    return tuple(found)


def _base(figure: Figure) -> tuple[str, float] | None:
    """What is measured and how much of it, in the base unit; None where the number means nothing."""
    if not math.isfinite(figure.value):
        return None
    unit = fold(figure.unit).replace(" ", "")
    kind, factor = _UNITS.get(unit, (unit, 1.0))
    return kind, figure.value * factor


def same_quantity(target: Figure, stated: Figure) -> bool:
    """Whether two figures speak of the same thing: one name within the other, and units that convert."""
    a, b = fold(target.name).replace(" ", ""), fold(stated.name).replace(" ", "")
    one, other = _base(target), _base(stated)
    return bool(a and b and (a in b or b in a) and one and other and one[0] == other[0])


def meets(target: Figure, stated: Figure) -> bool | None:
    """Whether the stated figure meets the target; None where the two cannot be compared."""
    one, other = _base(target), _base(stated)
    if one is None or other is None or one[0] != other[0]:
        return None
    need, have, slack = one[1], other[1], 1e-9 * max(abs(one[1]), abs(other[1]))
    if target.comparison in (">=", ">"):
        return have >= need - slack if target.comparison == ">=" else have > need + slack
    if target.comparison in ("<=", "<"):
        return have <= need + slack if target.comparison == "<=" else have < need - slack
    return abs(have - need) <= (0.1 if target.comparison == "~" else 0.02) * max(abs(need), 1e-12)
