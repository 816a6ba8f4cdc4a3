"""The page of parts shows every shared macro, so that none changes unseen."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy.orm import Session

from tests import makers
from webapp import assets

TEMPLATES = assets.STATIC.parent / "templates"
# Parts that are round this page already, or belong to a row of a topic and are seen on its pages.
ELSEWHERE = {"shell.html", "attachments.html", "exports.html"}


def test_every_shared_macro_is_shown(app: Any, sign_in: Any, session: Session) -> None:
    shown = (TEMPLATES / "admin" / "design.html").read_text("utf-8")
    body = shown.partition("{% block main %}")[2]
    for path in sorted((TEMPLATES / "_macros").glob("*.html")):
        if path.name in ELSEWHERE:
            continue
        for name in re.findall(r"{% macro ([a-z]\w*)\(", path.read_text("utf-8")):
            assert re.search(rf"\b{name}\(", body), f"{path.name}: {name} is not on the page of parts"


def test_operators_open_the_page_of_parts_and_nobody_else(app: Any, client: Any, sign_in: Any, session: Session) -> None:
    operator, broker = makers.person(session, "operator"), makers.person(session, "broker")
    session.commit()
    sign_in(client, operator)
    page = client.get("/design")
    assert page.status_code == 200
    assert "sm-grade-3" in page.text
    assert "这不是邮箱地址" in page.text
    sign_in(client, broker)
    assert client.get("/design").status_code == 403


def test_a_term_is_explained_where_it_stands_and_on_its_own_page(app: Any, client: Any) -> None:
    page = client.get("/help/terms").text
    for code, term in app.jinja_env.globals["terms"].items():
        assert f'id="{code}"' in page
        assert term.text in page
    with app.test_request_context():
        mark = app.jinja_env.from_string('{% from "_macros/marks.html" import term %}{{ term("trl") }}').render()
    assert re.search(r'<button type="button"[^>]*popovertarget="term-trl"', mark)
    assert 'id="term-trl" popover' in mark
