"""The form of a project, to add one or change one: errors stand at their fields, likely twins are asked about."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import shapely
import streamlit as st
from shapely.geometry.base import BaseGeometry

from analysis.progress.duplicates import Place, duplicates_of
from analysis.progress.entry import Entry, Fault, faults
from base.errors import XiangtuError
from i18n import Lang, Text, tr
from layers.codes import LibraryState, WorkKind
from pages import formats
from pages.project_words import pair_words
from pages.projects_form_place import Spot, choose_spot, spot_of, villages_beside
from pages.projects_form_shape import shape_field, shape_of
from pages.projects_form_tables import milestones_of, money_editor, payments_of, step_editor
from pages.projects_picked import pick
from pages.projects_read import Library
from pages.shell import person
from pipelines.progress.cells import CellFault, read_links, write_links
from store.engine import changing
from store.errors import DatabaseAway
from store.progress.entry import add_project, change_project, note_added, note_changed, require_project
from store.progress.errors import LibraryError
from store.progress.library import Milestone, Project, place_of, require_milestones, set_milestones
from store.progress.project_links import Link, set_links

DONE = "projects.done"
"""What was done last, told once at the top of the page."""
_FAULTS, _TWINS = "projects.form.faults", "projects.form.twins"
_MOST_WAN = 200_000.0


@dataclass(frozen=True)
class _Filled:
    """What a form holds."""

    entry: Entry
    milestones: tuple[Milestone, ...]
    links: tuple[Link, ...]


def add_form(library: Library | None, current: Lang) -> None:
    """The form of a new project, within the places that the person plans for."""
    st.subheader(tr("library.form.add", current), anchor=False)
    spot = choose_spot(current)
    if spot is None:
        st.caption(tr("library.form.choose_place", current))
        return
    _form("new", None, spot, (), (), library, current)


def change_form(library: Library, one: Project, current: Lang) -> None:
    """The form of a project that there is; its place stays."""
    with st.expander(tr("library.form.change", current), icon=":material/edit:"):
        steps = tuple(library.milestones.get(one.id, ()))
        linked = tuple(library.links.get(one.id, ()))
        _form(f"{one.code}.{one.version}", one, spot_of(one), steps, linked, library, current)


def _form(
    serial: str,
    one: Project | None,
    spot: Spot,
    steps: tuple[Milestone, ...],
    linked: tuple[Link, ...],
    library: Library | None,
    current: Lang,
) -> None:
    told: dict[str, list[str]] = st.session_state.get(_FAULTS, {}).get(serial, {})
    twins: list[str] = st.session_state.get(_TWINS, {}).get(serial, [])
    key = f"projects.form.{serial}"

    def tell(field: str) -> None:
        for sentence in told.get(field, ()):
            st.caption(f":red[:material/error: {formats.plain(sentence)}]")

    with st.form(key):
        fields = _fields(key, one, spot, current, tell)
        st.markdown(f"**{tr('library.form.payments', current)}**")
        money = money_editor(f"{key}.payments", () if one is None else one.payments, current)
        tell("payments")
        st.markdown(f"**{tr('library.form.milestones', current)}**")
        table = step_editor(f"{key}.milestones", steps, current)
        tell("milestones")
        links_text = st.text_input(
            tr("library.form.links", current), write_links(linked), max_chars=500, key=f"{key}.links",
            help=tr("projectfile.help_links", current),
        )  # fmt: skip
        tell("links")
        sure = False
        if twins:
            for sentence in twins:
                st.warning(formats.plain(sentence), icon=":material/content_copy:")
            sure = st.checkbox(tr("library.form.not_a_twin", current), key=f"{key}.sure")
        word = "save" if one is not None else "add_button"
        sent = st.form_submit_button(
            tr(f"library.form.{word}", current), type="primary", icon=":material/save:"
        )
    if sent:
        shape = shape_of(fields["shape"], one, spot)
        entry = _entry(fields, spot, one, money, shape)
        wrong = {"geometry": [shape.get(current)]} if isinstance(shape, Text) else {}
        _send(serial, one, entry, wrong, table, links_text, sure, library, current)


def _fields(key: str, one: Project | None, spot: Spot, current: Lang, tell: Any) -> dict[str, Any]:
    held: dict[str, Any] = {}
    left, right = st.columns(2)
    with left:
        held["name"] = st.text_input(
            tr("library.form.name", current), one.name if one else "", max_chars=80, key=f"{key}.name"
        )
        tell("name")
        kinds = [str(kind) for kind in WorkKind]
        held["kind"] = st.selectbox(
            tr("library.kind", current),
            kinds,
            index=kinds.index(str(one.kind)) if one else None,
            format_func=lambda code: WorkKind.of(code).text.get(current),
            placeholder=tr("library.form.choose", current),
            key=f"{key}.kind",
        )
        tell("kind")
        held["budget"] = st.number_input(
            tr("library.form.budget", current), 0.0, _MOST_WAN,
            round(one.budget_yuan / 10_000, 4) if one else None, step=1.0, format="%.2f",
            placeholder="—", key=f"{key}.budget",
        )  # fmt: skip
        tell("budget_yuan")
        held["start"] = st.date_input(
            tr("library.gantt.start", current), one.planned_start if one else None, key=f"{key}.start"
        )
        tell("planned_start")
        held["finish"] = st.date_input(
            tr("library.gantt.finish", current), one.planned_finish if one else None, key=f"{key}.finish"
        )
        tell("planned_finish")
    with right:
        held["department"] = st.text_input(
            tr("library.card.department", current), (one.department if one else "") or "", max_chars=100,
            key=f"{key}.department",
        )  # fmt: skip
        held["team"] = st.text_input(
            tr("library.card.team", current),
            (one.team if one else "") or "",
            max_chars=100,
            key=f"{key}.team",
        )
        is_point = one is None or one.geometry.geom_type == "Point"
        point = spot.point if is_point else None
        if point is not None:
            held["lon"] = st.number_input(
                tr("library.form.lon", current), 111.0, 115.0, point.x, step=0.0001, format="%.6f",
                key=f"{key}.lon.{spot.admin_code}",
            )  # fmt: skip
            held["lat"] = st.number_input(
                tr("library.form.lat", current), 22.5, 26.0, point.y, step=0.0001, format="%.6f",
                key=f"{key}.lat.{spot.admin_code}",
            )  # fmt: skip
        held["shape"] = shape_field(key, one, current)
        tell("geometry")
        others = villages_beside(spot)
        held["villages"] = st.multiselect(
            tr("library.form.villages", current),
            list(others),
            [code for code in spot.villages if code in others],
            format_func=lambda code: others.get(code, code),
            placeholder="—",
            key=f"{key}.villages.{spot.admin_code}",
        )
        held["note"] = st.text_area(
            tr("library.card.note", current), one.note if one else "", max_chars=1000, height=100,
            key=f"{key}.note",
        )  # fmt: skip
    return held


def _entry(
    held: dict[str, Any],
    spot: Spot,
    one: Project | None,
    money: pd.DataFrame,
    given: BaseGeometry | Text | None,
) -> Entry:
    villages = {*held["villages"], *_own_village(spot)}
    shape: BaseGeometry
    if isinstance(given, BaseGeometry):
        shape = given
    elif "lon" in held:
        shape = shapely.Point(float(held["lon"]), float(held["lat"]))
    else:
        shape = spot.point if one is None else one.geometry
    return Entry(
        name=held["name"] or "",
        kind=WorkKind.of(held["kind"]) if held["kind"] else None,
        admin_code=spot.admin_code,
        villages=tuple(sorted(villages)),
        geometry=shape,
        budget_yuan=round(float(held["budget"]) * 10_000) if held["budget"] else None,
        planned_start=held["start"],
        planned_finish=held["finish"],
        payments=payments_of(money),
        department=" ".join((held["department"] or "").split()) or None,
        team=" ".join((held["team"] or "").split()) or None,
        note=held["note"] or "",
        people=one.people if one is not None and set(one.villages) == villages else None,
    )


def _own_village(spot: Spot) -> tuple[str, ...]:
    """The village that the project is for; none where it is the township's."""
    return () if spot.admin_code.endswith("000") else (spot.admin_code,)


def _send(
    serial: str,
    one: Project | None,
    entry: Entry,
    told: dict[str, list[str]],
    table: pd.DataFrame,
    links_text: str,
    sure: bool,
    library: Library | None,
    current: Lang,
) -> None:
    wrong = told | {fault.field: [_fault_words(fault, current)] for fault in faults(entry)}
    steps = milestones_of(table)
    linked: tuple[Link, ...] = ()
    try:
        require_milestones(steps)
    except LibraryError as error:
        wrong["milestones"] = [error.sentence(current)]
    try:
        linked = read_links(links_text)
    except CellFault as fault:
        wrong["links"] = [tr(f"projectfile.{fault.kind}", current)]
    st.session_state[_FAULTS] = {serial: wrong}
    twins = [] if wrong or one is not None else _twins(entry, library, current)
    st.session_state[_TWINS] = {serial: twins}
    if wrong or (twins and not sure):
        st.rerun()
    filled = _Filled(entry, steps, linked)
    try:
        made = _save(one, filled)
    except DatabaseAway:
        raise
    except XiangtuError as error:
        st.error(formats.plain(error.sentence(current)), icon=":material/error:")
        return
    st.session_state.pop(_FAULTS, None)
    st.session_state.pop(_TWINS, None)
    pick(made.code)
    word = "added" if one is None else "changed"
    st.session_state[DONE] = tr(f"library.form.{word}", current, name=made.name, code=made.code)
    st.rerun()


def _save(one: Project | None, filled: _Filled) -> Project:
    by = person().display_name
    with changing() as connection:
        if one is None:
            now = add_project(connection, filled.entry, by, state=LibraryState.PLANNED)
            note_added(connection, now)
        else:
            now = change_project(connection, one, filled.entry, by)
            note_changed(connection, one, now)
        if filled.milestones or one is not None:
            set_milestones(connection, now, filled.milestones, by)
            now = require_project(connection, now.code)
        set_links(connection, now, filled.links, by)
        return require_project(connection, now.code)


def _twins(entry: Entry, library: Library | None, current: Lang) -> list[str]:
    """What the new project may be the same as, in sentences."""
    if library is None or entry.kind is None:
        return []
    others = [place_of(one) for one in library.projects if one.state is not LibraryState.CANCELLED]
    new = Place(
        0, entry.kind.layer_id, str(entry.kind), entry.name, frozenset(entry.villages), entry.geometry
    )
    by_id = {one.id: one for one in library.projects}
    found = []
    for pair in duplicates_of(new, others)[:4]:
        other = by_id[pair.second]
        reason = pair_words(pair, current)
        found.append(tr("library.twin.told", current, name=other.name, code=other.code, reason=reason))
    return found


def _fault_words(fault: Fault, current: Lang) -> str:
    return tr(f"library.fault.{fault.kind}", current, **fault.values)
