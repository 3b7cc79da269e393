"""Reporting without a network: the form for ODK and Kobo to take away, and their submissions to hand in."""

import datetime as dt
import tempfile
from pathlib import Path

import pandas as pd
import streamlit as st

from access import Action, OwnTable
from base.errors import XiangtuError
from base.months import months_back
from i18n import Lang, tr
from pages import formats, links
from pages.downloads import XLSX, offer
from pages.shell import person
from pages.uploads import file_uploader
from pipelines.progress.odk import (
    FieldReport,
    Finding,
    Judged,
    Outcome,
    Submission,
    look,
    read_submissions,
    take,
)
from pipelines.progress.xlsform import FORM_ID, NoProjects, form
from store.engine import changing, reading
from store.errors import DatabaseAway
from store.progress.field_projects import field_projects, to_take_along

_READ, _DONE, _SERIAL = "report_field.read", "report_field.done", "report_field.serial"
_KINDS = ["zip", "xml", "csv", "json"]
_ICONS = {Outcome.NEW: "🟢", Outcome.ALREADY: "⚪", Outcome.REFUSED: "🔴"}


def offer_field(current: Lang) -> None:
    """Draw both ways for whoever reports; nothing for others."""
    if not person().may(OwnTable.REPORTS, Action.WRITE):
        return
    with st.expander(tr("fieldforms.offline", current), icon=":material/wifi_off:"):
        st.markdown(formats.plain(tr("fieldforms.what", current)))
        _form(current)
        _hand_in(current)


def _prefixes() -> list[str]:
    return list(person().prefixes(OwnTable.REPORTS, Action.WRITE))


def _form(current: Lang) -> None:
    """The form of the projects as they are now."""
    with reading() as connection:
        known = field_projects(connection, _prefixes())
    # The month before may still be asked for.
    projects = to_take_along(known, months_back(formats.today(), 2)[-1])
    if not projects:
        st.info(NoProjects().sentence(current), icon=":material/info:")
        return
    made_at = dt.datetime.now(dt.UTC)
    st.download_button(
        tr("fieldforms.download", current, number=len(projects)),
        lambda: form(projects, made_at),
        f"{FORM_ID}.xlsx",
        XLSX,
        icon=":material/download:",
        on_click="ignore",
        key="report_field.form",
        width="stretch",
    )


def _hand_in(current: Lang) -> None:
    """A file, what is in it, and the handing in of exactly that."""
    st.session_state.setdefault(_SERIAL, 0)
    if done := st.session_state.get(_DONE):
        _outcome(done, current, taken=True)
    upload = file_uploader(
        tr("fieldforms.upload", current), _KINDS, f"report_field.file.{st.session_state[_SERIAL]}", current
    )
    st.caption(tr("fieldforms.upload_help", current))
    if upload is None:
        st.session_state.pop(_READ, None)
        return
    st.session_state.pop(_DONE, None)
    known: tuple[str, list[Submission], FieldReport] | None = st.session_state.get(_READ)
    if known is None or known[0] != upload.file_id:
        submissions = _read(upload.name, upload.getvalue(), current)
        looked = None if submissions is None else _judged(submissions, current, write=False)
        if submissions is None or looked is None:
            return
        known = st.session_state[_READ] = (upload.file_id, submissions, looked)
    _, submissions, seen = known
    _outcome(seen, current, taken=False)
    number = seen.number(Outcome.NEW)
    if st.button(
        tr("fieldforms.take", current, number=number),
        type="primary",
        icon=":material/upload:",
        disabled=number == 0,
        key="report_field.take",
        width="stretch",
    ):
        done = _judged(submissions, current, write=True)
        if done is not None:
            st.session_state[_DONE] = done
            st.session_state[_SERIAL] += 1
            st.session_state.pop(_READ, None)
            st.rerun()


def _read(name: str, content: bytes, current: Lang) -> list[Submission] | None:
    """The submissions of an upload; None if it was refused, which is told."""
    try:
        with (
            st.spinner(tr("fieldforms.reading", current)),
            tempfile.TemporaryDirectory(prefix="xiangtu-upload-") as folder,
        ):
            path = Path(folder) / "upload"
            path.write_bytes(content)
            return read_submissions(path, name)
    except XiangtuError as refused:
        st.error(formats.plain(refused.sentence(current)), icon=":material/block:")
        return None


def _judged(submissions: list[Submission], current: Lang, *, write: bool) -> FieldReport | None:
    try:
        with st.spinner(tr("fieldforms.judging", current)), changing() as connection:
            return (take if write else look)(connection, submissions, _prefixes())
    except DatabaseAway:
        raise
    except XiangtuError as refused:
        st.error(formats.plain(refused.sentence(current)), icon=":material/block:")
        return None


def _outcome(report: FieldReport, current: Lang, *, taken: bool) -> None:
    """What becomes, or became, of each submission, and what is wrong with those that are not taken."""
    numbers = {f"{one}": report.number(one) for one in Outcome}
    told = tr("fieldforms.taken" if taken else "fieldforms.seen", current, **numbers)
    if report.number(Outcome.REFUSED):
        st.warning(formats.plain(told), icon=":material/rule:")
    else:
        st.success(formats.plain(told), icon=":material/check_circle:")
    st.dataframe(submission_table(report, current), hide_index=True, placeholder="—")
    if report.findings:
        table = finding_table(report.findings, current)
        st.markdown(f"**{tr('fieldforms.findings', current)}**")
        st.dataframe(table, hide_index=True, placeholder="—")
        offer(table, "field-findings", tr("fieldforms.findings", current), [], current)
    if taken:
        for one in [one for one in report.judged if one.report_id is not None][:1]:
            links.page_link(
                "report_check", tr("fieldforms.open", current, number=one.report_id), ":material/open_in_new:",
                {"report": str(one.report_id)},
            )  # fmt: skip


def submission_table(report: FieldReport, current: Lang) -> pd.DataFrame:
    """One row for each submission: what becomes of it, project, month, figures; money in 万元."""

    def month(one: Judged) -> str | None:
        return None if one.report is None else f"{one.report.period:%Y-%m}"

    columns: dict[str, list[object]] = {
        "outcome": [
            f"{_ICONS[one.outcome]} {tr(f'fieldforms.outcome.{one.outcome}', current)}"
            for one in report.judged
        ],
        "project": [
            one.submission.answers.get("project") if one.project is None else one.project.name
            for one in report.judged
        ],
        "period": [month(one) or one.submission.answers.get("period") for one in report.judged],
        "percent": [None if one.report is None else float(one.report.percent) for one in report.judged],
        "paid_wan": [
            None if one.report is None else float(one.report.paid_yuan / 10_000) for one in report.judged
        ],
        "photos": [one.photos for one in report.judged],
        "file": [one.submission.file for one in report.judged],
    }
    return pd.DataFrame(
        {tr(f"fieldforms.column.{name}", current): values for name, values in columns.items()}
    )


def finding_table(findings: tuple[Finding, ...], current: Lang) -> pd.DataFrame:
    """Findings in words: file, instance, question, value, what is wrong and the mend."""
    columns: dict[str, list[object]] = {
        "file": [one.file for one in findings],
        "instance": [one.instance for one in findings],
        "question": [None if one.question is None else one.question.get(current) for one in findings],
        "value": [one.value for one in findings],
        "message": [one.message.get(current) for one in findings],
        "effect": [
            tr("fieldforms.refuses" if one.refuses else "fieldforms.warns", current) for one in findings
        ],
    }
    return pd.DataFrame(
        {tr(f"fieldforms.column.{name}", current): values for name, values in columns.items()}
    )
