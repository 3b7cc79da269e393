"""States of projects: what may follow what, and how a new one comes to a state."""

from itertools import pairwise

import pytest

from analysis.progress.states import TRANSITIONS, is_reason, may_follow, needs_reason, way_to
from layers.codes import LibraryState


@pytest.mark.parametrize("state", LibraryState)
def test_every_state_is_reached_by_allowed_steps(state: LibraryState) -> None:
    way = (LibraryState.PLANNED, *way_to(state))
    assert way[-1] is state
    assert all(may_follow(before, after) for before, after in pairwise(way))


def test_nothing_follows_an_end_and_nothing_follows_itself() -> None:
    assert TRANSITIONS[LibraryState.ACCEPTED] == TRANSITIONS[LibraryState.CANCELLED] == ()
    assert not any(may_follow(state, state) for state in LibraryState)
    assert set(TRANSITIONS) == set(LibraryState)


def test_stops_and_steps_back_need_reasons() -> None:
    told = {(a, b) for a in LibraryState for b in TRANSITIONS[a] if needs_reason(a, b)}
    assert {(str(a), str(b)) for a, b in told} == {
        ("planned", "cancelled"),
        ("approved", "cancelled"),
        ("started", "cancelled"),
        ("suspended", "cancelled"),
        ("started", "suspended"),
        ("finished", "started"),
    }
    assert is_reason("缺钱") and not is_reason(" 缺 \n") and not is_reason("")
