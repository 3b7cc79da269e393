"""进度填报: the projects that are to be reported this month, those sent back on top; a form for a phone."""

import datetime as dt

import streamlit as st

from access import Action, OwnTable
from base.errors import XiangtuError
from base.months import months_back
from base.settings import settings
from i18n import Lang, tr
from pages import formats
from pages.report_excel import offer_excel
from pages.report_field import offer_field
from pages.report_form import draw_project
from pages.report_words import PHONE_STYLE, badge, month, paid, percent
from pages.shell import lang, person
from store.engine import reading
from store.progress.drafts import Draft, drafts
from store.progress.due import Due, Stage, asked_month, due, due_project, last_day

_MONTHS_BACK = 12
_MONTH, _STAGE, _PLACE = "report.month", "report.stage", "report.place"
_MOST = 30
_ALL = ""


def page() -> None:
    """The list of the month, or the form of the project that the address names."""
    current = lang()
    st.html(PHONE_STYLE)
    with st.container(key="report-page"):
        st.title(tr("pages.report.title", current), anchor=False)
        code, period = _address()
        if code is not None:
            _one(code, period, current)
        else:
            _list(current)
            offer_excel(current)
            offer_field(current)


def _address() -> tuple[str | None, dt.date]:
    """Project and month of the address; the month that is asked for where it names none that can be."""
    today = formats.today()
    asked = asked_month(today, settings().report_until_day)
    told = st.query_params.get("month", "")
    try:
        period = dt.datetime.strptime(told, "%Y-%m").date()
    except ValueError:
        period = asked
    return st.query_params.get("project"), asked if period > today else period


def _one(code: str, period: dt.date, current: Lang) -> None:
    st.button(tr("reporting.back", current), icon=":material/arrow_back:", on_click=_leave, key="report.back")
    try:
        with reading() as connection:
            seen = due_project(connection, code, period)
    except XiangtuError as unknown:
        st.warning(formats.plain(unknown.sentence(current)), icon=":material/search_off:")
        return
    if not person().may(OwnTable.REPORTS, Action.WRITE, seen.admin_code):
        st.warning(tr("reporting.not_yours", current), icon=":material/lock:")
        return
    draw_project(seen, period, current)


def _leave() -> None:
    st.query_params.clear()


def _go(code: str, period: dt.date) -> None:
    st.query_params.clear()
    st.query_params.update({"project": code, "month": f"{period:%Y-%m}"})


def _list(current: Lang) -> None:
    until = settings().report_until_day
    today = formats.today()
    asked = asked_month(today, until)
    months = months_back(today, _MONTHS_BACK)
    period = st.selectbox(
        tr("reporting.period", current),
        months,
        index=months.index(asked),
        format_func=lambda day: month(day, current),
        key=_MONTH,
    )
    st.caption(tr("reporting.until", current, day=last_day(period, until).isoformat()))
    with reading() as connection:
        prefixes = person().prefixes(OwnTable.REPORTS, Action.WRITE)
        found = [one for prefix in prefixes for one in due(connection, prefix, period)]
        begun = {one.project_id: one for one in drafts(connection) if one.period == period}
    if not found:
        st.info(tr("reporting.nothing_due", current), icon=":material/inbox:")
    else:
        shown = _filtered(found, current)
        for one in shown[:_MOST]:
            _card(one, period, begun.get(one.project_id), current)
        if len(shown) > _MOST:
            st.caption(tr("reporting.more", current, number=len(shown) - _MOST))


def _filtered(found: list[Due], current: Lang) -> list[Due]:
    """Draw the filters; projects that pass, those sent back first."""
    counts = {stage: sum(one.stage is stage for one in found) for stage in Stage}
    towns = sorted({one.township or one.admin_code[:9] for one in found})
    if len(towns) > 1:
        town = st.selectbox(
            tr("reporting.township", current),
            [_ALL, *towns],
            format_func=lambda name: name or tr("pages.all", current),
            key=_PLACE,
        )
        found = [one for one in found if town in (_ALL, one.township or one.admin_code[:9])]
    stage = st.pills(
        tr("reporting.stage", current),
        [str(one) for one in Stage if counts[one]],
        format_func=lambda name: f"{tr(f'reporting.stage_{name}', current)} {counts[Stage(name)]}",
        label_visibility="collapsed",
        key=_STAGE,
    )
    order = list(Stage)
    passed = [one for one in found if stage is None or one.stage == stage]
    return sorted(passed, key=lambda one: (order.index(one.stage), one.admin_code, one.code))


def _card(one: Due, period: dt.date, begun: Draft | None, current: Lang) -> None:
    with st.container(border=True, key=f"report-card-{one.project_id}"):
        st.markdown(f"**{formats.plain(one.name)}** {badge(one.stage, current)}")
        place = f"{one.township or ''}{one.village or ''}" or one.admin_code
        st.caption(formats.plain(f"{place} · {one.state.text.get(current)} · {one.code}"))
        if one.last is not None:
            told = tr(
                "reporting.told",
                current,
                percent=percent(one.last.percent),
                paid=paid(one.last.paid_yuan, current),
                at=formats.moment(one.last.submitted_at, current),
            )
            st.markdown(formats.plain(told))
            if one.last.returned and one.last.check is not None:
                words = tr("reporting.returned_because", current, remark=one.last.check.remark)
                st.error(formats.plain(words), icon=":material/reply:")
        elif one.before_period is not None:
            told = tr(
                "reporting.before",
                current,
                month=month(one.before_period, current),
                percent=percent(one.before_percent),
                paid=paid(one.before_paid_yuan, current),
            )
            st.markdown(formats.plain(told))
        if begun is not None:
            _draft(begun, one, current)
        todo = one.stage in (Stage.TO_DO, Stage.RETURNED)
        st.button(
            tr(f"reporting.open_{one.stage}", current),
            type="primary" if todo else "secondary",
            icon=":material/edit_note:" if todo else ":material/receipt_long:",
            width="stretch",
            on_click=_go,
            args=(one.code, period),
            key=f"report.open.{one.project_id}",
        )


def _draft(begun: Draft, one: Due, current: Lang) -> None:
    """That there is a draft, and that a report came since it was begun: it is kept, and compared in the form."""
    at = formats.moment(begun.changed_at, current)
    if one.last is None or begun.content.get("supersedes") == one.last.id:
        st.caption(f":material/draft: {formats.plain(tr('reporting.begun', current, at=at))}")
        return
    words = tr("reporting.overtaken", current, at=at, number=one.last.id, who=one.last.reported_by)
    st.warning(formats.plain(words), icon=":material/compare_arrows:")
