"""Alembic's entry: run migrations over the engine the program hands in."""

from alembic import context

import webapp.models  # noqa: F401 - all tables must be known to compare
from webapp.core.db import Base

engine = context.config.attributes["engine"]
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=False, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
