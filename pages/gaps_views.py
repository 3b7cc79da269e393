"""Units × indicators against their targets, and how the units are distributed."""

from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from i18n import Lang, tr
from layers import AdminLevel, Direction, Indicator, indicator
from maps.ramps import Ramp, sequential
from pages import formats
from pages.downloads import offer
from pages.gaps_choices import SCORE, Choices
from pages.gaps_figures import Figures, Index
from pages.gaps_table import flags, ranked_units

_MOST_COLOURED = 200_000
"""Cells; a larger matrix stays white, for the browser's sake."""
_BINS = 30
_SHADES = sequential(Ramp.BURDEN, 5)
_TARGET, _CHOSEN = "#334155", "#1d4ed8"


def matrix(made: Index, found: Figures, choices: Choices, current: Lang) -> None:
    """Every unit shown with its value in every indicator of the index, shaded by its gap."""
    units = ranked_units(made, found)
    # Those without a rank too, at the end.
    rest = [c for c, seen, rank in zip(made.codes, made.shown, made.rank, strict=True) if seen and rank == 0]
    codes = [*units.index, *rest]
    declared = [indicator(part) for part in made.parts]
    titles = [_title(one, current) for one in declared]
    table = pd.DataFrame(
        {
            tr("gaps.rank", current): pd.array([*units["rank"], *[None] * len(rest)], dtype="Int64"),
            tr(f"pages.choose.{choices.level}", current): found.units.loc[codes, "name"].to_numpy(),
        }
        | (
            {tr("pages.choose.township", current): found.units.loc[codes, "township_name"].to_numpy()}
            if choices.level is AdminLevel.VILLAGE
            else {}
        )
        | {
            title: formats.on_screen_series(found.values.loc[codes, one.id], one.unit).to_numpy()
            for title, one in zip(titles, declared, strict=True)
        }
        | {tr("gaps.flags", current): [*flags(units, current), *[""] * len(rest)]}
    )
    st.caption(tr("gaps.matrix_note", current))
    configured: dict[str, Any] = {
        title: st.column_config.NumberColumn(
            format=f"%.{formats.decimals(one.unit)}f", width=150, help=_help(one, current)
        )
        for title, one in zip(titles, declared, strict=True)
    }
    configured[tr("gaps.rank", current)] = st.column_config.NumberColumn(width=52, pinned=True)
    configured[table.columns[1]] = st.column_config.TextColumn(width=110, pinned=True)
    at = {code: place for place, code in enumerate(made.codes)}
    every = made.gaps[[at[code] for code in codes]]
    shown = (
        table
        if every.size > _MOST_COLOURED
        else table.style.apply(_shaded, axis=None, gaps=every, titles=titles)
    )
    st.dataframe(shown, hide_index=True, height=460, column_config=configured, placeholder="—", row_height=32)
    notes = [
        tr("pages.no_data_note", current),
        *(f"{one.title.get(current)}: {formats.target_words(one, current)}" for one in declared),
    ]
    codes_first = pd.concat([pd.DataFrame({tr("pages.dossier.code", current): codes}), table], axis=1)
    offer(
        codes_first,
        f"gap-matrix-{choices.level}-{choices.as_of.isoformat()}",
        tr("gaps.section.matrix", current),
        notes,
        current,
    )


def _title(one: Indicator, current: Lang) -> str:
    """An indicator with its target, which names the unit; with its unit where there is no target."""
    title = one.title.get(current)
    if one.target is None:
        return f"{title} ({formats.unit_name(one.unit, current)})"
    sign = "≥" if one.direction is Direction.HIGHER else "≤"
    return f"{title} {sign}{formats.target_figure(one, current)}"


def _help(one: Indicator, current: Lang) -> str:
    return formats.plain(
        tr(
            "gaps.matrix_help",
            current,
            formula=one.formula.get(current),
            unit=formats.unit_name(one.unit, current),
            target=formats.target_words(one, current),
        )
    )


def _shaded(
    table: pd.DataFrame, gaps: "np.ndarray[tuple[int, int], np.dtype[np.float64]]", titles: list[str]
) -> pd.DataFrame:
    """Backgrounds by gap: white where the target is met, darker the larger the gap, grey for no data."""
    inks = ["#111827"] * (len(_SHADES) - 2) + ["#ffffff"] * 2
    shades = np.array(
        ["", *(f"background-color:{s};color:{ink}" for s, ink in zip(_SHADES, inks, strict=True))]
    )
    level = np.where(np.nan_to_num(gaps) > 0, 1 + np.minimum((np.nan_to_num(gaps) * 5).astype(int), 4), 0)
    made = pd.DataFrame("", index=table.index, columns=table.columns)
    made[titles] = np.where(np.isnan(gaps), "background-color:#f1f1ee", shades[level])
    return made


def distribution(made: Index, found: Figures, choices: Choices, current: Lang) -> None:
    """How many units have which value, the target and the chosen unit marked."""
    options = [SCORE, *made.parts]
    chosen = st.selectbox(
        tr("gaps.distribution_of", current),
        options,
        index=options.index(choices.colour) if choices.colour in options else 0,
        format_func=lambda name: (
            tr("gaps.score", current) if name == SCORE else indicator(name).title.get(current)
        ),
        key="gaps.distribution",
        width=320,
    )
    if chosen == SCORE:
        values = pd.Series(made.scores.score * 100, index=list(made.codes))
        title, target, unit = tr("gaps.score", current), None, tr("gaps.points", current)
    else:
        one = indicator(chosen)
        values = formats.on_screen_series(found.values.loc[list(made.codes), chosen], one.unit)
        unit = formats.unit_name(one.unit, current)
        title = f"{one.title.get(current)} ({unit})"
        target = None if one.target is None else formats.on_screen(one.target, one.unit)
    known = values[made.shown].dropna()
    if known.empty:
        st.info(tr("gaps.nothing_known", current))
        return
    st.altair_chart(_histogram(known, title, target, choices.code, current), width="stretch")
    quarters = known.quantile([0.25, 0.5, 0.75])
    st.caption(
        tr(
            "gaps.quarters",
            current,
            known=formats.number(len(known)),
            all=formats.number(int(made.shown.sum())),
            low=formats.number(float(quarters.iloc[0]), 1),
            middle=formats.number(float(quarters.iloc[1]), 1),
            high=formats.number(float(quarters.iloc[2]), 1),
            unit=unit,
        )
    )


def _histogram(
    known: "pd.Series[float]", title: str, target: float | None, code: str | None, current: Lang
) -> alt.LayerChart:
    """Counted here, so that the browser is sent thirty numbers and not a province."""
    ends = [float(known.min()), float(known.max())]
    if target is not None:
        ends = [min(ends[0], target), max(ends[1], target)]
    counts, edges = np.histogram(known, bins=_BINS, range=(ends[0], max(ends[1], ends[0] + 1e-6)))
    bars = pd.DataFrame({"low": edges[:-1], "high": edges[1:], "units": counts})
    units = tr("gaps.units_counted", current)
    chart = (
        alt.Chart(bars)
        .mark_bar(color="#e3a15f")
        .encode(
            x=alt.X("low:Q", bin="binned", title=title, scale=alt.Scale(nice=False)),
            x2="high:Q",
            y=alt.Y("units:Q", title=units, axis=alt.Axis(tickMinStep=1)),
            tooltip=[
                alt.Tooltip("low:Q", title=title, format=",.1f"),
                alt.Tooltip("high:Q", title="–", format=",.1f"),
                alt.Tooltip("units:Q", title=units),
            ],
        )
    )
    marks = []
    if target is not None:
        marks.append((target, _TARGET, tr("gaps.target", current)))
    if code is not None and code in known.index:
        marks.append((float(known[code]), _CHOSEN, tr("gaps.chosen", current)))
    layers = [chart]
    for row, (value, color, words) in enumerate(marks):
        at = alt.Chart(pd.DataFrame({"at": [value], "words": [words]}))
        layers.append(at.mark_rule(color=color, strokeWidth=2, strokeDash=[6, 3]).encode(x="at:Q"))
        layers.append(
            at.mark_text(color=color, align="right", dx=-5, fontSize=12).encode(
                x="at:Q", y=alt.value(10 + 16 * row), text="words:N"
            )
        )
    return alt.layer(*layers).properties(height=280)
