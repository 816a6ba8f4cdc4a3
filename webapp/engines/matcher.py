"""The matching engine as the platform uses it: results ranked for demands, demands found for results, kept in one worker."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from matching import Engine, Explanation, Trial
from matching.text import spans
from matching.types import Document, Facts, Figure, Reason, Scored, Verdict
from webapp.config import Settings

__all__ = ["Document", "Explanation", "Facts", "Figure", "Matcher", "Scored", "Trial", "Verdict", "mark", "plain_reason", "terms"]

log = logging.getLogger(__name__)
SIDES = ("result", "demand")


def plain_reason(reason: Reason) -> dict[str, Any]:
    """A reason as plain JSON, to be stored with its match."""
    return asdict(reason)


def mark(text: str, terms: Iterable[str]) -> list[tuple[str, bool]]:
    """Cut a text into segments, True where a term stands; joined they give the text back."""
    wanted = {term.lower() for term in terms}
    out: list[tuple[str, bool]] = []
    at = 0
    for term, start, end in spans(text):
        if term in wanted and start >= at:
            out += [(text[at:start], False), (text[start:end], True)]
            at = end
    out.append((text[at:], False))
    return [segment for segment in out if segment[0]]


def terms(text: str, most: int) -> list[str]:
    """The first words of a text the engine counts, each once; single signs and bare numbers say too little."""
    found = dict.fromkeys(term for term, _, _ in spans(text) if len(term) > 1 and not term.replace(".", "").isdigit())
    return list(found)[:most]


class Side:
    """One engine with the version of every document it holds; saved as a snapshot folder beside a list of versions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engine = Engine()
        self.versions: dict[str, str] = {}
        self.fitted = 0
        self.changed = 0

    def load(self) -> bool:
        """Take over the last snapshot; False when there is none that can be used."""
        try:
            state = json.loads((self.folder / "versions.json").read_text())
            self.engine = Engine.load(self.folder / state["snapshot"])
        except FileNotFoundError:
            return False
        except Exception:
            log.exception("the snapshot in %s cannot be used and is made again", self.folder)
            return False
        self.versions, self.fitted, self.changed = state["versions"], state["fitted"], state["changed"]
        return True

    def save(self) -> None:
        """Write the snapshot, then the versions that point at it: a crash between leaves the old pair whole."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name = "a" if self._current() != "a" else "b"
        self.engine.save(self.folder / name)
        state = {"snapshot": name, "versions": self.versions, "fitted": self.fitted, "changed": self.changed}
        temporary = self.folder / "versions.part"
        temporary.write_text(json.dumps(state))
        os.replace(temporary, self.folder / "versions.json")

    def _current(self) -> str:
        try:
            return str(json.loads((self.folder / "versions.json").read_text())["snapshot"])
        except (FileNotFoundError, ValueError, KeyError):
            return ""

    def fit(self, documents: Iterable[Document], fingerprint: Callable[[Document], str], asked: Iterable[Document] | Engine = ()) -> None:
        """Learn the vocabulary and its weights anew from all documents, read one at a time; words common in what is `asked` count less."""
        versions: dict[str, str] = {}

        def passing() -> Iterator[Document]:
            for document in documents:
                versions[document.id] = fingerprint(document)
                yield document

        self.engine = Engine()  # the old one makes room first: the worker, who fits, is the only one to ask it
        self.engine.fit(passing(), asked, shelf=self.folder)
        self.versions, self.fitted, self.changed = versions, len(versions), 0

    def put(self, documents: Mapping[str, tuple[Document, str]]) -> None:
        """Add or replace documents, each with its version."""
        if documents:
            self.engine.remove([d for d in documents if d in self.versions])
            self.engine.add([document for document, _ in documents.values()])
            self.versions.update({key: version for key, (_, version) in documents.items()})
            self.changed += len(documents)

    def drop(self, ids: Iterable[str]) -> None:
        """Take documents out; unknown ones are ignored."""
        gone = [key for key in ids if key in self.versions]
        if gone:
            self.engine.remove(gone)
            for key in gone:
                del self.versions[key]
            self.changed += len(gone)

    @property
    def drifted(self) -> bool:
        """Whether so much changed since the last fit that the weights of terms should be learnt anew."""
        return self.changed > self.room

    @property
    def room(self) -> int:
        """How many documents may change until that is so."""
        return max(50, self.fitted // 5)


class Matcher:
    """Both sides; scores always have the demand as the query, so that a pair has one score whichever way it was found."""

    def __init__(self, settings: Settings) -> None:
        self.sides = {side: Side(settings.var / "engine" / side) for side in SIDES}
        self.loaded = False
        self.lesson = 0  # the number of what was learnt from verdicts; 0 is nothing
        self._read_at = 0

    def read(self) -> bool:
        """For pages, which ask and never write: take over the newest snapshot the worker saved; False while there is none."""
        side = self.sides["result"]
        try:
            written = (side.folder / "versions.json").stat().st_mtime_ns
        except FileNotFoundError:
            return self.loaded
        if not self.loaded and written != self._read_at and side.load():
            self._read_at = written
        return self.loaded or bool(self._read_at)

    def load(self) -> bool:
        """Take over the snapshots; False when either is missing and a fit is needed."""
        self.loaded = True
        return all(loaded for loaded in [side.load() for side in self.sides.values()])

    def save(self) -> None:
        """Write both snapshots."""
        for side in self.sides.values():
            side.save()

    def fit(self, results: Iterable[Document], demands: Collection[Document], fingerprint: Callable[[Document], str]) -> None:
        """Learn both sides anew; each is weighed by what the other asks of it."""
        was, self.loaded = self.loaded, False  # a fit that fails leaves nothing to ask: the snapshot is read again
        self.sides["result"].fit(results, fingerprint, demands)
        self.sides["demand"].fit(demands, fingerprint, self.sides["result"].engine)
        self.loaded = was

    def rest(self) -> None:
        """Let go of the memory of what lies in files; it is read again when somebody asks."""
        for side in self.sides.values():
            side.engine.rest()

    @property
    def version(self) -> str:
        """The engine's version, stored with every match: the program's, then what it learnt."""
        return f"{self.sides['result'].engine.version} L{self.lesson}"

    def learn(self, verdicts: list[Verdict], demands: list[Document]) -> None:
        """Study verdicts: replaces all the engine learnt about grades; ids are those of demand and result."""
        self.sides["result"].engine.learn(verdicts, demands)

    @property
    def studied(self) -> bool:
        """Whether the engine holds a model of grades: a fit drops it."""
        return self.sides["result"].engine.studied

    def note(self, verdicts: list[Verdict], demands: list[Document]) -> None:
        """Let verdicts move the ranking of their own demands at once; what was studied stays."""
        self.sides["result"].engine.learn(verdicts, demands, study=False)

    def try_out(self, verdicts: list[Verdict], demands: list[Document]) -> Trial | None:
        """How well grades are foretold without and with these verdicts; None while there are too few."""
        return self.sides["result"].engine.try_out(verdicts, demands)

    def why_not(self, demand: Document, result: Document) -> Explanation:
        """Why a pair, whether ranked or not, scores no better."""
        return self.sides["result"].engine.why_not(demand, result)

    def rank(self, demand: Document, top: int) -> list[Scored]:
        """The best results for a demand."""
        return self.sides["result"].engine.rank(demand, top=top)

    def rank_many(self, demands: list[Document], top: int) -> dict[str, list[Scored]]:
        """The best results for many demands."""
        return self.sides["result"].engine.rank_many(demands, top=top)

    def score(self, demand: Document, result_id: str) -> Scored | None:
        """The score of one pair; None when the result is not in the engine."""
        return next(iter(self.sides["result"].engine.rank(demand, top=1, only=[result_id])), None)

    def demands_near(self, result: Document, top: int) -> list[str]:
        """Demands a result may serve, best first; only candidates, the score is taken the other way round."""
        return [scored.id for scored in self.sides["demand"].engine.rank(result, top=top)]

    def similar(self, side: str, document: Document, top: int) -> list[Scored]:
        """Documents of the same side that resemble one."""
        found = self.sides[side].engine.rank(document, top=top + 1)
        return [scored for scored in found if scored.id != document.id][:top]
