"""Chinese is written in the code, English stands in the catalogue: nothing is missing, unused, half translated or left behind."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask_security
import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from jinja2 import Environment
from wtforms import StringField
from wtforms.validators import DataRequired

from webapp.core import languages
from webapp.core.pages import Form
from webapp.translations.__main__ import ENGLISH, HERE, KEYWORDS, catalogue, collected, compile_catalogues

WEBAPP = HERE.parent
TEMPLATES = sorted((WEBAPP / "templates").rglob("*.html"))
MODULES = sorted(WEBAPP.rglob("*.py"))
SIGN_IN_ENGLISH = HERE / "en" / "LC_MESSAGES" / "flask_security.po"
SIGN_IN_CHINESE = HERE / "zh_Hans_CN" / "LC_MESSAGES" / "flask_security.po"
HAN = re.compile(r"[\u3400-\u9fff]")
CHINESE = re.compile(r"[\u3001-\u303f\u3400-\u9fff\uff01-\uff60]")
PLACE = re.compile(r"%\(\w+\)[sd]|%%|%s")
SENTENCE = re.compile(r"[。？！]$|(^|，)请")

# Chinese that is data and no wording: what it is for. Whole sentences are wording even here.
DATA = {
    "accounts/fields.py": "units people write behind sums",
    "catalog/clarity.py": "words that show what a text speaks of",
    "catalog/disclosure.py": "how names, addresses and models are written",
    "catalog/quantities.py": "words people write beside figures and prices",
    "catalog/reading.py": "words people write for yes, no, levels and dates",
    "catalog/regions.py": "places people write, which tell the region",
    "catalog/rowsets.py": "other names of codes in files",
    "catalog/secrecy.py": "marks of classification and words to look into",
    "catalog/values.py": "other names of codes in files",
    "core/filters.py": "money and dates as Chinese readers write them, beside the English way",
    "imports/cells.py": "yes and no in files",
    "imports/columns.py": "other names of columns in files",
    "imports/telling.py": "yes and no in files",
    "imports/values.py": "the name of the organisation that keeps unclaimed rows, and the mark of copied files",
    "licences/fields.py": "names of the currency on receipts",
    "licences/fields_payment.py": "a unit people write behind sums",
    "core/money.py": "units people write behind sums",
    "licences/money.py": "sums in words, for the contract",
    "matches/mentions.py": "signs that say little in the name of a figure",
    "licences/money_bank.py": "what banks call their columns, dates and currency",
    "licences/paper_blocks.py": "how headings of Chinese documents begin",
}


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """Catalogues as they are served."""
    compile_catalogues()
    languages._catalogue.cache_clear()


@pytest.fixture(scope="module")
def english() -> Catalog:
    """The English catalogue as it stands."""
    return catalogue(ENGLISH)


@pytest.fixture(scope="module")
def texts() -> set[str]:
    """Every text in the program."""
    return {message.id for message in collected() if message.id}


def library() -> Catalog:
    """The messages of the sign-in library as it is installed."""
    with (Path(flask_security.__file__).parent / "translations" / "flask_security.pot").open("rb") as file:
        return read_po(file)


def places(text: str) -> list[str]:
    """The placeholders of a text, each as often as it stands there."""
    return sorted(PLACE.findall(text.replace("%(length) ", "%(length)s ")))


def differing(found: Catalog) -> dict[str, str]:
    """Translations whose placeholders are not those of their text."""
    return {message.id: message.string for message in found if message.id and places(message.id) != places(message.string)}


def tokens(template: Path) -> Iterator[tuple[int, str, bool]]:
    """Line and text of each piece of a template that is shown, and whether it is given to `_()`."""
    before: list[str] = []
    for line, kind, text in Environment().lex(template.read_text(encoding="utf-8")):
        if kind in {"data", "string"}:
            yield line, text, before[-2:] == ["_", "("]
        if kind != "whitespace":
            before = [*before[-1:], text]


def test_every_text_has_an_english_text(english: Catalog, texts: set[str]) -> None:
    assert texts - {message.id for message in english if message.string} == set()


def test_the_english_catalogue_holds_no_text_that_is_no_longer_used(english: Catalog, texts: set[str]) -> None:
    assert {message.id for message in english if message.id} - texts == set()
    assert not english.obsolete


def test_no_english_text_is_a_guess(english: Catalog) -> None:
    assert [message.id for message in english if message.id and message.fuzzy] == []


def test_english_texts_keep_the_placeholders(english: Catalog) -> None:
    assert differing(english) == {}


def test_no_english_text_holds_chinese_signs(english: Catalog) -> None:
    assert {message.id: message.string for message in english if message.id and CHINESE.search(message.string)} == {}


def test_english_quotes_are_straight_since_chinese_fonts_draw_curly_ones_wide(english: Catalog) -> None:
    assert [message.string for message in english if message.id and re.search("[\u2018\u2019\u201c\u201d]", message.string)] == []


def test_blanks_at_the_ends_stay_where_pieces_are_joined(english: Catalog) -> None:
    joined = {"、": ", ", "，": ", ", "。": ". ", "：": ": "}
    assert {text: english.get(text).string for text in joined if english.get(text)} == joined


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(WEBAPP / "templates")))
def test_every_word_of_a_template_is_collected(template: Path, texts: set[str]) -> None:
    chinese = [(line, text, marked) for line, text, marked in tokens(template) if HAN.search(text)]
    assert [(line, text) for line, text, marked in chinese if not marked] == []
    assert {ast.literal_eval(text) for _line, text, _marked in chinese} - texts == set()


def left_behind(module: Path) -> list[tuple[int, str]]:
    """Line and text of Chinese strings that no reader of English would get in English."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    handled = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        handled |= {id(argument) for argument in call.args if name in KEYWORDS}
    strings = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [(node.lineno, node.value) for node in strings if HAN.search(node.value) and id(node) not in handled]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(WEBAPP)))
def test_no_wording_stands_in_code_without_being_translated(module: Path) -> None:
    left = left_behind(module)
    if module.relative_to(WEBAPP).as_posix() in DATA:
        assert left, "holds no Chinese data any more: take it from the list"
        left = [(line, text) for line, text in left if SENTENCE.search(text)]
    assert left == []


def test_untranslated_words_are_noticed_wherever_they_stand(tmp_path: Path) -> None:
    module, template = tmp_path / "module.py", tmp_path / "template.html"
    module.write_text(
        '"""说明"""\nNAME = "成果"\nflash(f"已存 {NAME}")\nflash(gettext("已存 %(n)s", n="一"))\n', encoding="utf-8"
    )
    assert left_behind(module) == [(2, "成果"), (3, "已存 "), (4, "一")]
    template.write_text('{# 说明 #}{{ _("成果") }}{{ btn("需求") }}任务\n', encoding="utf-8")
    assert [text for _line, text, marked in tokens(template) if HAN.search(text) and not marked] == ['"需求"', "任务"]


def test_scripts_and_styles_take_their_words_from_the_page() -> None:
    files = [*(WEBAPP / "static" / "js").glob("*.js"), *(WEBAPP / "static" / "css").glob("*.css")]
    assert files
    assert [file.name for file in files if HAN.search(file.read_text(encoding="utf-8"))] == []


def test_every_message_of_the_sign_in_library_has_chinese() -> None:
    wanted = {message.id for message in library() if message.id}
    found = {message.id: message.string for message in catalogue(SIGN_IN_CHINESE) if message.id}
    assert found.keys() == wanted
    assert [text for text in found.values() if not HAN.search(text)] == []
    assert differing(catalogue(SIGN_IN_CHINESE)) == {}


def test_our_english_for_the_sign_in_library_replaces_messages_it_has() -> None:
    found = catalogue(SIGN_IN_ENGLISH)
    assert {message.id for message in found if message.id} - {message.id for message in library()} == set()
    assert differing(found) == {}


@pytest.mark.parametrize(
    ("language", "sentence"), [("zh_CN", "请先登录，再查看这项内容。"), ("en", "Please sign in to see this page.")]
)
def test_who_must_sign_in_is_told_so_in_the_language_of_the_page(client: Any, language: str, sentence: str) -> None:
    client.set_cookie("language", language)
    answer = client.get("/notices", follow_redirects=True)
    assert answer.request.path == "/sign-in"
    assert sentence in answer.text


@pytest.mark.parametrize(
    ("language", "sentence"), [("zh_CN", "账号或密码不对，请检查后再试"), ("en", "The e-mail address or the password is wrong.")]
)
def test_a_failed_sign_in_is_explained_in_the_language_of_the_page(client: Any, language: str, sentence: str) -> None:
    client.set_cookie("language", language)
    assert sentence in client.post("/sign-in", data={"email": "nobody@example.com", "password": "wrong horse"}).text


@pytest.mark.parametrize(("language", "sentence"), [("zh_CN", "该字段是必填字段。"), ("en", "This field is required.")])
def test_the_form_library_speaks_the_language_of_the_page(app: Any, language: str, sentence: str) -> None:
    class Asked(Form):
        name = StringField(validators=[DataRequired()])

    with app.test_request_context(method="POST", headers={"Cookie": f"language={language}"}):
        form = Asked()
        assert not form.validate()
        assert form.name.errors == [sentence]


def test_a_sentence_outside_a_page_comes_in_the_language_of_the_person() -> None:
    assert languages.translate("en", "打开：%(url)s", url="/x") == "Open: /x"
    assert languages.translate("zh_CN", "打开：%(url)s", url="/x") == "打开：/x"
