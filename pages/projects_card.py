"""The card of a project: what, where, how far, by whose money, through which states; what planners may do with it."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from access import PAGES, Action, OwnTable, may_open
from i18n import Lang, tr
from layers import UnknownLayer, feature_type
from pages import formats, links
from pages.candidate_words import money
from pages.project_words import layer_words, money_table, pair_words
from pages.projects_form import change_form
from pages.projects_picked import pick
from pages.projects_read import Library
from pages.projects_state import history, state_buttons
from pages.shell import person
from store.engine import reading
from store.progress.errors import UnknownFeature
from store.progress.library import Milestone, Project
from store.progress.project_links import Link, spot_of

_ELSEWHERE = (
    ("tracking", ":material/show_chart:", "place"),
    ("report", ":material/edit_note:", "project"),
    ("report_check", ":material/fact_check:", "project"),
)
"""Pages that follow a project, with the word of their address."""


def card(library: Library, one: Project, current: Lang) -> None:
    """Draw the card."""
    with st.container(border=True, key="project-card"):
        head, close = st.columns([0.9, 0.1], vertical_alignment="center")
        with head:
            st.markdown(f"##### {formats.plain(one.name)}")
            st.caption(formats.plain(f"{one.code} · {library.place(one.admin_code)}"))
        with close:
            st.button(
                tr("library.card.close", current), icon=":material/close:", key="projects.close",
                on_click=lambda: pick(None), type="tertiary",
            )  # fmt: skip
        if one.synthetic:
            st.caption(f":material/science: {tr('library.card.synthetic', current)}")
        left, right = st.columns([0.52, 0.48], gap="medium")
        with left:
            _facts(library, one, current)
            _twins(library, one, current)
            _leads(library, one, current)
        with right:
            _steps(library, one, current)
            if one.payments:
                st.markdown(f"**{tr('library.money', current)}**")
                st.dataframe(money_table([one], current), hide_index=True)
        history(one, current)
        if person().may(OwnTable.PLANS, Action.WRITE, one.admin_code):
            state_buttons(one, current)
            change_form(library, one, current)


def _facts(library: Library, one: Project, current: Lang) -> None:
    standing = library.standings.get(one.id)
    villages = formats.joined((library.place(code) for code in one.villages), current)
    facts = {
        "state": one.state.text.get(current),
        "kind": f"{one.kind.text.get(current)} · {layer_words(one.layer, current)}",
        "cost": money(one.budget_yuan, current),
        "dates": f"{formats.day(one.planned_start, current)} — {formats.day(one.planned_finish, current)}",
        "department": one.department or "—",
        "team": one.team or "—",
        "villages": villages or "—",
        "people": formats.number(one.people),
        "origin": tr(f"library.card.origin_{one.origin}", current),
    }
    if standing is not None:
        facts["progress"] = tr(
            "library.card.progress_words",
            current,
            percent=formats.number(standing.percent, 1),
            paid=money(standing.paid_yuan, current),
            day=formats.day(standing.reported_on, current),
        )
    if one.note:
        facts["note"] = one.note
    colon = formats.colon(current)
    lines = [
        f"- {tr(f'library.card.{name}', current)}{colon}**{formats.plain(said)}**"
        for name, said in facts.items()
    ]
    st.markdown("\n".join(lines))


def _twins(library: Library, one: Project, current: Lang) -> None:
    by_id = {other.id: other for other in library.projects}
    for pair in library.pairs:
        if one.id in (pair.first, pair.second):
            other = by_id[pair.second if pair.first == one.id else pair.first]
            told = tr(
                "library.twin.told", current, name=other.name, code=other.code,
                reason=pair_words(pair, current),
            )  # fmt: skip
            st.warning(formats.plain(told), icon=":material/content_copy:")


def _steps(library: Library, one: Project, current: Lang) -> None:
    steps = library.milestones.get(one.id, ())
    st.markdown(f"**{tr('library.milestones', current)}**")
    if not steps:
        st.caption(tr("library.card.no_milestones", current))
        return
    standing = library.standings.get(one.id)
    st.dataframe(
        milestone_table(steps, () if standing is None else standing.reached, current), hide_index=True
    )


def milestone_table(steps: Sequence[Milestone], reached: Sequence[int], current: Lang) -> pd.DataFrame:
    """Milestones with their weight in per cent, planned day and whether an accepted report says them reached."""
    return pd.DataFrame(
        {
            tr("library.milestone_no", current): [step.no for step in steps],
            tr("library.milestone", current): [step.name for step in steps],
            tr("library.weight", current): [float(step.weight) for step in steps],
            tr("library.gantt.planned", current): [step.planned_on.isoformat() for step in steps],
            tr("library.gantt.reached", current): [step.no in reached for step in steps],
        }
    )


def _leads(library: Library, one: Project, current: Lang) -> None:
    """Links to the place, to what is built, and to the pages that follow the project."""
    point = one.geometry.representative_point()
    at = {"code": one.admin_code, "v": f"15/{point.y:.5f}/{point.x:.5f}"}
    roles = person().roles
    with st.container(horizontal=True):
        links.page_link(links.MAP, tr("library.on_map", current), ":material/map:", at)
        for code in one.villages[:6]:
            name = library.place(code) if len(one.villages) > 1 else tr("library.dossier", current)
            links.page_link(links.DOSSIER, name, ":material/description:", {"code": code})
        if one.scenario_id is not None and may_open("selection", roles):
            links.page_link(
                "selection",
                tr("library.scenario", current),
                ":material/checklist:",
                {"scenario": str(one.scenario_id)},
            )
        for link in library.links.get(one.id, ()):
            _feature_link(link, at, current)
        for name, icon, word in _ELSEWHERE:
            if name in PAGES and may_open(name, roles):
                value = one.admin_code if word == "place" else one.code
                links.page_link(name, tr(f"shell.page.{name}", current), icon, {word: value})


def _feature_link(link: Link, at: dict[str, str], current: Lang) -> None:
    """A link to the feature on the map, where it lies if that is known."""
    try:
        words = f"{feature_type(link.feature).title.get(current)} {link.key}"
        with reading() as connection:
            spot = spot_of(connection, link)
    except (UnknownLayer, UnknownFeature):
        return
    view = at if spot is None else at | {"v": f"16/{spot[1]:.5f}/{spot[0]:.5f}"}
    links.page_link(links.MAP, words, ":material/link:", view | {"on": link.feature})
