"""Words in another language than the page's carry the mark of their language, and nothing else changes."""

from __future__ import annotations

import lxml.html
import pytest

from webapp.core.content_language import mark

CHINESE = {
    "<h1>示例涂层</h1>": '<h1 lang="zh-CN">示例涂层</h1>',
    '<a href="/x?a>b" title="a > b">示例 TRL 7</a>': '<a href="/x?a>b" title="a > b" lang="zh-CN">示例 TRL 7</a>',
    "<p>Posted by 示例大学, today.</p>": '<p>Posted by <span lang="zh-CN">示例大学</span>, today.</p>',
    "<td> 示例 <b>3</b></td>": '<td> <span lang="zh-CN">示例</span> <b>3</b></td>',
    "<option value=1>示例</option>": '<option value=1 lang="zh-CN">示例</option>',
    "<svg><text x='1'>示例<tspan>两</tspan></text></svg>": "<svg><text x='1' lang=\"zh-CN\">示例<tspan lang=\"zh-CN\">两</tspan></text></svg>",
    "<title>Results of the school 示例 · Sunmao</title>": "<title>Results of the school 示例 · Sunmao</title>",
    '<button lang="zh-CN">中文</button>': '<button lang="zh-CN">中文</button>',
    "<p>Nothing to mark.</p>": "<p>Nothing to mark.</p>",
    "<li>“示例一、示例二”：two of them only<br>三</li>": '<li>“<span lang="zh-CN">示例一、示例二”：</span>two of them only<br><span lang="zh-CN">三</span></li>',
}


@pytest.mark.parametrize("html", CHINESE)
def test_chinese_on_an_english_page_is_marked(html: str) -> None:
    assert mark(html, "en") == CHINESE[html]


ENGLISH = {
    "<p>We look for a coating that lasts ten years.</p>": '<p lang="en">We look for a coating that lasts ten years.</p>',
    "<li>A robot that cleans hulls under water<br>成果</li>": '<li><span lang="en">A robot that cleans hulls under water</span><br>成果</li>',
    "<td>Sunmao TRL CO2</td>": "<td>Sunmao TRL CO2</td>",
    "<p>用于 marine coating and other steel structures</p>": "<p>用于 marine coating and other steel structures</p>",
    '<script src="/x.js" defer></script>': '<script src="/x.js" defer></script>',
    '<p title="a > b means more than all others">We look for a coating that lasts.</p>': (
        '<p title="a > b means more than all others" lang="en">We look for a coating that lasts.</p>'
    ),
    "no tag before it > and these are some words<": "no tag before it > and these are some words<",
}


@pytest.mark.parametrize("html", ENGLISH)
def test_english_sentences_on_a_chinese_page_are_marked(html: str) -> None:
    assert mark(html, "zh_CN") == ENGLISH[html]


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_words_of_a_page_stay_as_they_are(language: str) -> None:
    html = "".join((*CHINESE, *ENGLISH)) * 20
    words = lambda page: lxml.html.fromstring(page).text_content()  # noqa: E731
    assert words(mark(html, language)) == words(html)


@pytest.mark.parametrize("html", ["<" * 5_000 + "示", "<a " + "'" * 5_001 + "示", "示" * 50_000, "<a>" + "示a" * 20_000 + "<", "<a b=" * 5_000 + "示"])
def test_odd_pages_come_back_soon(html: str) -> None:
    assert mark(html, "en").count("示") == html.count("示")
