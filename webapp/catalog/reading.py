"""Pure readers: what people write in a form or a cell -> a value, or Wrong with the sentence that says what is expected.

Every reader takes its own result again unchanged, so that values may pass through forms, files and services alike.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from webapp.core.errors import N_

Reader = Callable[[Any], Any]
SPLIT = re.compile(r"[;；、,，|\n\t]+")
WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xA0: 0x20, 0x2212: 0x2D, 0x2013: 0x2D, 0x2014: 0x2D}
INVISIBLE = " \t\n\u3000\xa0\u2028\u2029\x85\ufeff\u200b"  # what is no part of a text at its ends
UNSTORED = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
EMPTY = {"", "-", "--", "/", "\\", "—", "无", "暂无", "n/a", "na", "null", "none", "nan"}
MOST_KEYWORDS = 10
LISTS = (list, tuple, set, frozenset)
LONGEST_BLANK = 12  # a longer text says something, unless nothing of it can be seen
TRUE = {"是", "有", "可", "可以", "愿意", "同意", "√", "✓", "☑", "yes", "y", "true", "t", "on", "1"}
FALSE = {"否", "无", "不", "不可", "不可以", "不愿意", "不同意", "×", "✗", "☐", "no", "n", "false", "f", "off", "0"}
EPOCH = date(1899, 12, 30)  # the day before Excel's day 1, its false 29 February 1900 allowed for


class Wrong(ValueError):
    """A value breaks its rule; the text is a translatable sentence, `params` fill its places."""

    def __init__(self, sentence: str, **params: Any) -> None:
        self.sentence, self.params = sentence, params
        super().__init__(sentence)


def plain(value: Any) -> str:
    """Any cell as text: full-width signs narrowed, control characters gone, whole floats without `.0`."""
    if isinstance(value, str):
        return without_controls(value if value.isascii() else value.translate(WIDE)).strip()
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return without_controls(str(value).translate(WIDE)).strip()


def without_controls(value: str) -> str:
    """Text that every database stores: line breaks and tabs stay; other control signs, lone surrogates and NUL go."""
    if value.isprintable():
        return value
    return UNSTORED.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))


def blank(value: Any) -> bool:
    """Whether a cell says nothing."""
    if isinstance(value, (list, tuple, dict)):
        return not value
    if not isinstance(value, str):
        return plain(value).casefold() in EMPTY
    text_ = value.strip()
    if len(text_) <= LONGEST_BLANK:
        return _says_nothing(text_)
    return not text_.isprintable() and not plain(text_)


@lru_cache(maxsize=4096)
def _says_nothing(value: str) -> bool:
    return plain(value).casefold() in EMPTY


def text(most: int, too_long: str) -> Reader:
    """A reader of text as written, at most `most` characters."""

    def read(value: Any) -> str:
        found = without_controls(value).strip(INVISIBLE) if isinstance(value, str) else plain(value)
        if len(found) > most:
            raise Wrong(too_long, most=most)
        return found

    return read


def line(most: int, too_long: str) -> Reader:
    """A reader of one line: line breaks and runs of blanks become one blank."""
    whole = text(100_000, too_long)

    def read(value: Any) -> str:
        found = " ".join(whole(value).split())
        if len(found) > most:
            raise Wrong(too_long, most=most)
        return found

    return read


def keywords(value: Any, cut: bool = False) -> list[str]:
    """Up to 10 keywords: a list, or text cut at ；;、,， and, when there is no such sign, at blanks.

    More than that is refused, or with `cut` left away: other systems export index terms by the dozen.
    """
    if not isinstance(value, LISTS):
        whole_ = value if isinstance(value, str) else plain(value)
        value = SPLIT.split(whole_) if SPLIT.search(whole_.strip()) else whole_.split()
    parts = [part for word in value for part in SPLIT.split(str(word))]
    words = [" ".join(without_controls(part).split()) for part in parts]
    found = list(dict.fromkeys(word for word in words if not blank(word)))
    if len(found) > MOST_KEYWORDS and not cut:
        raise Wrong(N_("关键词最多 10 个，请留下最要紧的。"))
    found = found[:MOST_KEYWORDS]
    if any(len(word) > 80 for word in found):
        raise Wrong(N_("有一个关键词超过 80 个字，请用“；”或“、”把它们隔开。"))
    return found


def first_keywords(value: Any) -> list[str]:
    """The first ten of however many keywords, for imported rows."""
    return keywords(value, cut=True)


def boolean(value: Any) -> bool:
    """是/否 in any of the usual spellings; an empty cell means 否."""
    if isinstance(value, bool):
        return value
    found = plain(value).casefold()
    if found in TRUE:
        return True
    if found in FALSE or found in EMPTY:
        return False
    raise Wrong(N_("请填“是”或“否”。"))


def whole(least: int, most: int, sentence: str) -> Reader:
    """A reader of a whole number between two bounds, None when empty."""

    def read(value: Any) -> int | None:
        if blank(value):
            return None
        found = re.fullmatch(r"(\d{1,9})(?:\.0+)?\s*(?:个月|月|个|级|项|家)?", plain(value), re.ASCII)
        if isinstance(value, bool) or not found or not least <= int(found[1]) <= most:
            raise Wrong(sentence, least=least, most=most)
        return int(found[1])

    return read


def trl(value: Any) -> int | None:
    """1 to 9, also written `TRL 7`, `TRL7级` or `第7级`."""
    found = re.fullmatch(r"(?:(?:trl|第)[\s\-:]*)?([1-9])(?:\.0+)?\s*级?", plain(value).casefold(), re.ASCII)
    if found and not isinstance(value, bool):
        return int(found[1])
    if blank(value):
        return None
    raise Wrong(N_("成熟度请填 1 到 9 的一个整数，例如 7 或 TRL 7。"))


@lru_cache(maxsize=4096)
def fold(name: str) -> str:
    """A name for comparing: narrow, lower case, without blanks and punctuation."""
    return re.sub(r"[\W_]+", "", plain(name).casefold())


def choice(names: Mapping[str, Iterable[str]], sentence: str) -> Reader:
    """A reader of one code from a list, written as the code or as any of its names; None when empty."""
    codes: dict[str, str] = {}
    for code, others in names.items():
        for name in (code, *others):
            codes.setdefault(fold(name), code)

    def read(value: Any) -> str | None:
        if value in names:
            return str(value)
        found = codes.get(fold(str(value))) if value is not None else None
        if found is None and not blank(value):
            raise Wrong(sentence)
        return found

    return read


def choices(names: Mapping[str, Iterable[str]], sentence: str) -> Reader:
    """A reader of several codes from a list, each once, in the order of the list."""
    one = choice(names, sentence)

    def read(value: Any) -> list[str]:
        parts = list(value) if isinstance(value, LISTS) else SPLIT.split(plain(value))
        found = {code for part in parts if (code := one(part)) is not None}
        return [code for code in names if code in found]

    return read


DATE = N_("日期请写成 2027-03-31、2027年3月31日或 2027年3月。")


def day(value: Any) -> date | None:
    """A date: ISO, Chinese, a month (its last day), or the serial number of a spreadsheet; None when empty or 长期."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    written = plain(value)
    if blank(value) or written in {"长期", "不限", "长期有效"}:
        return None
    return _serial(written) or _written(_western(written))


def _serial(written: str) -> date | None:
    """Days since 1900 as spreadsheets count them; only years 1990 to 2119 are believed."""
    found = re.fullmatch(r"(\d{5})(\.\d+)?", written, re.ASCII)
    return EPOCH + timedelta(days=int(found[1])) if found and 32874 <= int(found[1]) <= 80353 else None


DIGITS = {sign: str(number) for number, signs in enumerate(("〇零○", "一", "二", "三", "四", "五", "六", "七", "八", "九")) for sign in signs}
REPUBLIC = re.compile(r"(?:中华|中華)?民[国國]\s*(\d{1,3})\s*(年|[-/.])")


def _western(written: str) -> str:
    """Chinese numerals as digits, and years of the Republic (民国 116 年) as years of our time."""
    tens = re.sub(
        r"([一二三]?)十([一二三四五六七八九]?)", lambda m: str(int(DIGITS.get(m[1], "1")) * 10 + int(DIGITS.get(m[2], "0"))), written.replace("元年", "1年")
    )
    plain_ = "".join(DIGITS.get(sign, sign) for sign in tens)
    return REPUBLIC.sub(lambda m: f"{int(m[1]) + 1911}{m[2]}", plain_)


def _written(written: str) -> date:
    found = re.fullmatch(
        r"(\d{4})\s*(?:[-/.年]\s*|)(?:(\d{1,2})\s*(?:[-/.月]\s*|)(?:(\d{1,2})\s*[日号]?)?)?(?:[T\s].*)?|(\d{4})年底", written, re.ASCII
    )
    if not found:
        raise Wrong(DATE)
    year, month, number = int(found[1] or found[4]), int(found[2] or 12), int(found[3] or 0)
    if not (1990 <= year <= 2119 and 1 <= month <= 12):
        raise Wrong(DATE)
    following = date(year + month // 12, month % 12 + 1, 1)
    try:
        return date(year, month, number) if number else following - timedelta(days=1)
    except ValueError:
        raise Wrong(DATE) from None
