"""The page `docs/access.md`, made from the matrix itself."""

from collections.abc import Iterable, Iterator

from access.matrix import OWN_TABLES, PAGES, Action, OwnTable, Reach, Rule, may_open, rules
from i18n import tr
from layers import Role, all_features

_ROLES: dict[Role, str] = {
    Role.LEADER: "looks at figures, maps and progress; changes nothing",
    Role.PLANNER: "compares villages and plans roads, water and networks; proposes, draws and chooses projects",
    Role.LAND_REVIEWER: "reviews construction land; hands in land projects and quotas",
    Role.HOUSING_OFFICER: "follows dangerous houses; hands them in, and may read householders' names for a reason",
    Role.CLERK: "hands in what a township or county has counted",
    Role.DATA_STEWARD: "looks after all data: layers, deliveries, figures; may read a team's telephone for a reason",
    Role.AUDITOR: "reads the record of what was done, and every delivery; changes nothing",
    Role.ADMIN: "makes accounts and gives roles, never to oneself; reads no record",
}
_OWN: dict[OwnTable, str] = {
    OwnTable.FIGURES: "Figures: indicators, their runs, versions of layers, rasters",
    OwnTable.DELIVERIES: "Deliveries: files handed in, when, by whom",
    OwnTable.FINDINGS: "Findings: what was found in the rows of those files",
    OwnTable.ACCOUNTS: "Accounts: people, roles, sessions",
    OwnTable.RECORD: "Record of what was done",
    OwnTable.PLANS: "Plans: prices, proposals, candidate projects, scenarios, project library",
    OwnTable.REPORTS: "Monthly reports of projects and their photos",
    OwnTable.REPORT_CHECKS: "What the county said of a report",
    OwnTable.DRAFTS: "Reports begun and not handed in",
    OwnTable.QUOTAS: "Ledger of construction-land quota",
    OwnTable.REVIEWS: "Reviews of parcels: steps, remarks, attachments",
    OwnTable.CHECKS: "Checks of parcels against constraints",
    OwnTable.CONSOLIDATION: "Acceptances of consolidation projects",
    OwnTable.FARMLAND: "Changes of farmland and what was said of them",
    OwnTable.ASSESSMENT: "Assessments: rules, scores, answers to objections",
    OwnTable.OBJECTIONS: "Objections to scores",
    OwnTable.INSPECTIONS: "Inspections: lists, draws, findings",
}

_HEAD = """# Who may do what 权限

One declaration, `access/matrix.py`, says which role may do what with which table, and how far. Menus, grants,
policies and this page are made from it; tests hold them equal, table by table. After a change, write the page anew:

```
.venv/bin/python -m access.table > docs/access.md
```

A role is held **at a place**: `clerk@441881103` is a clerk of 西牛镇, whose statistical code begins so. `4418` is the
whole city. Somebody may hold several roles, each at a place of its own; they add up.

## Roles

| role | | what for |
| --- | --- | --- |
"""

_TABLES = """
## Tables

| reach | rows |
| --- | --- |
| city | all of them |
| scope | those whose code begins with the place at which the role is held |
| own | those that the person brought in |

*Write* is to insert and change, by an import or a form; nobody deletes rows of a layer. Prices and scenarios of
several counties carry the city's code, so that only who plans for the whole city writes them. *Unmask* is to read the
personal fields of one row, each time with a reason and an entry in the record. Everybody reads their own account,
roles and sessions.

"""

_PAGES = """
## Pages

Who finds a page in the menu. What it shows is decided by the tables behind it: a page opened by its address shows
nobody more than the rules above.

"""

_ENFORCED = """
## How it is held

Pages ask, PostgreSQL decides. Whoever finds a hole in a page, or a way to put SQL of their own into a query, still
reads and writes what their roles allow and no more.

1. **Two database roles that own nothing.** `xiangtu_app` runs the queries of pages, tiles and downloads;
   `xiangtu_writer` is what an import becomes while it writes somebody's rows. Neither may become the other, or the
   owner of the tables; neither may make, change or delete a table. In the embedded cluster pages log in as
   `xiangtu_app`, behind which there is no other role to go back to. On a server of your own the same holds with a
   login in `XIANGTU_APP_DATABASE_URL`; without one, pages log in as the owner and become `xiangtu_app`, and injected
   SQL could go back.
2. **The secret of a session.** Each transaction carries it in the setting `xiangtu.user` and forgets it at its end.
   It is 256 random bits; the database keeps its hash only. Without an open session every table is empty: one that
   idled too long, was ended, or whose account is disabled counts as none, from that moment on.
3. **Policies on every row.** `store/protection.py` makes them from the matrix at each migration, forced for the
   owner too. They look up the roles of the session at the moment of the query: a role taken away in the middle of a
   session is gone with the next one.
4. **Column privileges.** Nobody selects a password's hash, a session's hash or a personal field; not by `SELECT *`,
   not in a condition, not through the whole row.
5. **Masks.** For each personal field there is a column that says its first letter at most. The field itself is told
   by one function of the database, which writes down who asked, for which row, and why. Personal are:
   {personal}.
6. **History is closed.** Earlier rows are kept by triggers of the owner and read by neither role.
7. **The record.** Entries are added by functions of the database, in the name of the session's person, in the
   transaction of what was done. Each is sealed with the one before and a key that the database never holds;
   `store/record.py` verifies the chain, and marks beside the data folder tell if its end was cut off. No role
   changes or deletes an entry, and the auditor is the only one who reads them.
8. **Accounts.** Nobody gives roles to themselves, the last administrator stays, and two who save the same account
   are one and one: the second is shown what is there now.

Passwords are kept as argon2id hashes. A wrong password and an unknown name are refused with the same sentence after
the same time, and after some guesses a name answers only after a wait that doubles.
`tests/store/test_protection.py` asks the database itself, by plain SQL, as every role at every scope.
"""


def access_markdown() -> str:
    """Return the page: roles, tables, pages, and how it is held."""
    roles = (f"| `{role}` | {role.text.zh} | {_ROLES[role]} |\n" for role in Role)
    fields = ", ".join(
        f"`{feature.id}.{field.name}`"
        for feature in all_features()
        for field in feature.fields
        if field.personal
    )
    return "".join(
        (
            _HEAD,
            *roles,
            _TABLES,
            *_lines(("tables", "action", *Role), _table_rows()),
            _PAGES,
            *_lines(("page", "", *Role), _page_rows()),
            _ENFORCED.format(personal=fields),
        )
    )


def _lines(heads: Iterable[str], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """A Markdown table; the role names are set as code."""
    named = [f"`{head}`" if isinstance(head, Role) else head for head in heads]
    yield f"| {' | '.join(named)} |\n"
    yield f"| {' | '.join('---' for _ in named)} |\n"
    for row in rows:
        yield f"| {' | '.join(row)} |\n"


def _titles() -> dict[str, str]:
    """What stands in a row for each table of the matrix, in the order of the page."""
    own = {str(table): f"{_OWN[table]} ({_behind(table)})" for table in OwnTable}
    return {feature.id: f"{feature.title.en} `{feature.id}`" for feature in all_features()} | own


def _behind(table: OwnTable) -> str:
    return ", ".join(f"`{name}`" for name in OWN_TABLES[table])


def _table_rows() -> Iterator[tuple[str, ...]]:
    """For each action, tables of the same rules in one row: role by role how far it reaches."""
    by_table: dict[str, list[Rule]] = {}
    for rule in rules():
        by_table.setdefault(rule.table, []).append(rule)
    alike: dict[frozenset[tuple[Role, Action, Reach]], list[str]] = {}
    for table, title in _titles().items():
        said = frozenset((rule.role, rule.action, rule.reach) for rule in by_table.get(table, ()))
        alike.setdefault(said, []).append(title)
    for said, titles in alike.items():
        held = {(role, action): reach for role, action, reach in said}
        name = ", ".join(titles)
        for action in Action:
            if any(asked is action for _, asked in held):
                cells = (str(held[role, action]) if (role, action) in held else "" for role in Role)
                yield (name, str(action), *cells)
                name = ""


def _page_rows() -> Iterator[tuple[str, ...]]:
    for page in PAGES:
        cells = ("✓" if may_open(page, [role]) else "" for role in Role)
        yield (tr(f"shell.page.{page}", "en"), tr(f"shell.page.{page}", "zh"), *cells)


if __name__ == "__main__":
    print(access_markdown(), end="")  # noqa: T201 - the page is what this module is run for
