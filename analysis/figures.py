"""Figures that units report in tables: ratios, sums, differences and counts of fields, observations."""

import pandas as pd

from analysis.measures import measure
from analysis.results import Observations, Parts
from analysis.territory import Territory, matching, need_columns

Where = dict[str, list[str]]


@measure(lambda a: ((a["numerator"], a["denominator"]),))
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
    need_columns(rows, (numerator, denominator))
    known = rows[rows[numerator].notna() & rows[denominator].notna()]
    sums = known.groupby("admin_code")[[numerator, denominator]].sum()
    own = sums.index[~sums.index.isin(territory.codes) & sums.index.isin(_units_above(territory))]
    frame = sums.reindex(territory.codes.append(own).sort_values()).astype(float)
    frame.columns = pd.Index(["numerator", "denominator"])
    return Parts(frame.rename_axis("admin_code"))


@measure(lambda a: ((a["field"], *(a.get("where") or {})),))
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
    need_columns(rows, (field,))
    return _summed(territory, rows, rows[field], where, absent_is_zero)


@measure(lambda a: ((a["minuend"], a["subtrahend"], *(a.get("where") or {})),))
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
    need_columns(rows, (minuend, subtrahend))
    return _summed(territory, rows, rows[minuend] - rows[subtrahend], where, absent_is_zero)


@measure(lambda a: ((a["field"],),))
def count_positive(territory: Territory, rows: pd.DataFrame, *, field: str) -> Parts:
    """One for each unit whose field is above zero, for instance villages with fibre.

    Returns
    -------
    Parts: 1 or 0; NaN where the unit did not report the field.
    """
    summed = sum_of_field(territory, rows, field=field).frame["numerator"]
    return additive(territory, (summed > 0).astype(float).where(summed.notna()))


@measure(lambda a: ((a["field"],),))
def observations(territory: Territory, rows: pd.DataFrame, *, field: str) -> Observations:
    """Each known value of a field as an observation, for instance measured download rates."""
    need_columns(rows, (field,))
    return observed(territory, rows["admin_code"], rows[field])


def additive(
    territory: Territory, numerator: "pd.Series[float]", denominator: "pd.Series[float] | None" = None
) -> Parts:
    """Parts by unit from series by ``admin_code``; units that miss one part have none, a sum's other is 1."""
    frame = pd.DataFrame(
        {
            "numerator": numerator.reindex(territory.codes).astype(float),
            "denominator": 1.0 if denominator is None else denominator.reindex(territory.codes).astype(float),
        },
        index=territory.codes,
    )
    return Parts(frame.where(frame.notna().all(axis=1)).rename_axis("admin_code"))


def observed(territory: Territory, codes: "pd.Series[str]", values: "pd.Series[float]") -> Observations:
    """Observations of the territory's units, without missing values, in a fixed order."""
    frame = pd.DataFrame(
        {"admin_code": codes.to_numpy(), "value": values.to_numpy(dtype=float, na_value=float("nan"))}
    )
    frame = frame[frame["value"].notna() & frame["admin_code"].isin(territory.codes)]
    return Observations(frame.sort_values(["admin_code", "value"], ignore_index=True))


def _summed(
    territory: Territory,
    rows: pd.DataFrame,
    values: "pd.Series[float]",
    where: Where | None,
    absent_is_zero: bool,
) -> Parts:
    kept = matching(rows, where)
    sums = values[kept].astype(float).groupby(rows.loc[kept, "admin_code"]).sum(min_count=1)
    sums = sums.reindex(territory.codes)
    reported = territory.codes.isin(rows["admin_code"])
    if absent_is_zero:
        reported |= territory.codes.str[:6].isin(rows["admin_code"].str[:6])
    sums[reported & ~territory.codes.isin(rows.loc[kept, "admin_code"])] = 0.0
    return additive(territory, sums)


def _units_above(territory: Territory) -> set[str]:
    return {code[:digits].ljust(12, "0") for code in territory.codes for digits in (4, 6, 9)}
