"""What happened to a parcel: every step of its review with remark, posting and files, and the auditor's file."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from i18n import Lang, tr
from pages import formats, links
from pages.downloads import offer
from pages.parcels_words import mu_words, roles_words
from pipelines.land.review_file import take_away
from store.engine import changing, reading
from store.land.parcels import Parcel
from store.land.reviews import ReviewFile, Step, file_content, files, steps


def draw_history(parcel: Parcel, current: Lang) -> None:
    """Draw the steps of a parcel, the last one first, with what was attached to each."""
    with reading() as connection:
        taken = steps(connection, parcel.parcel_no)
        attached = files(connection, parcel.parcel_no)
    if not taken:
        st.info(tr("parcels.never_submitted", current), icon=":material/history:")
        return
    by_step: dict[int, list[ReviewFile]] = {}
    for one in attached:
        by_step.setdefault(one.step_id, []).append(one)
    for step in reversed(taken):
        _step(step, by_step.get(step.id, []), current)
    _audit_file(parcel, current)
    title = tr("parcels.tab_history", current)
    note = tr("parcels.history_note", current, no=parcel.parcel_no, name=parcel.name)
    offer(history_table(taken, by_step, current), "parcel-history", title, [note], current, subtitle=note)


def _audit_file(parcel: Parcel, current: Lang) -> None:
    """Offer the whole file of the review; that it was taken away is put on record."""
    st.download_button(
        tr("parcels.audit_file", current),
        lambda: audit_file(parcel.parcel_no, current),
        f"{formats.file_stem(parcel.parcel_no)}.zip",
        "application/zip",
        icon=":material/folder_zip:",
        on_click="ignore",
        help=tr("parcels.audit_file_help", current),
        key="parcels.audit_file",
    )


def audit_file(parcel_no: str, current: Lang) -> bytes:
    """The archive that an auditor asks for, as far as the person may see the review."""
    with changing() as connection:
        return take_away(connection, parcel_no, current)


def _step(step: Step, attached: Sequence[ReviewFile], current: Lang) -> None:
    with st.container(border=True):
        head = tr(
            "parcels.step_words",
            current,
            round=step.round,
            action=step.action.text.get(current),
            before=step.from_state.text.get(current),
            after=step.to_state.text.get(current),
        )
        st.markdown(f"**{formats.plain(head)}**")
        by = tr(
            "parcels.step_by",
            current,
            at=formats.moment(step.at, current),
            who=step.made_by,
            roles=roles_words(step.roles, current),
            area=mu_words(float(step.area_mu)),
        )
        st.caption(formats.plain(by))
        if step.remark:
            st.markdown(formats.plain(step.remark))
        with st.container(horizontal=True):
            if step.posting_id is not None:
                links.page_link(
                    links.QUOTA_LEDGER,
                    tr("parcels.posting", current, id=step.posting_id),
                    ":material/account_balance:",
                    {"posting": str(step.posting_id)},
                )
            for one in attached:
                _file(one, current)


def _file(one: ReviewFile, current: Lang) -> None:
    st.download_button(
        formats.plain(tr("parcels.file", current, name=one.name, size=formats.number(one.size / 1024))),
        lambda: _content(one.id),
        one.name,
        one.media_type,
        icon=":material/attach_file:",
        on_click="ignore",
        help=f"SHA-256 {one.sha256}",
        key=f"parcels.file.{one.id}",
    )


def _content(file_id: int) -> bytes:
    with reading() as connection:
        return file_content(connection, file_id)


def history_table(
    taken: Sequence[Step], attached: Mapping[int, Sequence[ReviewFile]], lang: Lang
) -> pd.DataFrame:
    """Steps in words, the first one first."""

    def column(name: str) -> str:
        return tr(f"parcels.step_{name}", lang)

    return pd.DataFrame(
        {
            column("round"): [step.round for step in taken],
            column("at"): [formats.moment(step.at, lang) for step in taken],
            column("action"): [step.action.text.get(lang) for step in taken],
            column("before"): [step.from_state.text.get(lang) for step in taken],
            column("after"): [step.to_state.text.get(lang) for step in taken],
            column("who"): [step.made_by for step in taken],
            column("roles"): [roles_words(step.roles, lang) for step in taken],
            column("remark"): [step.remark for step in taken],
            column("area"): [float(step.area_mu) for step in taken],
            column("posting"): pd.array([step.posting_id for step in taken], dtype="Int64"),
            column("files"): [
                formats.joined((f.name for f in attached.get(step.id, ())), lang) for step in taken
            ],
        }
    )
