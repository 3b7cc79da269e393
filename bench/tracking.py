"""Tracking of 20,000 projects with 24 reports each, against the same sums made report by report in plain Python.

Both start from the same frames in memory and give the earned value of every project and the city's S-curve; the
indices of the city and the curve must agree. The forecasts and the signs of the same library are timed beside them;
they have no peer. `bench.tracking --signs 0` leaves these out.
"""

import argparse
import datetime as dt
import sys
import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import pandas as pd

from analysis.progress.curves import s_curve
from analysis.progress.earned_value import earned_value, summed
from analysis.progress.forecast import forecast
from analysis.progress.signs import signs

PROJECTS, REPORTS = 20_000, 24
DAY = dt.date(2026, 6, 30)
ROUNDS = 3
GOAL = 5.0
"""How many times faster than the peer."""
_EPOCH = np.datetime64("2024-01-01")
_SHARES = ((20.0, 0.1), (50.0, 0.7), (30.0, 1.0))
Library = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]
T = TypeVar("T")


def library(seed: int = 4418) -> Library:
    """A made-up library: projects, three milestones each, a report for each of 24 months."""
    drawn = np.random.default_rng(seed)
    begin = drawn.integers(0, 500, PROJECTS)
    length = drawn.integers(150, 700, PROJECTS)
    projects = pd.DataFrame(
        {
            "budget_yuan": drawn.integers(20, 300, PROJECTS) * 10_000.0,
            "planned_start": (_EPOCH + begin).astype("datetime64[s]"),
            "planned_finish": (_EPOCH + begin + length).astype("datetime64[s]"),
            "state": "started",
            "layer": drawn.choice(["roads", "water_supply", "broadband", "dangerous_housing"], PROJECTS),
            "finished_on": np.datetime64("NaT", "s"),
            "last_heard_on": np.datetime64(DAY, "s"),
        },
        index=pd.RangeIndex(1, PROJECTS + 1, name="project_id"),
    )
    milestones = pd.concat(
        pd.DataFrame(
            {
                "project_id": projects.index,
                "weight": weight,
                "planned_on": (_EPOCH + begin + np.round(length * share).astype(int)).astype("datetime64[s]"),
            }
        )
        for weight, share in _SHARES
    )
    months = np.datetime64("2024-07") + np.arange(REPORTS)
    told = months.astype("datetime64[D]") + 26
    done = ((told[None, :] - _EPOCH).astype(int) - begin[:, None]) / (
        length * drawn.uniform(0.7, 1.8, PROJECTS)
    )[:, None]
    percent = np.round(100 * np.clip(done, 0, 1), 1)
    paid = np.round(
        percent / 100 * projects["budget_yuan"].to_numpy()[:, None] * drawn.uniform(0.7, 1.1, (PROJECTS, 1))
    )
    reports = pd.DataFrame(
        {
            "report_id": np.arange(PROJECTS * REPORTS),
            "project_id": np.repeat(projects.index.to_numpy(), REPORTS),
            "period": np.tile(months.astype("datetime64[s]"), PROJECTS),
            "reported_on": np.tile(told.astype("datetime64[s]"), PROJECTS),
            "percent": percent.ravel(),
            "paid_yuan": paid.ravel(),
            "photos": drawn.integers(0, 3, PROJECTS * REPORTS),
            "note": [f"第{n % 977}段路基与排水施工" for n in range(PROJECTS * REPORTS)],
            "fall_reason": "",
            "submitted_on": np.tile(told.astype("datetime64[s]"), PROJECTS),
        }
    )
    return projects, milestones, reports


def ours(held: Library) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Earned value and curve by arrays."""
    return earned_value(*held, DAY), s_curve(*held, DAY)


def row_by_row(held: Library) -> tuple[float, float, list[float]]:
    """SPI and CPI of all, and planned yuan by month, as a plain program makes them."""
    projects, milestones, reports = held
    points: dict[int, list[tuple[pd.Timestamp, float]]] = defaultdict(list)
    for row in milestones.sort_values(["project_id", "planned_on"]).itertuples():
        last = points[row.project_id][-1][1] if points[row.project_id] else 0.0
        points[row.project_id].append((row.planned_on, last + row.weight / 100))
    newest: dict[int, tuple[pd.Timestamp, float, float]] = {}
    for row in reports.itertuples():
        if row.reported_on <= pd.Timestamp(DAY):
            known = newest.get(row.project_id)
            if known is None or row.reported_on >= known[0]:
                newest[row.project_id] = (row.reported_on, row.percent, row.paid_yuan)
    lines = {
        row.Index: ([row.planned_start, *(day for day, _ in points[row.Index])],
                    [0.0, *(share for _, share in points[row.Index])])
        for row in projects.itertuples()
    }  # fmt: skip

    def share(number: int, day: pd.Timestamp) -> float:
        days, shares = lines[number]
        at = bisect_right(days, day) - 1
        if at < 0:
            return 0.0
        if at == len(days) - 1:
            return shares[-1]
        part = (day - days[at]) / (days[at + 1] - days[at])
        return shares[at] + part * (shares[at + 1] - shares[at])

    planned = earned = paid = 0.0
    for row in projects.itertuples():
        planned += share(row.Index, pd.Timestamp(DAY)) * row.budget_yuan
        earned += newest[row.Index][1] / 100 * row.budget_yuan
        paid += newest[row.Index][2]
    last = max(day[0][-1] for day in lines.values())
    months = pd.period_range(projects["planned_start"].min(), max(last, pd.Timestamp(DAY)), freq="M")
    curve = []
    for month in months:
        day = (
            min(month.end_time.normalize(), pd.Timestamp(DAY))
            if month == pd.Period(DAY, "M")
            else month.end_time
        )
        curve.append(
            sum(share(row.Index, day.normalize()) * row.budget_yuan for row in projects.itertuples())
        )
    return earned / planned, earned / paid, curve


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds of wall-clock time, and what the work gave."""
    begun = time.perf_counter()
    found = work()
    return time.perf_counter() - begun, found


def main() -> None:
    """Alternate, print the medians and their ratio; exit 1 if the goal is missed or the answers differ."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--signs", type=int, default=1)
    asked = parser.parse_args()
    held = library()
    mine, other = [], []
    for _ in range(ROUNDS):
        seconds, (stood, curve) = timed(lambda: ours(held))
        mine.append(seconds)
        seconds, (spi, cpi, planned) = timed(lambda: row_by_row(held))
        other.append(seconds)
    whole = summed(stood, ["all"] * len(stood)).iloc[0]
    agree = bool(
        np.isclose(whole["spi"], spi)
        and np.isclose(whole["cpi"], cpi)
        and np.allclose(curve["planned_yuan"].to_numpy(dtype=float), planned)
    )
    ours_s, peer_s = float(np.median(mine)), float(np.median(other))
    print(f"{PROJECTS} projects, {PROJECTS * REPORTS} reports: earned value and curve {ours_s:.2f} s, "
          f"report by report {peer_s:.2f} s, {peer_s / ours_s:.1f} times faster (goal {GOAL:.0f}), "
          f"answers {'agree' if agree else 'DIFFER'}")  # fmt: skip
    if asked.signs:
        seconds, ahead = timed(lambda: forecast(*held, DAY))
        print(f"forecasts {seconds:.2f} s, {int((ahead['why'] == '').sum())} with a range")
        seconds, found = timed(lambda: signs(*held, DAY))
        print(f"signs {seconds:.2f} s, {len(found)} found")
    sys.exit(0 if agree and peer_s / ours_s >= GOAL else 1)


if __name__ == "__main__":
    main()
