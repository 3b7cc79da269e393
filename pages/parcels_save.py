"""Saving parcels that were drawn or pasted: by the import, all of them or none, and checked at once."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st
from shapely.geometry.base import BaseGeometry

from access import Action, OwnTable
from i18n import Lang, tr
from layers import feature_type
from pages import formats
from pages.import_report import findings_table
from pages.parcels_check import DONE
from pages.parcels_list import SELECTED, SERIAL, TABLE, VIEW
from pages.parcels_list import View as ListView
from pages.parcels_making import FINDINGS, end, lies_still
from pages.shell import person
from pipelines.import_ import FileRefused, ImportOptions, ImportReport, check_file, import_file
from pipelines.land.check import recheck_changed
from pipelines.land.pasted import SUFFIX, feature_files
from store.engine import owner, reading
from store.land.parcels import PARCELS, Parcel, parcel, parcels
from store.land.review_errors import ParcelChanged, ReviewError
from store.land.reviews import review

WARNED = "parcels.warned"


def save(
    shapes: Sequence[BaseGeometry], rows: Sequence[Mapping[str, Any]], seen: Parcel | None, current: Lang
) -> None:
    """Import the shapes, check the parcels and open the first; all of them or none.

    Parameters
    ----------
    rows : values by field, one for each shape.
    seen : the parcel that is changed; None for new ones, whose numbers must be new.
    """
    numbers = [str(row["parcel_no"]) for row in rows]
    if seen is None:
        with reading() as connection:
            known = parcels(connection, numbers=numbers)["parcel_no"].tolist()
        twice = sorted({no for no in numbers if numbers.count(no) > 1} | set(known))
        if twice:
            listed = formats.joined(twice[:10], current)
            st.error(
                formats.plain(tr("parcels.number_taken", current, numbers=listed)), icon=":material/block:"
            )
            return
    elif (refusal := _changed_since(seen)) is not None:
        st.error(formats.plain(refusal.sentence(current)), icon=":material/block:")
        return
    options = ImportOptions(
        crs="EPSG:4490", handed_by=person().display_name, by=person(), only_new=seen is None
    )
    feature = feature_type(PARCELS)
    try:
        with (
            st.spinner(tr("parcels.saving", current)),
            tempfile.TemporaryDirectory(prefix="xiangtu-parcel-") as folder,
        ):
            path = Path(folder) / f"{'parcel' if len(rows) == 1 else 'parcels'}{SUFFIX}"
            path.write_bytes(feature_files(shapes, rows))
            report = check_file(owner(), path, feature, options)
            if not report.counts.rejected:
                report = import_file(owner(), path, feature, options)
    except FileRefused as refused:
        st.error(formats.plain(refused.sentence(current)), icon=":material/block:")
        return
    if report.batch_id is None:
        st.session_state[FINDINGS] = report
        return
    with st.spinner(tr("parcels.checking", current)):
        recheck_changed(owner())
    end()
    if report.findings:
        st.session_state[WARNED] = report
    st.session_state[DONE] = tr("parcels.saved", current, name=str(rows[0]["name"]), number=len(rows))
    st.session_state[SELECTED] = numbers[0]
    st.session_state[VIEW] = ListView.ALL
    st.session_state[TABLE] += 1
    st.session_state[SERIAL] += 1
    st.rerun()


def _changed_since(seen: Parcel) -> ReviewError | None:
    """What speaks against saving over a parcel: somebody changed it, or handed it in, since it was opened."""
    try:
        with reading() as connection:
            now = parcel(connection, seen.parcel_no)
            known = person().may(OwnTable.REVIEWS, Action.READ, now.admin_code)
            step = review(connection, seen.parcel_no) if known else None
    except ReviewError as gone:
        return gone
    return None if now == seen and lies_still(step) else ParcelChanged(parcel=seen.parcel_no)


def show_refusal(current: Lang) -> None:
    """What kept the last attempt from being saved, if anything did."""
    report: ImportReport | None = st.session_state.get(FINDINGS)
    if report is not None:
        st.error(tr("parcels.not_saved", current), icon=":material/block:")
        show_findings(report, current)


def show_findings(report: ImportReport, current: Lang) -> None:
    """What the import remarked, in a table."""
    found = pd.DataFrame(
        [
            (f.row_no, f.column_title, f.value, f.rule, str(f.remedy), f.message.zh, f.message.en)
            for f in report.findings
        ],
        columns=["row_no", "column_title", "value", "rule", "remedy", "message_zh", "message_en"],
    )
    st.dataframe(findings_table(found, current), hide_index=True, height="content", placeholder="")
