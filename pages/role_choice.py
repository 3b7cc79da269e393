"""Choosing roles at places: a list of those held, and a row of lists to add one more."""

from collections.abc import Mapping, Sequence

import streamlit as st

from access import Assignment
from base.settings import settings
from i18n import Lang, tr
from layers import Role
from pages.account_words import role_words
from store.accounts import parse_assignments


def choose_roles(
    key: str, held: Sequence[Assignment], names: Mapping[str, str], lang: Lang
) -> tuple[Assignment, ...]:
    """Draw the choice and return the roles that are in the list.

    Parameters
    ----------
    key : begins the keys of the widgets; a new one begins anew with `held`.
    names : names of the places by prefix, as `pages.account_words.place_names` gives them.
    """
    offered: list[str] = st.session_state.setdefault(f"{key}.offered", [str(a) for a in held])
    st.session_state.setdefault(f"{key}.held", [str(a) for a in held])
    chosen = st.multiselect(
        tr("pages.people.roles", lang),
        offered,
        format_func=lambda told: role_words(told, names, lang),
        placeholder=tr("pages.people.roles_none", lang),
        key=f"{key}.held",
    )
    role, county, town, button = st.columns([3, 3, 3, 2], vertical_alignment="bottom")
    with role:
        st.selectbox(
            tr("pages.people.role", lang),
            list(Role),
            index=None,
            format_func=lambda r: Role.of(r).text.get(lang),
            placeholder=tr("pages.people.role_choose", lang),
            key=f"{key}.role",
        )
    with county:
        in_county = _county(key, names, lang)
    with town:
        where = in_county if len(in_county) == 4 else _town(key, in_county, names, lang)
    with button:
        st.button(
            tr("pages.people.role_add", lang),
            icon=":material/add:",
            disabled=st.session_state.get(f"{key}.role") is None,
            on_click=_add,
            args=(key, where),
            width="stretch",
            key=f"{key}.add",
        )
    return parse_assignments(chosen)


def pending(key: str) -> bool:
    """Whether a role was chosen in the row of lists and not added."""
    return st.session_state.get(f"{key}.role") is not None


def _add(key: str, prefix: str) -> None:
    told = f"{st.session_state[f'{key}.role']}@{prefix}"
    for name in ("offered", "held"):
        kept = st.session_state[f"{key}.{name}"]
        st.session_state[f"{key}.{name}"] = kept if told in kept else [*kept, told]
    st.session_state[f"{key}.role"] = None


def _county(key: str, names: Mapping[str, str], lang: Lang) -> str:
    city = settings().city_code[:4]
    counties = [prefix for prefix in names if len(prefix) == 6]
    words = {city: tr("pages.people.whole", lang, place=names.get(city, city))}
    return st.selectbox(
        tr("pages.choose.county", lang),
        [city, *counties],
        format_func=lambda prefix: words.get(prefix) or names[prefix],
        key=f"{key}.county",
    )


def _town(key: str, county: str, names: Mapping[str, str], lang: Lang) -> str:
    towns = [prefix for prefix in names if len(prefix) == 9 and prefix.startswith(county)]
    words = {county: tr("pages.people.whole", lang, place=names[county])}
    return st.selectbox(
        tr("pages.choose.township", lang),
        [county, *towns],
        format_func=lambda prefix: words.get(prefix) or names[prefix].removeprefix(names[county]),
        key=f"{key}.town.{county}",
    )
