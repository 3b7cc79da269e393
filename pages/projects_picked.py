"""Which project is looked at: by the address, a row of the table, a click on the map; kept in the address."""

import streamlit as st

ADDRESS = "project"
_PICKED, _OPENED, _TABLE = "projects.picked", "projects.opened", "projects.table"


def picked() -> str | None:
    """Code of the project that is looked at."""
    asked = st.query_params.get(ADDRESS)
    # A link of another page comes within the same visit, where another project may have been looked at before.
    if asked is not None and asked != st.session_state.get(_PICKED):
        st.session_state[_PICKED] = st.session_state[_OPENED] = asked
    code: str | None = st.session_state.get(_PICKED)
    return code


def named_by_address() -> bool:
    """Whether the project that is looked at came by a link, and not by a row or the map."""
    code = picked()
    return code is not None and code == st.session_state.get(_OPENED)


def pick(code: str | None) -> None:
    """Look at another project, or at none."""
    st.session_state[_OPENED] = None
    st.session_state[_PICKED] = code
    if code is None:
        st.query_params.pop(ADDRESS, None)
    else:
        st.query_params[ADDRESS] = code


def table_key(codes: tuple[str, ...]) -> str:
    """Key of the table; another list is another table, in which nothing is chosen."""
    return f"{_TABLE}.{hash(codes)}"


def take_row(key: str, codes: tuple[str, ...]) -> None:
    """Answer a choice in the table."""
    held = st.session_state.get(key)
    rows = held["selection"]["rows"] if held else []
    pick(codes[rows[0]] if rows and rows[0] < len(codes) else None)
