"""The one tokenizer of Sunmao: words, character bigrams and single characters of Chinese and Latin text."""

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from matching.cutting import cut
from matching.folding import fold, fold_with_offsets
from matching.lists import stop_words, synonyms, version

__all__ = ["Channels", "bigrams", "channels", "characters", "fold_with_offsets", "normalize", "spans", "synonyms", "tokenize", "version"]

# Longest first, because the first alternative that fits wins.
_LATIN_UNITS = (
    "mw·h kw·h wh/kg wh/l mah/g kg/m3 g/cm3 g/ml g/l mg/kg mg/l mg/ml μg/l ug/l m3/h m3/d m2/g nm3/h kj/mol "
    "w/m2 kw/kg kn/m n/mm2 r/min km/h m/s2 m/s mm/s mm/min l/min l/h t/h t/d t/a kwh mwh gwh twh mah kva mva "
    "kpa mpa gpa hpa khz mhz ghz thz kbps mbps gbps rpm ppm ppb kcal cal bar kev mev dbm dbi db nm μm um mm "
    "cm dm km hm2 km2 cm2 mm2 m2 cm3 mm3 m3 mg μg ug kg ml μl ul kn kj mj gj kw mw gw kv mv ma ah wh pa hz ms "
    "μs us ns min mol mmol k°c °c °f gb tb mb kb mt kt % ‰ ° ω kω mω ev lx lm cd g t l h s w v a n j k m"
)
_HAN_UNITS = (
    "万千瓦时 千瓦时 万千瓦 兆瓦时 兆瓦 千瓦 瓦时 瓦 万亿元 亿元 千万元 百万元 万元 元 万吨 千吨 吨 公斤 "
    "千克 毫克 微克 克 万平方米 平方米 立方米 平方公里 公里 千米 毫米 厘米 微米 纳米 米 海里 毫升 升 "
    "兆帕 千帕 帕 千伏 伏 毫安 安培 赫兹 兆赫 千赫 摄氏度 分贝 小时 分钟 毫秒 秒 转/分"
)
# These are words or list marks as often as units: "figure 1 a" is no ampere.
_CLOSE_UNITS = frozenset("tlhsanjk")


def _alternatives(units: Iterable[str]) -> str:
    return "|".join(re.escape(unit) for unit in sorted(units, key=len, reverse=True))


_UNITS = frozenset(f"{_LATIN_UNITS} {_HAN_UNITS}".split())
_UNIT = f"(?: ?(?:{_alternatives(_UNITS - _CLOSE_UNITS)})|(?:{_alternatives(_CLOSE_UNITS)}))"
_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
_PIECE = re.compile(
    rf"(?P<figure>(?<![a-z0-9.]){_NUMBER}{_UNIT}(?![a-z0-9]))"
    rf"|(?P<number>(?<![a-z0-9.])(?:\d+(?:,\d{{3}})+(?:\.\d+)?|\d+\.\d+)(?![a-z0-9]))"
    r"|(?P<han>[\u4e00-\u9fd5]+)"
    r"|(?P<rare>[\u3400-\u4dbf\u9fd6-\u9fff\U00020000-\U0003ffff])"
    r"|(?P<latin>c\+\+|c#|[^\W_\u3400-\u9fff\U00020000-\U0003ffff]+)"
)


class Channels(NamedTuple):
    """The three views of a text that the engine counts."""

    words: list[str]
    bigrams: list[str]
    characters: list[str]


_stemming = threading.Lock()


@lru_cache(maxsize=1)
def _stemmer() -> Callable[[str], str]:
    from snowballstemmer import stemmer

    made: Callable[[str], str] = stemmer("english").stemWord
    return made


@lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    if len(word) < 3 or not (word.isascii() and word.isalpha()):
        return word
    if len(word) == 3 and word[-1] == "s":  # AIS, iOS, UPS: an abbreviation far more often than a plural, and never that of AI, IO or up
        return word
    with _stemming:  # the stemmer keeps its word in itself
        return _stemmer()(word)


def _whole(match: re.Match[str]) -> str | None:
    """The term of a piece that is no Chinese text: a figure, a number or a stemmed word; None for a stop word."""
    piece = match.group()
    if match.lastgroup in ("figure", "number"):
        return re.sub(r"[,\s]", "", piece)
    return None if piece in stop_words() else _stem(piece)


def normalize(text: str) -> str:
    """One spelling for one thing: NFKC, lower case, Simplified Chinese, no control characters."""
    return fold(text)


def _word_spans(folded: str) -> Iterator[tuple[str, int, int]]:
    stops = stop_words()
    for match in _PIECE.finditer(folded):
        start = match.start()
        if match.lastgroup != "han":
            term = _whole(match)
            if term is not None:
                yield term, start, match.end()
            continue
        for word in cut(match.group()):
            end = start + len(word)
            if word not in stops:
                yield word, start, end
            start = end


def tokenize(text: str) -> list[str]:
    """The words of a text without stop words."""
    return [term for term, _, _ in _word_spans(fold(text))]


def spans(text: str) -> list[tuple[str, int, int]]:
    """The words of a text with the start and end of each in the text as it was given."""
    folded, starts, ends = fold_with_offsets(text)
    return [(term, starts[start], ends[end - 1]) for term, start, end in _word_spans(folded)]


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


def bigrams(text: str) -> list[str]:
    """Overlapping pairs of Chinese characters; whole words for everything else."""
    return channels(text).bigrams


def characters(text: str) -> list[str]:
    """Single Chinese characters; whole words for everything else."""
    return channels(text).characters


def channels(text: str) -> Channels:
    """All three views of a text in one pass."""
    stops = stop_words()
    out = Channels([], [], [])
    for match in _PIECE.finditer(fold(text)):
        if match.lastgroup == "han":
            run = match.group()
            out.words.extend(word for word in cut(run) if word not in stops)
            out.bigrams.extend(_pairs(run))
            out.characters.extend(run)
            continue
        term = _whole(match)
        if term is not None:
            for channel in out:
                channel.append(term)
    return out
