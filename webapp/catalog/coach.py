"""The demand coach: how clear a demand is, what gives its company away, how others put it, and which words find results."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from webapp.accounts.models import Organisation
from webapp.catalog import disclosure
from webapp.catalog.clarity import Clarity, Wording, clarity
from webapp.catalog.disclosure import Leak
from webapp.catalog.fields import Rules
from webapp.catalog.models import Demand
from webapp.catalog.quantities import Price, Quantity, WrongRows
from webapp.catalog.reading import Wrong
from webapp.catalog.rowsets import Rows
from webapp.catalog.views import DemandView
from webapp.core import policy
from webapp.core.errors import N_
from webapp.core.policy import ANONYMOUS, Actor
from webapp.engines.index import IndexDamaged, SearchEngine, SearchQuery
from webapp.engines.kinds import PUBLIC
from webapp.engines.matcher import terms

MOST_WORDS, MOST_NEAR = 8, 3
TEXTS = ("title", "background", "present", "conditions", "scope")
PREVIEWED = ("title", "summary", "keywords", "location")
TARGETS, ABOUT = N_("要做到：%(targets)s。"), N_("涉及%(words)s。")
Say = Callable[[str], str]


@dataclass(frozen=True)
class Near:
    """Somebody else's public demand that resembles this one, and how clear it is."""

    view: DemandView
    score: int


@dataclass(frozen=True)
class Word:
    """A word of the demand, and how many results hold it."""

    text: str
    results: int


@dataclass(frozen=True)
class Advice:
    """What the coach has to say."""

    clarity: Clarity
    title: list[tuple[str, str]]
    summary: list[tuple[str, str]]
    leaks: tuple[str, ...] = ()  # kinds, each once
    near: tuple[Near, ...] = ()
    words: tuple[Word, ...] = ()
    unnamed: bool = True


def loosely(rules: Rules, given: Mapping[str, Any]) -> dict[str, Any]:
    """What can be read of a form still being filled; what cannot is left out."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        try:
            found[name] = rules.fields[name].read(value)
        except WrongRows as error:
            found[name] = _whole_rows(rules, name, value, error)
        except Wrong:
            continue
    return found


def _whole_rows(rules: Rules, name: str, value: Rows, error: WrongRows) -> Any:
    try:
        return rules.fields[name].read([row for place, row in enumerate(value) if place not in error.rows])
    except Wrong:
        return []


def wording(values: Mapping[str, Any]) -> Wording:
    """What was read, as the score looks at it."""
    price: Price = values.get("price") or Price()
    budget = price.kind if price.kind != "NEGOTIABLE" else "NEGOTIABLE_SUM" if price.max_fen is not None else ""
    targets: list[Quantity] = values.get("targets") or []
    return Wording(
        **{name: values.get(name) or "" for name in TEXTS}, text="\n".join(filter(None, (values.get("summary"), values.get("details")))),
        keywords=tuple(values.get("keywords") or ()), targets=tuple((t.name, t.unit, t.must) for t in targets),
        min_trl=values.get("min_trl"), budget=budget, fundings=bool(values.get("fundings")), deadline=values.get("deadline"), months=values.get("months"),
    )  # fmt: skip


def of_row(row: Demand) -> Clarity:
    """The clarity of a saved demand, all its text read."""
    price = Price(row.price_kind, row.price_min_fen, row.price_max_fen)
    values = {name: getattr(row, name) for name in (*TEXTS, "summary", "details", "keywords", "min_trl", "fundings", "deadline", "months")}
    return clarity(wording(values | {"price": price, "targets": list(row.targets)}))


def names_of(organisation: Organisation | None) -> tuple[str, ...]:
    """What the company and its products are called; short product names are everyday words."""
    if organisation is None:
        return ()
    products = [name for name in re.split(r"[、,，;；\s]+", organisation.products or "") if len(name) >= 5]
    return tuple(name for name in (organisation.name, organisation.name_en, *products) if name)


def advise(
    session: Session, actor: Actor, engine: SearchEngine | None, rules: Rules, given: Mapping[str, Any], row_id: int | None = None
) -> Advice:
    """Everything the coach shows beside the form."""
    values = loosely(rules, given)
    home = session.get(Organisation, actor.organisation_id) if actor.organisation_id else None
    unnamed = values.get("confidentiality") == 1
    names = names_of(home) if unnamed else ()
    shown = {name: "、".join(value) if isinstance(value := values.get(name) or "", list) else str(value) for name in PREVIEWED}
    found: dict[str, list[Leak]] = {name: disclosure.leaks(text, names) if unnamed else [] for name, text in shown.items()}
    return Advice(
        clarity(wording(values)), disclosure.marked(shown["title"], found["title"]), disclosure.marked(shown["summary"], found["summary"]),
        tuple(dict.fromkeys(leak.kind for places in found.values() for leak in places)),
        near(session, engine, _query(values), row_id), words(engine, values), unnamed,
    )  # fmt: skip


def _query(values: Mapping[str, Any]) -> str:
    whole = f"{values.get('title') or ''} {' '.join(values.get('keywords') or ())} {(values.get('background') or values.get('summary') or '')[:120]}"
    return whole.strip()


def near(session: Session, engine: SearchEngine | None, text: str, row_id: int | None) -> tuple[Near, ...]:
    """Open demands everybody may read that resemble the text; only what a visitor reads is shown."""
    if engine is None or len(text) < 6:
        return ()
    query = SearchQuery(text=text[:200], access=(PUBLIC,), filters={"kind": ("demand",)}, size=MOST_NEAR + 1, need="any", plain=True)
    try:
        hits = engine.query(query).hits
    except IndexDamaged:
        return ()
    ids = [number for hit in hits if (number := int(hit.id.partition(":")[2])) != row_id][:MOST_NEAR]
    rows = {row.id: row for row in session.scalars(policy.visible(ANONYMOUS, Demand).where(Demand.id.in_(ids))).unique()}
    return tuple(Near(policy.reveal(ANONYMOUS, rows[number]), _public_score(rows[number])) for number in ids if number in rows)


def _public_score(row: Demand) -> int:
    """Of somebody else's demand only the public words count."""
    price = Price(row.price_kind, row.price_min_fen, row.price_max_fen)
    shown = {name: getattr(row, name) for name in ("title", "summary", "keywords", "min_trl", "deadline", "months")}
    return clarity(wording(shown | {"price": price, "targets": list(row.targets)})).score


def words(engine: SearchEngine | None, values: Mapping[str, Any]) -> tuple[Word, ...]:
    """The demand's own words with how many public results hold each; those that find none come last."""
    if engine is None:
        return ()
    parts = [values.get("title") or "", *(values.get("keywords") or ()), *(target.name for target in values.get("targets") or ())]
    found = [Word(term, _results(engine, term)) for term in terms(" ".join(parts), MOST_WORDS)]
    return tuple(sorted(found, key=lambda word: (word.results == 0, -word.results)))


def _results(engine: SearchEngine, term: str) -> int:
    query = SearchQuery(text=term, access=(PUBLIC,), filters={"kind": ("result",)}, size=1, need="all", plain=True)
    try:
        return engine.query(query).total
    except IndexDamaged:
        return 0


def draft_summary(session: Session, actor: Actor, rules: Rules, given: Mapping[str, Any], say: Say) -> str:
    """A public summary made of what is public anyway, with what gives the company away replaced; background and limits stay for readers let in."""
    values = loosely(rules, given)
    home = session.get(Organisation, actor.organisation_id) if actor.organisation_id else None
    title, words = (values.get("title") or "").strip().rstrip("。"), values.get("keywords") or []
    targets = [str(target).replace("\xa0", " ") for target in (values.get("targets") or [])[:6]]
    whole = (f"{title}。" if title else "") + (say(TARGETS) % {"targets": "、".join(targets)} if targets else "")
    whole += say(ABOUT) % {"words": "、".join(words[:6])} if words else ""
    return "".join(say(disclosure.INSTEAD[kind]) if kind else text for text, kind in disclosure.marked(whole, disclosure.leaks(whole, names_of(home))))
