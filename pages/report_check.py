"""进度核查: reports that wait, by township, each beside the month before; one report in full for every reader."""

import datetime as dt
from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from access import Action, OwnTable
from analysis.progress.signs import Sign
from base.errors import XiangtuError
from base.months import month_of
from base.settings import settings
from i18n import Lang, tr
from pages import formats
from pages.report_card import DONE, draw_report, may_check
from pages.report_signs import repeated_in, signs_of
from pages.report_words import month, paid, percent, stage_of
from pages.shell import lang, person
from pages.tracking_signs import kind_words
from store.engine import changing, reading
from store.errors import DatabaseAway
from store.progress.due import asked_month
from store.progress.entry import require_project
from store.progress.inbox import Waiting, waiting
from store.progress.reports import Report, check, newest_month, reports, reports_of

_TOWN, _TABLE, _AT, _SKIPPED = (
    "report_check.town",
    "report_check.table",
    "report_check.at",
    "report_check.skipped",
)
_ALL = ""
_MONTHS_BACK = 12


def page() -> None:
    """The report that the address names, or the newest of a project; else those that wait, or those of a month."""
    current = lang()
    st.title(tr("pages.report_check.title", current), anchor=False)
    if done := st.session_state.pop(DONE, None):
        st.success(formats.plain(done), icon=":material/check_circle:")
    for sentence in st.session_state.pop(_SKIPPED, ()):
        st.warning(formats.plain(sentence), icon=":material/block:")
    if "report" in st.query_params:
        _one(st.query_params["report"], current)
        return
    if "project" in st.query_params:
        _newest(st.query_params["project"], current)
        return
    if person().may(OwnTable.REPORT_CHECKS, Action.WRITE):
        st.caption(tr("reporting.check_what", current))
        _inbox(current)
    else:
        st.caption(tr("reporting.read_what", current))
        _month(current)


def _to_list(current: Lang) -> None:
    st.button(
        tr("reporting.to_list", current),
        icon=":material/arrow_back:",
        on_click=st.query_params.clear,
        key="report_check.list",
    )


def _newest(code: str, current: Lang) -> None:
    """The newest report of a project; its card leads to the others."""
    _to_list(current)
    try:
        with reading() as connection:
            known = reports_of(connection, require_project(connection, code).id)
    except DatabaseAway:
        raise
    except XiangtuError as unknown:
        st.warning(formats.plain(unknown.sentence(current)), icon=":material/search_off:")
        return
    if not known:
        st.info(tr("reporting.none_of_project", current), icon=":material/inbox:")
        return
    draw_report(known[-1].id, current)


def _one(told: str, current: Lang) -> None:
    _to_list(current)
    # More digits than any number of the database has are no report's number either.
    number = int(told) if told.isascii() and told.isdigit() and len(told) < 19 else 0
    try:
        draw_report(number, current)
    except DatabaseAway:
        raise
    except XiangtuError as unknown:
        st.warning(formats.plain(unknown.sentence(current)), icon=":material/search_off:")


def _inbox(current: Lang) -> None:
    with reading() as connection:
        prefixes = person().prefixes(OwnTable.REPORT_CHECKS, Action.WRITE)
        held = [one for prefix in prefixes for one in waiting(connection, prefix)]
    if not held:
        st.info(tr("reporting.nothing_waits", current), icon=":material/inbox:")
        return
    held = _of_town(held, current)
    left, right = st.columns([0.5, 0.5], gap="medium")
    with left:
        chosen = _table(held, current)
        _together([held[row].report for row in chosen], current)
    with right:
        _next(held, chosen, current)


def _of_town(held: list[Waiting], current: Lang) -> list[Waiting]:
    """Draw the filter by township, with the number that waits in each."""
    counts: dict[str, int] = {}
    for one in held:
        counts[_town(one)] = counts.get(_town(one), 0) + 1
    if len(counts) < 2:
        st.caption(tr("reporting.waiting", current, number=len(held)))
        return held
    town = st.selectbox(
        tr("reporting.township", current),
        [_ALL, *counts],
        format_func=lambda name: (
            f"{name} ({counts[name]})" if name else f"{tr('pages.all', current)} ({len(held)})"
        ),
        key=_TOWN,
    )
    return [one for one in held if town in (_ALL, _town(one))]


def _town(one: Waiting) -> str:
    return one.township or one.report.admin_code[:9]


def _table(held: Sequence[Waiting], current: Lang) -> list[int]:
    """The list; rows that are picked."""
    with reading() as connection:
        doubted = repeated_in(connection, [w.report.id for w in held])
        found, _ = signs_of(connection, [(one.report, one.first_at) for one in held])
    serial = st.session_state.setdefault(_TABLE, 0)
    event = st.dataframe(
        waiting_table(held, doubted, found, current),
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        key=f"report_check.rows.{serial}",
        column_config={
            tr("reporting.project", current): st.column_config.TextColumn(pinned=True, width=170),
            tr("reporting.doubts", current): st.column_config.TextColumn(width=150),
        },
    )
    return [row for row in event["selection"]["rows"] if row < len(held)]


def waiting_table(
    held: Sequence[Waiting],
    with_repeated: frozenset[int] | set[int],
    found: Mapping[int, Sequence[Sign]],
    current: Lang,
) -> pd.DataFrame:
    """One row for each report that waits; what stands out is said in words.

    Parameters
    ----------
    with_repeated : reports with a photo that was used before.
    found : signs by report.
    """

    def doubts(one: Waiting) -> str:
        said = []
        if one.farthest_m is not None and one.farthest_m > settings().photo_far_m:
            said.append(tr("reporting.doubt_far", current, metres=formats.number(one.farthest_m)))
        if one.report.id in with_repeated:
            said.append(tr("reporting.doubt_repeated", current))
        said += [kind_words(sign.kind, current) for sign in found.get(one.report.id, ())]
        return formats.joined(said, current)

    columns: dict[str, list[object]] = {
        "project": [one.report.project_name for one in held],
        "percent": [f"{percent(one.before_percent)} → {percent(one.report.percent)}" for one in held],
        "doubts": [doubts(one) for one in held],
        "paid": [paid(one.report.paid_yuan, current) for one in held],
        "photos": [one.report.photos for one in held],
        "township": [_town(one) for one in held],
        "period": [f"{one.report.period:%Y-%m}" for one in held],
        "submitted_at": [formats.moment(one.report.submitted_at, current) for one in held],
        "by": [one.report.reported_by for one in held],
    }
    return pd.DataFrame({tr(f"reporting.{name}", current): values for name, values in columns.items()})


def _together(chosen: Sequence[Report], current: Lang) -> None:
    """Accept several at once; what cannot be accepted is named, the others are."""
    able = [one for one in chosen if may_check(one)]
    if len(chosen) < 2:
        st.caption(f":material/touch_app: {tr('reporting.pick', current)}")
        return
    if not st.button(
        tr("reporting.accept_all", current, number=len(able)),
        type="primary",
        icon=":material/done_all:",
        disabled=not able,
        key="report_check.accept_all",
    ):
        return
    skipped, accepted = [], 0
    for one in able:
        try:
            with changing() as connection:
                check(connection, one.id, "accepted", by=person().display_name)
            accepted += 1
        except DatabaseAway:
            raise
        except XiangtuError as refused:
            skipped.append(refused.sentence(current))
    st.session_state[DONE] = tr("reporting.accepted_number", current, number=accepted)
    st.session_state[_SKIPPED] = skipped
    st.session_state[_TABLE] += 1
    st.rerun()


def _next(held: Sequence[Waiting], chosen: Sequence[int], current: Lang) -> None:
    """The report that is picked, or one after the other without the mouse."""
    at = st.session_state.setdefault(_AT, 0) % len(held)
    if len(chosen) == 1:
        at = chosen[0]
    if len(held) > 1 and not chosen:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(tr("reporting.one_of", current, at=at + 1, number=len(held)))
            if st.button(
                tr("reporting.skip", current),
                icon=":material/skip_next:",
                shortcut="Ctrl+Right",
                key="report_check.skip",
            ):
                st.session_state[_AT] = at + 1
                st.rerun()
    draw_report(held[at].report.id, current)


def months_to(today: dt.date, usual: dt.date) -> list[dt.date]:
    """Months to choose from, the newest first: the current one, back to so many before the one that opens."""
    months = [month_of(today)]
    while len(months) < _MONTHS_BACK or usual not in months[: 1 - _MONTHS_BACK]:
        months.append(month_of(months[-1] - dt.timedelta(days=1)))
    return months


def _month(current: Lang) -> None:
    """All reports of a month, for who only reads; it opens with the last one that was reported of."""
    today = formats.today()
    with reading() as connection:
        newest = newest_month(connection)
    usual = asked_month(today, settings().report_until_day)
    usual = usual if newest is None else min(usual, newest)
    months = months_to(today, usual)
    period = st.selectbox(
        tr("reporting.period", current),
        months,
        index=months.index(usual),
        format_func=lambda day: month(day, current),
        key="report_check.month",
    )
    with reading() as connection:
        found = [one for one in reports(connection, "", period) if one.superseded_by is None]
    if not found:
        st.info(tr("reporting.none_of_month", current), icon=":material/inbox:")
        return
    columns: dict[str, list[object]] = {
        "open": [f"/report_check?report={one.id}" for one in found],
        "project": [one.project_name for one in found],
        "percent": [percent(one.percent) for one in found],
        "paid": [paid(one.paid_yuan, current) for one in found],
        "photos": [one.photos for one in found],
        "stage": [tr(f"reporting.stage_{stage_of(one)}", current) for one in found],
        "by": [one.reported_by for one in found],
        "submitted_at": [formats.moment(one.submitted_at, current) for one in found],
    }
    opened = tr("reporting.open", current)
    st.dataframe(
        pd.DataFrame({tr(f"reporting.{name}", current): values for name, values in columns.items()}),
        hide_index=True,
        column_config={opened: st.column_config.LinkColumn(display_text=opened)},
    )
