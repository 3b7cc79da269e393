"""Projects as Excel: the sheet to fill in, the library as such a sheet, and handing it in."""

from collections.abc import Sequence

import pandas as pd
import sqlalchemy as sa
import streamlit as st

from i18n import Lang, tr
from pages import formats
from pages.downloads import XLSX
from pages.projects_read import Library
from pages.sheet_upload import hand_in, show_findings
from pages.shell import person
from pipelines.progress.project_changes import ProjectLine
from pipelines.progress.project_file import ProjectFile, read_projects
from pipelines.progress.project_write import write_projects
from pipelines.progress.template import project_sheet
from store.progress.library import Project

_MOST_SHOWN = 300


def offer_project_sheets(library: Library | None, found: Sequence[Project], current: Lang) -> None:
    """Draw the downloads and the hand-in of project sheets."""
    st.subheader(tr("library.sheets.projects", current), anchor=False)
    st.caption(tr("library.sheets.projects_what", current))
    with st.container(horizontal=True):
        st.download_button(
            tr("library.sheets.template", current),
            lambda: project_sheet(current),
            "projects-template.xlsx",
            XLSX,
            icon=":material/download:",
            on_click="ignore",
            key="projects.template",
        )
        if library is not None and found:
            st.download_button(
                tr("library.sheets.as_sheet", current, number=len(found)),
                lambda: project_sheet(
                    current, found, library.milestones, library.links, _names(library, found)
                ),
                f"projects-{formats.today().isoformat()}-sheet.xlsx",
                XLSX,
                icon=":material/table_edit:",
                on_click="ignore",
                key="projects.as_sheet",
            )

    def write(connection: sa.Connection, made: ProjectFile) -> str:
        done = write_projects(connection, made, person().display_name)
        return tr(
            "library.sheets.projects_done", current, added=len(done.added), changed=len(done.changed),
            same=done.same,
        )  # fmt: skip

    hand_in(
        "projects.sheet",
        tr("library.sheets.projects_file", current),
        read_projects,
        lambda made: _preview(made, current),
        write,
        current,
    )


def _names(library: Library, found: Sequence[Project]) -> dict[str, tuple[str, str]]:
    """Township's and village's name by code."""
    told = {}
    for one in found:
        county, township, village = (
            library.names.get(one.admin_code[:6], ""),
            library.names.get(one.admin_code[:9], ""),
            library.names.get(one.admin_code, ""),
        )
        told[one.admin_code] = (township.removeprefix(county), village.removeprefix(township))
    return told


def _preview(made: ProjectFile, current: Lang) -> int:
    """What the file would add and change, then the findings; how many rows there are to write."""
    st.markdown(
        f"**{tr('library.sheets.would', current, new=len(made.new), changed=len(made.changing), same=made.same)}**"
    )
    lines = [*made.new, *made.changing][:_MOST_SHOWN]
    if lines:
        st.dataframe(preview_table(lines, current), hide_index=True, placeholder="—")
    show_findings(made.told, "projects-sheet", current)
    return len(made.new) + len(made.changing)


def preview_table(lines: Sequence[ProjectLine], current: Lang) -> pd.DataFrame:
    """Rows that would be written: row, what would happen, code, name, kind, cost in 万元, what changes."""
    return pd.DataFrame(
        {
            tr("pages.import.row", current): [line.row_no for line in lines],
            tr("library.sheets.what", current): [
                tr(f"library.sheets.{'new' if line.known is None else 'change'}", current) for line in lines
            ],
            tr("library.column.code", current): [line.code for line in lines],
            tr("library.column.name", current): [line.entry.name for line in lines],
            tr("library.column.kind", current): [
                None if line.entry.kind is None else line.entry.kind.text.get(current) for line in lines
            ],
            tr("library.form.budget", current): [
                None if line.entry.budget_yuan is None else round(line.entry.budget_yuan / 10_000, 2)
                for line in lines
            ],
            tr("library.sheets.changes", current): [
                formats.joined((tr(f"library.changed.{name}", current) for name in line.changed), current)
                or None
                for line in lines
            ],
        }
    )
