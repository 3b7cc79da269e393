"""Which months may be reported, by state and end."""

import datetime as dt

import pytest

from analysis.progress.reportable import NotReportable, not_reportable
from layers.codes import LibraryState

OCTOBER, NOVEMBER = dt.date(2026, 10, 1), dt.date(2026, 11, 1)
ENDED_ON = dt.date(2026, 10, 12)


@pytest.mark.parametrize("state", [LibraryState.ACCEPTED, LibraryState.CANCELLED])
def test_what_ended_is_reported_up_to_the_month_of_its_end(state: LibraryState) -> None:
    assert not_reportable(state, ENDED_ON, OCTOBER) is None
    assert not_reportable(state, ENDED_ON, dt.date(2026, 10, 31)) is None
    assert not_reportable(state, ENDED_ON, NOVEMBER) is NotReportable.ENDED
    assert not_reportable(state, None, OCTOBER) is NotReportable.ENDED


def test_a_plan_is_not_reported_and_what_is_being_built_always() -> None:
    assert not_reportable(LibraryState.PLANNED, None, OCTOBER) is NotReportable.NOT_BEGUN
    for state in LibraryState:
        if state not in (LibraryState.PLANNED, LibraryState.ACCEPTED, LibraryState.CANCELLED):
            assert not_reportable(state, None, OCTOBER) is None
