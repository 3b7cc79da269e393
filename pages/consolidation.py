"""土地整治与节余指标: projects, what changed between land classes, acceptance, and where the savings went."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from i18n import Lang, tr
from layers import AdminLevel, feature_type
from layers.codes import ConsolidationKind, ProjectState
from pages import formats
from pages.consolidation_card import card
from pages.consolidation_sums import sums
from pages.consolidation_tables import class_table, followed, project_table, trace_table, use_table
from pages.downloads import offer
from pages.number_cards import lay_out, number_card
from pages.shell import lang
from store import places
from store.dossier import last_deliveries
from store.engine import reading
from store.land import consolidation, ledger_list

_PLACE, _KIND, _STATE, _TABLE = (f"consolidation.{name}" for name in ("place", "kind", "state", "table"))
_ONLY = "consolidation.only"
"""The number whose projects are listed."""
_BEHIND: dict[str, str | None] = {
    "number": None,
    "area": "stated_area_mu",
    "accepted_farmland": "accepted_farmland_mu",
    "posted": "posted_mu",
    "used": "ledger_used_mu",
    "left": "ledger_left_mu",
}
"""The column that sums to each number."""
DONE = "consolidation.done"
"""What was done last, told once at the top of the page."""


@dataclass(frozen=True)
class Read:
    """What the page shows, below the place chosen: projects with their savings, areas by class, uses."""

    projects: pd.DataFrame
    classes: pd.DataFrame
    uses: pd.DataFrame


def page() -> None:
    """The filters, the sums, then projects, classes, uses and totals."""
    current = lang()
    st.title(tr("pages.consolidation.title", current), anchor=False)
    st.caption(tr("consolidation.what", current))
    if done := st.session_state.pop(DONE, None):
        st.success(formats.plain(done), icon=":material/check_circle:")
    with reading() as connection:
        counties = places.children(connection, AdminLevel.COUNTY)
        deliveries = last_deliveries(connection)
    if "consolidation_projects" in deliveries.index:
        last = deliveries.loc["consolidation_projects"]
        title = feature_type("consolidation_projects").title.get(current)
        as_of, at = formats.day(last["as_of"], current), formats.moment(last["finished_at"], current)
        st.caption(tr("pages.land.as_of", current, title=title, as_of=as_of, at=at))
    prefix, kinds, states = _filters(counties, current)
    read = _read(prefix, kinds, states)
    if read.projects.empty:
        st.info(tr("consolidation.nothing", current), icon=":material/agriculture:")
        return
    _figures(read.projects, current)
    place = dict(zip((c[:6] for c in counties["admin_code"]), counties["name"], strict=True)).get(
        prefix, tr("map.whole_city", current)
    )
    today = formats.today().isoformat()
    notes = [tr("consolidation.note", current)]
    if bool(read.projects["synthetic"].any()):
        notes.append(tr("shell.synthetic", current))
    heading = tr("consolidation.sheet", current, place=place, day=today)
    tabs = st.tabs(
        [tr(f"consolidation.tab_{name}", current) for name in ("projects", "classes", "uses", "sums")]
    )
    with tabs[0]:
        _projects(read, notes, heading, current)
    with tabs[1]:
        table = class_table(read.classes, current)
        st.caption(tr("consolidation.classes_note", current, number=read.classes["project_no"].nunique()))
        _shown(table, "consolidation-classes", "consolidation.tab_classes", notes, heading, current)
    with tabs[2]:
        _uses(read, notes, heading, current)
    with tabs[3]:
        sums(read.projects, notes, heading, current, _narrow)


def _filters(counties: pd.DataFrame, current: Lang) -> tuple[str, list[str], list[str]]:
    """Draw the filters: prefix of the county, kinds, states; nothing chosen lets all pass."""
    names = dict(zip((code[:6] for code in counties["admin_code"]), counties["name"], strict=True))
    asked = st.query_params.get("county")
    if _PLACE not in st.session_state:
        st.session_state[_PLACE] = asked if asked in names else ""
    with st.container(horizontal=True, vertical_alignment="bottom", key="consolidation-toolbar"):
        prefix = st.selectbox(
            tr("map.county", current),
            ["", *names],
            format_func=lambda code: names.get(code, tr("map.whole_city", current)),
            key=_PLACE,
            width=220,
        )
        kinds = st.multiselect(
            tr("pages.land.kind", current),
            [str(one) for one in ConsolidationKind],
            format_func=lambda code: ConsolidationKind.of(code).text.get(current),
            placeholder=tr("pages.all", current),
            key=_KIND,
            width=320,
        )
        states = st.multiselect(
            tr("pages.land.state", current),
            [str(one) for one in ProjectState],
            format_func=lambda code: ProjectState.of(code).text.get(current),
            placeholder=tr("pages.all", current),
            key=_STATE,
            width=320,
        )
    return prefix or "", kinds, states


def _read(prefix: str, kinds: list[str], states: list[str]) -> Read:
    with reading() as connection:
        known = consolidation.projects(connection, prefix)
        classes = consolidation.classes(connection, prefix)
        uses = consolidation.trace(connection, prefix)
        lots = ledger_list.lots(connection)
    found = followed(known, lots)
    kinds, states = (
        kinds or [str(one) for one in ConsolidationKind],
        states or [str(one) for one in ProjectState],
    )
    wanted = found["project_kind"].isin(kinds) & found["shown_state"].isin(states)
    kept = found[wanted].reset_index(drop=True)
    numbers = set(kept["project_no"])
    return Read(
        kept,
        classes[classes["project_no"].isin(numbers)].reset_index(drop=True),
        uses[uses["project_no"].isin(numbers)].reset_index(drop=True),
    )


def _figures(found: pd.DataFrame, current: Lang) -> None:
    """Sums: projects, and what the ledger has of their savings."""
    open_ = (found["shown_state"] == str(ProjectState.ACCEPTED)) & found["acceptance_id"].isna()
    lay_out("consolidation-numbers", len(_BEHIND))
    with st.container(key="consolidation-numbers", gap="small"):
        for name, column in _BEHIND.items():
            whole = len(found) if column is None else float(_numeric(found, column).sum())
            number_card(
                tr(f"consolidation.{name}", current),
                formats.number(whole, 0 if column is None else 1),
                tr("consolidation.list_these", current),
                f"consolidation.open.{name}",
                ":material/filter_alt:",
                _only,
                name,
                empty=not whole,
            )
    if number := int(open_.sum()):
        st.warning(tr("consolidation.not_posted", current, number=number), icon=":material/pending_actions:")


def _numeric(found: pd.DataFrame, column: str) -> "pd.Series[Any]":
    return pd.to_numeric(found[column], errors="coerce").fillna(0)


def _only(name: str) -> None:
    """List only the projects that a number is made of."""
    st.session_state[_ONLY] = name


def _behind(read: Read, current: Lang) -> pd.DataFrame:
    """The projects of the number that was opened, with what they sum to; all of them if none was."""
    name = st.session_state.get(_ONLY) or "number"
    column = _BEHIND[name]
    if column is None:
        return read.projects
    values = _numeric(read.projects, column)
    kept = read.projects[values != 0].reset_index(drop=True)
    told = tr(
        "consolidation.only", current, name=tr(f"consolidation.{name}", current),
        number=formats.number(len(kept)), sum=formats.number(float(values.sum()), 2),
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(formats.plain(told), width="content")
        st.button(
            tr("consolidation.list_all", current), key="consolidation.all", type="tertiary",
            icon=":material/filter_alt_off:", on_click=_only, args=("number",),
        )  # fmt: skip
    return kept


def _narrow(way: str, value: str) -> None:
    """Filter the page to the projects of a row of the sums."""
    key = {"by_kind": _KIND, "by_state": _STATE, "by_county": _PLACE}[way]
    st.session_state[key] = value if key == _PLACE else [value]
    st.session_state[_ONLY] = "number"


def _projects(read: Read, notes: list[str], heading: str, current: Lang) -> None:
    """The list; below it the project picked."""
    found = _behind(read, current)
    table = project_table(found, current)
    name = tr("consolidation.column.name", current)
    event = st.dataframe(
        table,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        selection_default=_asked(found),
        key=f"{_TABLE}.{hash(tuple(found['project_no']))}",
        placeholder="—",
        height=min(38 + 35 * len(table), 330),
        column_config={
            **_numbers(table),
            name: st.column_config.TextColumn(pinned=True, width=260),
            tr("consolidation.column.progress", current): st.column_config.ProgressColumn(
                min_value=0, max_value=100, format="%d%%"
            ),
        },
    )
    offer(
        table, "consolidation-projects", tr("consolidation.tab_projects", current), notes, current,
        subtitle=heading,
    )  # fmt: skip
    rows = event["selection"]["rows"] if event else []
    if not rows or rows[0] >= len(found):
        st.caption(f":material/touch_app: {tr('consolidation.pick', current)}")
        return
    project = found.iloc[rows[0]]
    number = project["project_no"]
    card(
        project,
        read.classes[read.classes["project_no"] == number],
        read.uses[read.uses["project_no"] == number],
        current,
    )


def _asked(projects: pd.DataFrame) -> Any:
    """The row of the project that the address names: ``?project=…``."""
    asked = st.query_params.get("project")
    rows = [row for row, number in enumerate(projects["project_no"]) if number == asked]
    return {"selection": {"rows": rows[:1]}}


def _numbers(table: pd.DataFrame) -> dict[str, Any]:
    return {
        str(name): st.column_config.NumberColumn(format="localized")
        for name in table.select_dtypes("number").columns
    }


def _uses(read: Read, notes: list[str], heading: str, current: Lang) -> None:
    """Which uses savings went to, then each use from project to parcel."""
    st.caption(tr("pages.land.quota_rule", current))
    if read.uses.empty:
        st.info(tr("consolidation.no_uses", current), icon=":material/savings:")
        return
    st.dataframe(
        use_table(read.uses, current), hide_index=True, column_config=_numbers(use_table(read.uses, current))
    )
    table = trace_table(read.uses, current)
    _shown(table, "consolidation-uses", "consolidation.tab_uses", notes, heading, current)


def _shown(table: pd.DataFrame, name: str, title: str, notes: list[str], heading: str, current: Lang) -> None:
    st.dataframe(table, hide_index=True, placeholder="—", column_config=_numbers(table))
    offer(table, name, tr(title, current), notes, current, subtitle=heading)
