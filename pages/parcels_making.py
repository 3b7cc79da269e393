"""The parcel that is being made or changed: what it begins with, when it begins and ends."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from layers.codes import ReviewState
from store.land.parcels import Parcel
from store.land.reviews import Review

FINDINGS = "parcels.new_findings"
"""What the import remarked on the last attempt to save."""
_NOW, _SERIAL = "parcels.new", "parcels.new_serial"
_CHANGEABLE = (ReviewState.DRAFT, ReviewState.RETURNED, ReviewState.WITHDRAWN)


@dataclass(frozen=True)
class Making:
    """A parcel that is being made, or changed: then `seen` is the parcel as it was when that began."""

    serial: int
    seen: Parcel | None = None

    @property
    def given(self) -> dict[str, Any]:
        """What the form begins with."""
        return {} if self.seen is None else dict(self.seen.values)


def lies_still(seen: Review | None) -> bool:
    """Whether a parcel may be changed: it is neither under review nor approved."""
    return seen is None or seen.state in _CHANGEABLE


def making_now() -> Making | None:
    """The parcel that is being made, if any."""
    held: Making | None = st.session_state.get(_NOW)
    return held


def begin(seen: Parcel | None) -> None:
    """Begin with a new parcel, or with a change of one."""
    st.session_state[_SERIAL] = st.session_state.get(_SERIAL, 0) + 1
    st.session_state[_NOW] = Making(st.session_state[_SERIAL], seen)
    st.session_state.pop(FINDINGS, None)


def end() -> None:
    """Put the parcel away, saved or not."""
    for key in (_NOW, FINDINGS):
        st.session_state.pop(key, None)
