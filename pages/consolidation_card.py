"""One consolidation project: what it is, its areas by class, its acceptance, where its savings went."""

import datetime as dt
import zlib
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from access import Action, OwnTable
from base.errors import XiangtuError
from i18n import Lang, tr
from layers import Symbol
from layers.codes import ProjectState, QuotaBucket, QuotaKind
from maps.base_map import show
from maps.choices import MapChoices
from maps.city_map import city_map
from maps.state import Drawn, View
from pages import formats, links
from pages.consolidation_tables import balance_findings, class_table, place_words, trace_table
from pages.quota_link import entries_link
from pages.shell import person
from store.engine import changing, reading
from store.errors import DatabaseAway
from store.land.consolidation import ACCEPTABLE, NewAcceptance, accept, outline, unit_of

_MAP = "consolidation_map"
_OUTLINE = Symbol("#3f6212", fill="#a3c96c", fill_opacity=0.45, width=2.5)
_MOST_MU = 1_000_000.0


def card(project: "pd.Series[Any]", classes: pd.DataFrame, uses: pd.DataFrame, current: Lang) -> None:
    """Draw the project with the form of its acceptance for whoever may accept it."""
    with st.container(border=True, key="consolidation-card"):
        st.markdown(f"##### {formats.plain(str(project['name']))}")
        st.caption(formats.plain(f"{project['project_no']} · {place_words(project)}"))
        left, right = st.columns([0.5, 0.5], gap="medium")
        with left:
            _facts(project, current)
            if classes.empty:
                st.info(tr("consolidation.no_classes", current), icon=":material/table_rows:")
            else:
                st.dataframe(class_table(classes, current), hide_index=True)
                for sentence in balance_findings(project, classes, current):
                    st.warning(formats.plain(sentence), icon=":material/balance:")
        with right:
            _map(project, current)
        _entries(project, current)
        if not uses.empty:
            st.markdown(f"**{tr('consolidation.tab_uses', current)}**")
            st.dataframe(trace_table(uses, current), hide_index=True, placeholder="—")
        _acceptance(project, current)


def _entries(project: "pd.Series[Any]", current: Lang) -> None:
    """What the ledger has of the project's savings, each number with the way to its entries."""
    # Savings of a project may have been moved to another county: the lot, not the place, says whose they are.
    city, lot = str(project["admin_code"])[:4], str(project["project_no"])
    amounts = {
        QuotaBucket.AVAILABLE: project["ledger_left_mu"],
        QuotaBucket.ALLOTTED: project["ledger_used_mu"],
    }
    with st.container(horizontal=True):
        for bucket, value in amounts.items():
            if not formats.missing(value):
                entries_link(city, QuotaKind.SAVED, bucket, current, Decimal(str(value)), lot)


def _facts(project: "pd.Series[Any]", current: Lang) -> None:
    def mu(name: str) -> str:
        value = project[name]
        return (
            "—"
            if formats.missing(value)
            else tr("consolidation.mu", current, area=formats.number(float(value), 2))
        )

    progress = project["progress_percent"]
    facts = {
        "state": ProjectState.of(project["shown_state"]).text.get(current),
        "progress": "—" if formats.missing(progress) else f"{formats.number(float(progress), 1)}%",
        "area": mu("stated_area_mu"),
        "measured": tr(
            "consolidation.mu", current, area=formats.number(formats.mu(float(project["area_m2"])), 2)
        )
        if not formats.missing(project["area_m2"])
        else "—",
        "started_on": formats.day(project["started_on"], current),
        "planned_finish": formats.day(project["planned_finish"], current),
        "handed_by": "—" if formats.missing(project["handed_by"]) else str(project["handed_by"]),
    }
    words = [
        f"{formats.plain(tr(f'consolidation.column.{name}', current))} **{formats.plain(said)}**"
        for name, said in facts.items()
    ]
    st.markdown(" · ".join(words))


def _map(project: "pd.Series[Any]", current: Lang) -> None:
    with reading() as connection:
        shape = outline(connection, str(project["project_no"]))
        state = city_map(
            connection,
            MapChoices(on=frozenset({"land_parcels"}), scope=str(project["admin_code"])[:6]),
            current,
            person(),
        )
    if shape is None:
        return
    west, south, east, north = shape.bounds
    pad = max(0.003, 0.5 * max(east - west, north - south))
    drawn = Drawn(str(project["name"]), _OUTLINE, (shape,))
    serial = zlib.crc32(str(project["project_no"]).encode())
    show(
        replace(
            state,
            layers=tuple(layer for layer in state.layers if layer.visible),
            drawn=(drawn,),
            view=View(serial, bounds=(west - pad, south - pad, east + pad, north + pad)),
            height_px=340,
        ),
        _MAP,
    )
    point = shape.representative_point()
    links.page_link(
        links.MAP,
        tr("library.on_map", current),
        ":material/map:",
        {"code": str(project["admin_code"]), "v": f"14/{point.y:.5f}/{point.x:.5f}"},
    )


def _acceptance(project: "pd.Series[Any]", current: Lang) -> None:
    """The acceptance that stands, else the form, else why there is none."""
    if not formats.missing(project["acceptance_id"]):
        told = tr(
            "consolidation.accepted_words",
            current,
            day=formats.day(project["accepted_on"], current),
            by=str(project["accepted_by"]),
            farmland=formats.number(float(project["accepted_farmland_mu"]), 2),
            saved=formats.number(float(project["accepted_saved_mu"]), 2),
            at=formats.moment(project["accepted_at"], current),
        )
        st.success(formats.plain(told), icon=":material/verified:")
        remarks = [str(project[name]) for name in ("reference", "remark") if project[name]]
        if remarks:
            st.caption(formats.plain(" · ".join(remarks)))
        return
    county = str(project["admin_code"])[:6].ljust(12, "0")
    if not person().may(OwnTable.CONSOLIDATION, Action.WRITE, county):
        st.caption(tr("consolidation.accepted_by_county", current))
        return
    if project["handed_by_account"] == person().account_id:
        st.info(tr("consolidation.handed_in_by_you", current), icon=":material/front_hand:")
        return
    state = ProjectState.of(project["state"])
    if state not in ACCEPTABLE:
        told = tr(
            "consolidation.not_acceptable", current, name=str(project["name"]), state=state.text.get(current)
        )
        st.info(formats.plain(told), icon=":material/hourglass_empty:")
        return
    _form(project, county, current)


def _form(project: "pd.Series[Any]", county: str, current: Lang) -> None:
    number = str(project["project_no"])
    township = unit_of(str(project["admin_code"]))
    units = list(dict.fromkeys((township, county)))
    names = {township: project["township_name"], county: project["county_name"]}
    today = formats.today()
    with st.form(f"consolidation.accept.{number}"):
        st.markdown(f"**{tr('consolidation.accept', current)}**")
        st.caption(tr("consolidation.accept_note", current))
        one, two, three, four = st.columns(4)
        with one:
            day = st.date_input(
                tr("consolidation.column.accepted_on", current), today, max_value=today,
                key=f"consolidation.day.{number}",
            )  # fmt: skip
        with two:
            farmland = _area(project["new_farmland_mu"], "accepted_farmland", number, current)
        with three:
            saved = _area(project["saved_quota_mu"], "posted", number, current)
        with four:
            unit = st.selectbox(
                tr("consolidation.unit", current),
                units,
                format_func=lambda code: str(names.get(code) or code),
                key=f"consolidation.unit.{number}",
            )
        reference = st.text_input(
            tr("consolidation.column.reference", current),
            max_chars=120,
            key=f"consolidation.reference.{number}",
        )
        remark = st.text_area(
            tr("consolidation.remark", current),
            max_chars=500,
            key=f"consolidation.remark.{number}",
            height=68,
        )
        sent = st.form_submit_button(
            tr("consolidation.accept_button", current), type="primary", icon=":material/verified:"
        )
    if sent and isinstance(day, dt.date):
        new = NewAcceptance(number, str(unit), day, farmland, saved, remark, reference)
        _accept(new, str(project["name"]), current)


def _area(stated: object, name: str, number: str, current: Lang) -> Decimal:
    """An area entered to a hundredth of a mu, begun with the one delivered."""
    entered = st.number_input(
        f"{tr(f'consolidation.column.{name}', current)}",
        min_value=0.0,
        max_value=_MOST_MU,
        value=0.0 if formats.missing(stated) else round(float(str(stated)), 2),
        step=0.01,
        format="%.2f",
        key=f"consolidation.{name}.{number}",
    )
    return Decimal(f"{entered:.2f}")


def _accept(new: NewAcceptance, name: str, current: Lang) -> None:
    try:
        with changing() as connection:
            accept(connection, new)
    except DatabaseAway:
        raise
    except XiangtuError as error:
        st.error(formats.plain(error.sentence(current)), icon=":material/error:")
        return
    st.session_state["consolidation.done"] = tr(
        "consolidation.done",
        current,
        name=name,
        saved=formats.number(float(new.saved_mu), 2),
        farmland=formats.number(float(new.new_farmland_mu), 2),
    )
    st.rerun()
