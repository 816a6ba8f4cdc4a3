"""How clear a demand is: points for each thing a reader needs to know, each with what is missing and why it matters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from webapp.core.errors import N_

NUMBER = r"\d[\d,]*(?:\.\d+)?(?:\s*(?:-|~|～|至|到|–|—)\s*\d[\d,]*(?:\.\d+)?)?"
UNITS = (
    "%|％|℃|°C|摄氏度|度|K|[MGk]?Pa|兆帕|bar|nm|[μu]m|微米|mm|毫米|cm|厘米|km|公里|m/s|m|米|mg|kg|g|克|公斤|千克|t|吨|ms|min|分钟|小时|h|秒|s|[kMG]?Hz|[mk]?V|伏|mA|A|"
    "[kM]?W|千瓦|rpm|r/min|转|dB|mL|L|升|N|kN|次|倍|目|ppm|lm|lx|[kMG]?bps|fps|帧|像素|级|小时以上|个/|件/|万次|HRC|HV|mol|Wh|mAh"
)
IN_TEXT = re.compile(rf"(?<![\d.A-Za-z]){NUMBER}\s*(?:{UNITS})(?![A-Za-z])")
MONEY = re.compile(rf"(?:预算|经费|资金|投入|投资|费用)[^。；\n]{{0,12}}?\d|{NUMBER}\s*(?:万|亿)\s*元?")
TIME = re.compile(r"(?:\d+|[一二两三四五六七八九十半]+)\s*个?(?:月|年)(?:内|以内|之内|完成|左右)|(?:周期|工期|期限|时限)[^。；\n]{0,8}\d|20\d\d\s*年\s*(?:\d+\s*月|底|前)")
PAIN = ("难", "无法", "不能", "不足", "不稳", "失效", "开裂", "起泡", "报废", "瓶颈", "缺陷", "过高", "过低", "依赖进口", "卡", "影响", "导致", "造成", "损失", "问题", "亟待", "急需", "低下", "落后")
PLACE = ("用于", "应用于", "工序", "工艺", "生产线", "产线", "设备", "工况", "场景", "现场", "产品", "车间", "系统", "装置", "使用中")
PRESENT = ("目前", "现有", "现在", "现用", "现状", "原来", "已有", "已经", "已建", "拥有", "试过", "采用", "当前", "我公司", "我司", "公司现", "基础")
CONDITION = ("温度", "压力", "介质", "环境", "湿度", "腐蚀", "标准", "规范", "空间", "尺寸", "成本", "节拍", "兼容", "安装", "防爆", "不允许", "不得", "要求", "条件", "条件下")
VAGUE = ("寻求合作", "技术需求", "技术升级", "转型升级", "产学研", "合作开发", "技术支持", "人才需求", "相关技术")
BOUND = r"[，。；、,;.\n\s]"


@dataclass(frozen=True)
class Wording:
    """What a demand says, as far as it is filled in; `text` is what stands in no field of its own."""

    title: str = ""
    background: str = ""
    present: str = ""
    conditions: str = ""
    scope: str = ""
    text: str = ""
    keywords: tuple[str, ...] = ()
    targets: tuple[tuple[str, str, bool], ...] = ()  # name, unit, must
    min_trl: int | None = None
    budget: str = ""  # FIXED, RANGE, FREE, NEGOTIABLE_SUM, or empty
    fundings: bool = False
    deadline: date | None = None
    months: int | None = None


@dataclass(frozen=True)
class Part:
    """One thing a reader needs to know: its points, the most there are, and how to get the rest and why."""

    code: str
    label: str
    points: int
    most: int
    advice: str = ""
    why: str = ""
    anchor: str = ""
    must: bool = False

    @property
    def missing(self) -> int:
        """Points still to be had."""
        return self.most - self.points

    @property
    def state(self) -> str:
        """How the list of what is missing marks it."""
        return "ok" if not self.missing else "must" if self.must and not self.points else "want"


@dataclass(frozen=True)
class Clarity:
    """The parts and their sum, 0 to 100."""

    parts: tuple[Part, ...]

    @property
    def score(self) -> int:
        """All points together."""
        return sum(part.points for part in self.parts)

    @property
    def missing(self) -> list[Part]:
        """What is not whole, the most points first."""
        return sorted((part for part in self.parts if part.missing), key=lambda part: -part.missing)


def clarity(said: Wording) -> Clarity:
    """The clarity of a demand."""
    return Clarity((_title(said), _problem(said), _present(said), _targets(said), _conditions(said), _budget(said), _time(said), _words(said)))


def _title(said: Wording) -> Part:
    """A title names a thing and what it should do; a slogan names neither."""
    length = len(re.sub(r"\s", "", said.title))
    bare = said.title
    for slogan in VAGUE:
        bare = bare.replace(slogan, "")
    points = 0 if length < 4 else 4 if length < 8 or len(bare) < 6 else 8
    return Part(
        "title", N_("名称点明对象和用途"), points, 8, N_("写成“在什么上、做到什么的什么”，不要只写“技术升级”这样的话。"),
        N_("名称是别人第一眼看到的，匹配时也最重。"), "title", must=True,
    )  # fmt: skip


def _problem(said: Wording) -> Part:
    whole = said.background or said.text
    points = _by_length(whole, ((120, 12), (60, 8), (20, 4))) + 4 * _has(whole, PAIN) + 4 * _has(whole, PLACE)
    return Part(
        "problem", N_("问题和难点"), points, 20, N_("说明用在什么产品、哪道工序，出了什么问题，带来多大损失。"),
        N_("对方要先判断这是不是自己做过的那类问题。"), "background", must=True,
    )  # fmt: skip


def _present(said: Wording) -> Part:
    if said.present.strip():
        points = _by_length(said.present, ((60, 12), (30, 9), (1, 5)))
    else:
        points = 6 * _has(said.background + said.text, PRESENT)
    return Part(
        "present", N_("现状和试过的办法"), points, 12, N_("写现在怎么做、做到多少、试过什么、为什么不行。"),
        N_("知道起点在哪里，才不会推荐您已经试过的办法。"), "present",
    )  # fmt: skip


def _targets(said: Wording) -> Part:
    """Rows can be compared by the engine; figures in running text count less, and never beyond half of it."""
    rows = min(21, 7 * len(said.targets))
    stated = len(set(IN_TEXT.findall(f"{said.title}\n{said.background}\n{said.conditions}\n{said.text}")))
    points = max(rows, min(12, 3 * stated))
    points += 3 if said.targets and all(unit for _, unit, _ in said.targets) else 0
    points += 4 if any(must for _, _, must in said.targets) else 0
    return Part(
        "targets", N_("要做到的指标"), points, 28, N_("至少三条，一行一个数，带单位，标出哪些必须做到。文字里的数字请搬到指标表里。"),
        N_("写成数字，成果方一看就知道能不能做，系统也能逐条核对。"), "targets", must=True,
    )  # fmt: skip


def _conditions(said: Wording) -> Part:
    points = _by_length(said.conditions, ((20, 6), (1, 3))) or 4 * _has(said.background + said.text, CONDITION)
    points += 4 if said.scope.strip() or said.min_trl else 0
    return Part(
        "conditions", N_("使用条件和想要的交付"), points, 10, N_("写温度、介质、空间、标准等限制，以及要样品、工艺、设备还是一起研发。"),
        N_("实验室里行、现场不行的，先在这里筛掉。"), "conditions",
    )  # fmt: skip


def _budget(said: Wording) -> Part:
    points = 10 if said.budget else 5 if MONEY.search(said.text + said.background) else 0
    if not points and said.fundings:
        points = 3
    return Part(
        "budget", N_("预算"), points, 10, N_("给一个数或一个范围；定不下来写“面议（50万左右）”。"), N_("没有预算的需求，对方往往排在最后才看。"), "price",
    )  # fmt: skip


def _time(said: Wording) -> Part:
    points = (5 if said.deadline else 0) + (3 if said.months else 0)
    if not points and TIME.search(said.text + said.background):
        points = 3
    return Part(
        "time", N_("时间"), points, 8, N_("写希望最晚哪天定下来，做多久。"), N_("过期的需求会自动退出，写明日期免得白忙。"), "deadline", must=True,
    )  # fmt: skip


def _words(said: Wording) -> Part:
    points = min(4, 2 * len(said.keywords[:2]))
    return Part("keywords", N_("关键词"), points, 4, N_("写两个以上同行常用的说法。"), N_("同一件事有几种叫法，多写一种就多一条路。"), "keywords")


def _by_length(text: str, steps: Iterable[tuple[int, int]]) -> int:
    length = len(re.sub(r"\s", "", text))
    return next((points for least, points in steps if length >= least), 0)


def _has(text: str, words: Iterable[str]) -> int:
    return int(any(word in text for word in words))


def spread(scores: Iterable[int]) -> Mapping[str, int]:
    """How many scores fall into each tenth of the scale."""
    found = {f"{low}-{low + 9}": 0 for low in range(0, 100, 10)}
    for score in scores:
        low = min(score, 99) // 10 * 10
        found[f"{low}-{low + 9}"] += 1
    return found
