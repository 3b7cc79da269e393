"""Photos in the form: read one by one as they come, kept with the draft, taken out again."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from base.errors import XiangtuError
from i18n import Lang, tr
from pages import formats
from pages.uploads import file_uploaders
from pipelines.progress.photo import LARGEST_MB, read_photo
from store.engine import changing, reading
from store.errors import DatabaseAway
from store.progress import drafts
from store.progress.drafts import Draft
from store.progress.photos import Photo
from store.progress.reports import MOST_PHOTOS

_SUFFIXES = ("jpg", "jpeg", "png", "heic", "heif")


def draft_photos(draft: Draft, kept: Sequence[Photo], content: dict[str, Any], current: Lang) -> None:
    """Draw the field and what is there; photos of the report that is corrected can be left out of `content`."""
    st.markdown(f"**{formats.plain(tr('reporting.photos', current))}**")
    serial_key = f"report.{draft.submission_key}.photos"
    serial = st.session_state.setdefault(serial_key, 0)
    files = file_uploaders(
        tr("reporting.add_photos", current, most=MOST_PHOTOS),
        _SUFFIXES,
        f"report-photos-{draft.submission_key}-{serial}",
        current,
        LARGEST_MB,
    )
    if files:
        refused = _take(draft, files, current)
        st.session_state[serial_key] = serial + 1
        st.session_state[f"{serial_key}.refused"] = refused
        st.rerun()  # the field anew and empty: what it held is with the draft now
    for sentence in st.session_state.pop(f"{serial_key}.refused", ()):
        st.error(formats.plain(sentence), icon=":material/broken_image:")
    _kept(draft, kept, content, current)
    with reading() as connection:
        pictures = drafts.pictures(connection, draft)
    for one in pictures:
        with st.container(horizontal=True, vertical_alignment="center", key=f"report-photo-{one.id}"):
            st.image(one.thumbnail, width=120)
            st.caption(formats.plain(_told(one.taken_at, one.lon, current)), width="stretch")
            st.button(
                tr("reporting.take_out", current),
                icon=":material/close:",
                on_click=_take_out,
                args=(one.id,),
                key=f"report.photo.out.{one.id}",
            )
    st.caption(tr("reporting.photo_help", current))


def _take_out(photo_id: int) -> None:
    with changing() as connection:
        drafts.drop_photo(connection, photo_id)


def _take(draft: Draft, files: Sequence[Any], current: Lang) -> list[str]:
    """Keep each photo by itself, so that a bad one costs none of the others; what is wrong with those refused."""
    refused = []
    for file in files:
        try:
            read = read_photo(file.name, file.getvalue())
            with changing() as connection:
                drafts.add_photo(connection, draft, read)
        except DatabaseAway:
            raise
        except XiangtuError as error:
            refused.append(error.sentence(current))
    return refused


def _kept(draft: Draft, kept: Sequence[Photo], content: dict[str, Any], current: Lang) -> None:
    held = set(content.get("kept_photos", ()))
    chosen = []
    for one in kept:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(f'<img src="/photos/{one.id}/thumbnail.jpg" width="120" alt="">', width="content")
            if st.checkbox(
                tr("reporting.keep_photo", current),
                value=one.id in held,
                key=f"report.{draft.submission_key}.kept.{one.id}",
            ):
                chosen.append(one.id)
    content["kept_photos"] = chosen


def _told(taken_at: Any, lon: float | None, current: Lang) -> str:
    """What the camera said, so that the clerk sees whether the place is known."""
    where = tr("reporting.photo_placed" if lon is not None else "reporting.photo_unplaced", current)
    when = (
        tr("reporting.photo_undated", current)
        if taken_at is None
        else tr("reporting.photo_taken", current, at=formats.moment(taken_at, current))
    )
    return f"{when} · {where}"
