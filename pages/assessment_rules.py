"""Rules of assessment on screen: the tables there are, Excel out and in, and the form that freezes an assessment."""

import datetime as dt
import tempfile
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from analysis.assessment import NoData, Rules
from base.errors import XiangtuError
from i18n import Lang, tr
from layers import AdminKind
from pages import formats
from pages.assessment_objections import change
from pages.assessment_tables import rules_table
from pages.downloads import XLSX
from pages.uploads import file_uploader, safe_name
from pipelines.progress.default_rules import default_rules
from pipelines.progress.rules_sheet import as_workbook, read_rules
from store.engine import reading
from store.progress.assessment_rules import RulesTable, add_rules
from store.progress.assessments import NewAssessment, freeze
from store.snapshots import as_of_dates

_WHICH = "assessment.rules"
_OBJECTION_DAYS = 10
_KINDS: dict[str, tuple[AdminKind, ...]] = {
    "all": (AdminKind.TOWN, AdminKind.STREET),
    "town": (AdminKind.TOWN,),
    "street": (AdminKind.STREET,),
}


def rules_tab(tables: Sequence[RulesTable], current: Lang, *, may_write: bool) -> None:
    """The table chosen, its workbook, and for the city's planners a new one."""
    known: dict[int, RulesTable | None] = {one.id: one for one in tables}
    options = [*known, 0]
    chosen = st.selectbox(
        tr("assessment.rules", current),
        options,
        format_func=lambda number: _title(known.get(number), current),
        key=_WHICH,
        width=420,
    )
    one = known.get(chosen)
    rules = one.rules if one is not None else default_rules(current)
    if one is None or not one.confirmed:
        st.warning(
            tr("assessment.default_note" if one is None else "assessment.unconfirmed", current),
            icon=":material/pending_actions:",
        )
    if one is not None:
        told = tr(
            "assessment.rules_made",
            current,
            by=one.made_by,
            at=formats.moment(one.made_at, current),
            digest=one.digest[:12],
        )
        st.caption(formats.plain(f"{told} {one.note}"))
    table = rules_table(rules, current)
    st.dataframe(
        table,
        hide_index=True,
        height=38 + 35 * len(table),
        column_config={tr("assessment.column.formula", current): st.column_config.TextColumn(width="large")},
    )
    st.caption(_settings_words(rules, current))
    st.download_button(
        tr("assessment.download_rules", current),
        lambda: as_workbook(rules, current),
        "assessment-rules.xlsx",
        XLSX,
        icon=":material/table:",
        on_click="ignore",
    )
    if may_write:
        _new_rules(current)


def _title(one: RulesTable | None, current: Lang) -> str:
    if one is None:
        return tr("assessment.default_rules", current)
    state = tr("assessment.confirmed" if one.confirmed else "assessment.proposed", current)
    return tr("assessment.rules_words", current, no=one.id, name=one.name, state=state)


def _settings_words(rules: Rules, current: Lang) -> str:
    good, fair, average = (f"{share:.0%}" for share in rules.grades)
    grades = tr("assessment.grades_words", current, good=good, fair=fair, average=average)
    return f"{tr(f'assessment.no_data_{rules.no_data}', current)} {grades}"


def _new_rules(current: Lang) -> None:
    """The form that stores a table: ours as it is, or a workbook filled in."""
    with st.expander(tr("assessment.new_rules", current), icon=":material/upload_file:"):
        st.caption(tr("assessment.new_rules_note", current))
        uploaded = file_uploader(
            tr("assessment.rules_file", current), ["xlsx"], "assessment.rules_file", current
        )
        with st.form("assessment.new_rules", border=False):
            name = st.text_input(tr("assessment.rules_name", current), max_chars=60)
            note = st.text_input(tr("assessment.rules_note", current), max_chars=200)
            no_data = st.radio(
                tr("assessment.no_data", current),
                [str(one) for one in NoData],
                format_func=lambda code: NoData.of(code).text.get(current),
            )
            grades = [
                st.number_input(tr(f"assessment.grade_{one}", current), 0, 100, share, step=5)
                for one, share in (("good", 25), ("fair", 40), ("average", 30))
            ]
            confirmed = st.checkbox(tr("assessment.rules_confirmed", current))
            sent = st.form_submit_button(
                tr("assessment.save_rules", current), type="primary", icon=":material/save:"
            )
    if not sent:
        return
    good, fair, average = (share / 100 for share in grades)
    try:
        if uploaded is None:
            rules = Rules(default_rules(current).items, NoData.of(str(no_data)), (good, fair, average))
        else:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / safe_name(uploaded.name)
                path.write_bytes(uploaded.getvalue())
                rules = read_rules(path, NoData.of(str(no_data)), (good, fair, average))
    except XiangtuError as error:
        st.error(formats.plain(error.sentence(current)), icon=":material/error:")
        return
    change(
        lambda connection: add_rules(connection, name, rules, note=note, confirmed=confirmed),
        tr("assessment.rules_saved", current, name=name),
        current,
    )


def freeze_form(tables: Sequence[RulesTable], current: Lang) -> None:
    """The form that scores a snapshot by a table of rules, for good."""
    with reading() as connection:
        days = as_of_dates(connection)
    if not tables:
        st.info(tr("assessment.rules_first", current), icon=":material/rule:")
        return
    if not days:
        st.info(tr("pages.no_snapshot", current), icon=":material/calculate:")
        return
    known = {one.id: one for one in tables}
    with st.form("assessment.freeze"):
        st.caption(tr("assessment.freeze_note", current))
        name = st.text_input(
            tr("assessment.name", current), max_chars=60, placeholder=tr("assessment.name_example", current)
        )
        rules_id = st.selectbox(
            tr("assessment.rules", current),
            list(known),
            format_func=lambda number: _title(known[number], current),
        )
        day = st.selectbox(
            tr("assessment.as_of", current), list(days), format_func=lambda one: one.isoformat()
        )
        kinds = st.radio(
            tr("assessment.kinds", current),
            list(_KINDS),
            format_func=lambda one: tr(f"pages.scope.{one}", current),
            horizontal=True,
        )
        until = st.date_input(
            tr("assessment.until", current),
            formats.today() + dt.timedelta(_OBJECTION_DAYS),
            min_value=formats.today(),
        )
        sent = st.form_submit_button(
            tr("assessment.freeze_button", current), type="primary", icon=":material/lock:"
        )
    if sent and isinstance(until, dt.date):
        new = NewAssessment(name, day, int(rules_id), until, _KINDS[str(kinds)])
        change(
            lambda connection: freeze(connection, new),
            tr("assessment.freeze_done", current, name=name),
            current,
        )
