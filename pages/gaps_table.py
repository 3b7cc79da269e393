"""The ranking beside the map, the chosen place's score taken apart, and the places that have no score."""

from html import escape
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from analysis.gap_index import LEAST_KNOWN_WEIGHT, LEAST_SIZES
from i18n import Lang, tr
from layers import AdminLevel, indicator
from pages import formats, links
from pages.downloads import offer
from pages.gaps_choices import Choices
from pages.gaps_figures import Figures, Index
from pages.gaps_map import ON_TOP, TABLE_KEY, pick

TABLE_PX = 344
"""Height of the table above the card of the place chosen; alone it is as high as the map beside it."""
_ALONE_PX = 568
_DRAWN = "gaps.drawn"
_SURE = 0.95
"""In this share of the draws and more, a place is worst whatever the weights."""
_CARD_STYLE = (
    "<style>.stHtml .xt-parts{margin:0;padding:0}.xt-parts div{display:grid;align-items:center;"
    "grid-template-columns:minmax(8rem,15rem) minmax(4rem,1fr) 2.6rem minmax(8rem,13rem);gap:0 .8rem;padding:.1rem 0;"
    "border-top:1px solid #e6ebe7;font-size:.84rem;font-variant-numeric:tabular-nums}"
    ".xt-parts i{display:block;height:.8rem;border-radius:2px;background:#d7301f}"
    ".xt-parts b{text-align:right}.xt-parts small{font-size:.78rem;opacity:.72}"
    ".xt-parts .xt-unknown span,.xt-parts .xt-unknown b{opacity:.6}"
    ".xt-parts .xt-sum{border-top:2px solid #64748b;font-weight:600}"
    "@media (max-width:640px){.xt-parts div{grid-template-columns:1fr 4.2rem 3rem}"
    ".xt-parts small{grid-column:1/-1}}</style>"
)


def ranked_units(made: Index, found: Figures) -> pd.DataFrame:
    """Units that have a rank, the largest gap first.

    Returns
    -------
    Index ``admin_code``; the columns of `Figures.units`, ``rank``, ``score`` (0 … 100), ``low``, ``high``,
    ``worst_share``, ``known_weight``, ``unknown`` (parts without data) and ``at`` (position in the index).
    """
    units = found.units.loc[list(made.codes)].assign(
        rank=made.rank,
        score=made.scores.score * 100,
        low=made.ranges.low,
        high=made.ranges.high,
        worst_share=made.ranges.worst_share,
        known_weight=made.scores.known_weight,
        unknown=np.isnan(made.gaps).sum(axis=1),
        at=np.arange(len(made.codes)),
    )
    # By code where scores are equal.
    return units[units["rank"] > 0].sort_values("rank", kind="stable")


def flags(units: pd.DataFrame, current: Lang) -> list[str]:
    """What to bear in mind with each unit: relocation, small numbers, parts without data (column ``unknown``)."""
    relocation, small = tr("gaps.flag.relocation", current), tr("gaps.flag.small", current)
    unknown = units["unknown"] if "unknown" in units else [0] * len(units)
    return [
        formats.joined(
            [
                *([relocation] if moved else []),
                *([small] if few else []),
                *([tr("gaps.flag.unknown", current, count=lacking)] if lacking else []),
            ],
            current,
        )
        for moved, few, lacking in zip(units["relocation"], units["small"], unknown, strict=True)
    ]


def ranking(made: Index, found: Figures, choices: Choices, current: Lang) -> None:
    """The table that the map is beside: a row chosen here is shown there, and the other way round."""
    units = ranked_units(made, found)
    first = st.session_state.get(ON_TOP)
    if first in units.index:
        units = pd.concat([units.loc[[first]], units.drop(first)])
    codes = list(units.index)
    st.session_state[_DRAWN] = codes
    rows = [codes.index(choices.code)] if choices.code in codes else []
    state = st.session_state.get(TABLE_KEY)
    if (state is None and rows) or (state is not None and state["selection"]["rows"] != rows):
        st.session_state[TABLE_KEY] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    shown = _shown(units, choices, current)
    st.dataframe(
        shown,
        hide_index=True,
        height=TABLE_PX if rows else _ALONE_PX,
        column_config=_columns(shown, made, current),
        key=TABLE_KEY,
        on_select=_row_chosen,
        selection_mode="single-row",
        placeholder="—",
        row_height=32,
    )


def about(made: Index, found: Figures, choices: Choices, current: Lang) -> None:
    """How the ranking is to be read, and the ranking to take away."""
    notes = _notes(made, choices, current)
    st.caption(formats.plain((" " if current == "en" else "").join(notes[1:])))
    offer(
        _everything(ranked_units(made, found), made, choices, current),
        f"gaps-{choices.level}-{choices.as_of.isoformat()}",
        tr("pages.gaps.title", current),
        notes,
        current,
    )


def _row_chosen() -> None:
    """A row was chosen in the browser, or let go."""
    rows = st.session_state[TABLE_KEY]["selection"]["rows"]
    drawn = st.session_state[_DRAWN]
    pick(drawn[rows[0]] if rows and rows[0] < len(drawn) else None)


def _notes(made: Index, choices: Choices, current: Lang) -> list[str]:
    spread = "around" if choices.weights.around else "any"
    return [
        tr(
            "gaps.note.parts",
            current,
            as_of=choices.as_of.isoformat(),
            parts=formats.joined((indicator(p).title.get(current) for p in made.parts), current),
        ),
        tr("gaps.note.score", current),
        tr("gaps.note.ranks", current, spread=tr(f"gaps.draws.{spread}", current), seed=choices.weights.seed),
    ]


def _shown(units: pd.DataFrame, choices: Choices, current: Lang) -> pd.DataFrame:
    columns: dict[str, object] = {
        tr("gaps.rank", current): units["rank"].to_numpy(),
        tr(f"pages.choose.{choices.level}", current): units["name"].to_numpy(),
    }
    if choices.level is AdminLevel.VILLAGE:
        columns[tr("pages.choose.township", current)] = units["township_name"].to_numpy()
    elif choices.level is AdminLevel.TOWNSHIP:
        columns[tr("pages.choose.county", current)] = units["county_name"].to_numpy()
    columns[tr("gaps.flags", current)] = flags(units, current)
    columns[tr("gaps.score", current)] = units["score"].to_numpy().round(1)
    columns[tr("gaps.range", current)] = [
        f"{low}–{high}" for low, high in zip(units["low"], units["high"], strict=True)
    ]
    columns[tr("gaps.worst_share", current)] = (units["worst_share"].to_numpy() * 100).round(0)
    return pd.DataFrame(columns)


def _columns(shown: pd.DataFrame, made: Index, current: Lang) -> dict[str, Any]:
    most = float(np.nanmax(made.scores.score, initial=0.01) * 100)
    return {
        tr("gaps.rank", current): st.column_config.NumberColumn(width=50, pinned=True),
        shown.columns[1]: st.column_config.TextColumn(width=94, pinned=True),
        shown.columns[2]: st.column_config.TextColumn(width=86),
        tr("gaps.score", current): st.column_config.ProgressColumn(
            format="%.1f",
            min_value=0,
            max_value=most,
            width=90,
            color="orange",
            help=tr("gaps.score_help", current),
        ),
        tr("gaps.range", current): st.column_config.TextColumn(width=76, help=tr("gaps.range_help", current)),
        tr("gaps.worst_share", current): st.column_config.NumberColumn(
            format="%d%%", width=72, help=tr("gaps.worst_share_help", current)
        ),
        tr("gaps.flags", current): st.column_config.TextColumn(
            width=84, help=tr("gaps.flags_help", current, **_least())
        ),
    }


def _least() -> dict[str, str]:
    return {name: formats.number(least) for name, least in LEAST_SIZES.items()}


def _everything(units: pd.DataFrame, made: Index, choices: Choices, current: Lang) -> pd.DataFrame:
    """The ranking with what each indicator adds to the score, to take away."""
    made_of = pd.DataFrame(
        made.scores.contributions[units["at"].to_numpy()] * 100,
        columns=[tr("gaps.adds", current, title=indicator(p).title.get(current)) for p in made.parts],
    ).round(3)
    codes = pd.DataFrame({tr("pages.dossier.code", current): units.index.to_numpy()})
    return pd.concat([codes, _shown(units, choices, current), made_of], axis=1)


def card(made: Index, found: Figures, choices: Choices, current: Lang) -> None:
    """The chosen place: its score taken apart, its rank and how that depends on the weights."""
    with st.container(border=True):
        if choices.code is None:
            st.caption(f":material/touch_app: {tr('gaps.choose_hint', current)}")
            return
        at = made.codes.index(choices.code)
        row = found.units.loc[choices.code]
        _card_head(row, at, made, choices, current)
        st.html(_CARD_STYLE + _parts_list(at, made, found, choices, current))
        if row["small"]:
            st.caption(f":material/warning: {tr('gaps.small_note', current, **_least())}")
        if row["relocation"]:
            st.caption(f":material/info: {tr('gaps.relocation_note', current)}")
        with st.container(horizontal=True):
            query = {"code": choices.code}
            links.page_link(
                links.MAP,
                tr("pages.overview.on_map", current),
                ":material/map:",
                query | {"scope": choices.part},
            )
            links.page_link(links.DOSSIER, tr("pages.dossier.open", current), ":material/article:", query)


def _card_head(row: "pd.Series[Any]", at: int, made: Index, choices: Choices, current: Lang) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        above = [n for n in (row["county_name"], row["township_name"]) if n and n != row["name"]]
        st.markdown(
            f"**{formats.plain(str(row['name']))}**  {formats.plain(' · '.join(above))}", width="content"
        )
        if row["relocation"]:
            st.badge(tr("gaps.flag.relocation", current), color="violet")
        if row["small"]:
            st.badge(tr("gaps.flag.small", current), color="orange")
        st.button(
            tr("gaps.let_go", current),
            icon=":material/close:",
            type="tertiary",
            on_click=pick,
            args=(None,),
            key="gaps.let_go",
        )
    rank, known = int(made.rank[at]), made.scores.known_weight[at]
    if rank == 0:
        st.warning(tr("gaps.no_score", current, known=f"{known:.0%}", least=f"{LEAST_KNOWN_WEIGHT:.0%}"))
        return
    ranges = made.ranges
    st.markdown(
        tr(
            "gaps.rank_words",
            current,
            score=f"{made.scores.score[at] * 100:.1f}",
            rank=formats.number(rank),
            of=formats.number(made.ranked),
        )
        + (f" {tr('gaps.partly_known', current, known=f'{known:.0%}')}" if known < 1 - 1e-9 else "")
    )
    words = tr(
        "gaps.range_words",
        current,
        low=formats.number(int(ranges.low[at])),
        high=formats.number(int(ranges.high[at])),
        worst=formats.number(int(ranges.worst[at])),
        best=formats.number(int(ranges.best[at])),
        share=f"{ranges.worst_share[at]:.0%}",
    )
    sure = ranges.worst_share[at] >= _SURE
    st.caption(formats.plain(words) + (f" **{tr('gaps.sure', current)}**" if sure else ""))


def _parts_list(at: int, made: Index, found: Figures, choices: Choices, current: Lang) -> str:
    """What each indicator adds to the score, the most first, as escaped HTML."""
    adds = made.scores.contributions[at] * 100
    order = np.argsort(-np.nan_to_num(adds, nan=-1.0), kind="stable")
    most = max(float(np.nanmax(adds, initial=0.0)), 1e-9)
    rows = [_part_row(place, at, adds, most, made, found, choices, current) for place in order]
    total = made.scores.score[at] * 100
    if not np.isnan(total):
        rows.append(
            f'<div class="xt-sum"><span>{escape(tr("gaps.score", current))}</span><span></span>'
            f"<b>{total:.1f}</b><small></small></div>"
        )
    return f'<div class="xt-parts">{"".join(rows)}</div>'


def _part_row(
    place: int,
    at: int,
    adds: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    most: float,
    made: Index,
    found: Figures,
    choices: Choices,
    current: Lang,
) -> str:
    declared = indicator(made.parts[place])
    code = made.codes[at]
    said = formats.figure(found.values.loc[code, declared.id], declared.unit, current)
    if found.nothing.loc[code, declared.id]:
        said = tr("gaps.nothing", current)
    words = said
    if declared.target is not None:
        words = tr("gaps.value_target", current, value=said, target=formats.target_figure(declared, current))
    if choices.level is not AdminLevel.VILLAGE:
        known = found.coverage.loc[code, ("with_data", declared.id)]
        of = found.coverage.loc[code, ("units", declared.id)]
        words += f" · {formats.coverage(known, of, current)}"
    weight = f"<small>×{made.weights[place]:.0%}</small>"
    title = f"<span>{escape(declared.title.get(current))} {weight}</span>"
    if np.isnan(adds[place]):
        number = "—"
        bar = "<span></span>"
    else:
        number = f"{adds[place]:.1f}"
        bar = f'<i style="width:{adds[place] / most:.1%}"></i>'
    unknown = ' class="xt-unknown"' if np.isnan(made.gaps[at, place]) else ""
    return f"<div{unknown}>{title}{bar}<b>{number}</b><small>{escape(words)}</small></div>"


def missing_apart(made: Index, found: Figures, choices: Choices, current: Lang) -> None:
    """Units of which too little is known for a score: no data is not zero, so they have no rank either."""
    without = [
        at for at, (seen, rank) in enumerate(zip(made.shown, made.rank, strict=True)) if seen and rank == 0
    ]
    with st.expander(tr("gaps.absent", current, count=len(without))):
        st.caption(tr("gaps.absent_note", current, least=f"{LEAST_KNOWN_WEIGHT:.0%}"))
        units = found.units.loc[[made.codes[at] for at in without]]
        known = made.scores.known_weight[without] * 100
        lacking = [
            formats.joined(
                (
                    indicator(part).title.get(current)
                    for part, gap in zip(made.parts, made.gaps[at], strict=True)
                    if np.isnan(gap)
                ),
                current,
            )
            for at in without
        ]
        table = pd.DataFrame(
            {
                tr("pages.dossier.code", current): units.index.to_numpy(),
                tr("pages.choose.county", current): units["county_name"].to_numpy(),
                tr("pages.choose.township", current): units["township_name"].to_numpy(),
                tr("gaps.unit", current): units["name"].to_numpy(),
                tr("gaps.known_weight", current): known.round(0),
                tr("gaps.lacking", current): lacking,
            }
        )
        st.dataframe(
            table,
            hide_index=True,
            column_config={
                tr("gaps.known_weight", current): st.column_config.NumberColumn(format="%d%%"),
                tr("gaps.lacking", current): st.column_config.TextColumn(width="large"),
            },
        )
