"""Alembic's entry: runs the migrations on the connection that `store.migrate` hands over."""

from alembic import context

from store.models import SCHEMA

connection = context.config.attributes["connection"]
context.configure(connection=connection, version_table="schema_version", version_table_schema=SCHEMA)
with context.begin_transaction():
    context.run_migrations()
