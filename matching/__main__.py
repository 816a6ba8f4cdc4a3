"""Command line of the matching library: rank documents for queries, or predict grades from verdicts."""

import argparse
import csv
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from matching.engine import Engine
from matching.types import Document, Verdict


class InputError(Exception):
    """A file that cannot be used, said with its name and line."""


def read_documents(path: str) -> list[Document]:
    """JSON Lines {id, title, text, keywords?}."""
    made = []
    with open(path, encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                made.append(_document(line, f"{path}:{number}"))
    return made


def _document(line: str, where: str) -> Document:
    try:
        row = json.loads(line)
        identifier = row["id"]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{where}: needs a JSON object with an id") from error
    keywords = row.get("keywords") or ()
    keywords = (keywords,) if isinstance(keywords, str) else tuple(str(k) for k in keywords)
    return Document(str(identifier), str(row.get("title") or ""), str(row.get("text") or ""), keywords)


def read_table(path: str, columns: int) -> Iterator[list[str]]:
    """Rows of a tab-separated file below its header, at least `columns` wide."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(reader, None)
        for number, row in enumerate(reader, 2):
            if row and len(row) < columns:
                raise InputError(f"{path}:{number}: needs {columns} columns")
            if row:
                yield row


def write_table(path: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A tab-separated file that appears only once it is whole."""
    draft = Path(f"{path}.part")
    with draft.open("w", encoding="utf-8", newline="") as file:
        file.write("\t".join(header) + "\n")
        file.writelines("\t".join(map(str, row)) + "\n" for row in rows)
    draft.replace(path)


def rank(arguments: argparse.Namespace) -> None:
    """Write the best documents of every query, or the scores of given pairs."""
    documents, queries = read_documents(arguments.documents), read_documents(arguments.queries)
    engine = Engine().fit(documents, queries)
    rows = (
        _rank_pairs(engine, queries, arguments.pairs) if arguments.pairs else _rank_all(engine, queries, arguments.top)
    )
    write_table(arguments.out, ("query_id", "document_id", "score"), rows)


def _rank_all(engine: Engine, queries: list[Document], top: int) -> Iterator[tuple[str, str, str]]:
    for query_id, found in engine.rank_many(queries, top, explain=False).items():
        for scored in found:
            yield query_id, scored.id, f"{scored.score:.6f}"


def _rank_pairs(engine: Engine, queries: list[Document], path: str) -> Iterator[tuple[str, str, str]]:
    known = {query.id: query for query in queries}
    wanted: dict[str, list[str]] = {}
    for row in read_table(path, 2):
        if row[0] not in known:
            raise InputError(f"{path}: no query has the id {row[0]}")
        wanted.setdefault(row[0], []).append(row[1])
    for query_id, ids in wanted.items():
        found = engine.rank(known[query_id], len(ids), set(ids), explain=False)
        scores = {scored.id: scored.score for scored in found}
        for identifier in dict.fromkeys(ids):
            yield query_id, identifier, f"{scores.get(identifier, 0.0):.6f}"


def grade(arguments: argparse.Namespace) -> None:
    """Learn from verdicts and write a whole-number grade for every pair."""
    documents, queries = read_documents(arguments.documents), read_documents(arguments.queries)
    known = {query.id: query for query in queries}
    engine = Engine().fit(documents, queries)
    engine.learn(_verdicts(arguments.verdicts), queries)
    pairs = [(row[0], row[1]) for row in read_table(arguments.pairs, 2)]
    for query_id, _ in pairs:
        if query_id not in known:
            raise InputError(f"{arguments.pairs}: no query has the id {query_id}")
    given = engine.grade((known[query_id], identifier) for query_id, identifier in pairs)
    rows = ((*pair, value) for pair, value in zip(pairs, given, strict=True))
    write_table(arguments.out, ("query_id", "document_id", "grade"), rows)


def _verdicts(path: str) -> Iterator[Verdict]:
    for number, row in enumerate(read_table(path, 3), 2):
        try:
            yield Verdict(row[0], row[1], float(row[2]))
        except ValueError as error:
            raise InputError(f"{path}:{number}: {row[2]!r} is no grade") from error


def parser() -> argparse.ArgumentParser:
    """The arguments of both commands."""
    made = argparse.ArgumentParser(prog="python -m matching", description=__doc__)
    commands = made.add_subparsers(dest="command", required=True)
    for name, work in (("rank", rank), ("grade", grade)):
        command = commands.add_parser(name, description=work.__doc__, help=work.__doc__)
        command.set_defaults(work=work)
        command.add_argument("--documents", required=True, help="JSON Lines {id, title, text, keywords?}")
        command.add_argument("--queries", required=True, help="JSON Lines {id, title, text, keywords?}")
        command.add_argument("--pairs", required=name == "grade", help="TSV with a header: query_id, document_id")
        command.add_argument("--out", required=True)
        if name == "rank":
            command.add_argument("--top", type=int, default=100)
        else:
            command.add_argument("--verdicts", required=True, help="TSV with a header: query_id, document_id, grade")
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; a wrong file ends with a sentence and the code 2."""
    arguments = parser().parse_args(argv)
    try:
        arguments.work(arguments)
    except (InputError, OSError, UnicodeDecodeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
