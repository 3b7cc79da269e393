"""Beside and below the map of 进度地图: what is shown, the way to the target, the counties, who changed most."""

import base64
import datetime as dt
from html import escape

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from base.settings import settings
from i18n import Lang, tr
from layers import AdminLevel, Direction, Indicator, indicator
from maps.county_pictures import CountyOutline, county_outlines, county_picture
from maps.legend import class_legend
from maps.past_layers import moment_words
from maps.past_themes import by_code
from maps.theme import ThemeClasses
from pages import formats, links
from pages.downloads import offer
from pages.past_choices import Choices, Knowledge, as_address
from pages.past_figures import Dated, Shown, boundaries, digest_of, names, series
from store import places
from store.engine import reading
from store.errors import UnknownPlace

_ACTUAL, _TARGET = "#0b6e4f", "#b45309"


def said(
    found: Dated, now: Shown, before: Shown, made: ThemeClasses, choices: Choices, current: Lang
) -> None:
    """Say of which day the map is, by whose knowledge, on which data it rests; and link to it as it is."""
    parts = [
        tr(
            f"pastmaps.said.{choices.knowledge}",
            current,
            day=now.as_of.isoformat(),
            at=formats.moment(now.known_at or found.changed_at, current),
        )
    ]
    days = [before, now] if choices.view.compares and before.as_of != now.as_of else [now]
    if not all(one.edition.current for one in days):
        parts.append(tr("pastmaps.said.boundaries", current))
    prints = [digest_of(one, made, choices)[:16] for one in days]
    parts.append(tr("pastmaps.said.digest", current, digest=" / ".join(prints)))
    st.caption(formats.plain(" ".join(parts)), help=tr("pastmaps.said.digest_help", current))
    if choices.knowledge is Knowledge.NEWEST:
        # What is known to this moment: whoever opens it later sees the same.
        fixed = {**as_address(choices), "known": moment_words(found.changed_at)}
        links.page_link("progress_map", tr("pastmaps.keep", current), ":material/link:", fixed)


def target_line(found: Dated, choices: Choices, current: Lang) -> None:
    """One unit's value on each day, and the line of the target up to its year."""
    declared = indicator(choices.indicator_id)
    code = choices.code or (choices.part.ljust(12, "0") if choices.part else settings().city_code)
    known = series(found, choices, code)
    st.markdown(f"**{formats.plain(_title(code, declared, current))}**")
    frame = pd.DataFrame(
        {
            "day": pd.to_datetime(known["as_of"]),
            "value": formats.on_screen_series(known["value"], declared.unit),
            "words": [formats.figure(value, declared.unit, current) for value in known["value"]],
        }
    ).dropna(subset=["value"])
    if frame.empty:
        st.info(tr("pages.no_data", current))
        return
    st.altair_chart(_chart(frame, declared, current), width="stretch")
    last = known.dropna(subset=["value"]).iloc[-1]
    words = {"day": last["as_of"].isoformat(), "value": formats.figure(last["value"], declared.unit, current)}
    if declared.target is None:
        st.caption(formats.plain(tr("pastmaps.line_without_target", current, **words)))
        return
    gap = formats.short_of_target(last["value"], declared)
    target = formats.target_words(declared, current)
    standing = formats.standing(gap, declared.unit, current)
    st.caption(formats.plain(tr("pastmaps.line", current, **words, target=target, standing=standing)))


def _title(code: str, declared: Indicator, current: Lang) -> str:
    try:
        with reading() as connection:
            name = places.place(connection, code).name
    except UnknownPlace:
        name = code
    return f"{name} · {declared.title.get(current)}"


def _chart(frame: pd.DataFrame, declared: Indicator, current: Lang) -> alt.LayerChart:
    unit = formats.unit_name(declared.unit, current)
    last = frame["day"].max()
    if declared.target is not None and declared.target_year is not None:
        last = max(last, pd.Timestamp(dt.date(declared.target_year, 12, 31)))
    across = alt.X(
        "day:T",
        title=None,
        scale=alt.Scale(domain=[frame["day"].min().isoformat(), last.isoformat()]),
        axis=alt.Axis(format="%Y-%m", labelOverlap=True),
    )
    up = alt.Y("value:Q", title=unit, scale=alt.Scale(zero=False, padding=8))
    hover = [
        alt.Tooltip("day:T", title=tr("pastmaps.day", current), format="%Y-%m-%d"),
        alt.Tooltip("words:N", title=declared.title.get(current)),
    ]
    base = alt.Chart(frame).encode(x=across, y=up, tooltip=hover)
    drawn = [
        base.mark_line(color=_ACTUAL, strokeWidth=2.5),
        base.mark_point(color=_ACTUAL, filled=True, size=70),
    ]
    if declared.target is not None:
        level = formats.on_screen(declared.target, declared.unit)
        line = pd.DataFrame({"day": [frame["day"].min(), last], "value": [level, level]})
        words = pd.DataFrame(
            {
                "day": [last],
                "value": [level],
                "words": [tr("maps.target", current, value=formats.target_words(declared, current))],
            }
        )
        drawn.append(
            alt.Chart(line).mark_line(color=_TARGET, strokeDash=[6, 4], strokeWidth=2).encode(x=across, y=up)
        )
        drawn.append(
            alt.Chart(words)
            .mark_text(color=_TARGET, align="right", baseline="bottom", dy=-4, fontSize=12)
            .encode(x=across, y=up, text="words:N")
        )
    return alt.layer(*drawn).properties(height=230)


@st.cache_resource(max_entries=6, show_spinner=False)
def _outlines(key: str, level: AdminLevel, _one: Shown) -> tuple[CountyOutline, ...]:
    """Shapes of the counties' small maps, once for each edition of the boundaries."""
    return county_outlines(boundaries(_one, level))


def counties(now: Shown, made: ThemeClasses, choices: Choices, current: Lang) -> None:
    """The counties beside one another, each with its own figure, in the classes of the map."""
    declared = indicator(choices.indicator_id)
    county_names = names(now, AdminLevel.COUNTY)
    values = now.values
    classes = by_code(values.index, made.classes.assign(values.to_numpy(float)))
    cells = []
    for county in _outlines(now.edition.key, choices.level, now):
        own = values[values.index.str.startswith(county.code)]
        if not county.code.startswith(choices.part) or own.empty:
            continue
        name = county_names.get(county.code.ljust(12, "0"), county.code)
        known, every = int(own.notna().sum()), len(own)
        line = _middle(own, declared, current)
        picture = county_picture(county, classes, made.colors, f"{name} {line}")
        svg = base64.b64encode(picture.encode()).decode()
        coverage = tr("pastmaps.counties.known", current, known=known, all=every)
        cells.append(
            f'<figure><img alt="{escape(f"{name} {line}")}" src="data:image/svg+xml;base64,{svg}">'
            f"<figcaption><b>{escape(name)}</b><span>{escape(line)}</span><span>{escape(coverage)}</span>"
            "</figcaption></figure>"
        )
    legend = class_legend(declared.title.get(current), made, current)
    st.html(
        f'<style>{_STYLE}</style><div class="xt-counties">{"".join(cells)}</div><div class="xt-row">{legend}</div>'
    )


def _middle(own: "pd.Series[float]", declared: Indicator, current: Lang) -> str:
    known = own.dropna()
    if known.empty:
        return tr("pages.no_data", current)
    if len(own) == 1:
        return formats.figure(float(known.iloc[0]), declared.unit, current)
    middle = formats.figure(float(np.median(known)), declared.unit, current)
    return tr("pastmaps.counties.middle", current, value=middle)


def change_table(now: Shown, before: Shown, choices: Choices, current: Lang) -> None:
    """The units whose value changed most, for the better first."""
    declared = indicator(choices.indicator_id)
    change = (now.values - before.values.reindex(now.values.index)).dropna()
    if change.empty:
        days = {"before": before.as_of.isoformat(), "now": now.as_of.isoformat()}
        st.info(tr("pastmaps.nothing_on_both", current, **days), icon=":material/event_busy:")
        return
    sign = -1.0 if declared.direction is Direction.LOWER else 1.0
    order = (change * sign).sort_values(ascending=False, kind="stable").index
    unit_names = names(now, choices.level)
    table = pd.DataFrame(
        {
            tr(f"pages.choose.{choices.level}", current): [unit_names.get(code, code) for code in order],
            before.as_of.isoformat(): formats.on_screen_series(
                before.values.reindex(order), declared.unit
            ).to_numpy(),
            now.as_of.isoformat(): formats.on_screen_series(
                now.values.reindex(order), declared.unit
            ).to_numpy(),
            tr("pastmaps.changed", current): formats.on_screen_series(
                change.reindex(order), declared.unit
            ).to_numpy(),
        }
    )
    improved = int((change * sign > 0).sum())
    worse = int((change * sign < 0).sum())
    key = "neutral" if declared.direction is Direction.NEUTRAL else "judged"
    st.caption(
        tr(
            f"pastmaps.counted.{key}",
            current,
            better=improved,
            worse=worse,
            same=len(change) - improved - worse,
        )
    )
    differing = _known_otherwise(now, before)
    if differing and choices.level is not AdminLevel.VILLAGE:
        st.caption(tr("pastmaps.coverage", current, count=differing))
    st.dataframe(table, hide_index=True, height=260, row_height=32)
    unit = formats.unit_name(declared.unit, current)
    offer(
        table,
        f"change-{choices.indicator_id}-{before.as_of.isoformat()}-{now.as_of.isoformat()}",
        f"{declared.title.get(current)} ({unit})",
        [tr("pastmaps.between", current, before=before.as_of.isoformat(), now=now.as_of.isoformat())],
        current,
    )


def _known_otherwise(now: Shown, before: Shown) -> int:
    """Units of which not as many villages had data on both days: part of their change is that more, or fewer, told."""
    known, earlier = (one.figures.set_index("admin_code")["with_data"] for one in (now, before))
    return int((known != earlier.reindex(known.index).fillna(0)).sum())


_STYLE = """
.xt-counties{display:grid;grid-template-columns:repeat(auto-fit,minmax(112px,1fr));gap:.5rem}
.xt-row ul{display:flex;flex-wrap:wrap;gap:.2rem 1rem;font-size:.86rem}
.xt-row h4{margin:.6rem 0 .2rem}
.xt-counties figure{margin:0;border:1px solid #e3ded1;border-radius:6px;padding:.4rem;background:#fdfcf9}
.xt-counties img{display:block;width:100%;height:auto}
.xt-counties figcaption{display:grid;font-size:.82rem;line-height:1.35}
.xt-counties span{color:#475569;font-variant-numeric:tabular-nums}
@media (max-width:640px){.xt-counties{grid-template-columns:repeat(2,1fr)}}
"""
