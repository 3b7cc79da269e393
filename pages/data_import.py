"""数据导入: hand a file in, see what would become of it, import it; the latest batches."""

import datetime as dt
import hashlib
import tempfile
from pathlib import Path

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from access import Action, OwnTable
from i18n import Lang, tr
from layers import FeatureType, Geometry, all_layers, feature_type
from pages import formats
from pages.downloads import XLSX
from pages.import_report import findings_table, show_report
from pages.import_template import template
from pages.raster_import import offer_rasters
from pages.recompute import offer_recompute
from pages.shell import lang, person
from pages.uploads import file_uploader, safe_name
from pipelines.import_ import FORMATS, FileRefused, ImportOptions, ImportReport, Step, check_file, import_file
from store.dossier import batch_findings, latest_batches
from store.engine import owner, reading

_CRS = ("EPSG:4490", "EPSG:4526", "EPSG:4525", "EPSG:4547", "EPSG:4546", "GCJ02", "BD09", "EPSG:4326")
_ENCODINGS = ("UTF-8", "GBK", "GB18030")
_BATCHES = 30
_REPORT, _CHECKED = "import.report", "import.checked"


def page() -> None:
    """The form, the report of the last check or import, the latest batches."""
    current = lang()
    st.title(tr("pages.import.title", current), anchor=False)
    st.caption(tr("pages.import.what", current))
    with st.container(border=True):
        feature = _feature(current)
        if feature is None:
            st.info(tr("pages.import.not_yours", current), icon=":material/lock:")
        else:
            upload = _upload(current)
            options = _options(feature, current)
            _buttons(feature, upload, options, current)
    shown: ImportReport | None = st.session_state.get(_REPORT)
    if shown is not None:
        show_report(shown, current)
    if person().may(OwnTable.FIGURES, Action.WRITE):
        offer_rasters(current)
        offer_recompute(current)
    _batches(current)


def _feature(current: Lang) -> FeatureType | None:
    """The feature type to hand in, of those that the person may write; None if there are none."""
    titles = {
        feature.id: f"{layer.title.get(current)} · {feature.title.get(current)}"
        for layer in all_layers()
        for feature in layer.features
        if person().may(feature.id, Action.WRITE)
    }
    if not titles:
        return None
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        chosen = st.selectbox(
            tr("pages.import.feature", current),
            list(titles),
            format_func=lambda value: titles[value],
            key="import.feature",
        )
    feature = feature_type(chosen)
    with right:
        st.download_button(
            tr("pages.import.template", current),
            lambda: template(feature, current),
            f"{feature.id}.xlsx",
            XLSX,
            icon=":material/download:",
            on_click="ignore",
            width="stretch",
        )
    return feature


def _upload(current: Lang) -> UploadedFile | None:
    suffixes = list(dict.fromkeys(s.removeprefix(".") for known in FORMATS for s in known.suffixes))
    names = formats.joined((known.name for known in FORMATS), current)
    return file_uploader(tr("pages.import.file", current, formats=names), suffixes, "import.file", current)


def _options(feature: FeatureType, current: Lang) -> ImportOptions:
    with st.expander(tr("pages.import.options", current)):
        left, right = st.columns(2)
        crs = None
        with left:
            if feature.geometry is not Geometry.NONE:
                crs = st.selectbox(
                    tr("pages.import.crs", current),
                    _CRS,
                    index=None,
                    placeholder=tr("pages.import.crs_guess", current),
                    accept_new_options=True,
                    key="import.crs",
                )
            encoding = st.selectbox(
                tr("pages.import.encoding", current),
                _ENCODINGS,
                index=None,
                placeholder=tr("pages.import.crs_guess", current),
                key="import.encoding",
            )
            layer = st.text_input(tr("pages.import.sub_layer", current), key="import.layer", max_chars=200)
        with right:
            handed_by = st.text_input(tr("pages.import.handed_by", current), key="import.by", max_chars=200)
            as_of = st.date_input(tr("pages.import.as_of", current), None, key="import.as_of")
    return ImportOptions(
        crs=crs or None,
        encoding=encoding or None,
        layer=layer.strip() or None,
        handed_by=handed_by.strip() or None,
        as_of=as_of if isinstance(as_of, dt.date) else None,
        by=person(),
    )


def _buttons(
    feature: FeatureType, upload: UploadedFile | None, options: ImportOptions, current: Lang
) -> None:
    """Check and import; an import needs a check of the same file with the same options."""
    asked = None if upload is None else (_fingerprint(upload), feature.id, options)
    if st.session_state.get(_CHECKED) not in (None, asked):
        st.session_state.pop(_CHECKED)
        st.session_state.pop(_REPORT, None)
    with st.container(horizontal=True, vertical_alignment="center"):
        check = st.button(
            tr("pages.import.check", current),
            type="primary",
            icon=":material/fact_check:",
            disabled=upload is None,
            key="import.check",
        )
        ready = asked is not None and st.session_state.get(_CHECKED) == asked
        run = st.button(
            tr("pages.import.run", current),
            icon=":material/database_upload:",
            disabled=not ready,
            help=tr("pages.import.run_first", current),
            key="import.run",
        )
    if upload is None:
        return
    if check and _work(feature, upload, options, current, write=False):
        st.session_state[_CHECKED] = asked
        st.rerun()
    if run and ready and _work(feature, upload, options, current, write=True):
        st.session_state.pop(_CHECKED)
        st.rerun()


def _fingerprint(upload: UploadedFile) -> str:
    return hashlib.sha256(upload.getbuffer()).hexdigest()


def _work(
    feature: FeatureType, upload: UploadedFile, options: ImportOptions, current: Lang, *, write: bool
) -> bool:
    """Check or import the upload, with its steps told; False if the file was refused."""
    title = tr("pages.import.importing" if write else "pages.import.checking", current, file=upload.name)
    with st.status(formats.plain(title), expanded=True) as status:

        def tell(step: Step) -> None:
            status.update(label=tr(f"import.step.{step}", current))

        try:
            with tempfile.TemporaryDirectory(prefix="xiangtu-upload-") as folder:
                path = Path(folder) / safe_name(upload.name)
                path.write_bytes(upload.getbuffer())
                work = import_file if write else check_file
                st.session_state[_REPORT] = work(owner(), path, feature, options, tell)
        except FileRefused as refused:
            st.session_state.pop(_REPORT, None)
            # The box of steps folds when it ends; the reason must not fold with it.
            status.update(label=tr("pages.import.refused", current), state="error", expanded=False)
            refusal = refused.sentence(current)
        else:
            return True
    st.error(formats.plain(refusal), icon=":material/block:")
    return False


def _batches(current: Lang) -> None:
    st.subheader(tr("pages.import.batches", current), anchor=False)
    with reading() as connection:
        found = latest_batches(connection, _BATCHES)
    if found.empty:
        st.info(tr("pages.import.no_batches", current))
        return
    st.dataframe(batch_table(found, current), hide_index=True, placeholder="—")
    names = dict(zip(found["id"], found["file_name"], strict=True))
    chosen = st.selectbox(
        tr("pages.import.batch_findings", current),
        list(names),
        index=None,
        placeholder=tr("pages.import.batch_choose", current),
        format_func=lambda i: tr("pages.import.batch_words", current, id=i, file=names.get(i, "")),
        key="import.batch",
    )
    if chosen is not None:
        with reading() as connection:
            findings = batch_findings(connection, int(chosen))
        if findings.empty:
            st.success(tr("pages.import.no_findings", current))
        else:
            st.dataframe(findings_table(findings, current), hide_index=True, placeholder="")


def batch_table(found: pd.DataFrame, current: Lang) -> pd.DataFrame:
    """The latest batches in words."""
    titles = {feature.id: feature.title.get(current) for layer in all_layers() for feature in layer.features}
    head = {
        tr("pages.import.batch", current): found["id"],
        tr("pages.import.at", current): [formats.moment(at, current) for at in found["started_at"]],
        tr("pages.import.feature", current): [titles.get(i, i) for i in found["feature_id"]],
        tr("pages.home.file", current): found["file_name"],
        tr("pages.import.state", current): [
            tr(f"pages.import.state_{state}", current) for state in found["state"]
        ],
    }
    counts = {
        tr(f"pages.import.{name}", current): found[column]
        for name, column in (
            ("read", "rows_read"),
            ("inserted", "inserted"),
            ("updated", "updated"),
            ("unchanged", "unchanged"),
            ("repaired", "repaired"),
            ("rejected", "rejected"),
            ("warned", "warned"),
        )
    }
    tail = {
        tr("pages.import.crs", current): found["crs"],
        tr("pages.import.encoding", current): found["encoding"],
        tr("pages.import.as_of", current): [formats.day(day, current) for day in found["as_of"]],
        tr("pages.import.error", current): found["error"],
    }
    return pd.DataFrame({**head, **counts, **tail})
