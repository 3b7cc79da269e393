"""The review's machine: every office, state and step; working days against a count by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.parcel_review import (
    TRANSITIONS,
    WAITING,
    ReviewAction,
    actions_open,
    speaks_for,
    transition,
)
from layers import AdminLevel, Role
from layers.codes import ReviewState

VILLAGE = "441821100201"


def test_every_state_is_reached_and_left() -> None:
    assert {one.after for one in TRANSITIONS} == set(ReviewState) - {ReviewState.DRAFT}
    assert {one.before for one in TRANSITIONS} == set(ReviewState)
    assert len({(one.before, one.action) for one in TRANSITIONS}) == len(TRANSITIONS)


def test_nothing_is_approved_but_what_was_examined_after_it_was_handed_in() -> None:
    def before(state: ReviewState) -> set[ReviewState]:
        return {one.before for one in TRANSITIONS if one.after is state}

    assert before(ReviewState.APPROVED) == {ReviewState.EXAMINED}
    assert before(ReviewState.EXAMINED) == {ReviewState.SUBMITTED}
    assert before(ReviewState.SUBMITTED) == {ReviewState.DRAFT, ReviewState.RETURNED, ReviewState.WITHDRAWN}


def test_what_goes_back_says_why() -> None:
    for one in TRANSITIONS:
        assert one.remark_needed is (one.after is ReviewState.RETURNED), one


def test_a_step_that_is_not_in_the_table_is_none() -> None:
    assert transition(ReviewState.DRAFT, ReviewAction.APPROVE) is None
    found = transition(ReviewState.EXAMINED, ReviewAction.APPROVE)
    assert found is not None and found.after is ReviewState.APPROVED


@pytest.mark.parametrize(
    ("office", "role", "prefix", "speaks"),
    [
        (AdminLevel.TOWNSHIP, Role.CLERK, "441821100", True),
        (AdminLevel.TOWNSHIP, Role.LAND_REVIEWER, "441821100", True),
        (AdminLevel.TOWNSHIP, Role.CLERK, "441821", True),
        (AdminLevel.TOWNSHIP, Role.CLERK, "441821101", False),
        (AdminLevel.TOWNSHIP, Role.PLANNER, "441821100", False),
        (AdminLevel.TOWNSHIP, Role.DATA_STEWARD, "4418", False),
        (AdminLevel.COUNTY, Role.LAND_REVIEWER, "441821", True),
        (AdminLevel.COUNTY, Role.LAND_REVIEWER, "4418", False),
        (AdminLevel.COUNTY, Role.LAND_REVIEWER, "441821100", False),
        (AdminLevel.COUNTY, Role.LAND_REVIEWER, "441826", False),
        (AdminLevel.COUNTY, Role.CLERK, "441821", False),
        (AdminLevel.CITY, Role.LAND_REVIEWER, "4418", True),
        (AdminLevel.CITY, Role.LAND_REVIEWER, "441821", False),
        (AdminLevel.CITY, Role.ADMIN, "4418", False),
        (AdminLevel.CITY, Role.LEADER, "4418", False),
    ],
)
def test_who_speaks_for_an_office(office: AdminLevel, role: Role, prefix: str, speaks: bool) -> None:
    assert speaks_for(office, role, prefix, VILLAGE) is speaks


_EVERYTHING = tuple((role, prefix) for role in Role for prefix in ("4418", "441821", "441821100"))


@given(
    st.sampled_from(list(ReviewState)),
    st.sets(st.integers(1, 3)),
    st.none() | st.integers(1, 3),
    st.sets(st.integers(1, 3)),
)
def test_whatever_roles_somebody_holds_nobody_judges_their_own(
    state: ReviewState, submitters: set[int], submitter: int | None, examiners: set[int]
) -> None:
    found = actions_open(
        state,
        VILLAGE,
        _EVERYTHING,
        1,
        submitters=submitters,
        submitter=submitter,
        examiners=examiners,
    )
    for action in found:
        assert transition(state, action) is not None
        if action in (ReviewAction.EXAMINE, ReviewAction.APPROVE, ReviewAction.RETURN, ReviewAction.REVOKE):
            assert 1 not in submitters
    assert not (ReviewAction.APPROVE in found and 1 in examiners)
    assert (ReviewAction.WITHDRAW in found) is (state in WAITING and submitter == 1)


def test_without_a_role_at_the_place_nothing_is_open() -> None:
    for state in ReviewState:
        held = [(Role.LAND_REVIEWER, "441826"), (Role.CLERK, "441821101"), (Role.PLANNER, "4418")]
        assert actions_open(state, VILLAGE, held, 1, submitters=(), submitter=None, examiners=()) == ()
