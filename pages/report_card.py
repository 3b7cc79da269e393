"""A report in full: beside the month before, its photos with place and doubts, its chain, what the county said."""

from collections.abc import Sequence
from html import escape

import pandas as pd
import streamlit as st

from access import Action, OwnTable
from base.errors import XiangtuError
from base.settings import settings
from i18n import Lang, tr
from maps.base_map import show
from maps.choices import MapChoices
from maps.city_map import city_map
from maps.report_map import report_map
from pages import formats, links
from pages.report_signs import signs_of
from pages.report_words import compared, month, paid, percent, stage_of
from pages.shell import person
from pages.tracking_signs import kind_words, reason
from store.engine import changing, reading
from store.errors import DatabaseAway
from store.progress.due import project_shape
from store.progress.library import milestones_of
from store.progress.photos import Photo, Repeated, photos, repeated
from store.progress.reports import LONGEST_TEXT, Check, Report, before, chain, check, report, reports_of

DONE = "report_check.done"
"""What was done last, told once at the top of the page."""
_COLORS = {"superseded": "gray", "waiting": "blue", "accepted": "green", "returned": "red"}
_STYLE = """<style>.st-key-report-card table :is(th,td):first-child *{white-space:nowrap!important}
.xt-photos{display:flex;flex-wrap:wrap;gap:.7rem}.xt-photos figure{margin:0;width:11rem}
.xt-photos img{width:11rem;height:8.3rem;object-fit:cover;border-radius:6px;border:1px solid #c9d3cc;display:block}
.xt-photos figcaption{font-size:.8rem;line-height:1.35;color:#334155}.xt-photos .xt-doubt{color:#b91c1c;font-weight:600}
.xt-photos a{color:inherit}</style>"""


def draw_report(report_id: int, current: Lang) -> None:
    """Draw a report for whoever reads it, and the form for whoever checks it.

    Raises
    ------
    UnknownReport : there is none of that number.
    """
    with reading() as connection:
        seen = report(connection, report_id)
        known = reports_of(connection, seen.project_id)
        names = {one.no: one.name for one in milestones_of(connection, seen.project_id)}
        pictures = photos(connection, [report_id])
        doubts = repeated(connection, [report_id])
        first = chain(connection, seen)[0]
        found, titles = signs_of(connection, [(seen, first.submitted_at)])
    st.html(_STYLE)
    with st.container(border=True, key="report-card"):
        _head(seen, current)
        st.table(
            compared(seen, before(known, seen.period), names, current), hide_index=True, border="horizontal"
        )
        if seen.fall_reason:
            st.markdown(formats.plain(tr("reporting.fall_was", current, reason=seen.fall_reason)))
        for sign in found.get(seen.id, ()):
            told = {"kind": kind_words(sign.kind, current), "reason": reason(sign, titles, current)}
            words = tr("reporting.sign_told", current, **told)
            st.warning(formats.plain(words), icon=":material/flag:")
        if may_check(seen):
            _form(seen, current)
        elif seen.check is not None:
            _said(seen.check, current)
        _photos(pictures, doubts, current)
        _map(seen, pictures, current)
        _chain(seen, known, current)


def may_check(seen: Report) -> bool:
    """Whether the report waits and the person may say something of it."""
    who = person()
    return (
        seen.waits
        and seen.account_id != who.account_id
        and who.may(OwnTable.REPORT_CHECKS, Action.WRITE, seen.admin_code)
    )


def _head(seen: Report, current: Lang) -> None:
    stage = stage_of(seen)
    st.markdown(
        f"##### {formats.plain(seen.project_name)} · {formats.plain(month(seen.period, current))} "
        f":{_COLORS[stage]}-badge[{formats.plain(tr(f'reporting.stage_{stage}', current))}]"
    )
    words = tr(
        "reporting.head",
        current,
        number=seen.id,
        code=seen.project_code,
        who=seen.reported_by,
        at=formats.moment(seen.submitted_at, current),
        channel=tr(f"reporting.channel_{seen.channel}", current),
    )
    st.caption(formats.plain(words))
    if seen.synthetic:
        st.caption(tr("reporting.synthetic", current))
    with st.container(horizontal=True):
        links.page_link(
            "projects",
            tr("reporting.to_project", current),
            ":material/inventory_2:",
            {"project": seen.project_code},
        )
        links.page_link(
            links.DOSSIER,
            tr("reporting.to_village", current),
            ":material/description:",
            {"code": seen.admin_code},
        )
    if seen.superseded_by is not None:
        words = tr("reporting.corrected_by", current, number=seen.superseded_by)
        st.info(formats.plain(words), icon=":material/history:")
    if seen.account_id == person().account_id and seen.waits:
        st.caption(tr("reporting.own", current))


def _said(said: Check, current: Lang) -> None:
    words = tr(
        f"reporting.said_{said.verdict}",
        current,
        who=said.checked_by,
        at=formats.moment(said.checked_at, current),
    )
    st.markdown(formats.plain(words))
    if said.remark:
        st.markdown(formats.plain(tr("reporting.remark_was", current, remark=said.remark)))


def _photos(pictures: Sequence[Photo], doubts: Sequence[Repeated], current: Lang) -> None:
    st.markdown(f"**{formats.plain(tr('reporting.photos', current))}**")
    if not pictures:
        st.caption(tr("reporting.no_photos", current))
        return
    by_photo = {one.photo_id: one for one in doubts}
    figures = "".join(_figure(one, by_photo.get(one.id), current) for one in pictures)
    st.html(f'<div class="xt-photos">{figures}</div>')


def _figure(one: Photo, doubt: Repeated | None, current: Lang) -> str:
    lines = [
        escape(formats.moment(one.taken_at, current)) if one.taken_at else _words("photo_undated", current)
    ]
    if one.distance_m is None:
        lines.append(_words("photo_unplaced", current))
    else:
        far = one.distance_m > settings().photo_far_m
        told = escape(tr("reporting.photo_distance", current, metres=formats.number(one.distance_m)))
        lines.append(f'<span class="xt-doubt">{told}</span>' if far else told)
    if doubt is not None:
        told = tr(
            "reporting.photo_repeated",
            current,
            name=doubt.project_name,
            month=month(doubt.period, current),
            number=doubt.earlier_report_id,
        )
        lines.append(
            f'<a class="xt-doubt" href="/report_check?report={doubt.earlier_report_id}" target="_self">'
            f"{escape(told)}</a>"
        )
    alt = escape(tr("reporting.photo_of", current, name=one.name), quote=True)
    return (
        f'<figure><a href="/photos/{one.id}/photo.jpg" target="_blank"><img loading="lazy" '
        f'src="/photos/{one.id}/thumbnail.jpg" alt="{alt}"></a><figcaption>{"<br>".join(lines)}</figcaption></figure>'
    )


def _words(name: str, current: Lang) -> str:
    return escape(tr(f"reporting.{name}", current))


def _map(seen: Report, pictures: Sequence[Photo], current: Lang) -> None:
    taken = [
        (one.lon, one.lat, (one.distance_m or 0) > settings().photo_far_m)
        for one in pictures
        if one.lon is not None and one.lat is not None
    ]
    with reading() as connection:
        shape = project_shape(connection, seen.project_id)
        below = city_map(connection, MapChoices(on=frozenset(), scope=seen.admin_code[:6]), current, person())
    show(report_map(below, shape, taken, seen.id, current), "report_map")


def _chain(seen: Report, known: Sequence[Report], current: Lang) -> None:
    """All reports of the month, and the months around it, each with a link."""
    rows = [
        {
            tr("reporting.period", current): month(one.period, current),
            tr("reporting.number", current): one.id,
            tr("reporting.percent", current): percent(one.percent),
            tr("reporting.paid", current): paid(one.paid_yuan, current),
            tr("reporting.stage", current): tr(f"reporting.stage_{stage_of(one)}", current),
            tr("reporting.by", current): one.reported_by,
            tr("reporting.submitted_at", current): formats.moment(one.submitted_at, current),
            tr("reporting.open", current): f"/report_check?report={one.id}",
        }
        for one in reversed(known)
    ]
    with st.expander(tr("reporting.chain", current, number=len(known)), icon=":material/history:"):
        st.dataframe(
            pd.DataFrame(rows),
            hide_index=True,
            column_config={
                tr("reporting.open", current): st.column_config.LinkColumn(
                    display_text=tr("reporting.open", current)
                )
            },
        )


def _form(seen: Report, current: Lang) -> None:
    remark = st.text_area(
        tr("reporting.remark", current),
        max_chars=LONGEST_TEXT,
        height=80,
        help=tr("reporting.remark_help", current),
        key=f"report_check.remark.{seen.id}",
    )
    with st.container(horizontal=True):
        accept = st.button(
            tr("reporting.accept", current),
            type="primary",
            icon=":material/task_alt:",
            shortcut="Ctrl+Enter",
            key="report_check.accept",
        )
        back = st.button(
            tr("reporting.return", current),
            icon=":material/reply:",
            shortcut="Ctrl+Shift+Enter",
            key="report_check.return",
        )
    if accept or back:
        take(seen, "accepted" if accept else "returned", remark or "", current)


def take(seen: Report, verdict: str, remark: str, current: Lang) -> None:
    """Accept or return a report; whoever was quicker is named."""
    try:
        with changing() as connection:
            now = check(connection, seen.id, verdict, remark, by=person().display_name)
    except DatabaseAway:
        raise
    except XiangtuError as refused:
        st.error(formats.plain(refused.sentence(current)), icon=":material/block:")
        return
    st.session_state[DONE] = tr(
        f"reporting.done_{verdict}", current, name=now.project_name, month=month(now.period, current)
    )
    st.rerun()
