"""Distance to the targets in people, households, natural villages and metres, and in money."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from analysis.shortages import CONVERSIONS, Conversion, cost_yuan, mean_of_missing, shortage
from i18n import Lang, tr
from layers import Indicator, indicator
from pages import formats
from pages.downloads import offer
from pages.gaps_choices import Choices
from pages.gaps_figures import Figures, Index, offered
from pages.gaps_table import flags
from store.engine import reading
from store.planning.unit_costs import unit_costs

_TEN_THOUSAND = 10_000


def money(made: Index, found: Figures, choices: Choices, current: Lang) -> None:
    """The shortage of every indicator with a target over the units shown, and unit by unit for one of them."""
    codes = [code for code, seen in zip(made.codes, made.shown, strict=True) if seen]
    told = [i for i in offered(choices.level) if i.target is not None and i.id in CONVERSIONS]
    with reading() as connection:
        prices = unit_costs(connection)
    by_id = {one.id: units_short(one, found, codes, prices) for one in told}
    st.caption(tr("gaps.money_note", current))
    summed = _summed(told, by_id, current)
    st.dataframe(
        summed,
        hide_index=True,
        height="content",
        placeholder="—",
        column_config={
            tr("gaps.cost", current): st.column_config.NumberColumn(format="localized"),
            tr("gaps.short", current): st.column_config.NumberColumn(format="localized"),
            tr("gaps.assumed", current): st.column_config.TextColumn(width="large"),
        },
    )
    chosen = indicator(
        st.selectbox(
            tr("gaps.money_by_unit", current),
            [one.id for one in told],
            index=next((n for n, one in enumerate(told) if one.id == choices.colour), 0),
            format_func=lambda name: indicator(name).title.get(current),
            key=f"gaps.money.{choices.level}",
            width=320,
        )
    )
    table = _by_unit(chosen, by_id[chosen.id], found, current)
    st.dataframe(
        table,
        hide_index=True,
        placeholder="—",
        height=360,
        column_config={
            name: st.column_config.NumberColumn(format="localized")
            for name in (
                tr("gaps.short_in", current, unit=_counted(chosen, current)),
                tr("gaps.cost", current),
            )
        },
    )
    notes = [tr("gaps.money_note", current), chosen.title.get(current)]
    if CONVERSIONS[chosen.id].priced:
        notes.append(tr(f"gaps.assumption.{chosen.id}", current))
    offer(
        table,
        f"shortage-{chosen.id}-{choices.level}-{choices.as_of.isoformat()}",
        tr("gaps.section.money", current),
        notes,
        current,
    )


def units_short(
    one: Indicator, found: Figures, codes: list[str], unit_costs: Mapping[str, float]
) -> pd.DataFrame:
    """What units lack to an indicator's target.

    Returns
    -------
    Index ``admin_code``; columns ``value`` (stored unit), ``short`` (units of the denominator) and ``yuan``, NaN
    where unknown or not priced.
    """
    conversion = CONVERSIONS[one.id]
    values = found.values.loc[codes, one.id].to_numpy(float)
    denominators = found.denominators.loc[codes, one.id].to_numpy(float)
    short = shortage(values, denominators, float(str(one.target)), one.direction)
    yuan = cost_yuan(short, conversion, unit_costs, _length_m(conversion, values, found, codes))
    return pd.DataFrame({"value": values, "short": short, "yuan": yuan}, index=codes)


def _length_m(
    conversion: Conversion,
    values: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    found: Figures,
    codes: list[str],
) -> "np.ndarray[tuple[int], np.dtype[np.float64]] | None":
    if conversion.length is None:
        return None
    return mean_of_missing(found.values.loc[codes, conversion.length[1]].to_numpy(float), values)


def _counted(one: Indicator, current: Lang) -> str:
    return tr(f"gaps.counted.{CONVERSIONS[one.id].counted}", current)


def _summed(told: list[Indicator], by_id: Mapping[str, pd.DataFrame], current: Lang) -> pd.DataFrame:
    rows = []
    for one in told:
        made = by_id[one.id]
        known = made["short"].notna()
        priced = CONVERSIONS[one.id].priced
        unpriced = int((known & (made["short"] > 0) & made["yuan"].isna()).sum()) if priced else 0
        assumed = tr(f"gaps.assumption.{one.id}", current) if priced else tr("gaps.not_priced", current)
        if unpriced:
            assumed += " " + tr("gaps.unpriced", current, count=unpriced)
        rows.append(
            {
                tr("pages.dossier.indicator", current): one.title.get(current),
                tr("gaps.target", current): formats.target_words(one, current),
                tr("gaps.known_units", current): f"{int(known.sum()):,} / {len(made):,}",
                tr("gaps.short_units", current): int((made["short"] > 0).sum()),
                tr("gaps.short", current): float(np.round(made["short"].sum())) if known.any() else np.nan,
                tr("gaps.counted.label", current): _counted(one, current),
                tr("gaps.cost", current): _in_ten_thousands(made["yuan"].sum(min_count=1)),
                tr("gaps.assumed", current): assumed,
            }
        )
    return pd.DataFrame(rows)


def _in_ten_thousands(yuan: float) -> float:
    return float(np.round(yuan / _TEN_THOUSAND, 1))


def _by_unit(one: Indicator, made: pd.DataFrame, found: Figures, current: Lang) -> pd.DataFrame:
    """Units by what they lack, the most first; those that have reached the target or have no data last."""
    made = made.sort_values("short", ascending=False, kind="stable", na_position="last")
    units = found.units.loc[made.index]
    value_title = f"{one.title.get(current)} ({formats.unit_name(one.unit, current)})"
    return pd.DataFrame(
        {
            tr("pages.dossier.code", current): made.index.to_numpy(),
            tr("gaps.unit", current): units["name"].to_numpy(),
            tr("pages.choose.township", current): units["township_name"].to_numpy(),
            tr("pages.choose.county", current): units["county_name"].to_numpy(),
            value_title: formats.on_screen_series(made["value"], one.unit).to_numpy(),
            tr("gaps.short_in", current, unit=_counted(one, current)): made["short"].round(0).to_numpy(),
            tr("gaps.cost", current): (made["yuan"] / _TEN_THOUSAND).round(1).to_numpy(),
            tr("gaps.flags", current): flags(units, current),
        }
    )
