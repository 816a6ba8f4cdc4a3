"""The coach's judgement: each thing said earns its points, nothing said twice earns more, and what gives a company away is seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.catalog.clarity import Wording, clarity, spread
from webapp.catalog.disclosure import core, leaks, marked

CLEAR = Wording(
    title="导管架浪溅区带水施工的重防腐涂层",
    background="用于浅海平台。导管架投用八年后潮差线上下漆膜起泡，返修要搭脚手架喷砂，一条桩腿停工一周，每年因此造成的停产损失很大，涨潮时新漆常被浪打花，返工率居高不下。" * 2,
    present="现在用环氧玻璃鳞片，前年试过湿固化聚氨酯，半年脱落三成，因为潮气没有排净，附着力上不去，而且低温季节固化太慢，赶不上停靠窗口。",
    conditions="水温四到二十八度，不能用明火和喷砂，只有一圈检修走道可以站人。", scope="要样品和施工工艺，双方一起做挂片。",
    keywords=("防腐", "带水施工"), targets=(("附着力", "MPa", True), ("膜厚", "μm", False), ("固化水温", "℃", False)),
    budget="RANGE", deadline=date(2027, 3, 31), months=12,
)  # fmt: skip


def test_a_whole_demand_earns_every_point_and_an_empty_one_none() -> None:
    assert clarity(CLEAR).score == 100 and not clarity(CLEAR).missing
    assert clarity(Wording()).score == 0
    assert sum(part.most for part in clarity(Wording()).parts) == 100


@pytest.mark.parametrize("name", ["title", "background", "present", "conditions", "targets", "budget", "deadline", "keywords"])
def test_whatever_is_left_out_costs_points_and_is_named_with_its_reason(name: str) -> None:
    found = clarity(replace(CLEAR, **{name: getattr(Wording(), name)}))
    assert found.score < 100
    assert all(part.advice and part.why and part.anchor for part in found.missing)


def test_a_slogan_is_no_title() -> None:
    assert clarity(Wording(title="技术升级寻求合作")).score < clarity(Wording(title="铝合金薄壁件焊接变形控制")).score


def test_figures_in_running_text_count_less_than_rows_of_the_table() -> None:
    text = clarity(Wording(background="要求附着力不小于10 MPa，盐雾3000 h，膜厚500 μm，温度4 ℃，寿命10 年以上，效率95%"))
    rows = clarity(Wording(targets=(("附着力", "MPa", True), ("盐雾", "h", False), ("膜厚", "μm", False))))
    points = {name: next(part.points for part in found.parts if part.code == "targets") for name, found in (("text", text), ("rows", rows))}
    assert points == {"text": 12, "rows": 28}


@given(st.builds(Wording, title=st.text(max_size=60), background=st.text(max_size=300), present=st.text(max_size=80), text=st.text(max_size=300)))
def test_any_words_are_scored_within_the_scale(said: Wording) -> None:
    found = clarity(said)
    assert 0 <= found.score <= 100
    assert all(0 <= part.points <= part.most for part in found.parts)


def test_the_spread_counts_every_score_once() -> None:
    assert sum(spread([0, 9, 10, 55, 99, 100]).values()) == 6
    assert spread([100])["90-99"] == 1


NAMES = ("示例海工装备（青岛）有限公司", "深蓝七号清洗机器人")


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("示例海工装备公司的导管架", ["NAME"]), ("我们用深蓝七号清洗机器人", ["NAME"]), ("和甲乙机械有限公司合作过", ["NAME"]),
        ("厂在示例路 128 号", ["ADDRESS"]), ("电话13800001111", ["CONTACT"]), ("写信到 a.b@example.com", ["CONTACT"]), ("设备型号 ZFJ-11D 停产", ["MODEL"]),
        ("按 GB/T 1234-2008 和 ISO 9001 做，材料 Q235，表面 Sa2.5，TRL 7，PM2.5，IP67，耐盐雾 3000 h", []), ("海上平台防腐涂层", []),
    ],
)  # fmt: skip
def test_names_addresses_contacts_and_models_are_seen_and_standards_are_not(text: str, kinds: list[str]) -> None:
    assert [leak.kind for leak in leaks(text, NAMES)] == kinds


@given(text=st.text(max_size=200))
def test_marked_pieces_give_the_text_back(text: str) -> None:
    assert "".join(piece for piece, _ in marked(text, leaks(text, NAMES))) == text


def test_the_core_of_a_name_has_no_legal_form() -> None:
    assert core("示例海工装备（青岛）有限公司") == "示例海工装备"
