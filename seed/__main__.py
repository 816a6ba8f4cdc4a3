"""`python -m seed`: load lists and examples, then index and match them."""

from __future__ import annotations

import argparse
import time

from seed import deals, files, load, watches
from webapp.cli import context
from webapp.core import worker
from webapp.users import hasher


def main() -> None:
    """Command line: --lists-only leaves the examples out."""
    parser = argparse.ArgumentParser(prog="python -m seed", description=__doc__)
    parser.add_argument("--lists-only", action="store_true", help="no example organisations, people and texts")
    arguments = parser.parse_args()
    start = time.monotonic()
    prepared = context()
    passwords = load.load(prepared.database, None if arguments.lists_only else hasher(prepared.settings))
    if passwords:
        with prepared.database.transaction() as session:
            files.load(session, prepared.settings)
            watches.load(session, prepared.engines["index"], prepared.settings, load.DOMAIN)
        path = prepared.settings.var / "demo-accounts.txt"
        load.write_accounts(path, passwords)
        print(f"examples loaded; demo accounts and their passwords: {path}")
    worker.drain(prepared)
    if not arguments.lists_only:
        with prepared.database.transaction() as session:
            made = deals.load(session, prepared.settings, load.DOMAIN)
        if made:  # pairs had to be there first
            worker.drain(prepared)
    print(f"seed done in {time.monotonic() - start:.1f} s")


if __name__ == "__main__":
    main()
