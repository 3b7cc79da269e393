"""Which project is looked at: by the address, a row of the table, a click on the map; kept in the address."""

import streamlit as st

ADDRESS = "project"
_PICKED, _TABLE = "projects.picked", "projects.table"


def picked() -> str | None:
    """Code of the project that is looked at."""
    if _PICKED not in st.session_state:
        st.session_state[_PICKED] = st.query_params.get(ADDRESS)
    code: str | None = st.session_state[_PICKED]
    return code


def pick(code: str | None) -> None:
    """Look at another project, or at none."""
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
