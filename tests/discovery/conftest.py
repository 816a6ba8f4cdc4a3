"""A worker's context on each index engine, and a way to search as somebody."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from webapp.config import Settings
from webapp.core.db import Database
from webapp.core.policy import Actor
from webapp.core.worker import Context
from webapp.discovery import jobs, searching
from webapp.discovery.asked import asked
from webapp.engines import connect
from webapp.jobs import register

register()
Search = Callable[..., searching.Answer]


@pytest.fixture
def index_location(request: pytest.FixtureRequest, database: Database) -> str:
    """Files beside SQLite, tables in a schema of their own beside PostgreSQL: chosen by the one setting."""
    if database.sqlite:
        return ""
    import psycopg

    address, schema = request.getfixturevalue("postgresql_url"), f"search_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
    return f"{address}{'&' if '?' in address else '?'}options=-csearch_path%3D{schema}"


@pytest.fixture
def settings(settings: Settings, index_location: str) -> Settings:
    return replace(settings, search_location=index_location)


@pytest.fixture
def context(settings: Settings, database: Database) -> Context:
    context = Context(settings, database, connect(settings))
    settings.var.mkdir(parents=True, exist_ok=True)
    jobs.reindex(context, [])
    return context


@pytest.fixture
def search(context: Context) -> Search:
    """search(actor, "words", kind="demand", …): what the page would show."""

    def ask(actor: Actor, words: str = "", **wanted: Any) -> searching.Answer:
        parameters = {"q": [words]} | {key: value if isinstance(value, list) else [str(value)] for key, value in wanted.items()}
        query = asked(parameters, actor, int(wanted.get("page", 1)))
        with context.database.transaction(write=False) as session:
            return searching.search(session, actor, context.engines["index"], query)

    return ask
