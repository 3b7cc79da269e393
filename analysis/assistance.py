"""Assistance: villages above an income, assets in use and checked, townships with a team."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis.figures import additive
from analysis.measures import Local, measure
from analysis.results import Parts
from analysis.territory import BoolArray, Territory, Where
from layers import AdminLevel

_TOWNSHIP_DIGITS = 9


def _own_rows(_: Mapping[str, Any]) -> Local:
    return Local()


def _in_register(_: Mapping[str, Any]) -> Local:
    return Local(AdminLevel.COUNTY)


@measure(lambda a: ((a["field"],),), local=_own_rows)
def share_above(territory: Territory, rows: pd.DataFrame, *, field: str, above: float) -> Parts:
    """Whether a unit's figure is above a value, for instance the income of a village's collective.

    Parameters
    ----------
    rows : one for each unit that reported.

    Returns
    -------
    Parts: 1 or 0, over 1; NaN where the unit did not report.
    """
    values = territory.sums(rows, territory.numbers(rows, field))
    return additive(territory, np.where(np.isnan(values), np.nan, values > above))


@measure(lambda a: (tuple({*a["where"], *a["among"]}),), local=_in_register)
def share_of_rows(territory: Territory, rows: pd.DataFrame, *, where: Where, among: Where) -> Parts:
    """Rows that match over those among which they are counted, for instance assets in use.

    Returns
    -------
    Parts in rows; 0 over 0 where the county's register has none of the unit, NaN where the county has no register.
    """
    base = territory.matching(rows, among)
    return _of_register(territory, rows, base & territory.matching(rows, where), base)


@measure(lambda a: ((a["field"], *a["among"]),), local=_in_register)
def share_stale(territory: Territory, rows: pd.DataFrame, *, field: str, months: int, among: Where) -> Parts:
    """Rows whose day lies more than some months back, or has never been, for instance the last check of assets.

    Returns
    -------
    Parts in rows, as `share_of_rows`; a day after the territory's is as good as today.
    """
    oldest = pd.Timestamp(territory.as_of) - pd.DateOffset(months=months)
    days = pd.to_datetime(rows[field])
    base = territory.matching(rows, among)
    return _of_register(territory, rows, base & ~(days >= oldest).to_numpy(), base)


def _of_register(territory: Territory, rows: pd.DataFrame, matched: BoolArray, base: BoolArray) -> Parts:
    kept = territory.in_county_with_rows(rows)
    return additive(
        territory,
        np.where(kept, territory.counts(rows, matched), np.nan),
        np.where(kept, territory.counts(rows, base), np.nan),
    )


@measure(lambda _: (("term_from", "term_to"), ()))
def townships_in_term(territory: Territory, teams: pd.DataFrame, seats: pd.DataFrame) -> Parts:
    """Townships whose team is in its term on the territory's day.

    Parameters
    ----------
    teams : ``admin_code`` of the township, ``term_from``, ``term_to``.
    seats : ``admin_code`` of the townships that are counted.

    Returns
    -------
    Parts of townships: 1 or 0, over 1; NaN without a seat, and where the county reported no team at all.
    """
    codes, seated = territory.codes, set(seats["admin_code"])
    day = pd.Timestamp(territory.as_of)
    serving = (pd.to_datetime(teams["term_from"]) <= day) & (pd.to_datetime(teams["term_to"]) >= day)
    held = set(teams.loc[serving.to_numpy(dtype=bool), "admin_code"].str[:_TOWNSHIP_DIGITS])
    reported = set(teams["admin_code"].str[:6])
    counted = np.array([1.0 if code in seated and code[:6] in reported else np.nan for code in codes])
    found = np.array([float(code[:_TOWNSHIP_DIGITS] in held) for code in codes]) * counted
    return Parts(codes, found, counted)
