"""What a parcel lies on: the last check, its pieces in conflict with their grounds, and the way to a new one."""

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import pandas as pd
import streamlit as st
from shapely.geometry.base import BaseGeometry

from access import Action, OwnTable
from i18n import Lang, tr
from layers import Constraint, Severity, conflict_rule, feature_type
from pages import formats
from pages.downloads import offer
from pages.parcels_words import edition_words, mu_words, rounded
from pages.shell import person
from pipelines.land.check import check_parcels
from store.dossier import last_deliveries
from store.engine import owner, reading
from store.land.checks import check_history, not_read
from store.land.parcels import PARCELS, Parcel
from store.tiles import versions

DONE = "parcels.done"
_COLORS = {Severity.PROHIBITED: "red", Severity.RESTRICTED: "orange", Severity.NOTE: "blue"}


def pieces_of(found: gpd.GeoDataFrame) -> list[tuple[Severity, bool, BaseGeometry]]:
    """The conflicts for the map: severity, whether a sliver, polygon."""
    return [
        (Severity.of(severity), bool(sliver), shape)
        for severity, sliver, shape in zip(found["severity"], found["sliver"], found.geometry, strict=True)
        if shape is not None and not shape.is_empty
    ]


def may_check(admin_code: str) -> bool:
    """Whether the person may have a parcel checked: those who hand in and those who review."""
    who = person()
    return who.may(PARCELS, Action.WRITE, admin_code) or who.may(OwnTable.REVIEWS, Action.WRITE, admin_code)


def draw_check(parcel: Parcel, found: gpd.GeoDataFrame, *, present: bool, current: Lang) -> None:
    """Draw the result of the last check.

    Parameters
    ----------
    found : `store.land.checks.conflicts` of the last check.
    present : it is a check of the parcel as it is now.
    """
    with reading() as connection:
        history = check_history(connection, parcel.parcel_no)
        now = versions(connection)
    check = next(history.itertuples(), None)
    if check is None:
        st.info(tr("parcels.check_none", current), icon=":material/fact_check:")
        _button(parcel, "parcels.check_now", current, primary=True)
        return
    with reading() as connection:
        deliveries = last_deliveries(connection, check.checked_at)
    # Parcels that touch one that changed were checked with it: their layer's version alone says nothing.
    newer = [
        name for name, version in check.versions.items() if name != PARCELS and now.get(name, 0) > version
    ]
    if not present:
        st.warning(tr("parcels.check_stale", current), icon=":material/update:")
    elif newer:
        names = formats.joined((feature_type(name).title.get(current) for name in newer), current)
        st.warning(formats.plain(tr("parcels.check_newer", current, layers=names)), icon=":material/update:")
    _summary(check, current)
    if unread := not_read(check.versions):
        listed = formats.joined((one.text.get(current) for one in unread), current)
        st.warning(
            formats.plain(tr("landcheck.sheet.unread", current, constraints=listed)),
            icon=":material/rule:",
        )
    sound, slivers = found[~found["sliver"].astype(bool)], found[found["sliver"].astype(bool)]
    if len(sound):
        st.dataframe(
            conflict_table(sound, parcel, current), hide_index=True, height="content", placeholder="—"
        )
    if len(slivers):
        title = tr(
            "parcels.slivers", current, number=len(slivers), area=mu_words(formats.mu(check.sliver_area_m2))
        )
        with st.expander(formats.plain(title), icon=":material/grain:"):
            st.caption(
                tr(
                    "parcels.slivers_what",
                    current,
                    area=formats.number(check.sliver_m2, 2),
                    width=formats.number(check.sliver_width_m, 2),
                )
            )
            st.dataframe(
                conflict_table(slivers, parcel, current), hide_index=True, height="content", placeholder="—"
            )
    st.caption(formats.plain(_provenance(check, deliveries, current)))
    _button(parcel, "parcels.check_again", current, primary=not present or bool(newer))
    if len(found):
        note = tr(
            "parcels.check_note", current, no=parcel.parcel_no, at=formats.moment(check.checked_at, current)
        )
        title = tr("parcels.tab_check", current)
        offer(
            conflict_table(found, parcel, current), "parcel-conflicts", title, [note], current, subtitle=note
        )
    _earlier(history, current)


def _summary(check: Any, current: Lang) -> None:
    if check.worst is None:
        st.success(tr("parcels.check_clear", current), icon=":material/check_circle:")
    else:
        worst = Severity.of(check.worst)
        words = tr(
            "parcels.check_found",
            current,
            number=check.conflicts,
            area=mu_words(formats.mu(check.conflict_area_m2)),
            share=f"{check.conflict_area_m2 / check.area_m2:.1%}",
        )
        st.markdown(
            f":{_COLORS[worst]}-badge[{formats.plain(worst.text.get(current))}] {formats.plain(words)}"
        )
    for key, changed in (("newly", check.newly_in), ("no_longer", check.no_longer_in)):
        if changed:
            names = formats.joined((constraint_words(name, current) for name in changed), current)
            st.warning(
                formats.plain(tr(f"parcels.check_{key}", current, names=names)), icon=":material/difference:"
            )


def constraint_words(feature_id: str, lang: Lang) -> str:
    """What a parcel lies on, by kind."""
    return Constraint.of(feature_id).text.get(lang)


def conflict_table(found: pd.DataFrame, parcel: Parcel, lang: Lang) -> pd.DataFrame:
    """Conflicts in words: what, how grave, how large, on what grounds; a distance for hazards only."""
    rules = [conflict_rule(row.feature_id, row.zone, parcel.kind) for row in found.itertuples()]
    table = pd.DataFrame(
        {
            tr("parcels.conflict_severity", lang): [Severity.of(s).text.get(lang) for s in found["severity"]],
            tr("parcels.conflict_constraint", lang): [constraint_words(i, lang) for i in found["feature_id"]],
            tr("parcels.conflict_name", lang): [
                row.feature_key if formats.missing(row.name) or not row.name else row.name
                for row in found[["feature_key", "name"]].itertuples(index=False)
            ],
            tr("parcels.conflict_mu", lang): [float(rounded(formats.mu(a), 2)) for a in found["area_m2"]],
            tr("parcels.conflict_m2", lang): [float(rounded(a, 2)) for a in found["area_m2"]],
            tr("parcels.conflict_share", lang): [f"{share:.2%}" for share in found["share"]],
            tr("parcels.conflict_sliver", lang): [
                tr("pages.yes" if s else "pages.no", lang) for s in found["sliver"]
            ],
            tr("parcels.conflict_distance", lang): [
                None if formats.missing(d) else round(float(d)) for d in found["distance_m"]
            ],
            tr("parcels.conflict_basis", lang): [rule.basis.get(lang) for rule in rules],
        }
    )
    return (
        table
        if found["distance_m"].notna().any()
        else table.drop(columns=tr("parcels.conflict_distance", lang))
    )


def _provenance(check: Any, deliveries: pd.DataFrame, lang: Lang) -> str:
    editions = edition_words(check.versions, deliveries, lang)
    against = formats.joined(
        (
            tr("parcels.check_version", lang, layer=feature_type(name).title.get(lang), day=day)
            for name, day in editions.items()
        ),
        lang,
    )
    return tr("parcels.check_at", lang, at=formats.moment(check.checked_at, lang), versions=against)


def _button(parcel: Parcel, key: str, current: Lang, *, primary: bool) -> None:
    if not may_check(parcel.admin_code):
        return
    label = tr("parcels.check_now", current) if key.endswith("now") else tr("parcels.check_again", current)
    if st.button(label, type="primary" if primary else "secondary", icon=":material/fact_check:", key=key):
        run_check([parcel.parcel_no], current)
        st.session_state[DONE] = tr("parcels.checked", current, name=parcel.name)
        st.rerun()


def run_check(numbers: Sequence[str], current: Lang) -> None:
    """Check parcels against every constraint as it is now."""
    with st.spinner(tr("parcels.checking", current)):
        check_parcels(owner(), numbers)


def _earlier(history: pd.DataFrame, current: Lang) -> None:
    if len(history) < 2:
        return
    with st.expander(tr("parcels.check_history", current, number=len(history)), icon=":material/history:"):
        st.dataframe(history_table(history, current), hide_index=True, height="content", placeholder="—")


def history_table(history: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    """Checks of a parcel in words, the last one first."""
    return pd.DataFrame(
        {
            tr("parcels.history_at", lang): [formats.moment(at, lang) for at in history["checked_at"]],
            tr("parcels.severity", lang): [
                tr("parcels.clear", lang) if formats.missing(one) else Severity.of(one).text.get(lang)
                for one in history["worst"]
            ],
            tr("parcels.conflict_mu", lang): [
                float(rounded(formats.mu(a), 2)) for a in history["conflict_area_m2"]
            ],
            tr("parcels.area_reckoned", lang): [mu_words(formats.mu(a)) for a in history["area_m2"]],
        }
    )
