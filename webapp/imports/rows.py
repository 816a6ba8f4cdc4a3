"""A row of a file -> values for the catalog: lenient where people write freely, strict where a misreading would harm.

What does not fit its field is kept, labelled, below the summary; a classification nobody knows becomes a keyword.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from webapp.catalog import reading
from webapp.catalog.fields import Rules
from webapp.catalog.quantities import MOST_FIGURES, MUST, Quantity, figures
from webapp.catalog.reading import Wrong
from webapp.core.errors import N_
from webapp.imports.cells import WITHHELD, unguarded

CLASSIFICATIONS = ("field_code", "industry_code", "cluster_code")
# Unknown words in these say nothing that is worth keeping, e.g. the kind of publication.
IGNORED = ("form", "kind")
# Too long or unknown here: kept below the summary. Everything else that cannot be read refuses the row.
LOOSE = ("stage", "payment_model", "department", "lead", "location")
FIGURES = ("indicators", "targets")
# An empty cell here says nothing: what the row or its owner has stays.
SILENT = (
    *CLASSIFICATIONS, "confidentiality", "valid_until", "use_first_offered", "wants_use_first", "unfiled",
    "non_secret", "ownership_clear", "inventors_agree", "wants_board",
)  # fmt: skip
NOT_VALUES = ("external_id", "organisation", "source")
MOST_KEYWORDS, LONGEST_KEYWORD, LONGEST_ID = reading.MOST_KEYWORDS, 80, 120
LONG = (
    "title", "summary", "details", "cases", "benefits", "trl_evidence", "members", "ip_rights", "evidence", "background", "present", "scope",
    "conditions",
)  # fmt: skip
LONGEST_SHORT, LONGEST_FIGURE, LONGEST_BLANK = 2000, 200, 40
EMPTY_TITLE = N_("名称是空的，请补上。如果这一格是公式，请先在 Excel 里打开并保存一次。")


class RowRefused(Exception):
    """A row that is not stored: which column, why (a message id) and what fills its places."""

    def __init__(self, column: str, reason: str, **params: Any) -> None:
        self.column, self.reason, self.params = column, reason, params
        super().__init__(reason)


@dataclass(frozen=True)
class Draft:
    """What a row says: its number, its values, and the names it gives for owner and source platform."""

    external_id: str
    values: dict[str, Any]
    organisation: str = ""
    source: str = ""
    digest: bytes = b""


@dataclass
class _Work:
    """A row while it is read: values so far, words to become keywords, and what goes below the summary."""

    values: dict[str, Any] = field(default_factory=dict)
    keywords: list[str] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class RowReader:
    """Reads the rows of one table."""

    rules: Rules
    columns: Mapping[str, str]
    header: list[str]
    by_delimiter: bool = False

    def raw(self, cells: list[str]) -> dict[str, str]:
        """The row as it came, by column; cells beyond the header by their place."""
        named = {name: cell for name, cell in zip(self.header, cells, strict=False) if cell}
        return named | {f"#{place}": cell for place, cell in enumerate(cells, 1) if place > len(self.header) and cell}

    def read(self, cells: list[str]) -> Draft:
        """The row's values; RowRefused says what must be mended."""
        if self.by_delimiter and any(cells[len(self.header) :]):
            raise RowRefused("", N_("这一行的格数比列名多，可能有内容含分隔符却没加引号。"))
        given = self._given(cells)
        texts = {name: unguarded(cell) for name, cell in given.items()}
        work = _Work()
        for name, text in texts.items():
            if name not in NOT_VALUES and given[name] != WITHHELD:
                self._take(work, name, text, blank(given[name]))
        self._finish(work, texts)
        identity = texts.pop("external_id", "")
        digest = hashlib.sha256("\x1f".join(f"{name}\x1e{text}" for name, text in sorted(texts.items())).encode()).digest()[:12]
        return Draft(self._external_id(identity, texts), work.values, _name(texts, "organisation"), _name(texts, "source"), digest)

    def column(self, name: str) -> str:
        """The column a field came from, empty when none did."""
        return next((column for column, mapped in self.columns.items() if mapped == name), "")

    def _given(self, cells: list[str]) -> dict[str, str]:
        whole = [*cells, *[""] * (len(self.header) - len(cells))]
        return {self.columns[name]: cell for name, cell in zip(self.header, whole, strict=False) if name in self.columns}

    def _take(self, work: _Work, name: str, text: str, empty: bool) -> None:
        if empty:
            if name not in SILENT:
                work.values[name] = ""
        elif name == "keywords":
            work.keywords = _words(text)
        elif name in CLASSIFICATIONS:
            self._classify(work, name, text)
        elif name in FIGURES:
            self._figures(work, name, text)
        elif name == "modes":
            self._modes(work, text)
        else:
            self._plain(work, name, text)

    def _plain(self, work: _Work, name: str, text: str) -> None:
        try:
            work.values[name] = self.rules.fields[name].read(text if name in LONG else text[:LONGEST_SHORT])
        except Wrong as error:
            if name in LOOSE:
                self._left(work, name, text)
            elif name not in IGNORED:
                raise RowRefused(self.column(name), error.sentence, **self.rules.params | error.params) from error

    def _left(self, work: _Work, name: str, text: str) -> None:
        work.leftovers.append(f"{self.column(name)}：{text}")

    def _classify(self, work: _Work, name: str, text: str) -> None:
        """The first part the list knows is the value; the other words become keywords."""
        known: list[str] = []
        for part in (text, *reading.SPLIT.split(text)):
            try:
                found = self.rules.fields[name].read(part)
            except Wrong:
                continue
            if found:
                work.values.setdefault(name, found)
                known.append(part)
        if text not in known:
            work.topics += [part for part in _words(text) if part not in known]

    def _modes(self, work: _Work, text: str) -> None:
        """Known modes are taken, other words kept below the summary."""
        found: list[str] = []
        for part in reading.SPLIT.split(text):
            try:
                found += self.rules.fields["modes"].read(part)
            except Wrong:
                self._left(work, "modes", part.strip())
        work.values["modes"] = self.rules.fields["modes"].read(found)

    def _figures(self, work: _Work, name: str, text: str) -> None:
        """Figures that can be read, each marked as a must by ★ or （必须）; the rest of the text is kept below the summary."""
        found: list[Quantity] = []
        prose: list[str] = []
        for part, read in _parts(text):
            if read and len(found) < MOST_FIGURES:
                found += [dataclasses.replace(one, must=name == "targets" and bool(MUST.search(part.strip()))) for one in read]
            elif not blank(part):
                prose.append(part.strip())
        work.values[name] = found
        if prose:
            self._left(work, name, "；".join(prose))

    def _finish(self, work: _Work, texts: Mapping[str, str]) -> None:
        """Title, keywords and summary, once all columns are read."""
        if not work.values.get("title"):
            raise RowRefused(self.column("title"), EMPTY_TITLE)
        if "keywords" in texts or work.topics:
            self._keywords(work)
        if work.leftovers:
            whole = "\n".join([work.values.get("summary", ""), *work.leftovers]).strip()
            work.values["summary"] = self._summary(whole)

    def _keywords(self, work: _Work) -> None:
        """The first ten; more, or too long ones, are kept below the summary."""
        words = list(dict.fromkeys([*work.keywords, *work.topics]))
        fitting = [word for word in words if len(word) <= LONGEST_KEYWORD]
        work.values["keywords"] = fitting[:MOST_KEYWORDS]
        if rest := [word for word in words if word not in fitting[:MOST_KEYWORDS]]:
            label = self.column("keywords") or self.column(next((n for n in CLASSIFICATIONS if self.column(n)), ""))
            work.leftovers.append(f"{label}：{'；'.join(rest)}")

    def _summary(self, text: str) -> str:
        try:
            return str(self.rules.fields["summary"].read(text))
        except Wrong as error:
            raise RowRefused(self.column("summary"), error.sentence, **self.rules.params | error.params) from error

    def _external_id(self, identity: str, texts: Mapping[str, str]) -> str:
        """The row's own number, else one made of its title and summary."""
        found = " ".join(reading.plain(identity).split())
        if len(found) > LONGEST_ID:
            raise RowRefused(self.column("external_id"), N_("编号最多 %(most)s 个字符。"), most=LONGEST_ID)
        if blank(found):
            text = texts["title"] + texts.get("summary", "")
            return f"row-{hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()[:16]}"
        return found


def blank(text: str) -> bool:
    """Whether a cell says nothing; a long one says something without being looked through."""
    return len(text) < LONGEST_BLANK and reading.blank(text)


def _name(texts: Mapping[str, str], name: str) -> str:
    text = " ".join(reading.plain(texts.get(name, "")).split())
    return "" if blank(text) else text


def _words(text: str) -> list[str]:
    """Words cut at the usual signs, and where there is none, at blanks."""
    parts = reading.SPLIT.split(text) if reading.SPLIT.search(text.strip()) else text.split()
    words = [" ".join(reading.without_controls(part).split()) for part in parts]
    return [word for word in words if not blank(word)]


def _parts(text: str) -> Iterator[tuple[str, list[Quantity]]]:
    """Figures stand one a line or between semicolons; commas part them only where the whole makes no single figure."""
    for part in re.split(r"[;；\n]+", text):
        if found := _read_figures(part):
            yield part, found
        else:
            yield from ((piece, _read_figures(piece)) for piece in re.split(r"[，,。](?=\s*[^\d\s])", part))


def _read_figures(part: str) -> list[Quantity]:
    """What can be read of one figure's text: nothing when it is prose."""
    text = MUST.sub("", part.strip())
    if len(text) > LONGEST_FIGURE:
        return []
    name, colon, value = text.rpartition("：")
    try:
        if colon and not blank(value):
            return figures([{"name": name, "value": value}])
    except Wrong:
        pass
    try:
        return [one for one in figures(text) if not re.search(r"[，,。]", one.name + one.unit)]
    except Wrong:
        return []
