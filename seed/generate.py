"""Repeatable rows for load: results or demands shaped like the examples, one at a time, from a vocabulary with a long tail."""

from __future__ import annotations

import argparse
import string
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from seed.sheets import read, vocabulary, write_csv

KINDS = ("results", "demands")
STAGES = {
    1: "CONCEPT",
    2: "CONCEPT",
    3: "LAB",
    4: "SMALL_TRIAL",
    5: "SMALL_TRIAL",
    6: "PILOT",
    7: "PILOT",
    8: "SMALL_BATCH",
    9: "INDUSTRIAL",
}
MODES = ("LICENSE", "JOINT", "TRANSFER", "EQUITY", "OTHER")
SHORTEST, LONGEST = 150, 400
T = TypeVar("T")


def significant(value: float) -> float:
    """Three significant figures, whole numbers without a fraction."""
    rounded = float(f"{value:.3g}")
    return int(rounded) if rounded == int(rounded) else rounded


class Draw:
    """The choices behind one row; a pattern's `{name}` draws a fresh word, `{thing}` and `{subject}` stay the same."""

    def __init__(self, rng: Random, words: dict[str, Any]) -> None:
        self.rng, self.words = rng, words
        codes = list(words["industries"])
        self.place_in_list = self.rank(len(codes))
        self.industry = codes[self.place_in_list]
        self.own = words["industries"][self.industry]
        self.thing, self.subject = self.one(self.own["things"]), self.compound()
        self.figures = self._figures()
        self.told = 0

    def rank(self, size: int) -> int:
        """A rank below `size` with chances that fall as 1/rank, as words do in language."""
        return min(int((size + 1) ** self.rng.random()), size) - 1

    def one(self, options: Sequence[T]) -> T:
        """A word of a list, the first ones far more often; every industry has its own first ones."""
        return options[(self.rank(len(options)) + 7 * self.place_in_list) % len(options)]

    def any(self, options: Sequence[T]) -> T:
        """An entry of a list, all equally often."""
        return options[int(self.rng.random() * len(options))]

    def whole(self, low: int, high: int) -> int:
        """A whole number between two positive bounds, small ones more often."""
        return int(low * (high / low) ** self.rng.random())

    def compound(self) -> str:
        """One of some four thousand technical compounds, scattered so that each industry favours others."""
        prefixes, heads = self.words["prefixes"], self.words["heads"]
        scattered = (self.rank(len(prefixes) * len(heads)) * 1597 + self.place_in_list * 331) % (len(prefixes) * len(heads))
        return str(prefixes[scattered // len(heads)]) + str(heads[scattered % len(heads)])

    def model(self) -> str:
        """A type designation hardly seen twice: the far end of the tail."""
        letters = string.ascii_uppercase
        return f"{self.any(letters)}{self.any(letters)}-{self.whole(100, 9999)}{self.any(letters)}"

    def _figures(self) -> list[dict[str, Any]]:
        measures = self.rng.sample(self.own["measures"], min(len(self.own["measures"]), 3 + self.rank(3)))
        return [self._figure(*measure) for measure in measures]

    def _figure(self, name: str, unit: str, low: float, high: float) -> dict[str, Any]:
        comparison = "LE" if any(mark in name for mark in self.words["lower"]) else "GE"
        value = significant(low + (high - low) * self.rng.random())
        return {"name": name, "comparison": comparison, "value": value, "unit": unit}

    def measure(self) -> str:
        """The next figure of this row in words, so that text and indicators agree."""
        figure = self.figures[self.told % len(self.figures)]
        self.told += 1
        return f"{figure['name']}{figure['value']}{' ' if figure['unit'] else ''}{figure['unit']}"

    def __getitem__(self, name: str) -> Any:
        numbers = {"n": (2, 60), "days": (7, 900), "pct": (1, 60), "count": (20, 9000), "year": (2016, 2024)}
        if name in numbers:
            return self.whole(*numbers[name])
        if name in {"thing", "subject"}:
            return getattr(self, name)
        if name in {"compound", "model", "measure"}:
            return getattr(self, name)()
        return self.one(self.own["aims"] if name == "aim" else self.words[f"{name}s"])

    def write(self, patterns: str) -> str:
        """A sentence made from one pattern of a list."""
        return str(self.any(self.words[patterns])).format_map(self)

    def text(self, kind: str) -> str:
        """An opening, as many different body sentences as make a full text, and an end."""
        told = [self.write(f"{kind}_openings")]
        end = self.write(f"{kind}_ends")
        bodies = list(self.words[f"{kind}_bodies"])
        self.rng.shuffle(bodies)
        wanted = self.whole(SHORTEST + 10, LONGEST - 90)
        while sum(map(len, told)) + len(end) < wanted:
            told.append(str(bodies[len(told) % len(bodies)]).format_map(self))
        return ("".join(told) + end)[:LONGEST]


def _price(draw: Draw) -> tuple[str, int | None, int | None]:
    kind = draw.rng.choices(("RANGE", "NEGOTIABLE", "FIXED"), (5, 3, 2))[0]
    if kind == "NEGOTIABLE":
        return kind, None, None
    low = draw.whole(5, 300) * 10_000
    return kind, low, low if kind == "FIXED" else low * 2


def _shared(draw: Draw, number: int, kind: str) -> dict[str, Any]:
    return {
        "external_id": f"gen-{kind[0]}-{number:07d}",
        "title": draw.write(f"{kind}_titles"),
        "details": draw.write(f"{kind}_details")[:150],
        "keywords": list(dict.fromkeys((draw.thing, draw.subject, draw.one(draw.words["methods"]), draw.compound()))),
        "field": draw.any(draw.own["fields"]),
        "industry": draw.industry,
    }


def result(draw: Draw, number: int) -> dict[str, Any]:
    """One result in the shape of seed/examples/results_*.json."""
    text = draw.text("result")
    where = draw.one(read("lists/institutions.json"))
    trl = draw.rng.choices(range(1, 10), (1, 1, 2, 4, 6, 8, 8, 5, 2))[0]
    offered = trl >= 4 and draw.rng.random() < 0.5
    kind, low, high = _price(draw)
    modes = [mode for mode in MODES if draw.rng.random() < 0.45] or ["LICENSE"]
    return _shared(draw, number, "result") | {
        "summary": text, "cluster": where["cluster"], "institution": where["code"], "department": draw.any(where["departments"])["zh"],
        "lead": f"{draw.any(draw.words['surnames'])}示例", "trl": trl, "stage": STAGES[trl],
        "transfer_modes": modes + ["USE_FIRST"] * offered, "use_first_offered": offered,
        "trial_months": draw.any((6, 12)) if offered else None,
        "price_kind": kind, "price_min_yuan": low, "price_max_yuan": high, "indicators": draw.figures,
    }  # fmt: skip


def demand(draw: Draw, number: int) -> dict[str, Any]:
    """One demand in the shape of seed/examples/demands_*.json."""
    text = draw.text("demand")
    kind, low, high = _price(draw)
    wants = draw.rng.random() < 0.4
    modes = [mode for mode in MODES if draw.rng.random() < 0.4] or ["JOINT"]
    return _shared(draw, number, "demand") | {
        "company": draw.any(read("examples/companies.json"))["code"], "kind": draw.one(list(draw.words["kinds"])), "public_summary": text,
        "targets": [figure | {"must": draw.rng.random() < 0.5} for figure in draw.figures], "min_trl": draw.any((None, 4, 5, 6, 7)),
        "cooperation_modes": modes + ["USE_FIRST"] * wants, "budget_kind": kind, "budget_min_yuan": low, "budget_max_yuan": high,
        "deadline_days": draw.whole(45, 500), "confidentiality": draw.rng.choices(range(5), (4, 10, 3, 2, 1))[0],
        "wants_use_first": wants, "location": draw.one(draw.words["locations"]),
    }  # fmt: skip


def generate(kind: str, count: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    """`count` rows; row n depends on kind, seed and n alone, so a longer run begins with the shorter one."""
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, not {kind!r}")
    make = result if kind == "results" else demand
    words = vocabulary()
    for number in range(1, count + 1):
        yield make(Draw(Random(f"{seed} {kind} {number}"), words), number)  # noqa: S311 - repeatable, not secret  # nosec B311 - repeatable, not secret


def positive(text: str) -> int:
    """A count of at least one, for the command line."""
    if not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError("a whole number from 1 to 1000000")
    return int(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m seed.generate results 1000 --out FILE.csv`."""
    parser = argparse.ArgumentParser(prog="python -m seed.generate", description=__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("count", type=positive)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1, help="another number gives other rows")
    parser.add_argument("--today", type=date.fromisoformat, default=None, help="day from which deadlines count")
    given = parser.parse_args(arguments)
    today = given.today or date.today()
    try:
        written = write_csv(given.kind, generate(given.kind, given.count, given.seed), given.out, today)
    except OSError as error:
        parser.error(f"cannot write {given.out}: {error.strerror}")
    print(f"{written} rows -> {given.out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
