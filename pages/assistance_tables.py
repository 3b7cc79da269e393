"""Tables of assistance in words: teams with their terms, assets, incomes by township and village; pure."""

import datetime as dt

import pandas as pd

from i18n import Lang, tr
from layers.assistance import CHECK_MONTHS, INCOME_TARGET_YUAN, AssetKind, AssetState
from pages import formats

SOON_DAYS = 90
"""A term that ends within so many days is told."""
_YUAN_PER_WAN = 10_000


def term_state(row: "pd.Series[object]", today: dt.date) -> str:
    """``none`` without a team, ``over``, ``soon``, ``serving`` or ``coming``."""
    if formats.missing(row["team_no"]):
        return "none"
    begun, ends = row["term_from"], row["term_to"]
    assert isinstance(begun, dt.date)  # noqa: S101 - the layer requires both
    assert isinstance(ends, dt.date)  # noqa: S101
    if ends < today:
        return "over"
    if begun > today:
        return "coming"
    return "soon" if (ends - today).days <= SOON_DAYS else "serving"


def team_table(teams: pd.DataFrame, states: list[str], current: Lang) -> pd.DataFrame:
    """A row for each team, and for each township without one."""
    columns = {
        "county": list(teams["county"]),
        "township": list(teams["township"]),
        "term": [tr(f"assistance.term_{state}", current) for state in states],
        "lead_unit": list(teams["lead_unit"]),
        "member_units": list(teams["member_units"]),
        "leader": list(teams["leader"]),
        "phone": list(teams["phone"]),
        "head_count": pd.array(teams["head_count"], dtype="Int64"),
        "term_from": list(teams["term_from"]),
        "term_to": list(teams["term_to"]),
        "contact": list(teams["county_contact"]),
    }
    return pd.DataFrame({tr(f"assistance.column.{name}", current): v for name, v in columns.items()})


def is_stale(checked_on: object, today: dt.date) -> bool:
    """Whether an asset's last check lies too far back, or never was."""
    if formats.missing(checked_on):
        return True
    assert isinstance(checked_on, dt.date)  # noqa: S101 - the layer has days here
    return pd.Timestamp(checked_on) < pd.Timestamp(today) - pd.DateOffset(months=CHECK_MONTHS)


def asset_table(assets: pd.DataFrame, stale: list[bool], current: Lang) -> pd.DataFrame:
    """The register of assets, money in 万元."""
    columns = {
        "county": list(assets["county"]),
        "township": list(assets["township"]),
        "village": list(assets["village"]),
        "name": list(assets["name"]),
        "kind": [AssetKind.of(code).text.get(current) for code in assets["asset_kind"]],
        "state": [AssetState.of(code).text.get(current) for code in assets["asset_state"]],
        "built_year": pd.array(assets["built_year"], dtype="Int64"),
        "cost": _wan(assets["cost_yuan"]),
        "income": _wan(assets["income_yuan"]),
        "owner": list(assets["owner"]),
        "checked_on": list(assets["checked_on"]),
        "stale": [tr("assistance.stale", current) if one else None for one in stale],
        "number": list(assets["asset_no"]),
    }
    return pd.DataFrame({tr(f"assistance.column.{name}", current): v for name, v in columns.items()})


def _wan(yuan: "pd.Series[float]") -> "pd.Series[float]":
    return (yuan.astype(float) / _YUAN_PER_WAN).round(2).reset_index(drop=True)


def township_table(incomes: pd.DataFrame, current: Lang) -> pd.DataFrame:
    """Villages above the target by township, those furthest from it first.

    Parameters
    ----------
    incomes : as `store.assistance.incomes`.
    """
    known = incomes["income_yuan"].notna()
    grouped = incomes.assign(
        known=known, above=known & (incomes["income_yuan"] > INCOME_TARGET_YUAN)
    ).groupby(["township_code", "county", "township"], dropna=False)
    sums = grouped.agg(
        villages=("admin_code", "size"),
        known=("known", "sum"),
        above=("above", "sum"),
        median=("income_yuan", "median"),
        lowest=("income_yuan", "min"),
    ).reset_index()
    sums["share"] = (sums["above"] / sums["known"].where(sums["known"] > 0) * 100).round(1)
    sums = sums.sort_values(["share", "township_code"], ignore_index=True, na_position="last")
    columns = {
        "county": list(sums["county"]),
        "township": list(sums["township"]),
        "share": sums["share"],
        "villages": sums["villages"],
        "reported": sums["known"],
        "above": sums["above"],
        "below": sums["known"] - sums["above"],
        "median": _wan(sums["median"]),
        "lowest": _wan(sums["lowest"]),
    }
    return pd.DataFrame({tr(f"assistance.column.{name}", current): v for name, v in columns.items()})


def below_table(incomes: pd.DataFrame, current: Lang) -> pd.DataFrame:
    """Villages that are not above the target, and those that did not report; the poorest first."""
    kept = incomes[~(incomes["income_yuan"] > INCOME_TARGET_YUAN)]
    kept = kept.sort_values(["income_yuan", "admin_code"], na_position="last")
    gap = INCOME_TARGET_YUAN - kept["income_yuan"]
    columns = {
        "county": list(kept["county"]),
        "township": list(kept["township"]),
        "village": list(kept["village"]),
        "year": pd.array(kept["income_year"], dtype="Int64"),
        "village_income": _wan(kept["income_yuan"]),
        "operating": _wan(kept["operating_yuan"]),
        "gap": _wan(gap),
    }
    return pd.DataFrame({tr(f"assistance.column.{name}", current): v for name, v in columns.items()})
