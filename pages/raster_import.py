"""Rasters on the import page: which are in use, and the form that loads one; for those who may write figures."""

import datetime as dt
import tempfile
from pathlib import Path

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from i18n import Lang, tr
from layers import RasterKind
from pages import formats
from pages.shell import person
from pages.uploads import file_uploader, safe_name
from pipelines.import_ import FileRefused
from pipelines.rasters import RasterOptions, RasterRefused, load_raster
from store import rasters
from store.engine import owner, reading
from store.errors import NotAllowed

_DONE = "rasters.done"


def offer_rasters(current: Lang) -> None:
    """The rasters in use and the form."""
    with st.expander(tr("rasters.title", current), icon=":material/terrain:"):
        st.caption(tr("rasters.what", current))
        with reading() as connection:
            found = rasters.in_use(connection)
        if found:
            st.dataframe(raster_table(found, current), hide_index=True, placeholder="—")
        else:
            st.info(tr("rasters.none_loaded", current))
        for sentence in st.session_state.pop(_DONE, ()):
            st.success(formats.plain(sentence), icon=":material/check_circle:")
        _form(current)


def raster_table(found: list[rasters.Registered], current: Lang) -> pd.DataFrame:
    """The rasters in words."""
    return pd.DataFrame(
        {
            tr("rasters.kind", current): [raster.kind.text.get(current) for raster in found],
            tr("pages.home.file", current): [raster.file_name for raster in found],
            tr("rasters.cells", current): [f"{raster.width} × {raster.height}" for raster in found],
            tr("rasters.step", current): [f"{raster.step_lon_deg:.6g}" for raster in found],
            tr("rasters.values", current): [f"{r.lowest:g} – {r.highest:g}" for r in found],
            tr("rasters.original_crs", current): [raster.crs for raster in found],
            tr("rasters.as_of", current): [formats.day(raster.as_of, current) for raster in found],
            tr("rasters.handed_by", current): [raster.handed_by for raster in found],
            tr("rasters.loaded_at", current): [formats.moment(r.loaded_at, current) for r in found],
            tr("rasters.synthetic", current): [
                tr("rasters.yes" if raster.synthetic else "rasters.no", current) for raster in found
            ],
        }
    )


def _form(current: Lang) -> None:
    kinds = list(RasterKind)
    with st.form("rasters.form", border=False):
        left, right = st.columns(2)
        with left:
            kind = st.selectbox(
                tr("rasters.kind", current),
                kinds,
                format_func=lambda kind: kind.text.get(current),
                key="rasters.kind",
            )
            crs = st.text_input(tr("rasters.crs", current), key="rasters.crs", max_chars=200)
            nodata = st.number_input(tr("rasters.nodata", current), None, value=None, key="rasters.nodata")
        with right:
            handed_by = st.text_input(tr("rasters.handed_by", current), key="rasters.by", max_chars=200)
            as_of = st.date_input(tr("rasters.as_of", current), None, key="rasters.as_of")
        upload = file_uploader(tr("rasters.file", current), ("tif", "tiff"), "rasters.file", current)
        asked = st.form_submit_button(tr("rasters.load", current), icon=":material/database_upload:")
    if asked and upload is not None:
        options = RasterOptions(
            crs=crs.strip() or None,
            nodata=nodata,
            as_of=as_of if isinstance(as_of, dt.date) else None,
            handed_by=handed_by.strip() or None,
            by=person(),
        )
        _load(upload, kind, options, current)


def _load(upload: UploadedFile, kind: RasterKind, options: RasterOptions, current: Lang) -> None:
    try:
        with (
            st.spinner(formats.plain(tr("rasters.loading", current, file=upload.name))),
            tempfile.TemporaryDirectory(prefix="xiangtu-upload-") as folder,
        ):
            path = Path(folder) / safe_name(upload.name)
            path.write_bytes(upload.getbuffer())
            loaded = load_raster(owner(), path, kind, options)
    except (FileRefused, RasterRefused, NotAllowed) as refused:
        st.error(formats.plain(refused.sentence(current)), icon=":material/block:")
        return
    st.session_state[_DONE] = loaded.sentences(current)
    st.rerun()
