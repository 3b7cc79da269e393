"""考核评估: frozen scores of the townships by the city's rules, objections to them, the rules themselves."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from access import Action, OwnTable
from analysis.assessment import totals
from base.settings import settings
from i18n import Lang, tr
from pages import formats
from pages.assessment_objections import DONE, object_form, objection_list
from pages.assessment_rules import freeze_form, rules_tab
from pages.assessment_tables import item_table, rank_table
from pages.downloads import offer
from pages.links import DOSSIER, page_link
from pages.record_choice import choose_record
from pages.shell import lang, person
from store.engine import reading
from store.progress import objections
from store.progress.assessment_rules import RulesTable, rules_table, rules_tables
from store.progress.assessments import (
    Assessment,
    assessments,
    first_lines,
    is_as_frozen,
    present_lines,
    score_lines,
)

_WHICH, _COUNTY, _TABLE = (f"assessment.{name}" for name in ("which", "county", "table"))


@dataclass(frozen=True)
class Read:
    """An assessment with its rules, all its lines and the objections to it."""

    one: Assessment
    rules: RulesTable
    lines: pd.DataFrame
    asked: list[objections.Objection]


def page() -> None:
    """The choice of the assessment; ranks, objections, rules."""
    current = lang()
    st.title(tr("pages.assessment.title", current), anchor=False)
    st.caption(tr("assessment.what", current))
    if done := st.session_state.pop(DONE, None):
        st.success(formats.plain(done), icon=":material/check_circle:")
    with reading() as connection:
        known, tables = assessments(connection), rules_tables(connection)
    city = settings().city_code
    may_freeze = person().may(OwnTable.ASSESSMENT, Action.WRITE, city)
    names = ["scores", "objections", "rules", *(["freeze"] if may_freeze else [])]
    tabs = dict(zip(names, st.tabs([tr(f"assessment.tab_{name}", current) for name in names]), strict=True))
    with tabs["scores"]:
        read = _chosen(known, current)
    if read is not None:
        with tabs["scores"]:
            _scores(read, current)
        with tabs["objections"]:
            objection_list(read.one, read.rules.rules, read.asked, present_lines(read.lines), current)
    else:
        with tabs["objections"]:
            st.info(tr("assessment.no_objections", current), icon=":material/forum:")
    with tabs["rules"]:
        rules_tab(tables, current, may_write=may_freeze)
    if may_freeze:
        with tabs["freeze"]:
            freeze_form(tables, current)


def _chosen(known: list[Assessment], current: Lang) -> Read | None:
    if not known:
        st.info(tr("assessment.nothing", current), icon=":material/fact_check:")
        return None
    one = choose_record(
        known,
        tr("assessment.which", current),
        lambda kept: tr("assessment.which_words", current, name=kept.name, day=kept.as_of.isoformat()),
        _WHICH,
        "assessment",
    )
    with reading() as connection:
        return Read(
            one,
            rules_table(connection, one.rules_id),
            score_lines(connection, one.id),
            objections.objections(connection, one.id),
        )


def _scores(read: Read, current: Lang) -> None:
    """How it was frozen; ranks; the township picked."""
    one, rules = read.one, read.rules.rules
    sound = is_as_frozen(one, read.rules, read.lines)
    told = tr(
        "assessment.frozen",
        current,
        by=one.made_by,
        at=formats.moment(one.made_at, current),
        day=one.as_of.isoformat(),
        computed=formats.moment(one.computed_at, current),
        rules=read.rules.name,
        digest=one.digest[:12],
        program=one.program[:12],
    )
    st.caption(formats.plain(told))
    if not sound:
        st.error(tr("assessment.not_as_frozen", current), icon=":material/gpp_bad:")
    if not read.rules.confirmed:
        st.warning(tr("assessment.unconfirmed", current), icon=":material/pending_actions:")
    present = present_lines(read.lines)
    found = totals(rules, present)
    table = rank_table(rules, found, present, one.units, current)
    counties = sorted({unit["county"] for unit in one.units.values()})
    county = st.selectbox(
        tr("map.county", current),
        ["", *counties],
        format_func=lambda name: name or tr("map.whole_city", current),
        key=_COUNTY,
        width=220,
    )
    kept = [not county or one.units[code]["county"] == county for code in found["admin_code"]]
    found, table = found[kept].reset_index(drop=True), table[kept].reset_index(drop=True)
    town = tr("assessment.column.township", current)
    total = tr("assessment.column.total", current)
    event = st.dataframe(
        table,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        selection_default=_asked(found),
        placeholder="—",
        height=min(38 + 35 * len(table), 420),
        key=f"{_TABLE}.{one.id}.{county}",
        column_config={
            town: st.column_config.TextColumn(pinned=True, width=130),
            total: st.column_config.ProgressColumn(min_value=0, max_value=110, format="%.2f", width=130),
        },
    )
    notes = [told, tr(f"assessment.no_data_{rules.no_data}", current)]
    if one.synthetic:
        notes.append(tr("shell.synthetic", current))
    offer(table, "assessment", one.name, notes, current, subtitle=tr("assessment.sheet", current, place=county or tr("map.whole_city", current), day=one.as_of.isoformat()))  # fmt: skip # noqa: E501
    st.caption(tr(f"assessment.no_data_{rules.no_data}", current))
    rows = event["selection"]["rows"] if event else []
    if rows and rows[0] < len(found):
        _township(read, str(found["admin_code"].iloc[rows[0]]), found.iloc[rows[0]], current)
    else:
        st.caption(f":material/touch_app: {tr('assessment.pick', current)}")


def _asked(found: pd.DataFrame) -> dict[str, dict[str, list[int]]]:
    """The row of the township that the address names: ``?town=441881103000``."""
    asked = st.query_params.get("town")
    rows = [row for row, code in enumerate(found["admin_code"]) if code == asked]
    return {"selection": {"rows": rows[:1]}}


def _township(read: Read, code: str, total: "pd.Series[object]", current: Lang) -> None:
    """Points of a township by item, with where they come from; the form to object."""
    rules, name = read.rules.rules, read.one.units[code]["name"]
    present = present_lines(read.lines)
    own, first = (frame[frame["admin_code"] == code] for frame in (present, first_lines(read.lines)))
    table = item_table(rules, own, first, current)
    st.subheader(formats.plain(name), anchor=False)
    page_link(DOSSIER, tr("assessment.dossier", current), ":material/description:", {"code": code})
    st.dataframe(
        table,
        hide_index=True,
        placeholder=tr("assessment.left_out", current),
        column_config={
            tr("assessment.column.figure", current): st.column_config.TextColumn(pinned=True, width=200),
            **{
                tr(f"assessment.column.{column}", current): st.column_config.NumberColumn(
                    format="%.2f", width=80
                )
                for column in ("frozen", "score")
            },
        },
    )
    given = "—" if formats.missing(total["total"]) else f"{total['total']:.2f}"
    heading = tr("assessment.town_sheet", current, name=name, total=given, day=read.one.as_of.isoformat())
    offer(table, f"assessment-{code[:9]}", read.one.name, [], current, subtitle=heading)
    if person().may(OwnTable.OBJECTIONS, Action.WRITE, code):
        object_form(read.one, rules, code, read.asked, current)
