"""Rank documents for queries from files: how the quality of the search is measured from outside."""

import argparse
import csv
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from search.index import Index
from search.types import PUBLIC, Query, SearchDocument, SearchError

Record = dict[str, Any]


class BadInput(SearchError):
    """A file that cannot be read as what it should be."""


def records(path: Path) -> Iterator[Record]:
    """The objects of a JSON Lines file; each has an id."""
    try:
        with path.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _record(path, number, line)
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: {error}") from error


def _record(path: Path, number: int, line: str) -> Record:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise BadInput(f"{path}:{number}: no JSON ({error})") from error
    if not isinstance(found, dict) or not str(found.get("id") or ""):
        raise BadInput(f"{path}:{number}: an object with an id is expected")
    return found


def document(record: Record) -> SearchDocument:
    """A record as a public row."""
    keywords = record.get("keywords") or ()
    texts = (keywords,) if isinstance(keywords, str) else tuple(str(word) for word in keywords)
    title, text = str(record.get("title") or ""), str(record.get("text") or "")
    return SearchDocument(str(record["id"]), "document", title, text, texts, access=(PUBLIC,))


def question(record: Record, top: int) -> Query:
    """A record as a query: all its text, taken literally, any of its words."""
    keywords = record.get("keywords") or ()
    words = keywords if isinstance(keywords, str) else " ".join(str(word) for word in keywords)
    text = "\n".join(str(part) for part in (record.get("title"), record.get("text"), words) if part)
    return Query(text, (PUBLIC,), size=top, need="any", plain=True)


def wanted_pairs(path: Path) -> dict[str, list[str]]:
    """The documents to rank for each query: the first two columns of a table with a header."""
    found: dict[str, list[str]] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            next(rows, None)
            for number, row in enumerate(rows, 2):
                if len(row) < 2:
                    raise BadInput(f"{path}:{number}: two columns are expected")
                found.setdefault(row[0], []).append(row[1])
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: {error}") from error
    return found


def ranking(index: Index, queries: Iterable[Query], names: Iterable[str], pairs: dict[str, list[str]] | None) -> Iterator[str]:
    """The lines of the table, best first within each query."""
    for name, query in zip(names, queries, strict=True):
        only = None if pairs is None else list(dict.fromkeys(pairs.get(name, ())))
        for row_id, score in index.rank(query, only):
            yield f"{name}\t{row_id}\t{score:.6f}\n"


def rank(options: argparse.Namespace) -> None:
    """The command `rank`."""
    asked = list(records(options.queries))
    pairs = wanted_pairs(options.pairs) if options.pairs else None
    with tempfile.TemporaryDirectory(prefix="sunmao-search-") as folder:
        index = Index.open(options.index or folder)
        index.rebuild(document(record) for record in records(options.documents))
        queries = (question(record, options.top) for record in asked)
        with options.out.open("w", encoding="utf-8") as out:
            out.write("query_id\tdocument_id\tscore\n")
            out.writelines(ranking(index, queries, (str(record["id"]) for record in asked), pairs))


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m search", description=__doc__)
    command = parser.add_subparsers(dest="command", required=True).add_parser("rank", help=rank.__doc__)
    command.add_argument("--documents", type=Path, required=True, help="JSON Lines {id, title, text, keywords?}")
    command.add_argument("--queries", type=Path, required=True, help="JSON Lines {id, title, text, keywords?}")
    command.add_argument("--top", type=int, default=100, help="rows to write for each query")
    command.add_argument("--out", type=Path, required=True, help="table to write: query_id, document_id, score")
    command.add_argument("--pairs", type=Path, help="rank only these pairs: query_id, document_id")
    command.add_argument("--index", help="where to keep the index: a folder or a postgresql:// address")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Exit status 2 for files that cannot be read."""
    options = _arguments().parse_args(arguments)
    try:
        rank(options)
    except (BadInput, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
