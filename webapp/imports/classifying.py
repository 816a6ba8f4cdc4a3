"""The lists results and demands are classified by: entries with versions and dates, edited by operators, imported and exported."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.accounts import service as accounts
from webapp.accounts.models import Organisation
from webapp.catalog import listed, reading
from webapp.catalog.models import Classification, Cluster
from webapp.catalog.reading import Wrong
from webapp.core import audit, clock, policy
from webapp.core.errors import N_, AppError, Invalid, NotFound
from webapp.core.policy import Actor

SCHEMES = {"industry": N_("产业"), "field": N_("技术领域"), "cluster": N_("创新圈"), "trl": N_("成熟度等级"), "institution": N_("高校和科研机构")}
LEVELS = tuple("123456789")
CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
COLUMNS = ("code", "zh", "en", "parent", "position", "valid_from", "valid_to")
NAMES = {
    "code": N_("代码"), "zh": N_("中文名称"), "en": N_("英文名称"), "parent": N_("分组"), "position": N_("顺序"), "valid_from": N_("启用日"),
    "valid_to": N_("停用日"), "version": N_("版本"),
}  # fmt: skip
READERS = {
    "zh": reading.line(80, N_("名称最多 80 个字。")), "en": reading.line(160, N_("英文名称最多 160 个字符。")),
    "parent": reading.line(40, N_("分组最多 40 个字符。")), "position": reading.whole(0, 9999, N_("顺序请填 0 到 9999 的整数。")),
    "valid_from": reading.day, "valid_to": reading.day,
}  # fmt: skip


@policy.rule("lists:edit")
def may_edit(actor: Actor, _obj: Any) -> bool:
    """Operators keep the lists."""
    return actor.has("operator")


@dataclass(frozen=True)
class Line:
    """One version of an entry and where it stands today: current, coming or ended."""

    row: Classification
    standing: str
    newest: bool


@dataclass
class Outcome:
    """What came of an imported list."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[tuple[int, str, Mapping[str, Any]]] = field(default_factory=list)


def known(scheme: str) -> str:
    """The scheme, if there is such a list."""
    if scheme not in SCHEMES:
        raise NotFound
    return scheme


def settle(session: Session, scheme: str) -> None:
    """Take what the platform begins with into a list nobody has touched yet."""
    have = set(session.scalars(select(Classification.code).where(Classification.scheme == known(scheme))))
    for place, entry in enumerate(listed.beginnings(session, scheme), 1):
        if entry.code not in have:
            session.add(Classification(scheme=scheme, code=entry.code, version="1", zh=entry.zh[:80], en=entry.en[:160], position=place))
    session.flush()


def lines(session: Session, scheme: str) -> list[Line]:
    """All versions of all entries: those in use in their order, then those that come, then those that ended."""
    settle(session, scheme)
    query = select(Classification).where(Classification.scheme == known(scheme)).order_by(Classification.position, Classification.code, Classification.version)
    today, rows = clock.today(), list(session.scalars(query))
    last = {row.code: row for row in sorted(rows, key=_age)}
    found = [Line(row, _standing(row, today), last[row.code] is row) for row in rows]
    return sorted(found, key=lambda line: ("current", "coming", "ended").index(line.standing))


def _age(row: Classification) -> tuple[bool, date, int]:
    return row.valid_from is not None, row.valid_from or date.min, row.id or 0


def _standing(row: Classification, today: date) -> str:
    if row.valid_from is not None and row.valid_from > today:
        return "coming"
    return "ended" if row.valid_to is not None and row.valid_to < today else "current"


def find(session: Session, scheme: str, entry_id: int) -> Classification:
    """One version of an entry of this list."""
    row = session.get(Classification, entry_id) if entry_id < 2**31 else None
    if row is None or row.scheme != known(scheme):
        raise NotFound
    return row


def save(session: Session, actor: Actor, scheme: str, given: Mapping[str, Any]) -> str:
    """Add an entry or bring the newest version of one to these values: "added", "changed" or "unchanged".

    A new name is a new version: rows keep the code, and the old version says how it was called until then.
    """
    policy.check(actor, "lists:edit")
    settle(session, scheme)
    code, values = _read(scheme, given)
    if scheme == "trl" and code not in LEVELS:
        raise Invalid(fields={"code": N_("成熟度只有 1 到 9 级，可以改名称，不能增加等级。")})
    came = _save(session, actor, scheme, code, values)
    if came != "unchanged":
        _follow(session, actor, scheme, code)
    return came


def _save(session: Session, actor: Actor, scheme: str, code: str, values: dict[str, Any]) -> str:
    versions = list(session.scalars(_of(scheme, code)))
    if not versions:
        session.add(_entry(session, scheme, code, values))
        audit.record(session, actor, "list:add", scheme=scheme, code=code)
        return "added"
    last = versions[-1]
    if all(getattr(last, name) == value for name, value in values.items()):
        return "unchanged"
    renamed = (last.zh, last.en) != (values["zh"], values["en"])
    if renamed and values["valid_from"] == last.valid_from:
        values["valid_from"] = max(clock.today(), last.valid_from or date.min)
    if renamed and (last.valid_from is None or values["valid_from"] > last.valid_from):
        last.valid_to = min(values["valid_from"] - timedelta(days=1), last.valid_to or date.max)
        session.add(_entry(session, scheme, code, values))
    else:
        for name, value in values.items():
            setattr(last, name, value)
    audit.record(session, actor, "list:change", last, scheme=scheme, code=code, renamed=renamed)
    session.flush()
    return "changed"


def _follow(session: Session, actor: Actor, scheme: str, code: str) -> None:
    """The circle or the school itself follows its entry: a new one is made, a name in force is its name."""
    entry = _standing_entry(session, scheme, code)
    if entry is None:
        return
    if scheme == "cluster":
        circle = session.get(Cluster, code) or Cluster(code=code, zh=entry.zh, en=entry.en)
        circle.short_zh, circle.short_en = entry.zh[:40], entry.en[:80]
        session.add(circle)
    elif scheme == "institution":
        school = session.scalars(select(Organisation).where(Organisation.code == code)).one_or_none()
        if school is None:
            accounts.add_organisation(session, actor, "SCHOOL", entry.zh, code=code, name_en=entry.en, verified_at=None)
        elif school.kind == "SCHOOL":
            school.name, school.name_en = entry.zh, entry.en
    session.flush()


def _standing_entry(session: Session, scheme: str, code: str) -> Classification | None:
    today = clock.today()
    return next((row for row in session.scalars(_of(scheme, code)) if _standing(row, today) == "current"), None)


def _of(scheme: str, code: str) -> Any:
    query = select(Classification).where(Classification.scheme == known(scheme), Classification.code == code)
    return query.order_by(Classification.valid_from.is_not(None), Classification.valid_from, Classification.id)


def _entry(session: Session, scheme: str, code: str, values: Mapping[str, Any]) -> Classification:
    """A new version, named by the day it begins."""
    base = (values["valid_from"] or clock.today()).isoformat()
    taken = set(session.scalars(select(Classification.version).where(Classification.scheme == scheme, Classification.code == code)))
    version = next(name for name in (base, *(f"{base}-{n}" for n in range(2, 100))) if name not in taken)
    return Classification(scheme=scheme, code=code, version=version, **values)


def _read(scheme: str, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Code and values of an entry; every broken rule is told at its field."""
    known(scheme)
    code, wrong, values = reading.plain(given.get("code")).lower(), {}, {}
    if not CODE.fullmatch(code):
        wrong["code"] = N_("代码请用小写字母、数字和连字符，最多 40 个，例如 ship-offshore。")
    for name, read in READERS.items():
        try:
            values[name] = read(given.get(name))
        except Wrong as error:
            wrong[name] = error.sentence
    values["position"] = values.get("position") or 0
    if "zh" not in wrong and not values["zh"]:
        wrong["zh"] = N_("请填写中文名称。")
    begin, end = values.get("valid_from"), values.get("valid_to")
    if begin and end and end < begin:
        wrong["valid_to"] = N_("停用日要在启用日之后。")
    if wrong:
        raise Invalid(fields=wrong, least=0, most=9999)
    return code, values


def end(session: Session, actor: Actor, row: Classification, day: date | None = None) -> None:
    """From the next day on an entry can no longer be chosen; rows that use it keep showing it."""
    policy.check(actor, "lists:edit")
    row.valid_to = day or clock.today() - timedelta(days=1)
    if row.valid_from is not None and row.valid_from > row.valid_to:
        row.valid_from = row.valid_to
    audit.record(session, actor, "list:end", row, scheme=row.scheme, code=row.code)


def table(session: Session, scheme: str) -> tuple[list[str], Iterator[list[str]]]:
    """A list as it imports again: the newest version of each entry."""
    newest = [line.row for line in lines(session, scheme) if line.newest]
    rows = sorted(newest, key=lambda row: (row.position, row.code))
    return [NAMES[name] for name in COLUMNS], ([_cell(getattr(row, name)) for name in COLUMNS] for row in rows)


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def columns(header: Iterable[str]) -> dict[str, str]:
    """column -> field of a file with a list, by the names in Chinese or the fields' own."""
    wanted = {NAMES[name]: name for name in COLUMNS} | {name: name for name in COLUMNS}
    return {column: wanted[column.strip().lower()] for column in header if column.strip().lower() in wanted}


def take_in(session: Session, actor: Actor, scheme: str, header: list[str], rows: Iterable[tuple[int, list[str]]]) -> Outcome:
    """Import a list, entry by entry; a row that breaks a rule is told by its line, the others are taken."""
    policy.check(actor, "lists:edit")
    named = columns(header)
    if not {"code", "zh"} <= set(named.values()):
        raise Invalid(N_("文件里要有“代码”和“中文名称”两列。"), code="list_columns")
    outcome = Outcome()
    for line, cells in rows:
        given = {named[name]: cell for name, cell in zip(header, cells, strict=False) if name in named}
        try:
            with session.begin_nested():
                came = save(session, actor, scheme, given)
        except AppError as error:
            sentence = next(iter(error.fields.values()), error.message)
            outcome.refused.append((line, sentence, error.params))
        else:
            setattr(outcome, came, getattr(outcome, came) + 1)
    return outcome
