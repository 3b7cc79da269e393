"""项目库: the projects that are to be built and followed: list, map, Gantt view, money, what may be entered twice."""

from collections.abc import Sequence

import streamlit as st

from access import Action, OwnTable, may_open
from i18n import Lang, tr
from layers.codes import LibraryState
from pages import formats, links
from pages.candidate_words import money
from pages.downloads import offer
from pages.project_words import money_table, project_table
from pages.projects_card import card
from pages.projects_excel import offer_project_sheets
from pages.projects_filters import filtered
from pages.projects_form import DONE, add_form
from pages.projects_gantt import gantt
from pages.projects_map import draw_map, take_clicked
from pages.projects_picked import named_by_address, picked, table_key, take_row
from pages.projects_read import Library, read_library
from pages.projects_twins import twins
from pages.report_excel import offer_excel
from pages.shell import lang, person
from store.progress.library import Project

_VIEW = "projects.view"
_VIEWS = ("list", "map", "gantt", "money", "twins", "sheets", "new")
_STYLE = """<style>.st-key-library-numbers{display:grid!important;grid-template-columns:1fr 1.5fr 1fr 1.5fr 1.1fr 1fr}
.st-key-library-numbers [data-testid="stMetricValue"]{font-size:1.4rem}
.st-key-library-numbers [data-testid="stMetricValue"] *{white-space:normal!important;overflow:visible!important}
@media (max-width:900px){.st-key-library-numbers{grid-template-columns:repeat(2,minmax(0,1fr))}
.st-key-library-numbers [data-testid="stMetricValue"]{font-size:1.2rem}}</style>"""
_PICKING = ("list", "map", "twins")
"""Views in which a project can be picked."""
_ICONS = ("table_rows", "map", "view_timeline", "payments", "content_copy", "table", "add_circle")


def page() -> None:
    """The filters, the sums, one of the views, and the card of the project that is looked at."""
    current = lang()
    st.title(tr("pages.projects.title", current), anchor=False)
    st.caption(tr("library.what", current))
    if done := st.session_state.pop(DONE, None):
        st.success(formats.plain(done), icon=":material/check_circle:")
    library = read_library()
    if not library.projects:
        _empty(current)
        return
    # Who follows a link to a project wants that project, not the list above it.
    if by_address := named_by_address():
        _card(library, current)
    found = filtered(library.projects, library.counties, current)
    if not found:
        st.info(tr("library.nothing", current), icon=":material/filter_alt_off:")
    else:
        _sums(found, library, current)
    view = _views(library, found, current)
    if by_address or view in ("sheets", "new"):
        return
    if picked() is not None:
        _card(library, current)
    elif view in _PICKING:
        st.caption(f":material/touch_app: {tr('library.pick', current)}")


def _empty(current: Lang) -> None:
    st.info(tr("library.empty", current), icon=":material/inventory_2:")
    if may_open("selection", person().roles):
        links.page_link("selection", tr("library.empty_link", current), ":material/checklist:")
    if _plans():
        offer_project_sheets(None, (), current)
        add_form(None, current)


def _plans() -> bool:
    return person().may(OwnTable.PLANS, Action.WRITE)


def _views(library: Library, found: Sequence[Project], current: Lang) -> str:
    """The switch and the view chosen, which is returned; without anything found, those that need nothing."""
    allowed = [name for name in _VIEWS if name != "new" or _plans()]
    icons = dict(zip(_VIEWS, _ICONS, strict=True))
    if _VIEW not in st.session_state:
        asked = st.query_params.get("view")
        st.session_state[_VIEW] = asked if asked in allowed else "list"
    view = st.segmented_control(
        tr("library.view.label", current),
        allowed,
        required=True,
        format_func=lambda name: f":material/{icons[name]}: {tr(f'library.view.{name}', current)}",
        label_visibility="collapsed",
        key=_VIEW,
    )
    if view == "sheets":
        if _plans():
            offer_project_sheets(library, found, current)
        offer_excel(current)
    elif view == "new":
        add_form(library, current)
    elif found:
        _shown(str(view), library, found, current)
    return str(view)


def _shown(view: str, library: Library, found: Sequence[Project], current: Lang) -> None:
    if view == "map":
        take_clicked(found)
        draw_map(library, found, current)
    elif view == "gantt":
        gantt(library, found, current)
    elif view == "money":
        st.markdown(f"**{tr('library.money', current)}**")
        st.dataframe(money_table(found, current), hide_index=True)
        st.caption(tr("library.note", current))
    elif view == "twins":
        twins(library, found, current)
    else:
        _list(library, found, current)


def _sums(found: Sequence[Project], library: Library, current: Lang) -> None:
    villages = {code for one in found for code in one.villages}
    told = [
        (one, library.standings[one.id])
        for one in found
        if one.id in library.standings and one.state is not LibraryState.CANCELLED
    ]
    reported = sum(one.budget_yuan for one, _ in told)
    budget = sum(one.budget_yuan for one in found)
    paid = sum(standing.paid_yuan for _, standing in told)
    built = sum(one.budget_yuan * standing.percent / 100 for one, standing in told)
    figures = {
        "number": formats.number(len(found)),
        "cost": money(budget, current),
        "built": f"{formats.number(100 * built / reported, 1)}%" if told else tr("pages.no_data", current),
        "paid": money(paid, current) if told else tr("pages.no_data", current),
        "people": formats.number(sum(one.people for one in found)),
        "villages": formats.number(len(villages)),
    }
    helps = {"built": tr("library.built_help", current), "paid": tr("library.paid_help", current)}
    st.html(_STYLE)
    with st.container(key="library-numbers", gap="small"):
        for name, value in figures.items():
            st.metric(tr(f"library.{name}", current), value, border=True, help=helps.get(name))


def _cancelled(found: Sequence[Project], current: Lang) -> list[str]:
    """That cancelled projects are in the list, which 进度总览 and 进度跟踪 leave out; nothing where there are none."""
    of = [one for one in found if one.state is LibraryState.CANCELLED]
    if not of:
        return []
    cost = money(sum(one.budget_yuan for one in of), current)
    return [tr("library.cancelled", current, number=len(of), cost=cost)]


def _list(library: Library, found: Sequence[Project], current: Lang) -> None:
    """The table; a row chosen shows its card below."""
    shown = project_table(found, library.names, current, library.standings)
    codes = tuple(one.code for one in found)
    key = table_key(codes)
    at = picked()

    def title(name: str) -> str:
        return tr(f"library.column.{name}", current)

    bar = st.column_config.ProgressColumn(min_value=0, max_value=100, format="%.0f%%")
    st.dataframe(
        shown,
        hide_index=True,
        on_select=lambda: take_row(key, codes),
        selection_mode="single-row",
        selection_default={"selection": {"rows": [codes.index(at)] if at in codes else []}},
        key=key,
        placeholder="—",
        height=min(38 + 35 * len(shown), 430),
        column_config={
            title("name"): st.column_config.TextColumn(pinned=True, width=200),
            title("percent"): bar,
            title("paid"): bar,
            title("cost_yuan"): st.column_config.NumberColumn(format="localized"),
            title("year"): st.column_config.NumberColumn(format="%d"),
        },
    )
    notes = [tr("library.note", current)]
    if any(one.synthetic for one in found):
        notes.append(tr("shell.synthetic", current))
    st.caption(" ".join([tr("library.note", current), *_cancelled(found, current)]))
    name = f"projects-{formats.today().isoformat()}"
    offer(shown, name, tr("library.title", current), notes, current)


def _card(library: Library, current: Lang) -> None:
    code = picked() or ""
    one: Project | None = library.by_code.get(code)
    if one is None:
        told = tr("library.error.unknown_project", current, code=code[:40])
        st.warning(formats.plain(told), icon=":material/search_off:")
        return
    card(library, one, current)
