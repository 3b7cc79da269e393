"""首页: what Xiangtu is, how current its data are, and where each user goes."""

import pandas as pd
import streamlit as st

from access import may_open
from i18n import Lang, tr
from layers import AdminKind, AdminLevel, all_layers
from pages import formats, links
from pages.shell import lang, person
from store.dossier import LastRun, feature_counts, last_deliveries, last_run, township_kinds, unit_list
from store.engine import reading

_USERS = (
    (
        "planners",
        ":material/map:",
        ((links.GAPS, "gaps"), (links.CANDIDATES, "candidates"), (links.SELECTION, "selection")),
    ),
    ("land", ":material/landscape:", ((links.LAND, "land"), (links.DOSSIER, "dossier"))),
    ("leaders", ":material/monitoring:", ((links.OVERVIEW, "overview"), (links.MAP, "map"))),
)


def page() -> None:
    """The first page: one sentence, three doors, the state of the data."""
    current = lang()
    with reading() as connection:
        kinds = township_kinds(connection)
        cities = unit_list(connection, AdminLevel.CITY)
        counties = len(unit_list(connection, AdminLevel.COUNTY))
        villages = len(unit_list(connection, AdminLevel.VILLAGE))
        run = last_run(connection)
        counts = feature_counts(connection)
        deliveries = last_deliveries(connection)
    city = formats.joined(cities["name"], current)
    st.title(tr("pages.home.title", current), anchor=False)
    unknown = st.query_params.get("unknown")
    if unknown:
        st.warning(
            tr("shell.unknown_address", current, address=formats.plain(unknown[:60])),
            icon=":material/link_off:",
        )
    st.markdown(tr("pages.home.what", current, city=formats.plain(city)))
    _doors(current)
    _plan_numbers(counties, kinds, villages, current)
    _currency(run, counts, deliveries, current)


def _doors(current: Lang) -> None:
    roles = person().roles
    for column, (user, icon, pages) in zip(st.columns(len(_USERS)), _USERS, strict=True):
        with column, st.container(border=True, height="stretch"):
            st.subheader(f"{icon} {tr(f'pages.home.{user}', current)}", anchor=False)
            st.write(tr(f"pages.home.{user}_do", current))
            for address, name in ((a, n) for a, n in pages if may_open(a, roles)):
                links.page_link(address, tr(f"pages.home.to_{name}", current), ":material/arrow_forward:")


def _plan_numbers(counties: int, kinds: dict[AdminKind, int], villages: int, current: Lang) -> None:
    st.subheader(tr("pages.home.numbers", current), anchor=False)
    others = kinds.get(AdminKind.OTHER, 0)
    figures = (
        ("counties", counties),
        ("towns", kinds.get(AdminKind.TOWN, 0)),
        ("streets", kinds.get(AdminKind.STREET, 0)),
        ("others", others),
        ("villages", villages),
    )
    with st.container(horizontal=True):
        for name, value in figures:
            st.metric(tr(f"pages.home.{name}", current), formats.number(value), border=True, width=160)
    if counties == 0:
        st.info(tr("pages.no_places", current))
    elif others:
        st.caption(tr("pages.home.others_note", current, others=others))


def _currency(run: LastRun | None, counts: pd.DataFrame, deliveries: pd.DataFrame, current: Lang) -> None:
    st.subheader(tr("pages.home.currency", current), anchor=False)
    if run is None:
        st.info(tr("pages.no_snapshot", current))
    else:
        st.caption(formats.snapshot_words(run.as_of, run.finished_at, current))
    st.dataframe(
        _currency_table(counts, deliveries, current),
        hide_index=True,
        height="content",
        column_config={tr("pages.home.layer", current): st.column_config.TextColumn(width="medium")},
    )


def _currency_table(counts: pd.DataFrame, deliveries: pd.DataFrame, current: Lang) -> pd.DataFrame:
    """Rows, day described and last delivery of each feature type."""
    rows = []
    for layer in all_layers():
        for feature in layer.features:
            last = deliveries.loc[feature.id] if feature.id in deliveries.index else None
            counted = counts["rows"].get(feature.id)
            if counted is None:
                continue
            rows.append(
                {
                    tr("pages.home.layer", current): layer.title.get(current),
                    tr("pages.home.feature", current): feature.title.get(current),
                    tr("pages.home.rows", current): int(counted),
                    tr("pages.home.as_of", current): formats.day(
                        None if last is None else last["as_of"], current
                    ),
                    tr("pages.home.delivered", current): formats.moment(
                        None if last is None else last["finished_at"], current
                    ),
                    tr("pages.home.file", current): "—" if last is None else last["file_name"],
                }
            )
    return pd.DataFrame(rows)
