"""Signs for supervisors as a list: what, which project, which month, and why in a sentence."""

import datetime as dt
from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from analysis.progress.signs import Sign, SignKind, counted
from i18n import Lang, tr
from pages import formats
from pages.downloads import offer
from pages.links import link_column
from pages.tracking_read import Followed
from pages.tracking_scope import place_words
from pages.tracking_tables import LINK, LINKS, REPORT_LINK, named

_PICKED = "tracking.signs"
_LONGEST_NOTE = 40


def show_signs(
    shown: Followed, names: Mapping[str, str], notes: list[str], heading: str, current: Lang
) -> None:
    """The kinds with their numbers as a filter, the list, the downloads."""
    st.caption(tr("tracking.signs_what", current))
    if not shown.found:
        st.success(tr("tracking.no_signs", current), icon=":material/verified:")
        return
    numbers = counted(shown.found)
    picked = st.pills(
        tr("tracking.signs_filter", current),
        [str(kind) for kind in SignKind if numbers[kind]],
        selection_mode="multi",
        format_func=lambda name: f"{kind_words(SignKind(name), current)} {numbers[SignKind(name)]}",
        key=_PICKED,
    )
    found = [one for one in shown.found if not picked or str(one.kind) in picked]
    table = sign_table(found, shown.held.projects, names, current)
    st.dataframe(
        table,
        hide_index=True,
        placeholder="—",
        height=min(38 + 35 * len(table), 560),
        column_config={
            tr("tracking.column.reason", current): st.column_config.TextColumn(width="large"),
            LINK: link_column("tracking.open_project", current),
            REPORT_LINK: link_column("tracking.open_report", current),
        },
    )
    files = table.drop(columns=list(LINKS))
    offer(files, "tracking-signs", tr("tracking.tab_signs", current), notes, current, subtitle=heading)


def kind_words(kind: SignKind, current: Lang) -> str:
    """A kind of sign in words."""
    return tr(f"tracking.sign.{kind}", current)


def sign_table(
    found: Sequence[Sign], projects: pd.DataFrame, names: Mapping[str, str], current: Lang
) -> pd.DataFrame:
    """One row for each sign, with the addresses of project and report."""
    codes, titles, places = (projects[name].to_dict() for name in ("code", "name", "admin_code"))
    columns: dict[str, list[object]] = {
        "kind": [kind_words(one.kind, current) for one in found],
        "name": [titles[one.project_id] for one in found],
        "reason": [reason(one, titles, current) for one in found],
        "month": [None if one.period is None else f"{one.period:%Y-%m}" for one in found],
        REPORT_LINK: [
            None if one.report_id is None else f"/report_check?report={one.report_id}" for one in found
        ],
        LINK: [f"/projects?project={codes[one.project_id]}" for one in found],
        "place": [place_words(places[one.project_id], names) for one in found],
        "code": [codes[one.project_id] for one in found],
    }
    return named(columns, current)


def reason(one: Sign, titles: Mapping[int, str], current: Lang) -> str:
    """Why there is a sign, in a sentence.

    Parameters
    ----------
    titles : names of projects by id; a copied note may come from one outside the list.
    """
    said = {name: _words(name, value, current) for name, value in one.values.items()}
    if one.kind is SignKind.STALLED and one.values["last"] is None:
        return tr("tracking.reason.never_reported", current, **said)
    if one.kind is SignKind.COPIED:
        own = one.values["from_project"] == one.project_id
        where = titles.get(one.values["from_project"], tr("tracking.another_project", current))
        note = str(one.values["note"])
        note = note if len(note) <= _LONGEST_NOTE else note[:_LONGEST_NOTE] + "…"
        month = f"{one.values['from_period']:%Y-%m}"
        key = "tracking.reason.copied_own" if own else "tracking.reason.copied_other"
        return tr(key, current, where=where, month=month, note=note)
    if one.kind is SignKind.FALLEN:
        said["reason"] = str(one.values["reason"]).strip() or tr("tracking.no_reason", current)
    return tr(f"tracking.reason.{one.kind}", current, **said)


def _words(name: str, value: object, current: Lang) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    if formats.missing(value):
        return tr("tracking.unknown", current)
    if isinstance(value, int | float):
        return formats.number(float(value), 2 if name == "spi" else 1)
    return str(value)
