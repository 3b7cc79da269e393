"""短板分析: which places lack most, in what, how surely, and where they lie together; for planners."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace

import streamlit as st

from base.errors import XiangtuError
from i18n import Lang, tr
from pages import formats
from pages.gaps_choices import Choices, as_address, read_address
from pages.gaps_compare import compare
from pages.gaps_controls import controls
from pages.gaps_figures import Figures, Index, figures, index, stamp
from pages.gaps_map import ON_TOP, draw_map, take_place
from pages.gaps_money import money
from pages.gaps_table import about, card, missing_apart, ranking
from pages.gaps_views import distribution, matrix
from pages.shell import lang
from store.dossier import last_run
from store.engine import reading
from store.snapshots import whole_days

_SECTIONS: dict[str, Callable[[Index, Figures, Choices, Lang], None]] = {
    "matrix": matrix,
    "distribution": distribution,
    "money": money,
    "compare": compare,
}


def page() -> None:
    """Controls; ranking and map side by side; below them one of several views."""
    current = lang()
    st.title(tr("pages.gaps.title", current), anchor=False)
    with reading() as connection:
        run = last_run(connection)
        days = whole_days(connection)
    if run is None or not days:
        st.info(tr("pages.no_snapshot", current))
        return
    if "gaps.choices" not in st.session_state:
        choices, problems = read_address(st.query_params.to_dict(), days, current)
        st.session_state["gaps.choices"] = choices
        st.session_state["gaps.problems"] = problems
        st.session_state["gaps.serial"] = 0
        # The place that a link names is brought into view, and listed first.
        st.session_state["gaps.target"] = st.session_state[ON_TOP] = choices.code
    for problem in st.session_state.pop("gaps.problems", []):
        st.warning(formats.plain(problem), icon=":material/link_off:")
    _body(days, current)


@st.fragment
def _body(days: Sequence[dt.date], current: Lang) -> None:
    held: Choices = st.session_state["gaps.choices"]
    choices = controls(replace(held, as_of=held.as_of if held.as_of in days else days[0]), days, current)
    at = stamp(choices.as_of)
    try:
        made = index(at, choices.level, choices.scope, choices.part, choices.parts, choices.weights)
    except XiangtuError as error:
        st.error(formats.plain(error.sentence(current)), icon=":material/balance:")
        st.session_state["gaps.choices"] = choices
        return
    found = figures(at, choices.level)
    choices = replace(choices, code=take_place(made, choices))
    st.session_state["gaps.choices"] = choices
    left, right = st.columns([0.56, 0.44], gap="small")
    with left:
        ranking(made, found, choices, current)
        card(made, found, choices, current)
    with right:
        draw_map(made, found, choices, current)
    missing_apart(made, found, choices, current)
    about(made, found, choices, current)
    section = st.segmented_control(
        tr("gaps.section.label", current),
        list(_SECTIONS),
        default="matrix",
        required=True,
        format_func=lambda name: tr(f"gaps.section.{name}", current),
        key="gaps.section",
        label_visibility="collapsed",
    )
    _SECTIONS[str(section or "matrix")](made, found, choices, current)
    _keep_address(choices, days)


def _keep_address(choices: Choices, days: Sequence[dt.date]) -> None:
    """Write the choices into the address, leaving the view, which the map's runtime keeps, alone."""
    wanted = as_address(choices, days)
    if view := st.query_params.get("v"):
        wanted["v"] = view
    if wanted != st.query_params.to_dict():
        st.query_params.from_dict(wanted)
