"""Tables of the form of a project: who pays when, and the milestones."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from analysis.progress.entry import FIRST_YEAR, LAST_YEAR
from i18n import Lang, tr
from layers.codes import FundSource
from store.progress.library import Milestone

_WAN = Decimal(10_000)


def money_editor(key: str, held: Sequence[Mapping[str, Any]], current: Lang) -> pd.DataFrame:
    """Draw the table of payments; columns ``source year wan``, sources as codes."""
    frame = pd.DataFrame(
        {
            "source": pd.Series([one["source"] for one in held], dtype="object"),
            "year": pd.Series([one["year"] for one in held], dtype="Int64"),
            "wan": pd.Series([one["yuan"] / 10_000 for one in held], dtype="float64"),
        }
    )
    edited: pd.DataFrame = st.data_editor(
        frame,
        num_rows="dynamic",
        hide_index=True,
        column_config={
            "source": st.column_config.SelectboxColumn(
                tr("library.source", current),
                options=[str(one) for one in FundSource],
                format_func=lambda code: FundSource.of(code).text.get(current),
            ),
            "year": st.column_config.NumberColumn(
                tr("library.form.year", current), min_value=FIRST_YEAR, max_value=LAST_YEAR, format="%d"
            ),
            "wan": st.column_config.NumberColumn(
                tr("library.form.wan", current), min_value=0.0, format="%.2f"
            ),
        },
        key=key,
    )
    return edited


def payments_of(edited: pd.DataFrame) -> tuple[dict[str, Any], ...]:
    """The payments of the table; rows without anything are left out, half ones have a year or sum of 0."""
    found = []
    for row in edited.itertuples(index=False):
        if pd.isna(row.source) and pd.isna(row.year) and pd.isna(row.wan):
            continue
        found.append(
            {
                "source": "" if pd.isna(row.source) else str(row.source),
                "year": 0 if pd.isna(row.year) else int(row.year),
                "yuan": 0 if pd.isna(row.wan) else int((Decimal(str(row.wan)) * _WAN).to_integral_value()),
            }
        )
    return tuple(found)


def step_editor(key: str, held: Sequence[Milestone], current: Lang) -> pd.DataFrame:
    """Draw the table of milestones; columns ``no name weight day``."""
    frame = pd.DataFrame(
        {
            "no": pd.Series([one.no for one in held], dtype="Int64"),
            "name": pd.Series([one.name for one in held], dtype="object"),
            "weight": pd.Series([float(one.weight) for one in held], dtype="float64"),
            "day": pd.Series([one.planned_on for one in held], dtype="object"),
        }
    )
    edited: pd.DataFrame = st.data_editor(
        frame,
        num_rows="dynamic",
        hide_index=True,
        column_config={
            "no": st.column_config.NumberColumn(
                tr("library.milestone_no", current), disabled=True, format="%d"
            ),
            "name": st.column_config.TextColumn(tr("library.milestone", current), max_chars=60),
            "weight": st.column_config.NumberColumn(
                tr("library.weight", current), min_value=0.0, max_value=100.0, format="%.2f"
            ),
            "day": st.column_config.DateColumn(tr("library.gantt.planned", current), format="YYYY-MM-DD"),
        },
        key=key,
    )
    return edited


def milestones_of(edited: pd.DataFrame) -> tuple[Milestone, ...]:
    """The milestones of the table, those that were there with their numbers, new ones with the next.

    One without a day gets the first day of all: `store.progress.library.require_milestones` refuses what is half
    filled by its name or weight, and a day is asked for by the name left empty here.
    """
    found: list[Milestone] = []
    last = int(edited["no"].max()) if edited["no"].notna().any() else 0
    for row in edited.itertuples(index=False):
        name = "" if pd.isna(row.name) else str(row.name)
        day = _day(row.day)
        if not name and pd.isna(row.weight) and day is None:
            continue
        if pd.isna(row.no):
            last += 1
        weight = Decimal(0) if pd.isna(row.weight) else Decimal(str(round(float(row.weight), 2)))
        found.append(
            Milestone(
                last if pd.isna(row.no) else int(row.no),
                name if day is not None else "",
                weight,
                day or dt.date(FIRST_YEAR, 1, 1),
            )
        )
    return tuple(found)


def _day(value: object) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    return None if value is None or pd.isna(value) else pd.Timestamp(str(value)).date()
