"""What 进度总览 is drawn from: read once for each state of the data and shared by everyone who looks.

Everything kept here is kept under a `Looked`, which holds the marks of the data (`store.progress.leaders.Stamp`), so
that nothing kept is ever out of date, and nothing is read twice while nothing changes.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from access import Action, OwnTable, may_open
from access.matrix import PAGES
from analysis.gap_index import equal_weights, gaps, scale_of, scores
from analysis.progress.leading import (
    COLUMNS,
    Decision,
    Limits,
    Standing,
    by_unit,
    data_day,
    library_decisions,
    ordered,
    standing,
)
from analysis.reserve import ReserveFinding, reserve_table
from base.months import month_of
from base.settings import settings
from i18n import Lang
from layers import AdminKind, AdminLevel, Indicator, Layer, all_indicators, all_layers, indicator
from layers.codes import QuotaBook
from pages import formats
from pages.gaps_figures import Stamp as SnapshotStamp
from pages.gaps_figures import as_part, figures, usual_parts
from pages.overview_kept import kept
from pages.scopes import Townships
from pages.shell import person
from store.dossier import unit_list
from store.engine import reading
from store.land.ledger_list import balances
from store.land.reviews import reviews
from store.progress import leaders
from store.progress.leaders import Snapshot, Stamp
from store.snapshots import level_figures

HEADLINES_PER_LAYER = 2
COMPOSITE = "composite"
"""Stands in a list of indicators for the composite gap score of `pages.gaps_figures`."""
_LINKED = ("tracking", "report_check", "projects", "parcels", "land", "gaps", "indicators", "progress_map")
_BELOW = {
    AdminLevel.CITY: AdminLevel.TOWNSHIP,
    AdminLevel.COUNTY: AdminLevel.TOWNSHIP,
    AdminLevel.TOWNSHIP: AdminLevel.VILLAGE,
}
_KINDS = {Townships.TOWNS: AdminKind.TOWN, Townships.STREETS: AdminKind.STREET}


@dataclass(frozen=True)
class Looked:
    """What is looked at, by whom as far as it matters; everything drawn follows from it.

    Attributes
    ----------
    day : the data's day (`analysis.progress.leading.data_day`).
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
        kind = _KINDS.get(looked.scope)
        return found if kind is None else found[found["kind"] == str(kind)]


def rights() -> tuple[frozenset[str], bool, tuple[str, ...]]:
    """What of the page hangs on who looks: linked pages, the ledger, prefixes of the reviews."""
    who = person()
    can = frozenset(name for name in _LINKED if name in PAGES and may_open(name, who.roles))
    return can, who.may(OwnTable.QUOTAS, Action.READ), who.prefixes(OwnTable.REVIEWS, Action.READ)


def day_of(at: Stamp) -> dt.date:
    """The data's day."""
    return data_day(formats.today(), at.as_of, at.reported_on)


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


def headline_indicators(layer: Layer) -> list[Indicator]:
    """The indicators that stand for a layer: the first ones, those with a target before the others."""
    return sorted(layer.indicators, key=lambda one: one.target is None)[:HEADLINES_PER_LAYER]


def core_layers() -> list[Layer]:
    """The five layers of the plan that leaders look at."""
    return [layer for layer in all_layers() if layer.core]


@kept(256)
def trends(at: Snapshot, code: str, scope: str) -> pd.DataFrame:
    """The core layers' indicators of a place on its last days, as `store.progress.leaders.trend`."""
    ids = [one.id for layer in core_layers() for one in layer.indicators]
    if at.as_of is None:
        return pd.DataFrame({"as_of": [], "indicator_id": [], "value": [], "with_data": [], "units": []})
    with reading() as connection:
        return leaders.trend(connection, code, ids, at.as_of, scope)


def trends_of(looked: Looked) -> pd.DataFrame:
    """Trends of the place looked at; a township is never summed up by kind."""
    scope = Townships.ALL if looked.level is AdminLevel.TOWNSHIP else looked.scope
    return trends(looked.at.snapshot, looked.code, str(scope))


def compared(looked: Looked, chosen: str) -> pd.DataFrame:
    """The units below a place with one indicator or the composite score, worst first, those without data last.

    Returns
    -------
    ``admin_code``, ``name``, ``county_name``, ``kind``, ``value`` (stored unit; the composite 0–1, more is worse),
    ``gap`` (distance to the target; NaN without one).
    """
    return _compared(looked.at.snapshot, looked.below, looked.prefix, looked.scope, chosen)


@kept(512)
def _compared(at: Snapshot, level: AdminLevel, prefix: str, scope: Townships, chosen: str) -> pd.DataFrame:
    units = units_of(at, level)
    units = units[units["admin_code"].str.startswith(prefix)]
    kind = _KINDS.get(scope)
    if kind is not None and level is AdminLevel.TOWNSHIP:
        units = units[units["kind"] == str(kind)]
    known = composite(at, level) if chosen == COMPOSITE else values_of(at, level, chosen)
    values = known.rename("value").rename_axis("admin_code").reset_index()
    found = units.merge(values, on="admin_code", how="left").astype({"value": float})
    if chosen == COMPOSITE:
        found["gap"] = np.nan
        worst_is_low = False
    else:
        declared = indicator(chosen)
        found["gap"] = [formats.short_of_target(value, declared) for value in found["value"]]
        found["gap"] = found["gap"].astype(float)
        worst_is_low = str(declared.direction) == "higher"
    return found.sort_values(
        ["value", "admin_code"], ascending=[worst_is_low, True], na_position="last", ignore_index=True
    )


@kept(8)
def units_of(at: Snapshot, level: AdminLevel) -> pd.DataFrame:
    """Every unit of a level: ``admin_code``, ``name``, ``county_name``, ``kind``; `at` is what it is kept under."""
    with reading() as connection:
        return unit_list(connection, level)[["admin_code", "name", "county_name", "kind"]]


@kept(8)
def _figures(at: Snapshot, level: AdminLevel) -> "dict[str, pd.Series[float]]":
    """Every indicator of every unit of a level, read at once: then no choice of anybody asks the database again."""
    if at.as_of is None:
        return {}
    with reading() as connection:
        found = level_figures(connection, at.as_of, level, [one.id for one in all_indicators()])
    return {
        str(name): rows.set_index("admin_code")["value"].astype(float)
        for name, rows in found.groupby("indicator_id")
    }


def values_of(at: Snapshot, level: AdminLevel, chosen: str) -> "pd.Series[float]":
    """One indicator of every unit of a level, by code; empty before the first snapshot."""
    return _figures(at, level).get(chosen, pd.Series(dtype=float, index=pd.Index([], dtype=object)))


@kept(8)
def composite(at: Snapshot, level: AdminLevel) -> "pd.Series[float]":
    """The gap score of every unit of a level, 0–1 (more is worse): that of 短板分析 before anything is chosen there."""
    if at.as_of is None:
        return pd.Series(dtype=float, index=pd.Index([], dtype=object))
    found = figures(SnapshotStamp(at.as_of, at.computed_at), level)
    parts = list(usual_parts(level))
    values = found.values[parts].to_numpy(float)
    scale = scale_of(values, [as_part(indicator(name)) for name in parts])
    every = gaps(values, scale, found.nothing[parts].to_numpy(bool))
    return pd.Series(scores(every, equal_weights(len(parts))).score, index=found.values.index)


def standing_of(looked: Looked) -> Standing:
    """How the projects of the place stand."""
    held = board_of(looked)
    return standing(held.inside(held.projects, looked))


@kept(128)
def standing_below(looked: Looked) -> dict[str, Standing]:
    """How the projects stand in each county of the city, else in each township below, by code; in a township empty."""
    if looked.level is AdminLevel.TOWNSHIP:
        return {}
    held = board_of(looked)
    level = AdminLevel.COUNTY if looked.level is AdminLevel.CITY else AdminLevel.TOWNSHIP
    units = held.units[held.units["level"] == str(level)]
    codes = [code for code in units.index if code.startswith(looked.prefix)]
    return by_unit(held.inside(held.projects, looked), codes, level.digits)


@kept(128)
def decisions(looked: Looked) -> pd.DataFrame:
    """What needs a decision in the place, as `analysis.progress.leading.COLUMNS`, with ``amount_mu`` of a shortage."""
    held = board_of(looked)
    limits = Limits(settings().stalled_days, settings().check_wait_days)
    handed_on = data_day(looked.today, looked.day, looked.at.handed_on)
    parts = [library_decisions(held.inside(held.projects, looked), looked.day, handed_on, limits)]
    if looked.land:
        parts.append(_short_of_reserve(looked, held))
    if looked.parcels:
        parts.append(_parcels_past_due(looked, held))
    whole = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    if "amount_mu" not in whole:
        whole["amount_mu"] = None
    return ordered(whole)


def _short_of_reserve(looked: Looked, held: Board) -> pd.DataFrame:
    """Units below the place whose reserve is short, the greatest shortage first."""
    # A county may have enough while one of its townships has not: the city hears of both.
    levels = [AdminLevel.TOWNSHIP]
    if looked.level is AdminLevel.CITY and looked.scope is Townships.ALL:
        levels.append(AdminLevel.COUNTY)
    units = held.units[held.units["level"].isin(list(map(str, levels)))]
    kind = _KINDS.get(looked.scope)
    codes = [
        code
        for code, own in units["kind"].items()
        if str(code).startswith(looked.prefix) and (kind is None or own == str(kind))
    ]
    with reading() as connection:
        table = reserve_table(
            balances(connection, looked.prefix),
            balances(connection, looked.prefix, None, QuotaBook.PLANNED),
            codes,
        )
    if not len(table):
        return pd.DataFrame(columns=list(COLUMNS))
    short = table[table["finding"] == str(ReserveFinding.RED)]
    short = short.sort_values("shortage_mu", ascending=False)
    return pd.DataFrame(
        {
            "kind": str(Decision.RESERVE),
            "code": short["admin_code"],
            "name": [held.name(code) for code in short["admin_code"]],
            "admin_code": short["admin_code"],
            "who": None,
            "since": None,
            "days": None,
            "report_id": None,
            "amount_mu": short["shortage_mu"].astype(float),
        }
    )


def _parcels_past_due(looked: Looked, held: Board) -> pd.DataFrame:
    with reading() as connection:
        late = [one for one in reviews(connection, looked.prefix) if one.overdue]
    kinds = held.units["kind"].to_dict()
    kind = _KINDS.get(looked.scope)
    rows = [
        (str(Decision.PARCEL), one.parcel_no, one.name, one.admin_code, one.state.text.get(looked.lang),
         one.due_on, None if one.due_on is None else (looked.today - one.due_on).days, None)
        for one in late
        if (kind is None or kinds.get(one.admin_code[:9].ljust(12, "0")) == str(kind))
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
