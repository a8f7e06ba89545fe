"""How Alembic runs the migrations: inside the transaction that `schema.migrate` has begun."""

from __future__ import annotations

from alembic import context

from jupyter_mlops.storage.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite changes a table by making it anew
)
context.run_migrations()
