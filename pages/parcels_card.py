"""The card of one parcel: where it stands, its two areas, review, check, attributes, history, files to take away."""

import datetime as dt

import geopandas as gpd
import pandas as pd
import streamlit as st

from access import Action
from i18n import Lang, tr
from layers import feature_type
from pages import formats
from pages.parcels_check import draw_check
from pages.parcels_history import draw_history
from pages.parcels_making import begin, lies_still
from pages.parcels_print import sheet_button
from pages.parcels_review import STATE_COLORS, draw_review
from pages.parcels_words import applicant_words, area_table
from pages.shell import person
from pipelines.land.boundary_txt import as_bytes, boundary_texts
from store.land.parcels import PARCELS, Parcel
from store.land.reviews import Review


def draw_card(parcel: Parcel, seen: Review | None, found: gpd.GeoDataFrame, current: Lang) -> None:
    """Draw the card.

    Parameters
    ----------
    seen : the parcel's review; None for those who may not read it.
    found : pieces of the last check.
    """
    with st.container(border=True, key="parcel-card"):
        badge = ""
        if seen is not None:
            badge = f" :{STATE_COLORS[seen.state]}-badge[{formats.plain(seen.state.text.get(current))}]"
            if seen.changed_since_approved:
                badge += f" :red-badge[{formats.plain(tr('parcels.changed_badge', current))}]"
        st.markdown(f"##### {formats.plain(parcel.name)}{badge}")
        st.caption(formats.plain(f"{parcel.parcel_no} · {parcel.place}"))
        st.table(
            area_table(parcel.area_m2, parcel.stated_area_mu, current), hide_index=True, border="horizontal"
        )
        review, check, attributes, history = st.tabs(
            [tr(f"parcels.tab_{name}", current) for name in ("review", "check", "attributes", "history")]
        )
        with review:
            if seen is None:
                st.info(tr("parcels.review_hidden", current), icon=":material/lock:")
            else:
                draw_review(seen, current)
        with check:
            present = seen is None or seen.check is None or seen.check.present
            draw_check(parcel, found, present=present, current=current)
        with attributes:
            _attributes(parcel, seen, current)
        with history:
            if seen is None:
                st.info(tr("parcels.review_hidden", current), icon=":material/lock:")
            else:
                draw_history(parcel, current)
        _away(parcel, found, current)


def _attributes(parcel: Parcel, seen: Review | None, current: Lang) -> None:
    values = {**parcel.values, "applicant": applicant_words(parcel)}
    rows = [
        (field.title.get(current), formats.value_words(values[field.name], field, current))
        for field in feature_type(PARCELS).fields
    ]
    heads = [tr("parcels.attribute", current), tr("parcels.value", current)]
    table = pd.DataFrame([(name, formats.plain(value)) for name, value in rows], columns=heads)
    st.table(table, hide_index=True, border="horizontal")
    if parcel.synthetic:
        st.caption(tr("parcels.synthetic", current))
    if not lies_still(seen) or not person().may(PARCELS, Action.WRITE, parcel.admin_code):
        return
    if st.button(tr("parcels.change", current), icon=":material/edit_location_alt:", key="parcels.change"):
        begin(parcel)
        st.rerun(scope="app")


def _away(parcel: Parcel, found: gpd.GeoDataFrame, current: Lang) -> None:
    """Files of the parcel: check sheet, boundary points."""
    with st.container(horizontal=True):
        sheet_button(parcel, found, current)
        st.download_button(
            tr("parcels.boundary_txt", current),
            lambda: boundary_file(parcel, formats.today()),
            f"{formats.file_stem(parcel.parcel_no)}.txt",
            "text/plain",
            icon=":material/pin_drop:",
            on_click="ignore",
            key="parcels.boundary_txt",
        )


def boundary_file(parcel: Parcel, made_on: dt.date) -> bytes:
    """The parcel in the bureau's format of boundary points."""
    use, land_class = parcel.use, parcel.values["class_before"]
    frame = gpd.GeoDataFrame(
        {
            "parcel_no": [parcel.parcel_no],
            "name": [parcel.name],
            "parcel_use": ["" if use is None else use.text.zh],
            "class_before": [land_class or ""],
        },
        geometry=[parcel.geometry],
        crs=4490,
    )
    (text,) = boundary_texts(frame, producer=tr("parcels.producer", "zh"), made_on=made_on).values()
    return as_bytes(text)
