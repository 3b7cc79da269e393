"""The demo's accounts, which anyone may use until someone administrates the installation in earnest."""

from dataclasses import dataclass

import sqlalchemy as sa

from access import Assignment
from i18n import tr
from layers import AdminLevel, Role
from store import accounts, places
from store.errors import UnknownAccount

_PREFIX = "demo."
_COUNTY = "441881"
"""英德市; where the demo is smaller, its first county."""
_SECOND = "demo.land_reviewer_city"
"""A second land reviewer: what the county has examined, somebody else approves for the city."""


@dataclass(frozen=True)
class Door:
    """A demo account: what to sign in as, and where that person works."""

    account: str
    role: Role
    place: str


def doors(connection: sa.Connection) -> list[Door]:
    """The demo's doors in the order of the roles; none when they are shut, or there never were any."""
    if accounts.real_admin_exists(connection):
        return []
    rows = connection.execute(
        sa.text(
            "SELECT a.name, t.role, coalesce(u.name, t.prefix) AS place FROM access.accounts AS a "
            "JOIN access.assignments AS t ON t.account_id = a.id "
            "LEFT JOIN feature.admin_units AS u ON u.admin_code = rpad(t.prefix, 12, '0') "
            "WHERE a.demo AND NOT a.disabled AND a.name LIKE :named"
        ),
        {"named": f"{_PREFIX}%"},
    ).all()
    order = list(Role)
    found = [Door(row.name, Role.of(row.role), row.place) for row in rows]
    return sorted(found, key=lambda door: (order.index(door.role), door.account))


def account(connection: sa.Connection, name: str) -> int:
    """The id of a demo account whose door stands open.

    Raises
    ------
    UnknownAccount : there is none of that name, or the doors are shut.
    """
    if name not in {door.account for door in doors(connection)}:
        raise UnknownAccount(name=name[:40])
    row = connection.execute(sa.text("SELECT id FROM access.accounts WHERE name = :name"), {"name": name})
    return int(row.scalar_one())


def make(engine: sa.Engine) -> None:
    """Make an account for each role, at the city or in one county and town of it; those that are there stay.

    Of land reviewers there are two, one in the county and one at the city.
    """
    with engine.begin() as connection:
        counties = places.children(connection, AdminLevel.COUNTY)["admin_code"].str[:6].tolist()
        towns = places.children(connection, AdminLevel.TOWNSHIP)
        if not counties:
            return
        county = _COUNTY if _COUNTY in counties else counties[0]
        in_county = towns[(towns["admin_code"].str[:6] == county) & (towns["kind"] == "town")]
        town = in_county["admin_code"].iloc[0][:9] if len(in_county) else county
        city = county[:4]
        where = {Role.HOUSING_OFFICER: county, Role.LAND_REVIEWER: county, Role.CLERK: town}
        known = {found.name for found in accounts.all_accounts(connection)}
        wanted = {f"{_PREFIX}{role}": Assignment(role, where.get(role, city)) for role in Role}
        wanted[_SECOND] = Assignment(Role.LAND_REVIEWER, city)
        for name, held in wanted.items():
            if name in known:
                continue
            key = "store.demo_name_city" if name == _SECOND else "store.demo_name"
            shown = tr(key, "zh", role=held.role.text.zh)
            accounts.add(connection, name, shown, [held], demo=True, by=tr("store.demo_by", "zh"))
