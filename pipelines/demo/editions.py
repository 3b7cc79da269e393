"""Earlier editions of the villages' figures: what the departments had handed in at the ends of earlier quarters.

An edition goes back from the newest figures: most villages had a little less, some had nothing of what one project
brought them in a single quarter, a few had more before. Villages with a problem in the newest file are in no earlier
one, and what is empty there is empty here: so the newest state is the same with the earlier editions and without.
"""

import datetime as dt
from collections.abc import Iterator

import numpy as np
import pandas as pd

from pipelines.demo.calendar import EARLIER_DAYS

_STEADY_A_QUARTER = 0.006
_PROJECT_CHANCE = 0.16
_LOSS_CHANCE = 0.02
_PEOPLE_A_HOUSEHOLD = 3.1
_NOT_YET = 0.02
"""Of the villages, for each quarter back, that had not begun to report."""


def earlier_water(figures: pd.DataFrame, rng: np.random.Generator) -> Iterator[tuple[dt.date, pd.DataFrame]]:
    """Editions of the villages' water figures, newest first, in the columns of `figures`."""
    newest = figures["households_connected"].to_numpy(float)
    for day, share, rows in _back(figures, rng, pace=1.0):
        connected = np.round(newest * share)
        later = np.maximum(newest - connected, 0) * _PEOPLE_A_HOUSEHOLD
        dispersed = np.round(figures["dispersed_population"].to_numpy(float) + later * 0.6)
        edition = figures.assign(
            households_connected=np.minimum(connected, figures["households"].to_numpy(float)),
            dispersed_population=dispersed,
            reported_on=np.datetime64(day, "s"),
        )
        yield day, edition[rows].reset_index(drop=True)


def earlier_fibre(figures: pd.DataFrame, rng: np.random.Generator) -> Iterator[tuple[dt.date, pd.DataFrame]]:
    """Editions of the villages' fibre figures, newest first, in the columns of `figures`."""
    for day, share, rows in _back(figures, rng, pace=2.2):
        edition = figures.assign(
            households_passed=np.round(figures["households_passed"].to_numpy(float) * share),
            households_connected=np.floor(figures["households_connected"].to_numpy(float) * share),
            reported_on=np.datetime64(day, "s"),
        )
        yield day, edition[rows].reset_index(drop=True)


def _back(
    figures: pd.DataFrame, rng: np.random.Generator, pace: float
) -> Iterator[tuple[dt.date, "np.ndarray", "np.ndarray"]]:
    """Quarter by quarter back: the day, the share of the newest figure that there was, who reported."""
    count, quarters = len(figures), len(EARLIER_DAYS)
    steady = rng.gamma(2.0, pace * _STEADY_A_QUARTER / 2, (quarters, count))
    steady[rng.random((quarters, count)) < 0.35] = 0.0
    steady[rng.random((quarters, count)) < _LOSS_CHANCE] = -0.01
    brought = np.where(
        rng.random(count) < _PROJECT_CHANCE, rng.uniform(0.1, 0.55, count) * min(1.4, pace), 0.0
    )
    quarter_of = rng.integers(0, quarters, count)
    begun = rng.random(count)
    for back, day in enumerate(reversed(EARLIER_DAYS)):
        gone = steady[: back + 1].sum(axis=0) + np.where(quarter_of <= back, brought, 0.0)
        yield day, np.clip(1.0 - gone, 0.0, 1.01), begun >= _NOT_YET * (back + 1)
