"""The command `sunmao`: init, serve, worker, import, export, reindex, rematch, user, check, backup, restore."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

import click

from webapp.config import SettingsError, load


def context(ready: bool = True) -> Any:
    """Settings, database and engines for a command; `ready` refuses a database that is not at this version's tables."""
    from webapp.core import migrate, worker
    from webapp.core.db import Database
    from webapp.engines import connect
    from webapp.jobs import register

    settings = load()
    register()
    settings.var.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database, settings.sqlite_busy_seconds)
    if ready and migrate.revision(database) != migrate.head(database):
        raise LookupError("the database is not at this version's tables: run `sunmao init` first")
    worker.wake_on_commit(database, settings)
    return worker.Context(settings, database, connect(settings))


@click.group()
def cli() -> None:
    """Sunmao: bring research results to the companies that need them."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    for noisy in ("huey", "jieba", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


@cli.command()
def init() -> None:
    """Create the database, or bring it to this version's tables, and make the index if there is none."""
    from webapp.core import migrate
    from webapp.discovery import jobs

    found = context(ready=False)
    before = migrate.revision(found.database)
    migrate.upgrade(found.database)
    jobs.heal(found)
    after = migrate.revision(found.database)
    click.echo(f"database ready at revision {after}" + ("" if before == after else f" (was {before or 'empty'})"))


@cli.command()
@click.option("--worker/--no-worker", "with_worker", default=False, help="also run the worker, and end both together")
def serve(with_worker: bool) -> None:
    """Run the web server."""
    from webapp import serving

    sys.exit(serving.serve(load(), with_worker))


@cli.command()
def worker() -> None:
    """Run the worker: index, matches, mail, clocks. Exactly one per installation."""
    from webapp.core import migrate, worker

    found = context()
    migrate.revision(found.database)
    worker.serve(found)


@cli.command("import")
@click.argument("kind", type=click.Choice(["results", "demands"]))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--map", "maps", multiple=True, metavar="COLUMN=FIELD", help="what a column means; may be repeated")
@click.option("--source", default="", help="name of the source; rows are recognised by (source, external id)")
@click.option("--organisation", default="", help="code of the organisation that owns the rows")
@click.option("--now/--later", "at_once", default=False, help="index and match here instead of leaving it to the worker")
def import_(kind: str, file: Path, maps: tuple[str, ...], source: str, organisation: str, at_once: bool) -> None:
    """Import results or demands from a CSV or XLSX file; the same file twice changes nothing."""
    from webapp.core import worker
    from webapp.imports import command

    found = context()
    failed = command.run_import(found, kind, file, maps, source, organisation, click.echo)
    if at_once:
        worker.drain(found)
    sys.exit(failed)


@cli.command()
@click.argument("kind", type=click.Choice(["results", "demands"]))
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export(kind: str, file: Path) -> None:
    """Export public results or demands to a CSV, XLSX or JSON Lines file that imports again unchanged."""
    from webapp.imports import command

    click.echo(f"{command.run_export(context(), kind, file)} rows written to {file}")


@cli.command()
def reindex() -> None:
    """Build the full-text index anew from the database, beside the old one, and swap it in."""
    from webapp.discovery import jobs

    jobs.reindex(context(), [])
    click.echo("index rebuilt")


@cli.command()
def rematch() -> None:
    """Ask the worker to fit the matching engine anew and to rank every open demand."""
    from webapp.matches import service

    with context().database.transaction() as session:
        service.rematch_everything(session)
    click.echo("queued; the worker ranks every open demand anew")


@cli.group()
def user() -> None:
    """People who can sign in."""


@user.command("add")
@click.argument("email")
@click.argument("name")
@click.option("--role", required=True)
@click.option("--organisation", required=True, help="code of the organisation")
@click.password_option()
def user_add(email: str, name: str, role: str, organisation: str, password: str) -> None:
    """Create a person with a role in an organisation."""
    from webapp import users as command

    command.add(load(), email, name, role, organisation, password)
    click.echo(f"{email} may sign in")


@user.command("password")
@click.argument("email")
@click.password_option()
def user_password(email: str, password: str) -> None:
    """Set a person's password and end their sessions."""
    from webapp import users as command

    command.set_password(load(), email, password)
    click.echo(f"password of {email} set; all sessions ended")


@cli.command()
def check() -> None:
    """Prove that database, index, matches and audit seals agree; exit code 1 when they do not."""
    from webapp.admin import service

    found = context()
    with found.database.transaction(write=False) as session:
        faults = service.check(session, found.engines["index"], found.settings.var)
    for fault in faults[:200]:
        click.echo(fault)
    click.echo("all agree" if not faults else f"{len(faults)} faults")
    sys.exit(bool(faults))


@cli.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--rows", is_flag=True, help="write rows as text even where the database has a tool of its own; moves to another database")
def backup(folder: Path, rows: bool) -> None:
    """Copy database, attachments and keys to a new folder while the site runs."""
    from webapp.admin import backup as copying

    if folder.exists():
        raise LookupError(f"{folder} exists already: name a new folder")
    click.echo(f"backup written to {copying.write(load(), folder, rows)}")


@cli.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def restore(folder: Path) -> None:
    """Put a backup back into an empty installation, and prove its audit seals."""
    from webapp.admin import restore as restoring

    faults = restoring.read(load(), folder)
    for fault in faults:
        click.echo(fault)
    click.echo("restored; index and matches are made again by the worker" if not faults else f"restored, but {len(faults)} faults")
    sys.exit(bool(faults))


def main() -> None:
    """Entry point: errors that mean something are told in one sentence, without a traceback."""
    from sqlalchemy.exc import OperationalError

    from webapp.core.errors import AppError
    from webapp.core.migrate import DatabaseTooNew

    try:
        cli()
    except (SettingsError, DatabaseTooNew, LookupError) as error:
        sys.exit(f"sunmao: {error}")
    except OperationalError as error:
        sys.exit(f"sunmao: the database cannot be used: {error.orig}")
    except AppError as error:
        sys.exit(f"sunmao: {error.message % error.params if error.params else error.message}")


if __name__ == "__main__":
    main()
