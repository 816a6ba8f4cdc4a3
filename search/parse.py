"""Read what a person typed into a tree of wishes; nothing typed is an error, at worst it is plain words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from search.bounds import compared, inclusive
from search.types import FILTERS, NUMBERS

LONGEST_TEXT = 4_000
_LONGEST_FORMULA = 300
_DEEPEST = 12
_MOST_PIECES = 400

TEXT_FIELDS = {"title": "title", "keyword": "keywords", "keywords": "keywords", "text": "text", "name": "names",
               "names": "names", "标题": "title", "名称": "title", "关键词": "keywords", "正文": "text", "姓名": "names",
               "人员": "names"}  # fmt: skip
_OTHER_FIELDS = {name: name for name in (*FILTERS, *NUMBERS, "date", "id")} | {
    "类型": "kind", "创新圈": "circle", "单位": "institution", "机构": "institution", "行业": "industry", "领域": "field",
    "转化方式": "mode", "年份": "year", "年": "year", "成熟度": "trl", "价格": "price", "日期": "date", "编号": "id",
}  # fmt: skip
_FIELDS = TEXT_FIELDS | _OTHER_FIELDS

_LEXEME = re.compile(
    r'(?P<phrase>(?:[^\s:：()（）"“”]{1,20}[:：])?["“”][^"“”]*["“”]?)'
    r"|(?P<span>[^\s:：()（）\"“”]{1,20}[:：]\[[^\[\]]{0,60}\])"
    r"|(?P<open>[(（])|(?P<close>[)）])"
    r'|(?P<word>[^\s()（）"“”]+)'
)
_FIELD = re.compile(r"([^\s:：]{1,20})[:：](.*)", re.DOTALL)
_NUMBER = r"\d{1,12}(?:\.\d{1,6})?"
_DAY = r"\d{4}(?:-\d{1,2}(?:-\d{1,2})?)?"
_BOUND = rf"{_DAY}|{_NUMBER}"
_COMPARED = re.compile(rf"(>=|<=|≥|≤|>|<|=)?({_BOUND})")
_FROM_TO = re.compile(rf"\[?\s*({_BOUND})?\s*(?:\.\.|~|\s+TO\s+|,)\s*({_BOUND})?\s*\]?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Words:
    """Plain text, to be cut by the tokenizer."""

    text: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Phrase:
    """Text that must stand exactly so."""

    text: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Pattern:
    """Text with * (and ? in ids and names) for what is not known."""

    text: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """A filter value, typed by hand: any value that contains it."""

    text: str
    field: str


@dataclass(frozen=True, slots=True)
class Between:
    """A figure or date within bounds."""

    field: str
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class Not:
    """Everything but this."""

    node: "Node"


@dataclass(frozen=True, slots=True)
class Group:
    """Several wishes: `how` is "and", "or", or "auto" where the person just typed one after the other."""

    how: str
    nodes: tuple["Node", ...]


Node = Words | Phrase | Pattern | Value | Between | Not | Group
NOTHING = Group("auto", ())


def plain(text: str) -> Node:
    """The text as nothing but words."""
    return Group("auto", (Words(text[:LONGEST_TEXT]),))


def parse(text: str) -> Node:
    """The text with its operators, quotes, brackets and field prefixes; a pasted passage is only words."""
    if len(text) > _LONGEST_FORMULA or "\n" in text.strip():
        return plain(text)
    pieces = list(_pieces(text[:LONGEST_TEXT]))[:_MOST_PIECES]
    return _Reader(pieces).group()


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    for match in _LEXEME.finditer(text):
        kind, piece = str(match.lastgroup), match.group()
        if kind == "word" and piece in ("AND", "OR", "NOT"):
            yield piece, piece
        elif kind == "word" and len(piece) > 1 and piece[0] == "-" and not piece[1].isdigit():
            yield "NOT", "-"
            yield kind, piece[1:]
        else:
            yield kind, piece


class _Reader:
    """Recursive descent with bounded depth: deeper brackets are read as if they were not there."""

    def __init__(self, pieces: list[tuple[str, str]]) -> None:
        self._pieces, self._at = pieces, 0

    def _next(self) -> str | None:
        return self._pieces[self._at][0] if self._at < len(self._pieces) else None

    def group(self, depth: int = 0) -> Node:
        """Alternatives joined by OR, up to the closing bracket."""
        choices = [self._joined(depth)]
        while (kind := self._next()) is not None:
            self._at += 1
            if kind == "close":
                if depth:
                    break
                choices[-1] = _side_by_side(choices[-1], self._joined(depth))
            else:
                choices.append(self._joined(depth))
        full = [choice for choice in choices if choice != NOTHING]
        return full[0] if len(full) == 1 else Group("or", tuple(full)) if full else NOTHING

    def _joined(self, depth: int) -> Node:
        parts = [self._sequence(depth)]
        while self._next() == "AND":
            self._at += 1
            parts.append(self._sequence(depth))
        full = tuple(part for part in parts if part != NOTHING)
        return full[0] if len(full) == 1 else Group("and", full) if full else NOTHING

    def _sequence(self, depth: int) -> Node:
        nodes: list[Node] = []
        denied = False
        while (kind := self._next()) not in (None, "close", "OR", "AND"):
            text = self._pieces[self._at][1]
            self._at += 1
            if kind == "NOT":
                denied = not denied
                continue
            node = self._bracket(depth) if kind == "open" else _leaf(str(kind), text)
            if node != NOTHING:
                nodes.append(Not(node) if denied else node)
            denied = False
        return Group("auto", tuple(_merged(nodes))) if nodes else NOTHING

    def _bracket(self, depth: int) -> Node:
        return self.group(depth + 1) if depth < _DEEPEST else NOTHING


def _side_by_side(first: Node, second: Node) -> Node:
    nodes: list[Node] = []
    for node in (first, second):
        nodes.extend(node.nodes if isinstance(node, Group) and node.how == "auto" else [node])
    return Group("auto", tuple(_merged(nodes)))


def _merged(nodes: list[Node]) -> Iterator[Node]:
    """Neighbouring plain words become one text again, so that the tokenizer sees them as they were typed."""
    texts: list[str] = []
    for node in nodes:
        if isinstance(node, Words) and node.field is None:
            texts.append(node.text)
            continue
        if texts:
            yield Words(" ".join(texts))
            texts = []
        yield node
    if texts:
        yield Words(" ".join(texts))


def _leaf(kind: str, piece: str) -> Node:
    field, text = None, piece
    match = _FIELD.fullmatch(piece)
    if match and match.group(1).lower() in _FIELDS:
        field, text = _FIELDS[match.group(1).lower()], match.group(2)
    if field in (*NUMBERS, "date"):
        return _between(field, text) or Words(piece)
    text = text.strip('"“”') if kind == "phrase" or field else text
    if not text.strip():
        return NOTHING
    if "*" in text or ("?" in text and field in ("id", "names")):
        return Pattern(text, field) if text.strip("*?") or len(text) == 1 else NOTHING
    if field in FILTERS:
        return Value(text, field)
    if kind == "phrase" or field == "id":
        return Phrase(text, field)
    return Words(text, field)


def _between(field: str, text: str) -> Node | None:
    if match := _FROM_TO.fullmatch(text):
        low, high = inclusive(field, match.group(1), match.group(2))
    elif match := _COMPARED.fullmatch(text):
        low, high = compared(field, match.group(1) or "=", match.group(2))
    else:
        return None
    return None if low is None and high is None else Between(field, low, high)
