"""A computation of indicators from start to stored snapshot."""

import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd
import sqlalchemy as sa

from analysis.hierarchy import Hierarchy, ancestor
from analysis.rollup import roll_up
from base.journal import journal
from base.settings import settings
from layers import AdminLevel, Indicator, Rollup, all_indicators, feature_type, indicator
from pipelines.indicators.county import CountyResult, CountyTask, compute_county, sources_of
from pipelines.indicators.days import require_computable
from pipelines.indicators.errors import NoUnits, UnknownCounty
from pipelines.indicators.executors import Executor, executor_for
from store import snapshots
from store.frames import FrameRead, read_frame

Progress = Callable[[int, int], object]
"""Told after each county: how many are done, of how many."""

_HIERARCHY = FrameRead(
    "admin_units", FrameRead.of(feature_type("admin_units"), ("level", "kind")).columns, False
)

_ADDITIVE = (str(Rollup.RATIO), str(Rollup.SUM))

log = journal("pipelines.indicators")


@dataclass(frozen=True)
class Kept:
    """Stored parts and maxima of counties that are not computed anew, as `roll_up` takes them."""

    parts: pd.DataFrame
    maxima: pd.DataFrame


_NOTHING_KEPT = Kept(pd.DataFrame(), pd.DataFrame())


@dataclass(frozen=True)
class RunReport:
    """What a computation did.

    Attributes
    ----------
    counties : codes of the counties whose units were computed.
    rows : figures written.
    seconds : wall-clock time of the whole; `read_seconds` and `compute_seconds` are summed over processes.
    """

    run_id: int
    as_of: dt.date
    counties: tuple[str, ...]
    indicators: tuple[str, ...]
    rows: int
    seconds: float
    read_seconds: float
    compute_seconds: float


def run(
    engine: sa.Engine,
    *,
    as_of: dt.date,
    counties: Sequence[str] | None = None,
    indicators: Sequence[str] | None = None,
    again: bool = False,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> RunReport:
    """Compute indicators and store them as the snapshot of a day.

    All counties are computed from one view of the data, whatever is imported meanwhile, and stored in one
    transaction: readers see the old figures or the new ones.

    Parameters
    ----------
    as_of : day of the figures: today, whose earlier computation is replaced, or a past day (in the city's time
        zone) that no stored data come after.
    counties : 12-digit codes of counties to compute anew; the others' figures are kept and the city is rolled
        up from both. On a day that lacks one of the others the whole city is computed, because a city figure
        made of some of its counties would mislead. None computes all.
    indicators : ids; None computes all that are declared.
    again : replace the figures of a past day too.
    workers : processes; None takes the setting ``workers``. One computes in this process.
    executor : where counties are computed instead.
    progress : called after each county.

    Raises
    ------
    NoUnits : no villages are stored.
    UnknownCounty : a county of `counties` has none.
    FutureDay, DayAlreadyComputed, DataOfLaterDay : the day may not be computed.
    UnknownLayer, UnknownMeasure : an indicator, or what it is declared to be computed by, does not exist.
    """
    started = time.perf_counter()
    chosen = tuple(map(indicator, indicators)) if indicators is not None else all_indicators()
    with snapshots.frozen(engine) as (view, view_id):
        require_computable(view, as_of, again=again)
        hierarchy = Hierarchy.from_units(read_frame(view, _HIERARCHY))
        anew = _counties(hierarchy, counties)
        kept = _kept(view, as_of, chosen, set(hierarchy.counties()) - set(anew))
        if kept is None:
            anew, kept = hierarchy.counties(), _NOTHING_KEPT
        with engine.begin() as connection:
            run_id = snapshots.start_run(connection, as_of, snapshots.data_versions(view))
        try:
            tasks = _tasks(engine, view_id, as_of, chosen, hierarchy.counties(), anew)
            chosen_executor = executor or executor_for(settings().workers if workers is None else workers)
            results = _computed(chosen_executor, tasks, progress)
            rows = _store(engine, as_of, chosen, hierarchy, anew, kept, results)
        except BaseException:
            _finish(engine, run_id, "failed", len(anew), started)
            raise
    seconds = _finish(engine, run_id, "done", len(anew), started)
    report = RunReport(
        run_id=run_id,
        as_of=as_of,
        counties=anew,
        indicators=tuple(i.id for i in chosen),
        rows=rows,
        seconds=seconds,
        read_seconds=sum(r.read_seconds for r in results),
        compute_seconds=sum(r.compute_seconds for r in results),
    )
    log.info("indicators_computed", run_id=run_id, as_of=as_of.isoformat(), counties=len(anew), rows=rows,
             seconds=round(seconds, 2))  # fmt: skip
    return report


def _counties(hierarchy: Hierarchy, asked: Sequence[str] | None) -> tuple[str, ...]:
    every = hierarchy.counties()
    if not every:
        raise NoUnits()
    if asked is None:
        return every
    for code in asked:
        if code not in every:
            raise UnknownCounty(code=code, known=", ".join(every))
    return tuple(sorted(set(asked)))


def _kept(view: sa.Connection, as_of: dt.date, chosen: Sequence[Indicator], others: set[str]) -> Kept | None:
    """Stored figures of the counties that are not computed anew; None if the day lacks one of them."""
    if not others:
        return _NOTHING_KEPT
    ids = [i.id for i in chosen]
    if any(not others <= snapshots.measured_counties(view, as_of, i) for i in ids):
        return None
    stored = snapshots.measured_figures(view, as_of, ids)
    stored = stored[ancestor(stored["admin_code"], AdminLevel.COUNTY).isin(others)]
    at_own_level = stored["level"] == stored["indicator_id"].map({i.id: str(i.level) for i in chosen})
    rollup = stored["indicator_id"].map({i.id: str(i.rollup) for i in chosen})
    # A county's own figure goes before the sum of its units, so it is kept; a kept sum is the same sum again.
    additive = rollup.isin(_ADDITIVE) & (at_own_level | (stored["level"] == str(AdminLevel.COUNTY)))
    maxima = at_own_level & (rollup == str(Rollup.MAXIMUM)) & stored["value"].notna()
    return Kept(
        stored.loc[additive, ["indicator_id", "admin_code", "numerator", "denominator"]],
        stored.loc[maxima, ["indicator_id", "admin_code", "value", "denominator"]].rename(
            columns={"denominator": "seen"}
        ),
    )


def _tasks(
    engine: sa.Engine,
    view_id: str,
    as_of: dt.date,
    chosen: Sequence[Indicator],
    every: Sequence[str],
    anew: Sequence[str],
) -> list[CountyTask]:
    """One task a county: all indicators where it is computed anew, medians elsewhere.

    A median of the city needs every observation, and a snapshot keeps none.
    """
    medians = tuple(i for i in chosen if i.rollup is Rollup.MEDIAN)
    url = engine.url.render_as_string(hide_password=False)
    tasks = []
    for county in every:
        wanted = tuple(chosen) if county in anew else medians
        if wanted:
            tasks.append(CountyTask(url, view_id, county, as_of, wanted, sources_of(wanted)))
    return tasks


def _computed(
    executor: Executor, tasks: Sequence[CountyTask], progress: Progress | None
) -> list[CountyResult]:
    results = []
    for result in executor.map_unordered(compute_county, tasks):
        results.append(result)
        if progress is not None:
            progress(len(results), len(tasks))
    return sorted(results, key=lambda result: result.county)


def _store(
    engine: sa.Engine,
    as_of: dt.date,
    chosen: Sequence[Indicator],
    hierarchy: Hierarchy,
    anew: Sequence[str],
    kept: Kept,
    results: Sequence[CountyResult],
) -> int:
    parts = pd.concat([kept.parts, *(r.parts for r in results if r.county in anew)], ignore_index=True)
    observations = pd.concat([kept.maxima, *(r.observations for r in results)], ignore_index=True)
    figures = roll_up(chosen, parts, observations, hierarchy)
    cities = figures.loc[figures["level"] == str(AdminLevel.CITY), "admin_code"].unique().tolist()
    if set(anew) == set(hierarchy.counties()):
        # By the city's prefix, so that figures of units that are no more go too.
        written, replaced = figures, [code[: AdminLevel.CITY.digits] for code in cities]
    else:
        in_county = ancestor(figures["admin_code"], AdminLevel.COUNTY).isin(anew)
        written = figures[in_county | figures["admin_code"].isin(cities)]
        replaced = [*(code[: AdminLevel.COUNTY.digits] for code in anew), *cities]
    with engine.begin() as connection:
        return snapshots.replace(connection, as_of, written, [i.id for i in chosen], replaced)


def _finish(engine: sa.Engine, run_id: int, state: str, counties: int, started: float) -> float:
    seconds = time.perf_counter() - started
    with engine.begin() as connection:
        snapshots.finish_run(connection, run_id, state, counties, seconds)
    return seconds
