"""Marks words in another language than the page's, so that screen readers speak them as they should and browsers break them right.

What people typed stands on pages of either language. An element that holds nothing else gets the `lang` attribute; words among others are
wrapped. Names inside attributes stay: a proper name needs no mark (WCAG 2.2, 3.1.2).
"""

from __future__ import annotations

import re
from collections.abc import Callable

HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_TAG = r"""<[a-zA-Z/!](?:[^<>"']|"[^"]*"|'[^']*')*>"""
# A tag, the words after it, and the tag that follows: only words of the other language are of interest.
_CHINESE = re.compile(rf"({_TAG})([^<]*[{HAN}][^<]*)(?=<(/?)([a-zA-Z0-9]*))")
_ENGLISH = re.compile(rf"({_TAG})([^<{HAN}]*[a-z][^<{HAN}]*)(?=<(/?)([a-zA-Z0-9]*))")
_RUN = re.compile(rf"[{HAN}](?:[^<>&]*[{HAN}])?[\uff0c\u3002\uff1b\uff1a\uff01\uff1f\u3001\uff09\u300b\u201d]*")
_WORD = re.compile(r"[A-Za-z][a-z]+")
_NAME = re.compile(r"<([a-zA-Z][a-zA-Z0-9]*)")
_MOST_MIXED = 2  # so many English words may stand in a Chinese text that is still called Chinese
_LEAST_WORDS = 4  # fewer English words are names and codes, which are the same in every language
_WHOLE = frozenset({"title", "option", "textarea", "text", "tspan"})  # nothing can be wrapped inside these
_LEFT = frozenset({"script", "style"})


def mark(html: str, language: str) -> str:
    """The page with `lang` on what is written in the other language."""
    if language == "en":
        return _CHINESE.sub(_chinese, html)
    return _ENGLISH.sub(_english, html)


def _chinese(found: re.Match[str]) -> str:
    tag, text, closing, _ = found.groups()
    if _spoken(tag):
        return found[0]
    mixed = len(_WORD.findall(text)) > _MOST_MIXED
    name = _name(tag)
    if name in _WHOLE or (closing and name == found[4].lower() and not mixed):
        return found[0] if mixed else f"{_with(tag, 'zh-CN')}{text}"
    return f"{tag}{_RUN.sub(_wrapped, text) if mixed else _inner(text, 'zh-CN')}"


def _english(found: re.Match[str]) -> str:
    tag, text, closing, _ = found.groups()
    if len(_WORD.findall(text)) < _LEAST_WORDS or _spoken(tag):
        return found[0]
    name = _name(tag)
    if name in _WHOLE or (closing and name == found[4].lower()):
        return f"{_with(tag, 'en')}{text}"
    return f"{tag}{_inner(text, 'en')}"


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
