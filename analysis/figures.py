"""Figures that units report in tables: ratios, sums, differences and counts of fields, observations."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis.measures import Local, measure
from analysis.results import Observations, Parts
from analysis.territory import FloatArray, Territory, Where
from layers import AdminLevel


def _own_rows(_: Mapping[str, Any]) -> Local:
    return Local()


def _own_register(arguments: Mapping[str, Any]) -> Local:
    """An empty register is told from one without the unit's rows by a row anywhere in the county."""
    return Local(AdminLevel.COUNTY if arguments.get("absent_is_zero") else AdminLevel.VILLAGE)


@measure(lambda a: ((a["numerator"], a["denominator"]),), local=_own_rows)
def ratio_of_fields(territory: Territory, rows: pd.DataFrame, *, numerator: str, denominator: str) -> Parts:
    """One field over another, for instance households connected over households.

    Parameters
    ----------
    rows : reported rows with ``admin_code`` and the two fields. Rows of higher units (a county's row among
        townships) are passed on as those units' own figures.

    Returns
    -------
    Parts in the fields' own units; NaN where either field is missing.
    """
    above, below = territory.numbers(rows, numerator), territory.numbers(rows, denominator)
    known = ~(np.isnan(above) | np.isnan(below))
    parts = additive(territory, territory.sums(rows, above, known), territory.sums(rows, below, known))
    others = known & (territory.places(rows) < 0)
    if not others.any():
        return parts
    others &= rows["admin_code"].isin(_units_above(territory)).to_numpy()
    codes = parts.codes.append(pd.Index(rows["admin_code"].to_numpy()[others]))
    order = codes.argsort()
    return Parts(
        codes.take(order),
        np.concatenate([parts.numerator, above[others]])[order],
        np.concatenate([parts.denominator, below[others]])[order],
    )


@measure(lambda a: ((a["field"], *(a.get("where") or {})),), local=_own_register)
def sum_of_field(
    territory: Territory,
    rows: pd.DataFrame,
    *,
    field: str,
    where: Where | None = None,
    absent_is_zero: bool = False,
) -> Parts:
    """Sum of a field over the matching rows of each unit, for instance new farmland of accepted projects.

    Parameters
    ----------
    rows : ``admin_code``, `field` and the columns of `where`.
    absent_is_zero : what a unit without any row means. For a table that every unit fills in (False) it has
        not reported: NaN. For a register of events such as projects (True) nothing happened there: 0, unless
        the register is empty in the whole county, which has then not reported: NaN.

    Returns
    -------
    Parts in the field's unit. A row whose field is missing is not counted; a unit whose matching rows all
    lack it has no data; a unit that has rows, but none that match, has 0.
    """
    return _summed(territory, rows, territory.numbers(rows, field), where, absent_is_zero)


@measure(lambda a: ((a["minuend"], a["subtrahend"], *(a.get("where") or {})),), local=_own_register)
def difference_of_fields(
    territory: Territory,
    rows: pd.DataFrame,
    *,
    minuend: str,
    subtrahend: str,
    where: Where | None = None,
    absent_is_zero: bool = False,
) -> Parts:
    """Sum of one field less another over the matching rows, for instance quota saved less quota used.

    A row counts only where both fields are known, since the difference is unknown otherwise; the rest is as
    in `sum_of_field`.
    """
    difference = territory.numbers(rows, minuend) - territory.numbers(rows, subtrahend)
    return _summed(territory, rows, difference, where, absent_is_zero)


@measure(lambda a: ((a["field"],),), local=_own_rows)
def count_positive(territory: Territory, rows: pd.DataFrame, *, field: str) -> Parts:
    """One for each unit whose field is above zero, for instance villages with fibre.

    Returns
    -------
    Parts: 1 or 0; NaN where the unit did not report the field.
    """
    summed = territory.sums(rows, territory.numbers(rows, field))
    return additive(territory, np.where(np.isnan(summed), np.nan, summed > 0))


@measure(lambda a: ((a["field"],),), local=_own_rows)
def observations(territory: Territory, rows: pd.DataFrame, *, field: str) -> Observations:
    """Each known value of a field as an observation, for instance measured download rates."""
    return observed(territory, rows, territory.numbers(rows, field))


def additive(territory: Territory, numerator: FloatArray, denominator: FloatArray | None = None) -> Parts:
    """Parts from arrays of shape (units,); a unit that lacks one part has none, a sum's denominator is 1."""
    other = np.ones(len(numerator)) if denominator is None else denominator
    known = ~(np.isnan(numerator) | np.isnan(other))
    return Parts(territory.codes, np.where(known, numerator, np.nan), np.where(known, other, np.nan))


def observed(territory: Territory, rows: pd.DataFrame, values: FloatArray) -> Observations:
    """Observations from one value for each row, NaN for none, in a fixed order."""
    places = territory.places(rows)
    kept = ~np.isnan(values) & (places >= 0)
    order = np.lexsort((values[kept], places[kept]))
    codes = territory.codes.take(places[kept][order])
    return Observations(codes, values[kept][order])


def _summed(
    territory: Territory, rows: pd.DataFrame, values: FloatArray, where: Where | None, absent_is_zero: bool
) -> Parts:
    kept = territory.matching(rows, where or {})
    sums = territory.sums(rows, values, kept)
    reported = territory.counts(rows, np.ones(len(rows), dtype=bool)) > 0
    if absent_is_zero:
        reported |= territory.in_county_with_rows(rows)
    sums[reported & (territory.counts(rows, kept) == 0)] = 0.0
    return additive(territory, sums)


def _units_above(territory: Territory) -> set[str]:
    return {code[:digits].ljust(12, "0") for code in territory.codes for digits in (4, 6, 9)}
