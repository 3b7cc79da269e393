"""Reading the `.sql` files beside this module."""

from functools import cache
from pathlib import Path

import sqlalchemy as sa

_FOLDER = Path(__file__).parent / "sql"


@cache
def query(name: str) -> sa.TextClause:
    """The statement in ``sql/<name>.sql``, with its named parameters."""
    return sa.text((_FOLDER / f"{name}.sql").read_text("utf-8"))
