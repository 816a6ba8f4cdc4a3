"""The rules of what is typed into an application and its later steps, once for forms and other doors."""

from __future__ import annotations

import unicodedata
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from webapp.config import Settings
from webapp.core import clock
from webapp.core.errors import N_, Invalid
from webapp.licences import money
from webapp.licences.eligibility import Calculation, assess, needs

MOST_PRICE = 10**12  # 100 亿元 in fen
MOST_INSTALMENTS = 24
YUAN = frozenset({"", "CNY", "RMB", "人民币"})  # what may stand for the currency on a receipt


@dataclass(frozen=True)
class Size:
    """The figures a company is classed by, of which year and on what evidence."""

    size_class: str
    staff: int | None
    revenue_fen: int | None
    assets_fen: int | None
    figures_year: int
    evidence: str
    controlled_by_large: bool
    foreign_controlled: bool

    def calculate(self) -> Calculation:
        """The tier these figures give."""
        return assess(self.size_class, self.staff, self.revenue_fen, self.assets_fen)


class Reader:
    """Reads typed values one by one and collects every fault, so that all are told at once."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.faults: dict[str, str] = {}
        self.params: dict[str, Any] = {}

    def raw(self, name: str) -> str:
        """What was typed, normalised; empty when nothing was."""
        value = self.data.get(name)
        return "" if value is None else unicodedata.normalize("NFKC", str(value)).strip()

    def text(self, name: str, least: int = 0, most: int = 2000) -> str:
        """Free text between two lengths."""
        value = str(self.data.get(name) or "").strip()
        if not value and least:
            self.faults[name] = N_("请填写这一项。")
        elif len(value) < least:
            self.faults[name] = N_("写得太短，请至少写一句完整的话。")
        elif len(value) > most:
            self.faults[name] = N_("太长了，请缩短后再提交。")
        return value

    def choice(self, name: str, allowed: Container[str]) -> str:
        """One code of a list."""
        value = self.raw(name)
        if value not in allowed:
            self.faults[name] = N_("请从列表中选一项。")
        return value

    def several(self, name: str, allowed: Container[str]) -> list[str]:
        """Codes of a list, each once; none of them means all."""
        values = list(dict.fromkeys(str(value) for value in self.data.get(name) or ()))
        if any(value not in allowed for value in values):
            self.faults[name] = N_("请从列表中选一项。")
        return values

    def whole(self, name: str, least: int, most: int, optional: bool = False) -> int:
        """A whole number; full-width digits and thousands commas are fine. An optional one left empty is -1."""
        value = self.raw(name).replace(",", "")
        if optional and not value:
            return -1
        if not value.isascii() or not value.isdigit() or len(value) > 12 or not least <= int(value) <= most:
            self.faults[name] = N_("请填写范围内的整数。")
            return least
        return int(value)

    def wan(self, name: str, optional: bool = False, most: int = money.MOST_FEN) -> int:
        """An amount in 万元, as fen; an optional one left empty is -1."""
        if optional and not self.raw(name):
            return -1
        fen = money.read_wan(self.raw(name))
        if fen is None or fen > most:
            self.faults[name] = N_("请用万元填写金额，只写数字，最多 6 位小数。")
            return 0
        return fen

    def yuan(self, name: str) -> int:
        """An amount in 元, as fen."""
        fen = money.read_yuan(self.raw(name))
        if not fen:
            self.faults[name] = N_("请用元填写金额，只写数字，最多两位小数。")
        return fen or 0

    def ticked(self, name: str) -> bool:
        """A statement that must be confirmed."""
        if not self.data.get(name):
            self.faults[name] = N_("请确认这一项后再继续。")
        return bool(self.data.get(name))

    def day(self, name: str, earliest: date, latest: date) -> date:
        """A date within bounds, given as a date or as ISO text."""
        value = self.data.get(name)
        try:
            found = value if isinstance(value, date) else date.fromisoformat(self.raw(name))
        except ValueError:
            self.faults[name] = N_("请填写日期，例如 2026-10-31。")
            return earliest
        if not earliest <= found <= latest:
            self.faults[name] = N_("日期不在允许的范围内。")
        return found

    def done(self) -> None:
        """Raise everything that was wrong."""
        if self.faults:
            raise Invalid(fields=self.faults, **self.params)


def one_text(data: Mapping[str, Any], name: str, settings: Settings) -> str:
    """The one text a step needs: a reason, a finding, a statement."""
    reader = Reader(data)
    text = reader.text(name, least=5, most=settings.text_max)
    reader.done()
    return text


def _known(number: int) -> int | None:
    return None if number < 0 else number


def read_size(reader: Reader) -> Size:
    """The figures of the company's size; only those its class is judged by must be given."""
    size_class = reader.raw("size_class")
    wanted = needs(size_class)
    if not wanted:
        reader.faults["size_class"] = N_("请选择企业所属行业。")
    this_year = clock.today().year
    return Size(
        size_class=size_class,
        staff=_known(reader.whole("staff", 0, 10**8, optional="staff" not in wanted)),
        revenue_fen=_known(reader.wan("revenue", optional="revenue" not in wanted)),
        assets_fen=_known(reader.wan("assets", optional="assets" not in wanted)),
        figures_year=reader.whole("figures_year", this_year - 2, this_year),
        evidence=reader.text("evidence", least=2, most=200),
        controlled_by_large=bool(reader.data.get("controlled_by_large")),
        foreign_controlled=bool(reader.data.get("foreign_controlled")),
    )


def size(data: Mapping[str, Any]) -> Size:
    """Only the figures, for the calculation shown before applying; year and evidence may still be missing."""
    reader = Reader(data)
    found = read_size(reader)
    for later in ("figures_year", "evidence"):
        reader.faults.pop(later, None)
    reader.done()
    return found
