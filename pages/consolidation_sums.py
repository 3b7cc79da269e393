"""Sums of consolidation projects by kind, state and county; savings as the ledger has them."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from i18n import Lang, tr
from layers.codes import CodeList, ConsolidationKind, ProjectState
from pages import formats
from pages.downloads import offer

_SUMS = {
    "area": "stated_area_mu",
    "farmland": "new_farmland_mu",
    "saved": "posted_mu",
    "quota_used": "ledger_used_mu",
    "quota_left": "ledger_left_mu",
}


def sums(
    projects: pd.DataFrame, notes: list[str], heading: str, current: Lang, narrow: Callable[[str, str], None]
) -> None:
    """Draw the three tables, each with its downloads; a row picked offers its projects.

    Parameters
    ----------
    narrow : filters the page to a row: ``by_kind``, ``by_state`` or ``by_county``, and its code.
    """
    ways: dict[str, tuple[str, str, type[CodeList] | None]] = {
        "by_kind": ("project_kind", "pages.land.kind", ConsolidationKind),
        "by_state": ("shown_state", "pages.land.state", ProjectState),
        "by_county": ("county_name", "pages.choose.county", None),
    }
    for name, (column, title, codes) in ways.items():
        st.markdown(f"**{tr(f'pages.land.{name}', current)}**")
        table = sum_table(projects, column, tr(title, current), current, codes)
        numbers = table.select_dtypes("number").columns
        event = st.dataframe(
            table,
            hide_index=True,
            on_select="rerun",
            selection_mode="single-row",
            key=f"consolidation.{name}.{len(table)}",
            column_config={str(one): st.column_config.NumberColumn(format="localized") for one in numbers},
            placeholder="—",
        )
        for row in event["selection"]["rows"]:
            if row < len(table):
                value = row_order(projects, column, codes)[row]
                code = _county_code(projects, value) if codes is None else value
                st.button(
                    tr("consolidation.show_these", current, name=formats.plain(str(table.iloc[row, 0]))),
                    key=f"consolidation.show.{name}", icon=":material/filter_alt:", on_click=narrow, args=(name, code),
                )  # fmt: skip
        offer(
            table, f"consolidation-{column}", tr(f"pages.land.{name}", current), notes, current, subtitle=heading
        )  # fmt: skip


def _county_code(projects: pd.DataFrame, name: str) -> str:
    return str(projects.loc[projects["county_name"] == name, "admin_code"].iloc[0])[:6]


def row_order(projects: pd.DataFrame, column: str, codes: type[CodeList] | None = None) -> list[str]:
    """Values of a column in the order of the rows of `sum_table`."""
    there = sorted(projects[column].dropna().unique())
    words = [member.value for member in codes] if codes else []
    return [code for code in words if code in there] or list(there)


def sum_table(
    projects: pd.DataFrame, column: str, title: str, current: Lang, codes: type[CodeList] | None = None
) -> pd.DataFrame:
    """Projects, areas and savings in 亩 and investment in 10 000 yuan by the values of a column.

    Parameters
    ----------
    projects : as `pages.consolidation_tables.followed`.
    codes : the code list of the column, whose order the rows take.
    """
    numbers = projects.assign(
        **{
            name: pd.to_numeric(projects[name], errors="coerce")
            for name in (*_SUMS.values(), "investment_yuan")
        }
    )
    grouped = numbers.groupby(column, sort=True)
    found = grouped[list(_SUMS.values())].sum(min_count=1)
    words = {member.value: member.text.get(current) for member in codes} if codes else {}
    order = row_order(projects, column, codes)
    found = found.loc[order]
    shown = {
        title: [words.get(code, code) for code in order],
        tr("pages.land.projects", current): grouped.size().loc[order].astype("Int64").to_numpy(),
    }
    shown |= {tr(f"pages.land.{name}", current): found[of].round(2).to_numpy() for name, of in _SUMS.items()}
    investment = grouped["investment_yuan"].sum(min_count=1).loc[order]
    shown[tr("pages.land.investment", current)] = (investment / 10_000).round(2).to_numpy()
    return pd.DataFrame(shown)
