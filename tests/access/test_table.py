"""The page of the matrix says what the matrix says."""

from pathlib import Path

import pytest

from access import OWN_TABLES, PAGES, OwnTable, rules
from access.table import access_markdown
from i18n import tr
from layers import Role, all_features

PAGE = Path(__file__).resolve().parents[2] / "docs" / "access.md"


def _rows(page: str) -> list[list[str]]:
    return [line[2:-2].split(" | ") for line in page.splitlines() if line.startswith("| ")]


def test_the_page_is_the_matrix() -> None:
    assert PAGE.read_text("utf-8") == access_markdown()


@pytest.mark.parametrize("role", Role)
def test_every_role_is_told_of(role: Role) -> None:
    assert f"| `{role}` | {role.text.zh} | " in access_markdown()


def test_every_table_and_page_is_told_of() -> None:
    page = access_markdown()
    for table in {rule.table for rule in rules()} - {str(own) for own in OwnTable}:
        assert page.count(f"`{table}`") == 1
    assert all(tr(f"shell.page.{name}", "en") in page for name in PAGES)


def test_no_rule_is_lost_on_the_page() -> None:
    """Counted in the table: a cell for each rule of the tables that share a row."""
    cells = 0
    tables = 0
    for row in _rows(access_markdown()):
        if len(row) == len(Role) + 2 and row[1].strip() in ("read", "write", "unmask"):
            if row[0].strip():
                features = sum(f"`{f.id}`" in row[0] for f in all_features())
                tables = features + sum(f"`{names[0]}`" in row[0] for names in OWN_TABLES.values())
            cells += tables * sum(cell.strip() in ("city", "scope", "own") for cell in row[2:])
    assert cells == len(list(rules()))
