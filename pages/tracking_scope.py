"""Which part of the library the page of tracking is about: a place and a layer, in the address too."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from i18n import Lang, tr
from layers import AdminLevel, UnknownLayer, layer
from store import places
from store.dossier import unit_list
from store.engine import reading

_LEVELS = (AdminLevel.COUNTY, AdminLevel.TOWNSHIP, AdminLevel.VILLAGE)
_LAYER = "tracking.layer"
_FULL = 12


@dataclass(frozen=True)
class Scope:
    """A place by the leading digits of its code, a layer by id, and the place in words; "" for all."""

    prefix: str
    layer: str
    words: str

    @property
    def below(self) -> AdminLevel:
        """The level of the units right below the place."""
        return next((level for level in _LEVELS if level.digits > len(self.prefix)), AdminLevel.VILLAGE)


def choose_scope(projects: pd.DataFrame, current: Lang) -> Scope:
    """Draw the lists of places and layers that have projects; the address opens them and follows.

    Parameters
    ----------
    projects : ``admin_code`` and ``layer`` of the whole library.
    """
    _open_by_address(projects)
    prefix, words = "", ""
    for level in _LEVELS:
        codes = projects["admin_code"][projects["admin_code"].str.startswith(prefix)]
        held = set(codes.str[: level.digits]) if level is _LEVELS[0] or prefix else set()
        names = _names(level, prefix, held) if held else {}
        chosen = _list(level, names, current)
        if chosen:
            prefix, words = chosen, f"{words} · {names[chosen]}".strip(" ·")
    kinds = {one: layer_words(one, current) for one in sorted(projects["layer"].unique())}
    if st.session_state.get(_LAYER) not in kinds:
        st.session_state[_LAYER] = ""
    picked = st.selectbox(
        tr("tracking.layer", current),
        ["", *kinds],
        format_func=lambda one: kinds.get(one, tr("pages.all", current)),
        key=_LAYER,
        width=200,
    )
    _to_address(prefix, picked)
    return Scope(prefix, picked, words or tr("tracking.whole_city", current))


def layer_words(layer_id: str, current: Lang) -> str:
    """A layer in words; projects may belong to none of them."""
    try:
        return layer(layer_id).title.get(current)
    except UnknownLayer:
        return tr("tracking.other_layer", current)


def _key(level: AdminLevel) -> str:
    return f"tracking.{level}"


def _open_by_address(projects: pd.DataFrame) -> None:
    """Take place and layer from the address when the page opens: ``?place=441881103000&layer=roads``."""
    if _key(AdminLevel.COUNTY) in st.session_state:
        return
    asked = st.query_params.get("place", "")
    known = asked.isdigit() and len(asked) == _FULL
    above = AdminLevel.CITY.digits
    for level in _LEVELS:
        own = known and asked[above : level.digits].strip("0") != ""
        some = own and projects["admin_code"].str.startswith(asked[: level.digits]).any()
        st.session_state[_key(level)] = asked[: level.digits] if some else ""
        above = level.digits
    st.session_state[_LAYER] = st.query_params.get("layer", "")


def _to_address(prefix: str, layer_id: str) -> None:
    wanted = {"place": prefix.ljust(_FULL, "0") if prefix else "", "layer": layer_id}
    for name, value in wanted.items():
        if value:
            st.query_params[name] = value
        elif name in st.query_params:
            del st.query_params[name]


def _names(level: AdminLevel, prefix: str, held: set[str]) -> dict[str, str]:
    """Names of the units of a level that have projects, by leading digits."""
    with reading() as connection:
        found = places.children(connection, level, prefix)
    names = zip(found["admin_code"].str[: level.digits], found["name"], strict=True)
    return {code: name for code, name in names if code in held}


def _list(level: AdminLevel, names: Mapping[str, str], current: Lang) -> str:
    key = _key(level)
    if st.session_state.get(key) not in names:
        st.session_state[key] = ""
    picked: str = st.selectbox(
        tr(f"pages.choose.{level}", current),
        ["", *names],
        format_func=lambda code: names.get(code, tr("pages.all", current)),
        key=key,
        disabled=not names,
        width=180,
    )
    return picked


def place_names(projects: pd.DataFrame) -> dict[str, str]:
    """Names of the counties, townships and villages that projects lie in, by leading digits and by whole code."""
    named: dict[str, str] = {}
    with reading() as connection:
        for county in sorted(set(projects["admin_code"].str[: AdminLevel.COUNTY.digits])):
            for row in unit_list(connection, AdminLevel.VILLAGE, county).itertuples():
                code = str(row.admin_code)
                named[code[: AdminLevel.COUNTY.digits]] = str(row.county_name)
                named[code[: AdminLevel.TOWNSHIP.digits]] = f"{row.county_name} · {row.township_name}"
                named[code] = f"{row.county_name} · {row.township_name} · {row.name}"
    return named


def place_words(code: str, names: Mapping[str, str]) -> str:
    """Where a project lies, as far down as there is a name."""
    for digits in (_FULL, AdminLevel.TOWNSHIP.digits, AdminLevel.COUNTY.digits):
        if code[:digits] in names:
            return names[code[:digits]]
    return code
