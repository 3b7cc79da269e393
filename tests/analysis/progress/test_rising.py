"""Months that come together: judged by where they lead, written in a turn in which none clashes."""

import datetime as dt
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from analysis.progress.rising import Clash, Stand, Way, clash, turns

SEP, OCT, NOV = (dt.date(2026, month, 1) for month in (9, 10, 11))


def _stand(percent: int, reason: str = "") -> Stand:
    return Stand(Decimal(percent), reason)


def test_two_neighbours_that_both_rise_are_written_the_later_one_first() -> None:
    """One by one, the earlier would pass the later one as it stands."""
    now = {SEP: _stand(40), OCT: _stand(50)}
    wanted = {SEP: _stand(60), OCT: _stand(70)}
    assert clash(now, SEP, wanted[SEP]) == Clash(Way.PASSES, OCT, Decimal(50))
    assert (turns(now, wanted).order, turns(now, wanted).refused) == ((OCT, SEP), {})


def test_two_neighbours_that_both_sink_are_written_the_earlier_one_first() -> None:
    now = {SEP: _stand(60), OCT: _stand(70)}
    assert turns(now, {SEP: _stand(30), OCT: _stand(50)}).order == (SEP, OCT)


def test_of_two_that_come_together_the_later_one_falls() -> None:
    found = turns({}, {SEP: _stand(60), OCT: _stand(50), NOV: _stand(65)})
    assert (found.order, found.refused) == ((SEP, NOV), {OCT: Clash(Way.FALLS, SEP, Decimal(60))})


def test_a_month_that_led_to_nothing_but_a_refused_one_is_refused_too() -> None:
    """October's 50 falls behind September's 60; without it September passes October as it stands."""
    found = turns({SEP: _stand(30), OCT: _stand(40)}, {SEP: _stand(60), OCT: _stand(50)})
    assert found.order == ()
    assert {month: one.way for month, one in found.refused.items()} == {OCT: Way.FALLS, SEP: Way.PASSES}


def test_a_reason_lets_a_fall_pass_but_not_half_a_one() -> None:
    now = {SEP: _stand(60)}
    assert turns(now, {OCT: _stand(50, "返工重做")}).order == (OCT,)
    assert set(turns(now, {OCT: _stand(50, " 返 ")}).refused) == {OCT}


_MONTHS = st.integers(1, 6).map(lambda month: dt.date(2026, month, 1))
_STANDS = st.builds(_stand, st.integers(0, 5).map(lambda tens: 10 * tens), st.sampled_from(["", "", "返工"]))


@given(st.dictionaries(_MONTHS, _STANDS), st.dictionaries(_MONTHS, _STANDS, min_size=1))
def test_written_in_turn_no_month_clashes(told: dict[dt.date, Stand], wanted: dict[dt.date, Stand]) -> None:
    now: dict[dt.date, Stand] = {}
    for month in sorted(told):
        if clash(now, month, told[month]) is None:
            now[month] = told[month]
    found = turns(now, wanted)
    assert sorted((*found.order, *found.refused)) == sorted(wanted)
    for month in found.order:
        assert clash(now, month, wanted[month]) is None
        now[month] = wanted[month]


@given(st.data())
def test_without_reasons_every_rise_that_leads_to_rising_months_is_taken(data: st.DataObject) -> None:
    """Whatever stood, rising, and whatever comes, rising: all of it can be written in one file."""
    months = [dt.date(2026, month, 1) for month in range(1, 7)]
    rising = st.lists(st.integers(0, 100), min_size=6, max_size=6).map(sorted)
    before = {
        month: _stand(percent)
        for month, percent in zip(months, data.draw(rising), strict=True)
        if data.draw(st.booleans())
    }
    wanted = dict(zip(months, map(_stand, data.draw(rising)), strict=True))
    assert turns(before, wanted).refused == {}
