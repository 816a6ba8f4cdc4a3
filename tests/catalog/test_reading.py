"""Readers of single values: what people write in forms and cells, and the sentence when it cannot be read."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from webapp.catalog import reading, values
from webapp.catalog.fields_base import named
from webapp.catalog.reading import Wrong

anything = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=60), st.dates(), st.datetimes())
modes = reading.choices(named(values.MODES, values.MODE_ALIASES), "unknown")
kinds = reading.choice(named(values.DEMAND_KINDS, values.KIND_ALIASES), "unknown")
title = reading.line(200, "long")
body = reading.text(1000, "long")
months = reading.whole(1, 36, "months")
READERS = (title, body, reading.keywords, reading.boolean, reading.trl, reading.day, modes, kinds, months)


@pytest.mark.parametrize("read", READERS)
@given(value=anything)
@example(value=float("nan"))
@example(value=float("inf"))
@example(value="\x00\ud800\U0001f9ec")
def test_a_reader_answers_or_says_what_is_wrong_and_takes_its_answer_again(read: Any, value: Any) -> None:
    try:
        found = read(value)
    except Wrong as wrong:
        assert wrong.sentence
        return
    assert read(found) == found


@given(text=st.text(max_size=300))
def test_stored_text_never_holds_signs_a_database_refuses(text: str) -> None:
    found = body(text)
    assert all(c in "\n\t" or (c >= " " and c != "\x7f") for c in found)
    found.encode("utf-8")


def test_a_line_is_one_line_and_long_ones_are_refused() -> None:
    assert title("  海工\r\n防腐 \t 涂层 ") == "海工 防腐 涂层"
    assert title("字" * 200) == "字" * 200
    with pytest.raises(Wrong, match="long"):
        title("字" * 201)


def test_text_keeps_its_paragraphs_emoji_and_full_width_signs() -> None:
    assert body("第一段，ＡＢＣ。\r\n第二段🧬\x0b") == "第一段，ＡＢＣ。\n第二段🧬"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("防腐；涂层; 海工、耐磨，环氧", ["防腐", "涂层", "海工", "耐磨", "环氧"]),
        ("防腐 涂层　海工", ["防腐", "涂层", "海工"]),
        ("graphene oxide；zinc", ["graphene oxide", "zinc"]),
        ("防腐；防腐；；", ["防腐"]),
        (["防腐", " 涂层 ", "a,b"], ["防腐", "涂层", "a", "b"]),
        ("", []), (None, []), ("无", []), ("－", []), (["—", "N/A", "＋"], ["＋"]),
    ],
)  # fmt: skip
def test_keywords_are_cut_where_people_mean_it(written: Any, words: list[str]) -> None:
    assert reading.keywords(written) == words


def test_more_than_ten_keywords_or_an_endless_one_are_refused() -> None:
    with pytest.raises(Wrong, match="10"):
        reading.keywords("；".join(f"词{n}" for n in range(11)))
    with pytest.raises(Wrong, match="80"):
        reading.keywords("很" * 81)


def test_imported_rows_keep_the_first_ten_of_many_keywords() -> None:
    assert reading.first_keywords("；".join(f"词{n}" for n in range(25))) == [f"词{n}" for n in range(10)]


@pytest.mark.parametrize(
    ("written", "level"),
    [("7", 7), ("TRL 7", 7), ("TRL7级", 7), ("trl-7", 7), ("第7级", 7), ("７", 7), (7, 7), (7.0, 7), ("", None), (None, None), ("无", None)],
)
def test_readiness_levels_in_their_spellings(written: Any, level: int | None) -> None:
    assert reading.trl(written) == level


@pytest.mark.parametrize("written", ["0", "10", "7.5", "6-7", "高", -1, 12, True, "TRL", "７７"])
def test_other_readiness_levels_are_refused(written: Any) -> None:
    with pytest.raises(Wrong, match="1 到 9"):
        reading.trl(written)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2027-03-31", date(2027, 3, 31)), ("2027/3/5", date(2027, 3, 5)), ("2027.3.5", date(2027, 3, 5)),
        ("2027年3月5日", date(2027, 3, 5)), ("２０２７年３月５号", date(2027, 3, 5)), ("20270305", date(2027, 3, 5)),
        ("2027年2月", date(2027, 2, 28)), ("2028-02", date(2028, 2, 29)), ("2027年12月", date(2027, 12, 31)), ("2027", date(2027, 12, 31)),
        ("2027年底", date(2027, 12, 31)), ("2027-03-31 08:30:00", date(2027, 3, 31)), (datetime(2027, 3, 31, 8), date(2027, 3, 31)),
        (46477, date(2027, 3, 31)), (46477.0, date(2027, 3, 31)), ("46477", date(2027, 3, 31)), ("长期", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_dates_in_their_spellings(written: Any, day: date | None) -> None:
    assert reading.day(written) == day


@pytest.mark.parametrize("written", ["2027-02-30", "2027-13-01", "31.3.27", "明年", "1066-10-14", "0", 5, 1e9, True])
def test_days_that_do_not_exist_or_cannot_be_meant_are_refused(written: Any) -> None:
    with pytest.raises(Wrong, match="2027-03-31"):
        reading.day(written)


@given(day=st.dates(date(1990, 1, 1), date(2119, 12, 31)))
def test_a_day_is_read_back_from_every_way_of_writing_it(day: date) -> None:
    spelled = f"{day.year}年{day.month}月{day.day}日"
    serial = (day - reading.EPOCH) // timedelta(days=1)
    assert reading.day(day.isoformat()) == reading.day(spelled) == reading.day(f"{day:%Y/%m/%d}") == reading.day(serial) == day


@pytest.mark.parametrize("written", ["是", "有", "√", "Y", "yes", "TRUE", "1", 1, 1.0, True, "愿意", "可"])
def test_yes_in_its_spellings(written: Any) -> None:
    assert reading.boolean(written) is True


@pytest.mark.parametrize("written", ["否", "无", "×", "N", "false", "0", 0, False, "", None, "不愿意"])
def test_no_in_its_spellings(written: Any) -> None:
    assert reading.boolean(written) is False


def test_neither_yes_nor_no_is_refused() -> None:
    with pytest.raises(Wrong, match="是"):
        reading.boolean("也许")


def test_codes_are_read_by_code_chinese_english_and_usual_other_names() -> None:
    assert modes("许可、技术转让；先用后付/ 作价入股".replace("/", "；")) == ["LICENSE", "TRANSFER", "EQUITY", "USE_FIRST"]
    assert modes("license, JOINT") == ["LICENSE", "JOINT"]
    assert modes(["USE_FIRST", "LICENSE", "LICENSE"]) == ["LICENSE", "USE_FIRST"]
    assert kinds("技术咨询／服务") == kinds("技术咨询") == kinds("consulting") == "CONSULTING"
    with pytest.raises(Wrong, match="unknown"):
        modes("许可、以物易物")


@pytest.mark.parametrize("written", ["36", "12个月", 12.0, "１２ 月"])
def test_months_are_read_with_or_without_their_word(written: Any) -> None:
    assert months(written) in {12, 36}


@pytest.mark.parametrize("written", ["0", "37", "12.5", "一年", -3, True])
def test_months_out_of_range_are_refused(written: Any) -> None:
    with pytest.raises(Wrong, match="months"):
        months(written)
