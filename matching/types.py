"""What goes into the engine and what comes out of it."""

import dataclasses
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with a unit: a target ("efficiency >= 67 %") on the demand's side, an achieved value on the result's."""

    name: str
    value: float
    unit: str = ""
    comparison: str = "="  # one of >=, <=, >, <, =, ~
    must: bool = True


@dataclass(frozen=True, slots=True)
class Facts:
    """Structured signals beside the text; whatever is missing is neutral."""

    industry: str = ""
    field: str = ""
    trl: int | None = None
    min_trl: int | None = None
    targets: tuple[Figure, ...] = ()
    figures: tuple[Figure, ...] = ()
    budget_min_fen: int | None = None
    budget_max_fen: int | None = None
    price_min_fen: int | None = None
    price_max_fen: int | None = None
    deadline: date | None = None
    modes: tuple[str, ...] = ()
    use_first: bool | None = None
    wants_use_first: bool | None = None
    cluster: str = ""
    updated: date | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, without what is missing."""
        row = {k: v for k, v in asdict(self).items() if v not in (None, "", ())}
        return {k: v.isoformat() if isinstance(v, date) else v for k, v in row.items()}

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> "Facts":
        """The reverse of to_json; unknown keys are an error, so that nothing is lost silently."""
        values = dict(row)
        for name in ("targets", "figures"):
            values[name] = tuple(Figure(**figure) for figure in values.get(name, ()))
        for name in ("deadline", "updated"):
            if values.get(name):
                values[name] = date.fromisoformat(values[name])
        values["modes"] = tuple(values.get("modes", ()))
        unknown = set(values) - {f.name for f in fields(cls)}
        if unknown:
            raise ValueError(f"unknown facts: {', '.join(sorted(unknown))}")
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Document:
    """A result or a demand as the engine sees it; `hidden` counts but is never quoted."""

    id: str
    title: str = ""
    text: str = ""
    keywords: tuple[str, ...] = ()
    hidden: str = ""
    facts: Facts = dataclasses.field(default_factory=Facts)


@dataclass(frozen=True, slots=True)
class Reason:
    """One part of a score; the shares of all reasons add up to it.

    kind "term": `label` is the shared term, `field` where the document has it; label "" gathers the small rest.
    kind "hidden": what confidential text contributes, never its words.
    kind "signal": `label` names the signal, `share` is its plus or minus, `detail` the facts compared.
    """

    kind: str
    label: str
    share: float
    field: str = ""
    detail: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scored:
    """A ranked document: score 0..1, grade 0 none, 1 weak, 2 fairly strong, 3 strong, and why."""

    id: str
    score: float
    grade: int = 0
    reasons: tuple[Reason, ...] = ()
    hidden_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What somebody decided about a pair, as a grade 0..3."""

    query_id: str
    document_id: str
    grade: float
    reason: str = ""
