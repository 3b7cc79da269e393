"""The S-curve drawn: planned, done and paid by month, and the share of projects reported in each month."""

import datetime as dt

import altair as alt
import pandas as pd
import streamlit as st

from i18n import Lang, tr
from pages.tracking_tables import WAN

_LINES = {"planned_yuan": "#64748b", "earned_yuan": "#0b6e4f", "paid_yuan": "#b45309"}
_DASHES = {"planned_yuan": [6, 4], "earned_yuan": [1, 0], "paid_yuan": [2, 2]}
_HEIGHT_PX, _SMALL_PX = 340, 110


def draw_curve(curve: pd.DataFrame, day: dt.date, current: Lang) -> None:
    """Draw both charts.

    Parameters
    ----------
    curve : as `analysis.progress.curves.s_curve`.
    """
    words = {name: tr(f"tracking.curve.{name}", current) for name in _LINES}
    long = curve.melt("on", list(_LINES), "line", "yuan").dropna()
    long = long.assign(words=long["line"].map(words), wan=long["yuan"] / WAN)
    month, money = tr("tracking.curve.month", current), tr("tracking.curve.money", current)
    domain = list(words.values())
    drawn = (
        alt.Chart(long)
        .mark_line(strokeWidth=2.4, point=alt.OverlayMarkDef(size=26))
        .encode(
            x=_months(curve),
            y=alt.Y("wan:Q", title=money, axis=alt.Axis(format=",.0f")),
            color=alt.Color(
                "words:N",
                title=None,
                scale=alt.Scale(domain=domain, range=list(_LINES.values())),
                legend=alt.Legend(
                    orient="top-left",
                    direction="vertical",
                    symbolType="stroke",
                    symbolStrokeWidth=3,
                    symbolSize=300,
                ),
            ),
            strokeDash=alt.StrokeDash(
                "words:N",
                title=None,
                scale=alt.Scale(domain=domain, range=list(_DASHES.values())),
                legend=None,
            ),
            tooltip=[
                alt.Tooltip("words:N", title=" "),
                alt.Tooltip("on:T", title=month, format="%Y-%m-%d"),
                alt.Tooltip("wan:Q", title=money, format=",.1f"),
            ],
        )
    )
    now = pd.DataFrame({"on": [pd.Timestamp(day)], "words": [tr("tracking.curve.now", current)]})
    rule = alt.Chart(now).mark_rule(color="#475569", strokeDash=[3, 3]).encode(x="on:T")
    label = (
        alt.Chart(now)
        .mark_text(align="left", dx=4, color="#475569")
        .encode(x="on:T", y=alt.value(8), text="words:N")
    )
    st.altair_chart((drawn + rule + label).properties(height=_HEIGHT_PX), width="stretch")
    _draw_reported(curve, month, current)


def _months(curve: pd.DataFrame) -> alt.X:
    """The months from left to right, the same in both charts."""
    first, last = (f"{curve['on'].iloc[place]:%Y-%m-%d}" for place in (0, -1))
    axis = alt.Axis(format="%Y-%m", labelAngle=0, labelOverlap=True)
    return alt.X("on:T", title=None, axis=axis, scale=alt.Scale(domain=[first, last]))


def _draw_reported(curve: pd.DataFrame, month: str, current: Lang) -> None:
    known = curve.dropna(subset=["share_reported"])
    title = tr("tracking.curve.reported", current)
    bars = (
        alt.Chart(known)
        .mark_bar(color="#94a3b8", size=10)
        .encode(
            x=_months(curve),
            y=alt.Y(
                "share_reported:Q", title=None, axis=alt.Axis(format=".0%"), scale=alt.Scale(domain=[0, 1])
            ),
            tooltip=[
                alt.Tooltip("on:T", title=month, format="%Y-%m"),
                alt.Tooltip("share_reported:Q", title=title, format=".0%"),
                alt.Tooltip("reported:Q", title=tr("tracking.curve.number_reported", current)),
                alt.Tooltip("due:Q", title=tr("tracking.curve.due", current)),
            ],
        )
    )
    st.caption(title)
    st.altair_chart(bars.properties(height=_SMALL_PX), width="stretch")


def curve_table(curve: pd.DataFrame, current: Lang) -> pd.DataFrame:
    """The curve as a table, money in 万元."""
    columns: dict[str, object] = {
        "month": [f"{month:%Y-%m}" for month in curve["month"]],
        **{
            name: (curve[f"{name}_yuan"].astype(float) / WAN).round(2)
            for name in ("planned", "earned", "paid")
        },
        "due": curve["due"].astype("Int64"),
        "reported": curve["reported"].astype("Int64"),
    }
    return pd.DataFrame(
        {tr(f"tracking.curve_column.{name}", current): held for name, held in columns.items()}
    )
