"""Tables of assistance in words: teams with their terms, assets, incomes by township and village; pure."""

import datetime as dt
from collections.abc import Iterable, Mapping

import pandas as pd

from i18n import Lang, tr
from layers.assistance import CHECK_MONTHS, INCOME_TARGET_YUAN, AssetKind, AssetState
from pages import formats

SOON_DAYS = 90
"""A term that ends within so many days is told."""
_YUAN_PER_WAN = 10_000
LINK = "link"
"""Column with the address of the dossier; not for files."""


def term_state(row: "pd.Series[object]", day: dt.date) -> str:
    """How a term stands on a day: ``none`` without a team, ``over``, ``soon``, ``serving`` or ``coming``."""
    if formats.missing(row["team_no"]):
        return "none"
    begun, ends = row["term_from"], row["term_to"]
    assert isinstance(begun, dt.date)  # noqa: S101 - the layer requires both
    assert isinstance(ends, dt.date)  # noqa: S101
    if ends < day:
        return "over"
    if begun > day:
        return "coming"
    return "soon" if (ends - day).days <= SOON_DAYS else "serving"


def team_table(teams: pd.DataFrame, states: list[str], since: list[bool], current: Lang) -> pd.DataFrame:
    """A row for each team, and for each township without one.

    Parameters
    ----------
    states : as `term_state` on the data's day.
    since : whether the term ended since that day.
    """
    ended = tr("assistance.ended_since", current)
    columns = {
        "county": list(teams["county"]),
        "township": list(teams["township"]),
        LINK: _dossiers(teams["admin_code"]),
        "term": [
            tr(f"assistance.term_{state}", current) + (f" · {ended}" if late else "")
            for state, late in zip(states, since, strict=True)
        ],
        "lead_unit": list(teams["lead_unit"]),
        "member_units": list(teams["member_units"]),
        "leader": list(teams["leader"]),
        "phone": list(teams["phone"]),
        "head_count": pd.array(teams["head_count"], dtype="Int64"),
        "term_from": list(teams["term_from"]),
        "term_to": list(teams["term_to"]),
        "contact": list(teams["county_contact"]),
    }
    return _named(columns, current)


def is_stale(checked_on: object, day: dt.date) -> bool:
    """Whether on a day an asset's last check lies too far back, or never was."""
    if formats.missing(checked_on):
        return True
    assert isinstance(checked_on, dt.date)  # noqa: S101 - the layer has days here
    return pd.Timestamp(checked_on) < pd.Timestamp(day) - pd.DateOffset(months=CHECK_MONTHS)


def asset_table(assets: pd.DataFrame, stale: list[bool], since: list[bool], current: Lang) -> pd.DataFrame:
    """The register of assets, money in 万元.

    Parameters
    ----------
    stale : as `is_stale` on the data's day.
    since : whether the check fell due since that day.
    """
    due, due_since = (tr(f"assistance.{name}", current) for name in ("stale", "stale_since"))
    columns = {
        "county": list(assets["county"]),
        "township": list(assets["township"]),
        "village": list(assets["village"]),
        LINK: _dossiers(assets["admin_code"]),
        "name": list(assets["name"]),
        "kind": [AssetKind.of(code).text.get(current) for code in assets["asset_kind"]],
        "state": [AssetState.of(code).text.get(current) for code in assets["asset_state"]],
        "checked_on": list(assets["checked_on"]),
        "stale": [
            due if late else due_since if now else None for late, now in zip(stale, since, strict=True)
        ],
        "built_year": pd.array(assets["built_year"], dtype="Int64"),
        "cost": _wan(assets["cost_yuan"]),
        "income": _wan(assets["income_yuan"]),
        "owner": list(assets["owner"]),
        "number": list(assets["asset_no"]),
    }
    return _named(columns, current)


def _named(columns: Mapping[str, object], current: Lang) -> pd.DataFrame:
    """A table whose headings are words; links keep their own."""
    return pd.DataFrame(
        {
            name if name == LINK else tr(f"assistance.column.{name}", current): held
            for name, held in columns.items()
        }
    )


def _dossiers(codes: Iterable[object]) -> list[str | None]:
    """Addresses of the units' dossiers."""
    return [None if formats.missing(code) else f"/dossier?code={code}" for code in codes]


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
        LINK: _dossiers(sums["township_code"]),
        "share": sums["share"],
        "villages": sums["villages"],
        "reported": sums["known"],
        "above": sums["above"],
        "below": sums["known"] - sums["above"],
        "median": _wan(sums["median"]),
        "lowest": _wan(sums["lowest"]),
    }
    return _named(columns, current)


def below_table(incomes: pd.DataFrame, current: Lang) -> pd.DataFrame:
    """Villages that are not above the target, and those that did not report; the poorest first."""
    kept = incomes[~(incomes["income_yuan"] > INCOME_TARGET_YUAN)]
    kept = kept.sort_values(["income_yuan", "admin_code"], na_position="last")
    gap = INCOME_TARGET_YUAN - kept["income_yuan"]
    columns = {
        "county": list(kept["county"]),
        "township": list(kept["township"]),
        "village": list(kept["village"]),
        LINK: _dossiers(kept["admin_code"]),
        "year": pd.array(kept["income_year"], dtype="Int64"),
        "village_income": _wan(kept["income_yuan"]),
        "operating": _wan(kept["operating_yuan"]),
        "gap": _wan(gap),
    }
    return _named(columns, current)
