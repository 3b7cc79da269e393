"""Monthly reports as Excel: the month's sheet with the projects of one's places, and handing it in."""

import datetime as dt

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from access import Action, OwnTable
from analysis.progress.reportable import not_reportable
from base.months import months_back
from i18n import Lang, tr
from pages import formats
from pages.downloads import XLSX
from pages.sheet_upload import hand_in, show_findings
from pages.shell import person
from pipelines.progress.report_file import ReportFile, read_reports, write_reports
from pipelines.progress.template import report_sheet
from store.engine import reading
from store.progress.handed_in import latest
from store.progress.library import Project, projects
from store.progress.report_rules import ended_on

_MONTHS_BACK = 24
_MOST_SHOWN = 300


def offer_excel(current: Lang) -> None:
    """Draw the month's sheet and its hand-in, for whoever reports; nothing for others."""
    prefixes = person().prefixes(OwnTable.REPORTS, Action.WRITE)
    if not prefixes:
        return
    with st.expander(tr("library.sheets.reports", current), icon=":material/table:"):
        st.caption(tr("library.sheets.reports_what", current))
        _month_sheet(prefixes, current)
        _hand_in(current)


def _month_sheet(prefixes: tuple[str, ...], current: Lang) -> None:
    months = months_back(formats.today(), _MONTHS_BACK)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        month = st.selectbox(
            tr("library.sheets.month", current),
            months,
            format_func=lambda day: f"{day:%Y-%m}",
            key="reports.sheet.month",
            width=160,
        )
        st.download_button(
            tr("library.sheets.month_sheet", current),
            lambda: _sheet(month, prefixes, current),
            f"reports-{month:%Y-%m}.xlsx",
            XLSX,
            icon=":material/download:",
            on_click="ignore",
            key="reports.sheet.template",
        )


def _hand_in(current: Lang) -> None:
    def write(connection: sa.Connection, made: ReportFile) -> str:
        done = write_reports(connection, made, person().display_name)
        return tr(
            "library.sheets.reports_done", current, added=done.added, corrections=done.corrections,
            already=done.already,
        )  # fmt: skip

    hand_in(
        "reports.sheet",
        tr("library.sheets.reports_file", current),
        read_reports,
        lambda made: _preview(made, current),
        write,
        current,
    )


def _sheet(month: dt.date, prefixes: tuple[str, ...], current: Lang) -> bytes:
    """The month's sheet with the projects that may be reported in it where the person reports."""
    held: list[Project] = []
    with reading() as connection:
        ends = ended_on(connection)
        for prefix in prefixes:
            held += [
                one
                for one in projects(connection, prefix)
                if not_reportable(one.state, ends.get(one.id), month) is None
            ]
        told = latest(connection, month)
    return report_sheet(current, held, month, told)


def _preview(made: ReportFile, current: Lang) -> int:
    """What the file would add and correct, then the findings; how many rows there are to write."""
    would = tr(
        "library.sheets.would_report", current, new=made.new, corrections=made.corrections,
        already=made.already,
    )  # fmt: skip
    st.markdown(f"**{would}**")
    lines = made.lines[:_MOST_SHOWN]
    if lines:
        st.dataframe(
            pd.DataFrame(
                {
                    tr("pages.import.row", current): [line.row_no for line in lines],
                    tr("library.sheets.what", current): [
                        tr(
                            f"library.sheets.{'new_report' if line.corrects is None else 'correction'}",
                            current,
                        )
                        for line in lines
                    ],
                    tr("library.column.code", current): [line.project.code for line in lines],
                    tr("library.column.name", current): [line.project.name for line in lines],
                    tr("library.sheets.month", current): [f"{line.report.period:%Y-%m}" for line in lines],
                    tr("library.column.percent", current): [
                        float(line.report.content.percent) for line in lines
                    ],
                    tr("library.sheets.paid_wan", current): [
                        round(line.report.content.paid_yuan / 10_000, 2) for line in lines
                    ],
                }
            ),
            hide_index=True,
        )
    show_findings(made.told, "reports-sheet", current)
    return len(made.lines)
