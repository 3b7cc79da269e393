"""Who may see and do what: roles, the matrix, passwords. Nothing here knows a database or a page."""

from access.matrix import (
    OWN_TABLES,
    PAGES,
    Action,
    OwnTable,
    Reach,
    Rule,
    may_open,
    pages_for,
    rules,
)
from access.person import Assignment, Person

__all__ = [
    "OWN_TABLES",
    "PAGES",
    "Action",
    "Assignment",
    "OwnTable",
    "Person",
    "Reach",
    "Rule",
    "may_open",
    "pages_for",
    "rules",
]
