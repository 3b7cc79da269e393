"""Forecast finishes: by hand, and whether the range holds what it says over many simulated libraries."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from analysis.progress.forecast import METHOD, Basis, Method, NoForecast, forecast, shares_done
from tests.analysis.progress.portfolio import milestones, projects, reports

D = dt.date
_EPOCH = pd.Timestamp(2022, 1, 1)


def test_without_anything_hidden_the_shares_are_those_of_the_order() -> None:
    share, times = shares_done(np.array([3.0, 1.0, 2.0, 4.0]), np.ones(4, dtype=bool))
    assert share.tolist() == pytest.approx([0.25, 0.5, 0.75, 1])
    assert times.tolist() == [1, 2, 3, 4]


def test_shares_of_the_leukaemia_trial() -> None:
    """The 6-MP group of Freireich et al. (1963), weeks in remission: the example of every book on survival.

    Published by Kaplan and Meier's method: 6 weeks .857, 7 .807, 10 .753, 13 .690, 16 .627, 22 .538, 23 .448.
    """
    weeks = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    ended = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    share, times = shares_done(np.array(weeks, float), np.array(ended, bool))
    left = dict(zip(times.tolist(), (1 - share).round(3).tolist(), strict=True))
    assert left == {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}


def _class(number: int, stretched: list[float], *, layer: str = "roads") -> tuple[list[dict], list[tuple]]:
    """Done projects of 100 planned days, half done on day 50, that then took 50 days times a factor."""
    rows, told = [], []
    for i in range(number):
        begin = D(2025, 1, 1)
        half = begin + dt.timedelta(days=50)
        end = half + dt.timedelta(days=round(50 * stretched[i % len(stretched)]))
        rows.append(
            {
                "planned_start": begin,
                "planned_finish": begin + dt.timedelta(days=100),
                "state": "accepted",
                "layer": layer,
                "finished_on": end,
            }
        )
        told.append((half, 50, 1))
    return rows, told


def _asked(
    rows: list[dict], told: list[tuple], layer: str = "roads", day: dt.date | None = None
) -> pd.Series:
    begin = D(2026, 1, 1)
    mine = {
        "planned_start": begin,
        "planned_finish": begin + dt.timedelta(days=100),
        "layer": layer,
    }
    every = reports(*((i, *r) for i, r in enumerate(told, 1)), (len(rows) + 1, D(2026, 2, 20), 50, 1))
    return forecast(projects(*rows, mine), milestones(), every, day or D(2026, 2, 20)).iloc[-1]


def test_a_project_will_do_as_those_like_it_did() -> None:
    rows, told = _class(29, [1.0 + i / 10 for i in range(29)])
    one = _asked(rows, told)
    half = pd.Timestamp(2026, 2, 20)
    assert one["finish_on"] == half + pd.Timedelta(days=50 * 2.4)
    assert one["from_on"] == half + pd.Timedelta(days=50 * 1.2)
    assert one["to_on"] == half + pd.Timedelta(days=50 * 3.6)
    assert (one["like"], one["like_done"], one["basis"], one["why"]) == (29, 29, Basis.LAYER, "")


def test_with_few_of_its_layer_all_layers_are_asked_and_with_few_of_all_none() -> None:
    rows, told = _class(30, [1.0, 1.5, 2.0], layer="water_supply")
    one = _asked(rows, told)
    assert one["basis"] == Basis.ALL and one["like"] == 30 and one["why"] == ""
    few = _asked(*_class(METHOD.least_done - 1, [1.0, 1.5]))
    assert few["why"] == NoForecast.FEW and pd.isna(few["finish_on"]) and pd.isna(few["to_on"])
    assert few["like_done"] == METHOD.least_done - 1
    enough = _asked(*_class(METHOD.least_done, [1.0, 1.5]))
    assert enough["why"] == "" and enough["basis"] == Basis.LAYER


def test_those_not_done_push_the_range_out_and_may_leave_it_open() -> None:
    rows, told = _class(24, [1.0 + i / 20 for i in range(24)])
    alone = _asked(rows, told)
    under_way = [row | {"state": "started", "finished_on": None} for row in rows[:3]]
    more = _asked([*rows, *under_way], [*told, *told[:3]])
    assert more["why"] == NoForecast.OPEN and pd.isna(more["to_on"])
    assert more["finish_on"] > alone["finish_on"]


def test_a_project_behind_all_like_it_has_no_range() -> None:
    rows, told = _class(29, [1.0, 1.1])
    late = _asked(rows, told, day=D(2026, 9, 1))
    assert late["why"] == NoForecast.OVERTAKEN and pd.isna(late["to_on"]) and pd.isna(late["finish_on"])


def test_nothing_is_forecast_to_lie_in_the_past() -> None:
    rows, told = _class(29, [1.0 + i / 10 for i in range(29)])
    day = D(2026, 2, 20) + dt.timedelta(days=100)
    one = _asked(rows, told, day=day)
    alone = _asked(rows, told)
    assert pd.Timestamp(day) < one["from_on"] < one["finish_on"] < one["to_on"]
    assert one["to_on"] > alone["to_on"], "what has passed without a finish pushes the range out"


@pytest.mark.parametrize(
    ("row", "told", "why"),
    [
        ({}, [], NoForecast.NO_REPORT),
        ({"planned_finish": None}, [(1, D(2026, 3, 1), 10, 1)], NoForecast.NO_PLAN),
        ({}, [(1, D(2026, 3, 1), 100, 1)], NoForecast.DONE),
        ({"state": "accepted", "finished_on": D(2026, 3, 2)}, [(1, D(2026, 3, 1), 95, 1)], NoForecast.DONE),
    ],
)
def test_why_there_is_no_forecast(row: dict, told: list[tuple], why: NoForecast) -> None:
    one = forecast(projects(row), milestones(), reports(*told), D(2026, 3, 31)).iloc[0]
    assert one["why"] == why and pd.isna(one["finish_on"])


def _library(
    drawn: np.random.Generator, number: int = 160, stopped: float = 0.0
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """A simulated library: projects of four layers, each at a pace of its own that drifts, reported monthly.

    `stopped` is the share of months in which nothing is done.
    """
    layer = drawn.choice(
        ["roads", "water_supply", "broadband", "dangerous_housing"], number, p=[0.4, 0.3, 0.2, 0.1]
    )
    begin = drawn.integers(0, 900, number)
    planned = drawn.integers(120, 480, number)
    slow = {"roads": 1.25, "water_supply": 1.1, "broadband": 0.95, "dangerous_housing": 1.4}
    pace = np.array([slow[one] for one in layer]) * np.exp(drawn.normal(0, 0.3, number))
    told, truth = [], np.empty(number)
    for i in range(number):
        work = drawn.gamma(4, 0.25, 120) * (drawn.random(120) >= stopped) + 1e-6
        steps = np.cumsum(work) / pace[i] * 30.0 / planned[i]
        complete = int(np.argmax(steps >= 1))
        before = steps[complete - 1] if complete else 0.0
        truth[i] = begin[i] + 30 * (complete + (1 - before) / (steps[complete] - before))
        told += [(i + 1, begin[i] + 30 * (k + 1), 100 * steps[k]) for k in range(complete)]
    day = _EPOCH + pd.to_timedelta([t[1] for t in told], unit="D")
    frame = pd.DataFrame(
        {
            "project_id": [t[0] for t in told],
            "period": day.to_period("M").start_time,
            "reported_on": day,
            "percent": [round(t[2], 1) for t in told],
            "paid_yuan": 0.0,
        }
    )
    held = pd.DataFrame(
        {
            "budget_yuan": 1.0,
            "planned_start": _EPOCH + pd.to_timedelta(begin, unit="D"),
            "planned_finish": _EPOCH + pd.to_timedelta(begin + planned, unit="D"),
            "state": "started",
            "layer": layer,
            "finished_on": _EPOCH + pd.to_timedelta(np.ceil(truth), unit="D"),
        },
        index=pd.RangeIndex(1, number + 1, name="project_id"),
    )
    return held, milestones(), frame


def _looked_at(drawn: np.random.Generator, stopped: float, days: tuple[int, int]) -> list[pd.DataFrame]:
    """Forecasts of simulated libraries, each on one day, with the finish that then happened."""
    made = []
    for _ in range(50):
        held, none, told = _library(drawn, stopped=stopped)
        day = (_EPOCH + pd.Timedelta(days=int(drawn.integers(*days)))).date()
        known = held.assign(finished_on=held["finished_on"].where(held["finished_on"] <= pd.Timestamp(day)))
        ahead = forecast(known, none, told, day)
        end = held["finished_on"].loc[ahead.index]
        inside = (end >= ahead["from_on"]) & (end <= ahead["to_on"])
        made.append(ahead.assign(inside=inside))
    return made


@pytest.mark.parametrize("stopped", [0.0, 0.3], ids=["steady", "stop and go"])
@pytest.mark.parametrize("days", [(750, 950), (450, 600)], ids=["grown", "young"])
def test_the_range_of_80_in_100_holds_75_to_85_in_100(stopped: float, days: tuple[int, int]) -> None:
    """50 libraries of 160 projects: of what was forecast, how much happened within the range."""
    every = pd.concat(_looked_at(np.random.default_rng(441800), stopped, days))
    ranged = every[every["why"] == ""]
    assert len(ranged) > 800
    assert 0.75 <= ranged["inside"].mean() <= 0.85
    in_part = ranged["basis"].isin([Basis.LAYER_PART, Basis.ALL_PART])
    assert in_part.any() is np.bool_(days[1] < 700)
    assert not in_part.any() or 0.75 <= ranged["inside"][in_part].mean() <= 0.85


def test_a_stricter_method_is_wider() -> None:
    held, none, told = _library(np.random.default_rng(7))
    day = (_EPOCH + pd.Timedelta(days=800)).date()
    known = held.assign(finished_on=held["finished_on"].where(held["finished_on"] <= pd.Timestamp(day)))
    narrow, wide = (forecast(known, none, told, day, Method(coverage=share)) for share in (0.5, 0.8))
    both = (narrow["why"] == "") & (wide["why"] == "")
    assert both.sum() > 20
    assert (wide.loc[both, "to_on"] >= narrow.loc[both, "to_on"]).all()
    assert (wide.loc[both, "from_on"] <= narrow.loc[both, "from_on"]).all()
