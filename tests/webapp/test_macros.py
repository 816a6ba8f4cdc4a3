"""The shared macros: what a reader, a screen reader and a browser without script get from them."""

from __future__ import annotations

import re
from types import SimpleNamespace as Row
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined, meta
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    validators,
)

from webapp import assets


class TargetForm(Form):
    id = HiddenField()
    label = StringField("指标", [validators.InputRequired("请填写指标")])
    must = BooleanField("必须")


class DemandForm(Form):
    title = StringField("标题", [validators.InputRequired("请填写标题")], description="一句话")
    text = TextAreaField("场合", [validators.Length(max=500)])
    modes = SelectMultipleField("合作方式", choices=["许可", "转让"])
    level = RadioField("谁能看到", choices=[SelectChoice("L0", "公开"), SelectChoice("L1", "匿名公开")])
    kind = SelectField("产业", choices=["船舶", "氢能"])
    targets = FieldList(FormField(TargetForm), label="技术指标", min_entries=1)


@pytest.fixture(scope="module")
def env() -> Environment:
    env = Environment(
        loader=FileSystemLoader(assets.STATIC.parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    env.install_gettext_callables(lambda s: s, lambda one, many, n: one if n == 1 else many, newstyle=True)  # type: ignore[attr-defined]
    env.globals.update(asset=assets.asset_url, csrf_token=lambda: "token")
    return env


@pytest.fixture
def render(env: Environment) -> Any:
    def call(file: str, source: str, **values: Any) -> str:
        return env.from_string(f'{{% import "_macros/{file}.html" as m %}}{source}').render(**values)

    return call


def words(html: str) -> str:
    """What a screen reader says: text outside aria-hidden pieces."""
    html = re.sub(r'<(\w+)[^>]*aria-hidden="true"[^>]*>.*?</\1>', "", html, flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("&nbsp;", " ").split())


@pytest.mark.parametrize(("grade", "said"), [(3, "强"), (2, "较强"), (1, "弱"), (0, "无"), (None, "无")])
def test_a_grade_is_said_in_words_beside_its_bars(render: Any, grade: int | None, said: str) -> None:
    html = render("marks", "{{ m.grade(g, 81.6) }}", g=grade)
    assert words(html) == f"匹配等级 {said} 82 分"
    assert html.count('class="sm-on"') == (grade or 0)


def test_a_seal_is_read_as_its_whole_word(render: Any) -> None:
    assert words(render("marks", "{{ m.seal('result') }} {{ m.seal('demand') }}")) == "成果 需求"


def test_score_bars_share_one_scale_and_hidden_text_is_hatched(render: Any) -> None:
    parts = [Row(label="公开文本", value=27, max=30, hidden=False), Row(label="受控文本", value=7, max=10, hidden=True)]
    html = render("marks", "{{ m.score_bars(parts) }}", parts=parts)
    assert re.findall(r'width="([\d.]+)%"', html) == ["100.00", "90.00", "33.33", "23.33"]
    assert html.count("url(#sm-hatch)") == 1
    assert words(html).endswith("合计 34")


def test_an_empty_list_of_score_parts_does_not_break_the_page(render: Any) -> None:
    assert words(render("marks", "{{ m.score_bars([]) }}")) == "合计 0"


def test_a_missing_figure_is_told_apart_from_one_that_falls_short(render: Any) -> None:
    rows = [
        Row(label="静水压", must=True, required="≥ 15 MPa", actual="12 MPa", verdict="miss", note="差 3 MPa"),
        Row(label="温度", must=False, required="≤ 5 ℃", actual=None, verdict="unknown", note=None),
    ]
    html = render("marks", "{{ m.spec_table(rows) }}", rows=rows)
    assert "静水压 必须 ≥ 15 MPa 12 MPa 差 3 MPa" in words(html)
    assert "温度 ≤ 5 ℃ — 未提供" in words(html)


@pytest.mark.parametrize(("level", "said"), [(0, "L0 公开"), ("L3", "L3 签保密后可见"), (4, "L4 仅经纪人")])
def test_confidentiality_shows_its_code_and_its_meaning(render: Any, level: int | str, said: str) -> None:
    assert words(render("marks", "{{ m.conf(level) }}", level=level)) == said


def test_texts_from_people_are_escaped_in_marks_and_rows(render: Any) -> None:
    bad = "<script>alert(1)</script>"
    html = render(
        "layout", "{{ m.item_row('result', bad, '/r', [bad], bad) }}{{ m.page_head(bad, bad) }}{{ m.chip(bad, '/x') }}", bad=bad
    )
    assert "<script>" not in html
    assert render("layout", "{{ m.item_row('result', t, '/r') }}", t=Markup("再<wbr>制造")).count("<wbr>") == 1


def pages(number: int, count: int) -> Any:
    return Row(number=number, pages=count, total=count * 20, first=1, last=20, url_for_page=lambda n: f"?page={n}")


def test_a_pager_shows_the_ends_and_the_neighbours(render: Any) -> None:
    html = render("layout", "{{ m.pager(page) }}", page=pages(50, 99))
    assert words(html).split("项，共 1,980 项")[1].split() == ["上一页", "1", "48", "49", "50", "51", "52", "99", "下一页"]
    assert html.count("…") == 2


def test_a_pager_of_one_page_counts_and_of_none_is_silent(render: Any) -> None:
    assert "<ol>" not in render("layout", "{{ m.pager(page) }}", page=pages(1, 1))
    assert render("layout", "{{ m.pager(page) }}", page=pages(1, 0)).strip() == ""


def test_a_posting_button_carries_its_token_and_its_question(render: Any) -> None:
    html = render("layout", "{{ m.post_btn('撤下', '/x', confirm='真的撤下？', fields={'id': 7}) }}")
    assert 'name="csrf_token" value="token"' in html
    assert 'data-sm-confirm="真的撤下？"' in html
    assert 'name="id" value="7"' in html


def test_an_error_is_tied_to_its_field_and_listed_at_the_top(render: Any) -> None:
    form = DemandForm(MultiDict({"kind": "船舶", "level": "L0", "targets-0-label": "盐雾"}))
    assert not form.validate()
    html = render("forms", "{{ m.form_errors(form) }}{{ m.field(form.title) }}", form=form)
    described = re.search(r'<input[^>]*aria-describedby="([^"]*)"[^>]*>', html)
    assert described
    assert described[1].split() == ["title-help", "title-error"]
    assert 'aria-invalid="true"' in described[0]
    assert re.search(r'id="title-error".*?请填写标题', html, re.S)
    assert '<a href="#title">标题</a>：请填写标题' in html


def test_a_field_without_error_says_nothing_of_one(render: Any) -> None:
    html = render("forms", "{{ m.field(form.text) }}", form=DemandForm())
    assert "aria-invalid" not in html
    assert "aria-describedby" not in html
    assert "选填" in html


def test_a_select_of_several_becomes_check_boxes_that_keep_their_choice(render: Any) -> None:
    form = DemandForm(MultiDict([("modes", "转让")]))
    html = render("forms", "{{ m.field(form.modes) }}", form=form)
    assert re.findall(r'type="checkbox"[^>]*value="([^"]*)"( checked)?', html) == [("许可", ""), ("转让", " checked")]
    assert "<legend" in html


def test_radio_buttons_stay_radio_buttons(render: Any) -> None:
    form = DemandForm(MultiDict([("level", "L1"), ("kind", "氢能")]))
    html = render("forms", "{{ m.field(form.level) }}{{ m.field(form.kind, radio=True) }}", form=form)
    assert re.findall(r'type="radio"[^>]*value="([^"]*)" checked', html) == ["L1", "氢能"]
    assert 'type="checkbox"' not in html


def test_rows_can_be_added_and_removed_without_script(render: Any) -> None:
    form = DemandForm(MultiDict({"targets-0-label": "盐雾", "targets-0-id": "5", "targets-3-label": ""}))
    form.validate()
    html = render("forms", "{{ m.rows_editor(form.targets, ['label', 'must']) }}", form=form)
    assert re.search(r'<button[^>]*type="submit"[^>]*name="add_row" value="targets" formnovalidate', html)
    assert re.findall(r'name="remove_row" value="([^"]*)"', html) == ["targets-0", "targets-1"]
    assert 'name="targets-0-id"' in html
    assert html.count("请填写指标") == 1


def test_the_error_page_needs_neither_person_nor_database(env: Environment) -> None:
    html = env.get_template("errors/error.html").render(
        status=503, sentence="系统暂时连不上数据库。", code="503-ab12", request=Row(script_root="/base"), typed=[("title", '防腐"涂层')]
    )
    assert '<input type="hidden" name="title" value="防腐&#34;涂层">' in html, "what was typed can be sent again"
    assert "编号 503-ab12" in html
    assert 'href="/base/"' in html
    assert "系统暂时连不上数据库。" in html


def test_the_smallest_ring_of_the_map_can_still_be_hit(render: Any) -> None:
    circles = [
        Row(name="甲", count=1000, href="/a", focus=["海工"], place="upc"),
        Row(name="乙", count=0, href="/b", focus=[], place="qut"),
    ]
    html = render("home", "{{ m.circle_map(circles) }}", circles=circles)
    assert re.findall(r'<circle cx="\d+" cy="\d+" r="([\d.]+)"', html) == ["51.0", "24"]
    assert 'aria-label="乙，0 项成果"' in html


LOCAL = {"ns", "_ignored"}  # set inside a macro, which the reader of templates takes for the page's
IMPORT = re.compile(r'\{%-?\s*(?:from|import)\s+"([^"]+)"([^%]*?)-?%\}')


def test_macros_get_the_page_they_stand_on_only_where_they_read_of_it(app: Any) -> None:
    """With the page, macros are made anew for each; without, what they read of it would silently be empty."""
    environment = app.jinja_env
    for name in environment.list_templates(extensions=["html"]):
        for macros, rest in IMPORT.findall(environment.loader.get_source(environment, name)[0]):
            read = meta.find_undeclared_variables(environment.parse(environment.loader.get_source(environment, macros)[0]))
            needs = bool(read - environment.globals.keys() - LOCAL)
            assert needs == ("with context" in rest), f"{name} imports {macros}"
