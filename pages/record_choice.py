"""Choosing one of a page's kept records, an assessment or an inspection; the address may name it."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import streamlit as st


class _Numbered(Protocol):
    @property
    def id(self) -> int: ...


Record = TypeVar("Record", bound=_Numbered)


def choose_record(
    known: Sequence[Record], label: str, words: Callable[[Record], str], key: str, parameter: str
) -> Record:
    """Draw the list and return the record chosen.

    Parameters
    ----------
    known : one at least; the first is chosen unless the address names another.
    key : of the list, in the session.
    parameter : of the address, with the record's id: ``?inspection=7``.
    """
    by_id = {one.id: one for one in known}
    if st.session_state.get(key) not in by_id:
        asked = st.query_params.get(parameter, "")
        st.session_state[key] = next((one for one in by_id if str(one) == asked), known[0].id)
    chosen: int = st.selectbox(
        label, list(by_id), format_func=lambda number: words(by_id[number]), key=key, width=420
    )
    return by_id[chosen]
