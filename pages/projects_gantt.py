"""The Gantt view: bars of the projects with how far they are, milestones, today; grouped by county, in pages."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from itertools import groupby

import altair as alt
import pandas as pd
import streamlit as st

from i18n import Lang, tr
from layers.codes import LibraryState
from pages import formats
from pages.project_words import STATE_COLORS
from pages.projects_read import Library
from store.progress.library import Project

PER_PAGE = 24
_PAGE = "projects.gantt_page"
_ROW_PX, _TODAY = 24, "#b91c1c"


def gantt(library: Library, found: Sequence[Project], current: Lang) -> None:
    """Draw the page chosen of the projects that have both days, by county and start."""
    ready = sorted(
        (one for one in found if one.planned_start is not None and one.planned_finish is not None),
        key=lambda one: (one.admin_code[:6], one.planned_start or dt.date.min, one.code),
    )
    if not ready:
        st.info(tr("library.gantt.nothing", current), icon=":material/event_busy:")
        return
    pages = paged(ready)
    at = 0
    if len(pages) > 1:
        at = st.selectbox(
            tr("library.gantt.page", current),
            range(len(pages)),
            format_func=lambda no: _page_words(no, pages, library, current),
            key=f"{_PAGE}.{len(pages)}",
            width=460,
        )
    shown = pages[at]
    bars, steps = gantt_frames(shown, library, current)
    st.altair_chart(_chart(bars, steps, formats.today(), current), width="stretch")
    st.caption(tr("library.gantt.note", current))


def paged(ready: Sequence[Project]) -> list[list[Project]]:
    """Pages of at most `PER_PAGE` projects of one county, evenly filled; few projects share a single page."""
    if len(ready) <= PER_PAGE:
        return [list(ready)]
    pages = []
    for _, group in groupby(ready, key=lambda one: one.admin_code[:6]):
        held = list(group)
        number = -(-len(held) // PER_PAGE)
        size = -(-len(held) // number)
        pages += [held[first : first + size] for first in range(0, len(held), size)]
    return pages


def _page_words(no: int, pages: Sequence[Sequence[Project]], library: Library, current: Lang) -> str:
    county = pages[no][0].admin_code[:6]
    first = 1 + sum(len(page) for page in pages[:no] if page[0].admin_code[:6] == county)
    name = library.counties.get(county, county)
    return tr("library.gantt.page_words", current, county=name, first=first, last=first + len(pages[no]) - 1)


def gantt_frames(
    shown: Sequence[Project], library: Library, current: Lang
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Bars and milestones of the projects, in their order.

    Returns
    -------
    ``row county name state start finish done percent`` (`done` the day up to which the bar is filled), and
    ``row name step day reached``.
    """
    bars, steps = [], []
    often = Counter(one.name for one in shown)
    for one in shown:
        if one.planned_start is None or one.planned_finish is None:
            continue
        standing = library.standings.get(one.id)
        percent = 0.0 if standing is None else standing.percent
        length = (one.planned_finish - one.planned_start).days
        row = one.name if often[one.name] == 1 else f"{one.name} · {one.code}"
        bars.append(
            {
                "row": row,
                "county": library.counties.get(one.admin_code[:6], ""),
                "name": one.name,
                "state": one.state.text.get(current),
                "start": pd.Timestamp(one.planned_start),
                "finish": pd.Timestamp(one.planned_finish),
                "done": pd.Timestamp(one.planned_start + dt.timedelta(days=round(length * percent / 100))),
                "percent": percent,
            }
        )
        reached = set() if standing is None else set(standing.reached)
        steps += [
            {
                "row": row,
                "name": one.name,
                "step": step.name,
                "day": pd.Timestamp(step.planned_on),
                "reached": tr(f"library.gantt.{'reached' if step.no in reached else 'open'}", current),
            }
            for step in library.milestones.get(one.id, ())
        ]
    return pd.DataFrame(bars), pd.DataFrame(steps, columns=["row", "name", "step", "day", "reached"])


def _chart(bars: pd.DataFrame, steps: pd.DataFrame, today: dt.date, current: Lang) -> alt.LayerChart:
    words = {name: tr(f"library.gantt.{name}", current) for name in ("state", "start", "finish", "percent")}
    order = list(bars["row"])
    colors = alt.Scale(
        domain=[state.text.get(current) for state in LibraryState],
        range=[STATE_COLORS[state] for state in LibraryState],
    )
    up = alt.Y(
        "row:N",
        sort=order,
        title=None,
        axis=alt.Axis(labelLimit=200, labelOverlap=False, labelFlush=False, ticks=False),
    )
    base = alt.Chart(bars).encode(
        y=up,
        tooltip=[
            alt.Tooltip("name:N", title=tr("library.column.name", current)),
            alt.Tooltip("county:N", title=tr("library.county", current)),
            alt.Tooltip("state:N", title=words["state"]),
            alt.Tooltip("start:T", title=words["start"], format="%Y-%m-%d"),
            alt.Tooltip("finish:T", title=words["finish"], format="%Y-%m-%d"),
            alt.Tooltip("percent:Q", title=words["percent"], format=".0f"),
        ],
    )
    across = alt.X("start:T", title=None, axis=alt.Axis(format="%Y-%m", orient="top", grid=True))
    color = alt.Color(
        "state:N", scale=colors, legend=alt.Legend(title=None, orient="bottom", columns=4, symbolOpacity=1)
    )
    whole = base.mark_bar(opacity=0.28, height=13, cornerRadius=3).encode(
        x=across, x2="finish:T", color=color
    )
    done = base.mark_bar(height=13, cornerRadius=3).encode(x="start:T", x2="done:T", color=color)
    marks = (
        alt.Chart(steps)
        .mark_point(shape="diamond", size=58, strokeWidth=1.5, stroke="#1f2937")
        .encode(
            y=alt.Y("row:N", sort=order),
            x="day:T",
            fill=alt.Fill(
                "reached:N",
                scale=alt.Scale(
                    domain=[tr("library.gantt.reached", current), tr("library.gantt.open", current)],
                    range=["#1f2937", "#ffffff"],
                ),
                legend=alt.Legend(title=None, orient="bottom"),
            ),
            tooltip=[
                alt.Tooltip("name:N", title=tr("library.column.name", current)),
                alt.Tooltip("step:N", title=tr("library.milestone", current)),
                alt.Tooltip("day:T", title=tr("library.gantt.planned", current), format="%Y-%m-%d"),
                alt.Tooltip("reached:N", title=words["state"]),
            ],
        )
    )
    parts = [whole, done, marks]
    if bars["start"].min() <= pd.Timestamp(today) <= bars["finish"].max():
        now = pd.DataFrame({"day": [pd.Timestamp(today)], "words": [tr("library.gantt.today", current)]})
        line = alt.Chart(now).mark_rule(color=_TODAY, strokeDash=[5, 4], size=1.6).encode(x="day:T")
        said = (
            alt.Chart(now)
            .mark_text(color=_TODAY, align="left", dx=5, dy=-4)
            .encode(x="day:T", y=alt.value(0), text="words:N")
        )
        parts += [line, said]
    layered: alt.LayerChart = alt.layer(*parts).properties(height=max(140, _ROW_PX * len(bars)))
    return layered
