"""Where one looks at 进度总览, by whom, and the library behind it, which is read once for each state of the data.

What is kept is kept under the marks of the data (`store.progress.leaders.Stamp`), so that nothing kept is ever out of
date, and nothing is read twice while nothing changes.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from access import Action, OwnTable, may_open
from access.matrix import PAGES
from base.months import month_of
from i18n import Lang
from layers import AdminLevel
from pages.overview_kept import kept
from pages.scopes import KINDS, Townships
from pages.shell import person
from store.dossier import unit_list
from store.engine import reading
from store.progress import leaders
from store.progress.leaders import Stamp

_LINKED = ("tracking", "report_check", "projects", "parcels", "land", "gaps", "indicators", "progress_map")
_BELOW = {
    AdminLevel.CITY: AdminLevel.TOWNSHIP,
    AdminLevel.COUNTY: AdminLevel.TOWNSHIP,
    AdminLevel.TOWNSHIP: AdminLevel.VILLAGE,
}


@dataclass(frozen=True)
class Looked:
    """What is looked at, by whom as far as it matters; everything drawn follows from it.

    Attributes
    ----------
    day : the data's day (`pages.data_day.day_of`).
    today : the day that it is, up to which a parcel waits for its office.
    code : 12-digit code of the city, a county or a township.
    can : pages that the person may open, of those that are linked to.
    land : whether the person may read the quota ledger.
    parcels : prefixes below which the person may read reviews of parcels.
    """

    at: Stamp
    day: dt.date
    today: dt.date
    code: str
    level: AdminLevel
    scope: Townships
    lang: Lang
    can: frozenset[str] = frozenset()
    land: bool = False
    parcels: tuple[str, ...] = ()

    @property
    def prefix(self) -> str:
        """Leading digits that everything inside the place shares."""
        return self.code[: self.level.digits]

    @property
    def below(self) -> AdminLevel:
        """The level of the units that are compared: townships, in a township its villages."""
        return _BELOW[self.level]


@dataclass(frozen=True)
class Board:
    """The library and the units of the whole city, shared: never change what is in it.

    Attributes
    ----------
    units : index ``admin_code``: ``name``, ``kind``, ``level``, ``county_name`` of city, counties and townships.
    projects, payments, states : as `store.progress.leaders`; each with ``kind``, the kind of its township.
    """

    units: pd.DataFrame
    projects: pd.DataFrame
    payments: pd.DataFrame
    states: pd.DataFrame

    def name(self, code: str) -> str:
        """Name of the township, county or city in which a code lies; the code itself where there is none."""
        for digits in (12, 9, 6, 4):
            known = self.units["name"].get(code[:digits].ljust(12, "0"))
            if known is not None:
                return str(known)
        return code

    def inside(self, rows: pd.DataFrame, looked: Looked) -> pd.DataFrame:
        """The rows of a place, in towns or streets only if these are looked at."""
        found = rows[rows["admin_code"].str.startswith(looked.prefix)]
        kind = KINDS.get(looked.scope)
        return found if kind is None else found[found["kind"] == str(kind)]


def rights() -> tuple[frozenset[str], bool, tuple[str, ...]]:
    """What of the page hangs on who looks: linked pages, the ledger, prefixes of the reviews."""
    who = person()
    can = frozenset(name for name in _LINKED if name in PAGES and may_open(name, who.roles))
    return can, who.may(OwnTable.QUOTAS, Action.READ), who.prefixes(OwnTable.REVIEWS, Action.READ)


@kept(4)
def board(at: Stamp, day: dt.date) -> Board:
    """Read the library; `at` is part of what it is kept under, so its name has no underscore."""
    with reading() as connection:
        levels = (AdminLevel.CITY, AdminLevel.COUNTY, AdminLevel.TOWNSHIP)
        units = pd.concat([unit_list(connection, level).assign(level=str(level)) for level in levels])
        projects = leaders.library(connection, month_of(day))
        payments = leaders.payments(connection)
        states = leaders.state_changes(connection, month_of(day))
    units = units.set_index("admin_code")
    kinds: Mapping[str, str] = units["kind"].to_dict()

    def with_kind(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.assign(kind=[kinds.get(code[:9].ljust(12, "0")) for code in rows["admin_code"]])

    return Board(units, with_kind(projects), with_kind(payments), with_kind(states))


def board_of(looked: Looked) -> Board:
    """The board behind what is looked at."""
    return board(looked.at, looked.day)
