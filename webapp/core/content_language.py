"""Marks words in another language than the page's, so that screen readers speak them as they should and browsers break them right.

What people typed stands on pages of either language. An element that holds nothing else gets the `lang` attribute; words among others are
wrapped. Names inside attributes stay: a proper name needs no mark (WCAG 2.2, 3.1.2).
"""

from __future__ import annotations

import re
from collections.abc import Callable

HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_TAG = re.compile(r"""<[a-zA-Z/!](?:[^<>"']|"[^"]*"|'[^']*')*>""")
# What may be words of the other language between two tags, found by the end of the tag before: most texts of a page are not, and a page is long.
_CHINESE = re.compile(rf">([^<{HAN}]*[{HAN}][^<]*)(?=<(/?)([a-zA-Z0-9]*))")
_ENGLISH = re.compile(rf">([^<{HAN}]{{11,}}+)(?=<(/?)([a-zA-Z0-9]*))")  # four words of two letters
_RUN = re.compile(rf"[{HAN}](?:[^<>&]*[{HAN}])?[\uff0c\u3002\uff1b\uff1a\uff01\uff1f\u3001\uff09\u300b\u201d]*")
_WORD = re.compile(r"[A-Za-z][a-z]+")
_NAME = re.compile(r"<([a-zA-Z][a-zA-Z0-9]*)")
_MOST_MIXED = 2  # so many English words may stand in a Chinese text that is still called Chinese
_LEAST_WORDS = 4  # fewer English words are names and codes, which are the same in every language
_WHOLE = frozenset({"title", "option", "textarea", "text", "tspan"})  # nothing can be wrapped inside these
_LEFT = frozenset({"script", "style"})


def mark(html: str, language: str) -> str:
    """The page with `lang` on what is written in the other language."""
    sought, changed = (_CHINESE, _chinese) if language == "en" else (_ENGLISH, _english)
    parts, done, at = [], 0, 0
    while found := sought.search(html, at):
        at = found.start() + 1
        tag = _TAG.fullmatch(html, max(html.rfind("<", 0, at), 0), at)
        if tag is None:  # a sign inside an attribute, not the end of a tag
            continue
        at = found.end()
        new = changed(tag[0], found[1], bool(found[2]) and _name(tag[0]) == found[3].lower())
        if new:
            parts += [html[done : tag.start()], new]
            done = at
    return "".join([*parts, html[done:]]) if parts else html


def _chinese(tag: str, text: str, alone: bool) -> str:
    """The tag and the text anew, marked; empty where they stay as they are. `alone`: the element holds nothing else."""
    if _spoken(tag):
        return ""
    mixed = len(_WORD.findall(text)) > _MOST_MIXED
    if _name(tag) in _WHOLE or (alone and not mixed):
        return "" if mixed else f"{_with(tag, 'zh-CN')}{text}"
    return f"{tag}{_RUN.sub(_wrapped, text) if mixed else _inner(text, 'zh-CN')}"


def _english(tag: str, text: str, alone: bool) -> str:
    """The same for English words."""
    if len(_WORD.findall(text)) < _LEAST_WORDS or _spoken(tag):
        return ""
    return f"{_with(tag, 'en')}{text}" if alone or _name(tag) in _WHOLE else f"{tag}{_inner(text, 'en')}"


def _name(tag: str) -> str:
    found = _NAME.match(tag)
    return found[1].lower() if found else ""


def _spoken(tag: str) -> bool:
    """Whether the element says its language itself, or holds no words."""
    return " lang=" in tag or _name(tag) in _LEFT


def _with(tag: str, language: str) -> str:
    end = -2 if tag.endswith("/>") else -1
    return f'{tag[:end]} lang="{language}"{tag[end:]}'


def _inner(text: str, language: str) -> str:
    """The text wrapped, blanks at its ends left outside."""
    plain = text.strip()
    start = text.index(plain)
    return f'{text[:start]}<span lang="{language}">{plain}</span>{text[start + len(plain):]}'


_wrapped: Callable[[re.Match[str]], str] = lambda found: f'<span lang="zh-CN">{found[0]}</span>'  # noqa: E731
