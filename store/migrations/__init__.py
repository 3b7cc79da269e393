"""Schema migrations (Alembic): one file a step, read from top to bottom."""
