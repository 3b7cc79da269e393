"""Two places beside each other, or two days: indicator by indicator, and which is better."""

import datetime as dt
from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st

from base.settings import settings
from i18n import Lang, tr
from layers import Direction, Indicator, indicator
from pages import formats
from pages.downloads import offer
from pages.gaps_choices import Choices
from pages.gaps_figures import Figures, Index, figures, rescored, stamp
from store.engine import reading
from store.snapshots import unit_values, whole_days

_MODES = ("places", "days")


def compare(made: Index, found: Figures, choices: Choices, current: Lang) -> None:
    """Choose two places, or two days."""
    mode = st.segmented_control(
        tr("gaps.compare.label", current),
        list(_MODES),
        default="places",
        required=True,
        format_func=lambda name: tr(f"gaps.compare.{name}", current),
        key="gaps.compare",
        label_visibility="collapsed",
    )
    if mode == "days":
        _days(made, found, choices, current)
    else:
        _places(made, found, choices, current)


def _whole(choices: Choices) -> str:
    """Code of the part of the city looked at."""
    return (choices.part or settings().city_code[:4]).ljust(12, "0")


def _places(made: Index, found: Figures, choices: Choices, current: Lang) -> None:
    codes = [code for code, seen in zip(made.codes, made.shown, strict=True) if seen]
    names = {code: _path(found, code) for code in codes}
    whole = _whole(choices)
    names[whole] = tr("gaps.compare.whole", current)
    if len(codes) < 2:
        st.info(tr("gaps.compare.one_place", current))
        return
    first = (
        choices.code
        or codes[int(np.argmin(np.where(made.rank[made.shown] == 0, len(codes), made.rank[made.shown])))]
    )
    left, right = st.columns(2)
    with left:
        one = _place_list("one", [whole, *codes], names, first, current)
    with right:
        other = _place_list("other", [whole, *codes], names, whole, current)
    with reading() as connection:
        values = [unit_values(connection, code, choices.as_of)["value"] for code in (one, other)]
    at = {code: place for place, code in enumerate(made.codes)}
    score = [made.scores.score[at[code]] if code in at else np.nan for code in (one, other)]
    table = compared_table(made, values, score, (names[one], names[other]), current)
    _shown(table, f"compare-{one}-{other}", current)


def _path(found: Figures, code: str) -> str:
    row = found.units.loc[code]
    return " · ".join(
        dict.fromkeys(str(n) for n in (row["county_name"], row["township_name"], row["name"]) if n)
    )


def _place_list(key: str, codes: list[str], names: dict[str, str], usual: str, current: Lang) -> str:
    return st.selectbox(
        tr(f"gaps.compare.{key}", current),
        codes,
        index=codes.index(usual),
        format_func=lambda code: names[code],
        # Under the usual choice, so that another place chosen above is taken over.
        key=f"gaps.compare.{key}.{usual}",
    )


def _days(made: Index, found: Figures, choices: Choices, current: Lang) -> None:
    with reading() as connection:
        others = [day for day in whole_days(connection) if day != choices.as_of]
    if not others:
        st.info(tr("gaps.compare.one_day", current, day=choices.as_of.isoformat()), icon=":material/event:")
        return
    earlier = [day for day in others if day < choices.as_of]
    other = st.selectbox(
        tr("gaps.compare.other_day", current),
        others,
        index=others.index((earlier or others)[0]),
        format_func=lambda day: day.isoformat(),
        key="gaps.compare.day",
        width=220,
    )
    before, after = sorted((choices.as_of, other))
    code = choices.code or _whole(choices)
    with reading() as connection:
        values = [unit_values(connection, code, day)["value"] for day in (before, after)]
    scored = {day: rescored(made, stamp(day), choices.level) for day in (before, after)}
    score = [
        float(scored[day]["score"].get(code, np.nan)) if code in made.codes else np.nan
        for day in (before, after)
    ]
    name = _path(found, code) if code in made.codes else tr("gaps.compare.whole", current)
    st.markdown(f"**{formats.plain(name)}**")
    table = compared_table(made, values, score, (before.isoformat(), after.isoformat()), current)
    _shown(table, f"compare-{code}-{before.isoformat()}-{after.isoformat()}", current)
    st.markdown(f"**{tr('gaps.compare.units_changed', current)}**")
    st.dataframe(_changes(made, choices, (before, after), current), hide_index=True, height="content")


def _changes(made: Index, choices: Choices, days: tuple[dt.date, dt.date], current: Lang) -> pd.DataFrame:
    """How many of the units shown got better or worse, by indicator."""
    codes = [code for code, seen in zip(made.codes, made.shown, strict=True) if seen]
    before, after = (figures(stamp(day), choices.level).values.reindex(codes) for day in days)
    rows = []
    for part in made.parts:
        one = indicator(part)
        sign = 1 if one.direction is Direction.HIGHER else -1
        change = sign * (after[part] - before[part])
        rows.append(
            {
                tr("pages.dossier.indicator", current): one.title.get(current),
                tr("gaps.compare.better", current): int((change > 0).sum()),
                tr("gaps.compare.same", current): int((change == 0).sum()),
                tr("gaps.compare.worse", current): int((change < 0).sum()),
                tr("pages.no_data", current): int(change.isna().sum()),
            }
        )
    return pd.DataFrame(rows)


def compared_table(
    made: Index,
    values: "list[pd.Series[float]]",
    score: list[float],
    names: tuple[str, str],
    current: Lang,
) -> pd.DataFrame:
    """A row for the index and for each indicator: two values, their difference, and what that means.

    Parameters
    ----------
    values : of both, by indicator id, in stored units; what is not there has no data.
    score : of both, 0 … 1; NaN without one.
    """
    rows = []
    if not np.isnan(score).all():
        rows.append(
            _row(
                tr("gaps.score", current),
                "—",
                [value * 100 for value in score],
                lambda value: "—" if formats.missing(value) else f"{value:.1f}",
                lambda change: f"{change:+.1f}",
                -1,
                names,
                current,
            )
        )
    for part in made.parts:
        one = indicator(part)
        found = [float(series.get(part, np.nan)) for series in values]
        rows.append(
            _row(
                f"{one.title.get(current)}",
                formats.target_words(one, current),
                found,
                lambda value, one=one: formats.figure(value, one.unit, current),
                lambda change, one=one: _change_words(change, one, current),
                1 if one.direction is Direction.HIGHER else -1,
                names,
                current,
            )
        )
    return pd.DataFrame(rows)


def _change_words(change: float, one: Indicator, current: Lang) -> str:
    sign = "+" if change > 0 else "−" if change < 0 else "±"
    return sign + formats.gap_words(abs(change), one.unit, current)


def _row(
    title: str,
    target: str,
    pair: list[float],
    words: Callable[[float], str],
    change_words: Callable[[float], str],
    sign: int,
    names: tuple[str, str],
    current: Lang,
) -> dict[str, str]:
    change = pair[1] - pair[0]
    if formats.missing(change):
        verdict, difference = "—", "—"
    else:
        better = sign * change
        verdict = tr(f"gaps.compare.{'better' if better > 0 else 'worse' if better < 0 else 'same'}", current)
        difference = change_words(change)
    first, second = names if names[0] != names[1] else (names[0], f"{names[1]} ")
    return {
        tr("pages.dossier.indicator", current): title,
        tr("gaps.target", current): target,
        first: words(pair[0]),
        second: words(pair[1]),
        tr("gaps.compare.difference", current): difference,
        tr("gaps.compare.verdict", current): verdict,
    }


def _shown(table: pd.DataFrame, name: str, current: Lang) -> None:
    colours = {tr("gaps.compare.better", current): "#0f766e", tr("gaps.compare.worse", current): "#b30000"}
    verdict = tr("gaps.compare.verdict", current)
    styled = table.style.map(
        lambda v: f"color:{colours[v]};font-weight:600" if v in colours else "", subset=[verdict]
    )
    st.dataframe(styled, hide_index=True, height="content")
    st.caption(tr("gaps.compare.note", current))
    offer(table, name, tr("gaps.section.compare", current), [tr("gaps.compare.note", current)], current)
