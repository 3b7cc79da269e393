"""Handing in a sheet of the library: the file, what would become of it, then writing; the findings with their mend."""

import hashlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from base.errors import XiangtuError
from i18n import Lang, tr
from pages import formats
from pages.downloads import offer
from pages.import_report import listed_findings
from pages.shell import person
from pages.uploads import file_uploader, safe_name
from pipelines.import_ import FileRefused
from pipelines.progress.sheet_import import SheetOptions, Told
from store.engine import changing, reading
from store.errors import DatabaseAway

_Read = TypeVar("_Read")
_Reader = Callable[[sa.Connection, Path, SheetOptions], _Read]
_SUFFIXES = ("xlsx", "csv")


def hand_in(
    key: str,
    label: str,
    read: "Callable[[sa.Connection, Path, SheetOptions], _Read]",
    preview: Callable[[_Read], int],
    write: Callable[[sa.Connection, _Read], str],
    current: Lang,
) -> None:
    """Draw the field, the check and, once a file was checked, what it would do and the button that does it.

    Parameters
    ----------
    key : begins the keys of the widgets and of what is remembered.
    read : reads a file without writing.
    preview : draws what it would do; how many rows there are to write.
    write : writes it in one transaction; what was done, in a sentence.
    """
    if done := st.session_state.pop(f"{key}.done", None):
        st.success(formats.plain(done), icon=":material/check_circle:")
    upload = file_uploader(label, _SUFFIXES, f"{key}.file", current)
    print_ = None if upload is None else hashlib.sha256(upload.getbuffer()).hexdigest()
    held = st.session_state.get(f"{key}.read")
    if held is not None and held[0] != print_:
        st.session_state.pop(f"{key}.read")
        held = None
    check = st.button(
        tr("pages.import.check", current), icon=":material/fact_check:", disabled=upload is None,
        key=f"{key}.check",
    )  # fmt: skip
    if check and upload is not None:
        made = _checked(upload, read, current)
        if made is None:
            return
        held = st.session_state[f"{key}.read"] = (print_, made)
    if held is None:
        return
    rows = preview(held[1])
    if rows == 0:
        st.info(tr("library.sheets.nothing_new", current), icon=":material/done_all:")
        return
    if st.button(
        tr("library.sheets.write", current, rows=rows), type="primary", icon=":material/database_upload:",
        key=f"{key}.write",
    ):  # fmt: skip
        _write(key, held[1], write, current)


def _checked(upload: UploadedFile, read: "_Reader[_Read]", current: Lang) -> _Read | None:
    try:
        with tempfile.TemporaryDirectory(prefix="xiangtu-sheet-") as folder, reading() as connection:
            path = Path(folder) / safe_name(upload.name)
            path.write_bytes(upload.getbuffer())
            return read(connection, path, SheetOptions(today=formats.today(), by=person()))
    except FileRefused as refused:
        st.error(formats.plain(refused.sentence(current)), icon=":material/block:")
    return None


def _write(key: str, made: _Read, write: Callable[[sa.Connection, _Read], str], current: Lang) -> None:
    try:
        with changing() as connection:
            done = write(connection, made)
    except DatabaseAway:
        raise
    except XiangtuError as error:
        st.error(formats.plain(error.sentence(current)), icon=":material/error:")
        return
    st.session_state.pop(f"{key}.read", None)
    st.session_state[f"{key}.done"] = done
    st.rerun()


def show_findings(told: Told, key: str, current: Lang) -> None:
    """The counts and every finding: row, column, value, what is wrong and the mend."""
    with st.container(horizontal=True):
        for name in ("read", "rejected", "warned", "repaired"):
            st.metric(
                tr(f"pages.import.{name}", current),
                formats.number(getattr(told, name)),
                border=True,
                width=120,
            )
    if not told.findings:
        st.success(tr("pages.import.no_findings", current), icon=":material/check_circle:")
        return
    shown = listed_findings(told.findings, current)
    st.dataframe(shown, hide_index=True, placeholder="", height=min(38 + 35 * len(shown), 300))
    offer(shown, f"{key}-findings", tr("pages.import.findings", current), [told.file_name], current)
