"""Which townships a table counts: the plan's 80 towns, its 5 streets, or all."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd
import streamlit as st

from i18n import Lang, tr
from layers import AdminKind, AdminLevel


class Townships(StrEnum):
    """Choices of the switch; the values are those of `xiangtu.indicator_values.scope`."""

    TOWNS = "town"
    STREETS = "street"
    ALL = "all"


_KINDS = {Townships.TOWNS: AdminKind.TOWN, Townships.STREETS: AdminKind.STREET}


def choose_townships(lang: Lang, key: str) -> Townships:
    """Draw the switch and return the choice; all townships before anything is chosen."""
    chosen = st.segmented_control(
        tr("pages.scope.label", lang),
        list(Townships),
        default=Townships.ALL,
        required=True,
        format_func=lambda choice: tr(f"pages.scope.{choice}", lang),
        key=key,
    )
    return Townships(chosen or Townships.ALL)


def kept(units: pd.DataFrame, choice: Townships, kind_column: str) -> pd.DataFrame:
    """Rows whose township is of the chosen kind."""
    kind = _KINDS.get(choice)
    return units if kind is None else units[units[kind_column] == str(kind)]


@dataclass(frozen=True)
class PlaceList:
    """A list of the units of a level: names by leading digits of the code, and which is chosen ("" for all)."""

    level: AdminLevel
    key: str
    names: Mapping[str, str]
    chosen: str


def draw_place_lists(lists: Iterable[PlaceList], label: Callable[[AdminLevel], str], everywhere: str) -> None:
    """Draw one list below the other; the session holds what is chosen under their keys."""
    for one in lists:
        options = ["", *one.names]
        st.selectbox(
            label(one.level),
            options,
            index=options.index(one.chosen),
            format_func=lambda code, names=one.names: names.get(code, everywhere),
            key=one.key,
            disabled=not one.names,
        )
