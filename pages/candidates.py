"""候选项目: what could be built for a need at a place, from proposals and drawings, with prices and who gains."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from access import Action, OwnTable
from i18n import Lang, tr
from layers import AdminLevel, Geometry
from layers.codes import Need
from maps.base_map import show, take_click
from maps.choices import MapChoices
from maps.city_map import city_map
from maps.plan_layer import plan_layers
from maps.state import MapState, View
from pages import formats
from pages.candidate_card import card, reopening
from pages.candidate_drawing import LIFTED, Drawing, draw_button, drawing_map, drawing_now, drawing_panel
from pages.candidate_prices import price_table
from pages.candidate_words import candidate_table, money, without_table
from pages.shell import lang, person
from pipelines import planning
from store import places
from store.engine import changing, owner, reading
from store.planning.candidates import (
    CandidateState,
    Origin,
    ProposalRun,
    StoredCandidate,
    candidates,
    latest_runs,
)
from store.planning.people import settlement_names, village_names
from store.planning.plan_tiles import candidates_at, stamp
from store.planning.unit_costs import unit_costs

_KEY = "candidates_map"
_NEED, _COUNTY, _SELECTED = "candidates.need", "candidates.county", "candidates.selected"
_SERIAL, _TABLE, _DONE = "candidates.serial", "candidates.table", "candidates.done"
_LAST = "candidates.last"
_CLICK_PX = 9
_BELOW: dict[Need, frozenset[str]] = {
    Need.ROAD: frozenset({"roads", "settlements"}),
    Need.WATER: frozenset({"water_mains", "water_works", "water_service_areas", "settlements"}),
    Need.MOBILE_4G: frozenset({"base_stations", "settlements"}),
    Need.MOBILE_5G: frozenset({"base_stations", "settlements"}),
    Need.HOUSING: frozenset({"settlements"}),
}
"""What lies below the candidates on the map: what there is of it today."""


@dataclass(frozen=True)
class Chosen:
    """The need and the place chosen; `prefix` is a county's six digits, empty for the whole city."""

    need: Need
    prefix: str
    counties: tuple[str, ...]
    """12-digit codes."""


def page() -> None:
    """The choice of need and place; below it projects, people left without, and unit costs."""
    current = lang()
    st.title(tr("pages.candidates.title", current), anchor=False)
    st.caption(tr("planning.what", current))
    with reading() as connection:
        counties = places.children(connection, AdminLevel.COUNTY)
    if counties.empty:
        st.info(tr("planning.no_places", current), icon=":material/map:")
        return
    if done := st.session_state.pop(_DONE, None):
        st.success(formats.plain(done), icon=":material/check_circle:")
    _open_by_address(counties)
    _workbench(counties, current)


def _open_by_address(counties: pd.DataFrame) -> None:
    """Take need, county and candidate from the address when the page opens: ``?need=water&county=441821``."""
    if _NEED in st.session_state:
        return
    asked = st.query_params.to_dict()
    known = [code[:6] for code in counties["admin_code"]]
    own = next(
        (prefix[:6] for prefix in _own_prefixes() if prefix[:6] in known), known[0] if len(known) == 1 else ""
    )
    st.session_state[_NEED] = Need.of(asked["need"]) if asked.get("need") in set(Need) else Need.ROAD
    st.session_state[_COUNTY] = asked["county"] if asked.get("county") in known else own
    st.session_state[_SELECTED] = asked.get("no")
    st.session_state[_SERIAL], st.session_state[_TABLE] = 0, 0


def _own_prefixes() -> tuple[str, ...]:
    return person().prefixes(OwnTable.PLANS, Action.WRITE)


@st.fragment
def _workbench(counties: pd.DataFrame, current: Lang) -> None:
    names = dict(zip((code[:6] for code in counties["admin_code"]), counties["name"], strict=True))
    with st.container(horizontal=True, vertical_alignment="bottom", key="candidates-toolbar"):
        need = st.segmented_control(
            tr("planning.need", current),
            list(Need),
            required=True,
            format_func=lambda one: one.text.get(current),
            key=_NEED,
        )
        prefix = st.selectbox(
            tr("map.county", current),
            ["", *names],
            format_func=lambda code: names.get(code, tr("map.whole_city", current)),
            key=_COUNTY,
            width=220,
        )
        codes = tuple(code for code in counties["admin_code"] if code.startswith(prefix))
        chosen = Chosen(Need.of(need), prefix, codes)
        if st.session_state.get(_LAST, (need, prefix)) != (need, prefix):
            # Elsewhere, or something else: the map looks at the whole place again.
            st.session_state[_SERIAL] += 1
            st.session_state[_SELECTED] = None
        st.session_state[_LAST] = (need, prefix)
        _propose_button(chosen, current)
        drawing = draw_button(chosen.need, current) if _own_prefixes() else None
    with reading() as connection:
        _answer_click(connection, chosen)
        every = candidates(connection, needs=[chosen.need], prefixes=[prefix], withdrawn=True)
        runs = latest_runs(connection, needs=[chosen.need], prefixes=[prefix])
        costs = unit_costs(connection)
        villages = village_names(connection, sorted({one.candidate.admin_code for one in every}))
    found = [one for one in every if one.state is CandidateState.OPEN]
    # What was chosen on the map or just drawn comes first, where the list shows it.
    lifted = st.session_state.get(LIFTED)
    found.sort(key=lambda one: (one.no != lifted, one.candidate.relocation, _per_person(one), one.no))
    _summary(found, runs, current)
    stale = [one for one in found if one.is_priced_otherwise(costs)]
    without = sum(len(run.without) for run in runs)
    projects, left_out, prices = st.tabs(
        [
            tr("planning.tab_projects", current, number=len(found)),
            tr("planning.tab_without", current, number=without),
            tr("planning.tab_prices", current),
        ]
    )
    with projects:
        _stale(stale, chosen, "projects", current)
        _projects(chosen, found, villages, costs, drawing, current)
        reopening([one for one in every if one.state is CandidateState.WITHDRAWN], current)
    with left_out:
        _without(runs, current)
    with prices:
        price_table(current)
        _stale(stale, chosen, "prices", current)


def _per_person(one: StoredCandidate) -> float:
    made = one.candidate
    return made.cost_yuan / made.people if made.people else float("inf")


def _summary(found: Sequence[StoredCandidate], runs: Sequence[ProposalRun], current: Lang) -> None:
    """How many there are, what they cost together, whom they reach, and when they were proposed."""
    if not found:
        return
    people = {served.key: served.people for one in found for served in one.candidate.served}
    said = tr(
        "planning.summary",
        current,
        number=formats.number(len(found)),
        cost=money(sum(one.candidate.cost_yuan for one in found), current),
        people=formats.number(sum(people.values())),
    )
    if runs:
        last = max(runs, key=lambda run: run.made_at)
        said += tr("planning.proposed_at", current, at=formats.moment(last.made_at, current), by=last.made_by)
    st.caption(formats.plain(said))


def _propose_button(chosen: Chosen, current: Lang) -> None:
    """Propose for the counties chosen, as far as the person plans there."""
    allowed = [code for code in chosen.counties if person().may(OwnTable.PLANS, Action.WRITE, code)]
    if not allowed:
        return
    if not st.button(
        tr("planning.propose", current),
        type="primary",
        icon=":material/auto_awesome:",
        help=tr("planning.propose_help", current),
        key="candidates.propose",
    ):
        return
    _propose(chosen.need, allowed, current)


def _stale(stale: Sequence[StoredCandidate], chosen: Chosen, where: str, current: Lang) -> None:
    """Say how many candidates are priced with old unit costs, and offer to propose them anew."""
    if not stale:
        return
    touched = sum(one.origin is not Origin.PROPOSED for one in stale)
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        said = tr("planning.stale", current, number=len(stale), touched=touched)
        st.markdown(f":material/price_change: {formats.plain(said)}")
        allowed = [code for code in chosen.counties if person().may(OwnTable.PLANS, Action.WRITE, code)]
        if (
            allowed
            and touched < len(stale)
            and st.button(
                tr("planning.propose_anew", current),
                icon=":material/auto_awesome:",
                key=f"candidates.propose_{where}",
            )
        ):
            _propose(chosen.need, allowed, current)


def _propose(need: Need, counties: Sequence[str], current: Lang) -> None:
    words = tr("planning.proposing", current)
    bar = st.progress(0.0, words)
    found = planning.propose(
        owner(),
        needs=[need],
        counties=counties,
        progress=lambda done, total: bar.progress(done / total, words),
    )
    with changing() as connection:
        planning.keep(connection, found, person().display_name)
    st.session_state[_DONE] = tr(
        "planning.proposed",
        current,
        number=formats.number(sum(len(one.proposal.candidates) for one in found)),
        without=formats.number(sum(len(one.proposal.without) for one in found)),
        seconds=f"{sum(one.seconds for one in found):.1f}",
    )
    st.session_state[_SELECTED] = None
    st.rerun()


def _answer_click(connection: sa.Connection, chosen: Chosen) -> None:
    """Select the candidate under a click; the list shows it too, at its row."""
    click = take_click(_KEY)
    if click is None:
        return
    hits = candidates_at(
        connection, click.lon, click.lat, radius_m=_CLICK_PX * click.metres_per_pixel, needs=(chosen.need,)
    )
    st.session_state[_SELECTED] = st.session_state[LIFTED] = hits[0] if hits else None
    st.session_state[_TABLE] += 1


def _projects(
    chosen: Chosen,
    found: list[StoredCandidate],
    villages: dict[str, str],
    costs: dict[str, float],
    drawing: Drawing | None,
    current: Lang,
) -> None:
    drawing = drawing or drawing_now()
    left, right = st.columns([0.46, 0.54], gap="small")
    with left:
        if drawing is not None:
            with right, reading() as connection:
                state = _state(connection, chosen, None, drawing.bounds, current)
                drawn = drawing_map(state, drawing)
            drawing_panel(drawing, drawn, current)
            return
        if not found:
            _empty(chosen, current)
        selected = _list(found, villages, costs, current)
        if selected is not None:
            card(selected, costs, current)
        elif found:
            st.caption(f":material/touch_app: {tr('planning.choose', current)}")
    with right, reading() as connection:
        show(_state(connection, chosen, selected, None, current), _KEY)


def _empty(chosen: Chosen, current: Lang) -> None:
    """Say that there is nothing yet, and who can change that."""
    allowed = any(person().may(OwnTable.PLANS, Action.WRITE, code) for code in chosen.counties)
    key = "planning.empty" if allowed else "planning.empty_for_readers"
    st.info(tr(key, current, need=chosen.need.text.get(current)), icon=":material/auto_awesome:")


def _list(
    found: list[StoredCandidate], villages: dict[str, str], costs: dict[str, float], current: Lang
) -> StoredCandidate | None:
    """The table; returns the candidate selected in it or on the map."""
    if not found:
        return None
    held = st.session_state[_SELECTED]
    at = next((row for row, one in enumerate(found) if one.no == held), None)
    table = candidate_table(found, villages, costs, current)
    columns = list(table.columns)
    event = st.dataframe(
        table,
        hide_index=True,
        height=min(38 + 35 * len(found), 330),
        placeholder="—",
        column_config={
            columns[0]: st.column_config.TextColumn(width=160),
            columns[1]: st.column_config.NumberColumn(format="%.1f", width=90),
            columns[2]: st.column_config.NumberColumn(format="localized", width=75),
            columns[3]: st.column_config.NumberColumn(format="localized", width=105),
            columns[5]: st.column_config.TextColumn(width="medium"),
        },
        on_select="rerun",
        selection_mode="single-row",
        selection_default={"selection": {"rows": [] if at is None else [at]}},
        key=f"candidates.table.{st.session_state[_TABLE]}.{hash(tuple(one.no for one in found))}",
    )
    rows = [row for row in event.selection.rows if row < len(found)]
    selected = found[rows[0]] if rows else None
    if (selected.no if selected else None) != held:
        st.session_state[_SELECTED] = selected.no if selected else None
        st.session_state[_SERIAL] += 1
    return selected


def _state(
    connection: sa.Connection,
    chosen: Chosen,
    selected: StoredCandidate | None,
    look: tuple[float, float, float, float] | None,
    current: Lang,
) -> MapState:
    """The city's map with what there is today, and the candidates above it."""
    choices = MapChoices(on=_BELOW[chosen.need], scope=chosen.prefix)
    state = city_map(connection, choices, current, person())
    shape = None if selected is None else selected.candidate.geometry
    plans = plan_layers(
        current,
        stamp(connection),
        needs=(chosen.need,),
        selected=None
        if selected is None or shape is None
        else (selected.no, Geometry.LINE if "Line" in shape.geom_type else Geometry.POINT),
        bounds=state.layers[0].bounds if state.layers else None,
    )
    shown = tuple(layer for layer in state.layers if layer.visible)
    serial = f"{chosen.prefix}{st.session_state[_SERIAL]}"
    around = look or (None if shape is None else shape.bounds)
    view = state.view
    if around is not None:
        view = View(_number(serial), bounds=_wider(around))
    elif view is not None:
        view = replace(view, serial=_number(serial))
    return replace(state, layers=(*shown, *plans), view=view)


def _number(text: str) -> int:
    return int(text or "0")


def _wider(bounds: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Bounds with their surroundings: at least a kilometre across."""
    west, south, east, north = bounds
    pad = max(0.005, 0.4 * max(east - west, north - south))
    return west - pad, south - pad, east + pad, north + pad


def _without(runs: Sequence[ProposalRun], current: Lang) -> None:
    """For whom no candidate was found, and why; when nobody is left, that is said."""
    if not runs:
        st.info(tr("planning.not_proposed", current), icon=":material/auto_awesome:")
        return
    without = [one for run in runs for one in run.without]
    if not without:
        st.success(tr("planning.nobody_without", current), icon=":material/check_circle:")
        return
    with reading() as connection:
        settlements = settlement_names(connection, [one.served.settlement_no for one in without])
        villages = village_names(connection, sorted({one.served.admin_code for one in without}))
    people = sum(one.served.people for one in without)
    st.caption(tr("planning.without", current, number=len(without), people=formats.number(people)))
    st.dataframe(without_table(without, settlements, villages, current), hide_index=True, height=420)
