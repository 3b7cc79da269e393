"""A parcel drawn on the map or pasted as coordinates, new or in the place of an older shape; saved by the import."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
import streamlit as st
from shapely.geometry.base import BaseGeometry

from access import Action
from analysis.ellipsoid import areas_m2
from base.settings import settings
from i18n import Lang, tr
from layers import Geometry
from layers.codes import ReviewState
from maps.base_map import show
from maps.parcel_layer import outline, view_of
from maps.sketch_map import sketch
from maps.state import MapState
from pages import formats, links
from pages.parcels_form import attribute_fields
from pages.parcels_making import Making, begin, end
from pages.parcels_pasted import pasted_table, told_values
from pages.parcels_save import save, show_refusal
from pages.parcels_words import area_table, area_words
from pages.shell import person
from pipelines.import_ import FileRefused
from pipelines.land.pasted import Pasted, read_pasted
from store.engine import reading
from store.land.parcels import PARCELS
from store.places import place

_NOW, _SERIAL, _FINDINGS = "parcels.new", "parcels.new_serial", "parcels.new_findings"
WARNED = "parcels.warned"
_CRS = ("EPSG:4490", "EPSG:4526", "EPSG:4525", "EPSG:4547", "EPSG:4546", "GCJ02", "BD09", "EPSG:4326")
_MU_PER_HA = 15
_NUMBER, _NAME, _AREA, _USE, _CLASS = "地块编号", "地块名称", "地块面积", "地块用途", "地类编码"
_OF_ITS_OWN = frozenset({"parcel_no", "name", "stated_area_mu", "class_before"})
"""Fields that a text of several parcels tells for each of them."""
_MOST_FAULTS = 50
_CHANGEABLE = (ReviewState.DRAFT, ReviewState.RETURNED, ReviewState.WITHDRAWN)


def new_button(current: Lang) -> None:
    """Offer to whoever hands parcels in to make a new one."""
    if person().may(PARCELS, Action.WRITE) and st.button(
        tr("parcels.new", current),
        type="primary",
        icon=":material/add_location_alt:",
        key="parcels.new_button",
    ):
        begin(None)
        st.rerun()


def draw_making(making: Making, state: MapState, current: Lang) -> None:
    """Draw the form on the left and the map on the right.

    Parameters
    ----------
    state : what lies below (`pages.parcels_map.base_state`).
    """
    left, right = st.columns([0.46, 0.54], gap="small")
    with left:
        _head(making, current)
        pasting = _way(making, current) == "paste"
        if pasting:
            text, crs = _text(making, current)
    if not pasting:
        with right:
            shape = _drawn(making, state)
        with left:
            _draw_form(making, shape, current)
        return
    pasted = _read(text, crs, current, left)
    with right:
        _preview(making, state, pasted, current)
    if pasted is not None and len(pasted.frame):
        with left:
            _paste_form(making, pasted, text, current)


def _head(making: Making, current: Lang) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        title = (
            tr("parcels.new", current)
            if making.seen is None
            else tr("parcels.changing", current, name=making.seen.name)
        )
        st.markdown(f"##### {formats.plain(title)}")
        if st.button(tr("parcels.leave", current), icon=":material/undo:", key="parcels.leave"):
            end()
            st.rerun()
    if making.seen is None:
        links.page_link(links.DATA_IMPORT, tr("parcels.by_file", current), ":material/upload_file:")


def _way(making: Making, current: Lang) -> str:
    chosen = st.segmented_control(
        tr("parcels.way", current),
        ["draw", "paste"],
        default="draw",
        required=True,
        format_func=lambda way: tr(f"parcels.way_{way}", current),
        label_visibility="collapsed",
        key=f"parcels.way.{making.serial}",
    )
    return str(chosen or "draw")


def _drawn(making: Making, state: MapState) -> BaseGeometry | None:
    """The map to draw on; what is drawn now, or what was there to begin with."""
    seen = making.seen
    if seen is not None:
        state = _looking_at(state, seen.geometry, making.serial)
    # The tool changes shapes of one part; one of several is redrawn from nothing, or pasted.
    single = None if seen is None else _single(seen.geometry)
    drawn = sketch(state, Geometry.POLYGON, single, f"parcels_sketch_{making.serial}")
    if drawn is None:
        return None if seen is None else seen.geometry
    return drawn[0] if len(drawn) == 1 else None


def _single(shape: BaseGeometry) -> BaseGeometry | None:
    parts = shapely.get_parts(shape)
    only: BaseGeometry | None = parts[0] if len(parts) == 1 else None
    return only


def _looking_at(state: MapState, shape: BaseGeometry, serial: int) -> MapState:
    return replace(state, view=view_of(shape, 900_000 + serial))


def _draw_form(making: Making, shape: BaseGeometry | None, current: Lang) -> None:
    if shape is None:
        st.info(tr("parcels.nothing_drawn", current), icon=":material/draw:")
    else:
        st.markdown(f"**{formats.plain(area_words(_area_m2(shape), current))}**")
    _one_form(making, shape, making.given, making.serial, current)


def _area_m2(shape: BaseGeometry) -> float:
    return float(areas_m2(np.array([shape], dtype=object))[0])


def _text(making: Making, current: Lang) -> tuple[str, str | None]:
    text = st.text_area(
        tr("parcels.paste", current),
        height=170,
        placeholder=tr("parcels.paste_hint", current),
        help=tr("parcels.paste_help", current),
        key=f"parcels.paste.{making.serial}",
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        crs = st.selectbox(
            tr("pages.import.crs", current),
            _CRS,
            index=None,
            placeholder=tr("pages.import.crs_guess", current),
            accept_new_options=True,
            key=f"parcels.crs.{making.serial}",
            width=260,
        )
        st.button(tr("parcels.preview", current), icon=":material/visibility:", key="parcels.preview")
    return text or "", crs or None


def _read(text: str, crs: str | None, current: Lang, left: Any) -> Pasted | None:
    """Read what was pasted, and say what is wrong with it, line by line."""
    if not text.strip():
        return None
    with left:
        try:
            with reading() as connection:
                city = place(connection, settings().city_code).bounds
            pasted = read_pasted(text, crs=crs, city=city)
        except FileRefused as refused:
            st.error(formats.plain(refused.sentence(current)), icon=":material/block:")
            return None
        if pasted.faults:
            told = [f"- {formats.plain(fault.text.get(current))}" for fault in pasted.faults[:_MOST_FAULTS]]
            head = formats.plain(tr("parcels.faults", current, number=len(pasted.faults)))
            st.error("\n".join([head, "", *told]), icon=":material/rule:")
            return None
        if pasted.crs is not None and pasted.crs.label:
            st.caption(formats.plain(pasted.crs.sentence.get(current)))
    return pasted


def _preview(making: Making, state: MapState, pasted: Pasted | None, current: Lang) -> None:
    shapes = [] if pasted is None else list(pasted.frame.geometry)
    if shapes:
        whole = shapely.union_all(shapely.envelope(shapes))
        state = _looking_at(state, whole, hash(whole.wkb) % 1_000_000)
        state = replace(state, drawn=(outline(shapes, current),))
    elif making.seen is not None:
        state = _looking_at(state, making.seen.geometry, making.serial)
        state = replace(state, drawn=(outline([making.seen.geometry], current),))
    show(state, f"parcels_preview_{making.serial}")


def _paste_form(making: Making, pasted: Pasted, text: str, current: Lang) -> None:
    frame = pasted.frame
    told = [told_values(row) for row in frame.drop(columns="geometry").to_dict("records")]
    if len(frame) == 1:
        own = {name: value for name, value in told[0].items() if value is not None}
        fixed = {} if making.seen is None else {"parcel_no": making.seen.parcel_no}
        serial = hash((making.serial, text)) % 1_000_000_000
        given = {**making.given, **own, **fixed}
        st.markdown(f"**{formats.plain(area_words(float(frame['area_m2'].iloc[0]), current))}**")
        _one_form(making, frame.geometry.iloc[0], given, serial, current)
        return
    if making.seen is not None:
        st.error(tr("parcels.one_only", current, number=len(frame)), icon=":material/error:")
        return
    st.dataframe(pasted_table(frame, told, current), hide_index=True, height="content", placeholder="—")
    nameless = [at for at, row in enumerate(told, start=1) if not (row["parcel_no"] and row["name"])]
    if nameless:
        listed = formats.joined(map(str, nameless), current)
        st.error(formats.plain(tr("parcels.nameless", current, rows=listed)), icon=":material/error:")
        return
    st.caption(tr("parcels.for_all", current))
    with st.form(f"parcels.form.{making.serial}", border=True):
        common = attribute_fields(making.serial, {}, current, without=_OF_ITS_OWN)
        saved = _save_button(current)
    if saved:
        rows = [{**common, **{name: row[name] for name in _OF_ITS_OWN}} for row in told]
        save(list(frame.geometry), rows, None, current)
    show_refusal(current)


def _one_form(
    making: Making, shape: BaseGeometry | None, given: Mapping[str, Any], serial: int, current: Lang
) -> None:
    fixed = () if making.seen is None else ("parcel_no",)
    stated = given.get("stated_area_mu")
    if shape is not None and stated is not None:
        table = area_table(_area_m2(shape), float(stated), current)
        st.table(table, hide_index=True, border="horizontal")
    with st.form(f"parcels.form.{serial}", border=True):
        values = attribute_fields(serial, given, current, fixed=fixed)
        if making.seen is not None:
            values["parcel_no"] = making.seen.parcel_no
        saved = _save_button(current)
    if saved:
        if shape is None:
            st.error(tr("parcels.nothing_drawn", current), icon=":material/draw:")
        elif not (values["parcel_no"] and values["name"]):
            st.error(tr("parcels.number_needed", current), icon=":material/error:")
        else:
            save([shape], [values], making.seen, current)
    show_refusal(current)


def _save_button(current: Lang) -> bool:
    return st.form_submit_button(
        tr("parcels.save", current), type="primary", icon=":material/save:", help=tr("parcels.save_help", current),
        key="parcels.save",
    )  # fmt: skip
