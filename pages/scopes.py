"""Which townships a table counts: the plan's 80 towns, its 5 streets, or all, other statistical units too."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd
import streamlit as st

from i18n import Lang, tr
from layers import AdminKind, AdminLevel
from pages import formats
from store.dossier import unit_list
from store.engine import reading


class Townships(StrEnum):
    """Choices of the switch; the values are those of `xiangtu.indicator_values.scope`."""

    TOWNS = "town"
    STREETS = "street"
    ALL = "all"


KINDS = {Townships.TOWNS: AdminKind.TOWN, Townships.STREETS: AdminKind.STREET}


def choose_townships(
    lang: Lang,
    key: str,
    held: Townships = Townships.ALL,
    units: pd.DataFrame | None = None,
    more_help: str = "",
) -> Townships:
    """Draw the switch, with what it counts in its help, and return the choice.

    Parameters
    ----------
    held : chosen before anybody touches the switch.
    units : ``name``, ``kind`` of all units at township level, if they are at hand; else they are read.
    more_help : what the page has to say besides.
    """
    if units is None:
        with reading() as connection:
            units = unit_list(connection, AdminLevel.TOWNSHIP)
    chosen = st.segmented_control(
        tr("pages.scope.label", lang),
        list(Townships),
        default=held,
        required=True,
        format_func=lambda choice: tr(f"pages.scope.{choice}", lang),
        key=key,
        help="\n\n".join(part for part in (counted_words(units, lang), more_help) if part),
    )
    return Townships(chosen or held)


def counted_words(units: pd.DataFrame, lang: Lang) -> str:
    """How many units "all" counts, and which of them are neither towns nor streets, as Markdown."""
    others = units.loc[units["kind"] == str(AdminKind.OTHER), "name"]
    towns, streets = (int((units["kind"] == str(kind)).sum()) for kind in (AdminKind.TOWN, AdminKind.STREET))
    if others.empty:
        return tr("pages.scope.counted", lang, all=len(units), towns=towns, streets=streets)
    said = tr(
        "pages.scope.counted_others",
        lang,
        all=len(units),
        towns=towns,
        streets=streets,
        others=len(others),
        names=formats.joined(others, lang),
        choice_all=tr("pages.scope.all", lang),
        choice_towns=tr("pages.scope.town", lang),
        choice_streets=tr("pages.scope.street", lang),
    )
    return formats.plain(said)


def kept(units: pd.DataFrame, choice: Townships, kind_column: str) -> pd.DataFrame:
    """Rows whose township is of the chosen kind."""
    kind = KINDS.get(choice)
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
