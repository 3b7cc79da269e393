"""How the projects of a place of 进度总览 stand, and what there needs a decision."""

import pandas as pd

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
from base.settings import settings
from layers import AdminLevel
from layers.codes import QuotaBook
from pages.overview_kept import kept
from pages.overview_looked import Board, Looked, board_of
from pages.scopes import KINDS, Townships
from store.engine import reading
from store.land.ledger_list import balances
from store.land.reviews import reviews


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
    kind = KINDS.get(looked.scope)
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
    kind = KINDS.get(looked.scope)
    rows = [
        (str(Decision.PARCEL), one.parcel_no, one.name, one.admin_code, one.state.text.get(looked.lang),
         one.due_on, None if one.due_on is None else (looked.today - one.due_on).days, None)
        for one in late
        if (kind is None or kinds.get(one.admin_code[:9].ljust(12, "0")) == str(kind))
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
